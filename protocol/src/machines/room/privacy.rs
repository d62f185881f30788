//! Effects of blocks and settings between people in a room (`settings.md` 1, `messenger.md` 4 *Blocking* and 5.4).
//!
//! Answers are sets of sockets, so that an event is encoded once for everybody, and once as `hidden` for people who have blocked its author.
//! If nobody has changed any setting, every query ends at an empty map.

use std::collections::BTreeSet;

use super::state::Room;
use super::store::PeopleStore;
use crate::people::contacts::{Audience, Privacy, PrivacyRecord, Settings};
use crate::words::event::{Event, Kind};
use crate::words::ids::{RoomForm, UserId};
use crate::words::principal::UserKind;
use crate::words::refusal::{Fault, Refusal};
use crate::words::socket::ConnKey;

/// Part of a person's receipts that another one may learn (`messenger.md` 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Receipts {
    /// None: one of the two has blocked the other, or appears offline to the viewer, or did so and was not active since.
    Nothing,
    /// That messages were delivered.
    Delivered,
    /// That they were read, too.
    Read,
}

impl Room {
    // ---- what is known

    /// Returns the privacy settings of a person as this room knows them; `None` if it stores none.
    pub fn privacy_of(&self, user: &str) -> Option<&Privacy> {
        self.people.get(user).map(|known| &known.privacy)
    }

    /// Returns `true` if `user`'s own object sends this room changes.
    pub fn receives_changes_of(&self, user: &str) -> bool {
        self.people.get(user).is_some_and(|known| known.is_told)
    }

    pub(super) fn settings_of(&self, user: &str) -> Settings {
        self.privacy_of(user).map_or_else(|| Settings::of_kind(UserKind::of_id(user)), |privacy| privacy.settings)
    }

    pub(super) fn blocks(&self, blocker: &str, user: &str) -> bool {
        self.privacy_of(blocker).is_some_and(|privacy| privacy.hides.blocks(user))
    }

    /// Returns `true` if `user` appears offline to `viewer` alone (`presence.md` 2.7).
    pub(super) fn appears_offline_to(&self, user: &str, viewer: &str) -> bool {
        self.privacy_of(user).is_some_and(|privacy| privacy.hidden_from.contains(viewer))
    }

    pub(super) fn is_divided(&self, one: &str, other: &str) -> bool {
        !self.people.is_empty() && (self.blocks(one, other) || self.blocks(other, one))
    }

    pub(super) fn takes(&self, audience: impl Fn(&Settings) -> Audience, user: &str, from: &str) -> bool {
        let is_contact = self.privacy_of(user).is_some_and(|privacy| privacy.has_contact(from));
        audience(&self.settings_of(user)).holds(is_contact)
    }

    /// Returns `true` if `viewer` may not see `event`: they had blocked its author when it was written. Membership events are visible to the
    /// whole group.
    pub fn is_hidden(&self, viewer: &str, event: &Event) -> bool {
        is_hidden_by(self.privacy_of(viewer), event)
    }

    /// Returns the receipts of `from` that `viewer` may see (`messenger.md` 8): mutual, and none between people of whom one has blocked the
    /// other, nor of a person who appears offline to the viewer. Public rooms have no read receipts, and a reader of a public group who is
    /// no member receives none.
    pub fn receipts_between(&self, from: &str, viewer: &str) -> Receipts {
        let is_divided = self.is_divided(from, viewer) || self.frozen_for(from, viewer).is_some();
        let is_closed = is_divided || self.appears_offline_to(from, viewer) || self.is_visited_by(viewer);
        match (is_closed, self.reading_is_shared(from, viewer)) {
            (true, _) => Receipts::Nothing,
            (false, true) => Receipts::Read,
            (false, false) => Receipts::Delivered,
        }
    }

    /// Returns `true` if this is a group and `viewer` is not in it: a public one can be read all the same.
    pub(super) fn is_visited_by(&self, viewer: &str) -> bool {
        self.group().is_some_and(|group| group.member(viewer).is_none())
    }

    /// Returns the receipts of `user` that `viewer` still sees because of a present or past block or hiding (`presence.md` 2.7).
    pub(super) fn frozen_for(&self, user: &str, viewer: &str) -> Option<(u64, u64)> {
        self.people.get(user)?.frozen.get(viewer).copied()
    }

    /// Returns `true` if the two show each other their read receipts, blocks aside.
    pub(super) fn reading_is_shared(&self, one: &str, other: &str) -> bool {
        let is_public = matches!(self.id.form(), RoomForm::Public);
        !is_public && self.settings_of(one).receipts && self.settings_of(other).receipts
    }

    /// Returns `true` if this conversation has begun. Only a direct one has a beginning: a person wrote in it, or opened it and may write
    /// (`messenger.md` 4). A request or a look at it does not begin it.
    pub fn has_begun(&self) -> bool {
        !self.is_direct() || self.log.head() > 0 || self.people.values().any(|known| known.invites || known.opened)
    }

    /// Checks that `user` may write here: not to a person they have blocked, nor to a person who only accepts contacts and has not opened
    /// the conversation with them.
    pub fn may_write(&self, user: &UserId) -> Result<(), Refusal> {
        let Some(partner) = self.id.partner_of(user) else {
            return Ok(());
        };
        let (user, partner) = (user.as_str(), partner.as_str());
        let is_welcome = self.takes(|settings| settings.who_can_write.into(), partner, user)
            || self.people.get(partner).is_some_and(|known| known.invites);
        if self.blocks(user, partner) || !is_welcome { Err(Refusal::Forbidden) } else { Ok(()) }
    }

    // ---- whom it concerns

    pub(super) fn live_conns_of(&self, is_meant: impl Fn(&str) -> bool) -> Vec<ConnKey> {
        self.conns_where(|live| !live.state.lagging && is_meant(live.state.principal.user.as_str()))
    }

    /// Returns live sockets of people who do not see `event`, or a change of it.
    pub(super) fn blind_to(&self, event: &Event, target: Option<&Event>) -> Vec<ConnKey> {
        if self.people.is_empty() {
            return Vec::new();
        }
        let viewers: BTreeSet<&str> = self
            .people
            .iter()
            .filter(|(_, known)| {
                std::iter::once(event).chain(target).any(|event| is_hidden_by(Some(&known.privacy), event))
            })
            .map(|(viewer, _)| viewer.as_str())
            .collect();
        if viewers.is_empty() { Vec::new() } else { self.live_conns_of(|user| viewers.contains(user)) }
    }

    /// Returns live sockets of people to whose `audience` for a nudge or wink `actor` does not belong.
    pub(super) fn untaken_by(&self, audience: impl Fn(&Settings) -> Audience, actor: &str) -> Vec<ConnKey> {
        self.live_conns_of(|user| user != actor && !self.takes(&audience, user, actor))
    }

    /// Returns sockets that receive nothing of `user` typing: their own, those of people of whom one blocks the other, and those of people
    /// to whom the user appears offline. A person who hides their own typing still sees that of others (`ux.md` 2.1).
    pub(super) fn deaf_to_typing_of(&self, user: &str) -> Vec<ConnKey> {
        if self.people.is_empty() {
            return self.conns_of(user);
        }
        self.conns_where(|live| {
            let other = live.state.principal.user.as_str();
            other == user || self.is_divided(user, other) || self.appears_offline_to(user, other)
        })
    }

    // ---- changes of a person's privacy settings

    /// Notes that `user` opened the direct conversation, so the other person may answer.
    pub fn invite(&mut self, store: &mut impl PeopleStore, user: &str) -> Result<(), Fault> {
        if !self.is_direct() || self.people.get(user).is_some_and(|known| known.invites) {
            return Ok(());
        }
        let fresh = || PrivacyRecord::unasked(Privacy::of_kind(UserKind::of_id(user)));
        let known =
            PrivacyRecord { invites: true, opened: true, ..self.people.get(user).cloned().unwrap_or_else(fresh) };
        store.save_known(user, &known)?;
        self.people.insert(user.to_owned(), known);
        Ok(())
    }

    /// Shows the receipts of `user` again to people from whom they were withheld, because `user` is active. Returns these people.
    /// People who do not share read receipts receive none.
    pub(super) fn thaw(
        &mut self,
        store: &mut impl PeopleStore,
        user: &str,
        is_reading_alone: bool,
    ) -> Result<BTreeSet<String>, Fault> {
        let Some(known) = self.people.get(user) else {
            return Ok(BTreeSet::new());
        };
        let receives = |other: &str| !is_reading_alone || self.reading_is_shared(user, other);
        let others =
            known.frozen.keys().filter(|other| !known.privacy.withholds_receipts(other) && receives(other.as_str()));
        let thawed: BTreeSet<String> = others.cloned().collect();
        if !thawed.is_empty() {
            let mut known = known.clone();
            known.frozen.retain(|other, _| !thawed.contains(other));
            store.save_known(user, &known)?;
            self.people.insert(user.to_owned(), known);
        }
        Ok(thawed)
    }

    /// Removes the receipts of others that were stored for `user`, who was deleted.
    pub(super) fn forget_viewer(&mut self, store: &mut impl PeopleStore, user: &str) -> Result<(), Fault> {
        for (other, known) in &mut self.people {
            if known.frozen.remove(user).is_some() {
                store.save_known(other, known)?;
            }
        }
        Ok(())
    }
}

/// Returns `true` if a person with these privacy settings may not see `event`.
pub fn is_hidden_by(privacy: Option<&Privacy>, event: &Event) -> bool {
    let author = event.actor.as_deref().filter(|_| event.kind != Kind::System);
    match (privacy, author) {
        (Some(privacy), Some(author)) => privacy.hides.covers(author, event.ts),
        _ => false,
    }
}
