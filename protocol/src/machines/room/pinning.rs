//! The pinned message (`messenger.md` 3.4): one per conversation, state of the room beside its log. It takes no place there, the last
//! one wins, and it goes with its message.
//!
//! The people who see it are decided anew each time: the row holds all that the answer depends on, so nothing of the log is read for it.
//! A block changes the blocker's view alone: what a blocked person is told and answered is the same without it.

use super::notice::Notice;
use super::outbound::Outbound;
use super::pin::{Pin, PinStore, PinnedMessage};
use super::redaction::read_by;
use super::state::{Live, Room};
use super::step::Step;
use super::store::RoomStore;
use crate::people::contacts::Privacy;
use crate::words::event::{Kind, Millis, TOMBSTONE};
use crate::words::ids::RoomForm;
use crate::words::principal::Principal;
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

impl Room {
    /// Pins a message in the place of the one before. Repeated, it is the first answer again and nobody is told.
    pub fn pin(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        principal: &Principal,
        message: &str,
        out: &mut Outbound,
    ) -> Result<Pin, Denied> {
        let floor = self.floor_of(store, principal)?;
        let user = principal.user.as_str();
        self.may_pin(user)?;
        let target = self.target(store, principal, floor, message)?;
        if target.kind != Kind::Chat || target.body == TOMBSTONE {
            return Err(Refusal::NotFound.into());
        }
        if let Some(pin) = self.pin_seen_by(store, user, self.privacy_of(user), floor)?
            && pin.seq == target.seq
        {
            return Ok(pin.clone());
        }
        self.allowance.charge(store, &self.settings.rules, user, Kind::Edit, now)?;
        if self.pin.as_ref().is_some_and(|pin| pin.seq == target.seq) {
            // It is pinned by somebody whom they have blocked. Without a block it is pinned again only once it was taken down.
            self.take_pin_down(&mut Step { store, now, out }, user)?;
        }
        let pin = Pin {
            seq: target.seq,
            message: target.id,
            author: target.actor.unwrap_or_default(),
            said_at: target.ts,
            by: user.to_owned(),
            at: now,
        };
        store.save_pin(Some(&pin))?;
        self.pin = Some(pin.clone());
        let seers = self.pin_seers(store)?;
        let others = self.conns_where(is_told).into_iter().filter(|conn| !seers.contains(conn)).collect();
        self.tell_pin(seers, out);
        out.only(others, Notice::Pin { message: None, by: String::new(), at: now });
        Ok(pin)
    }

    /// Takes down what is pinned, as far as the person knows of it; whoever sees nothing has nothing to take down.
    pub fn unpin(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        principal: &Principal,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let floor = self.floor_of(store, principal)?;
        let user = principal.user.as_str();
        self.may_pin(user)?;
        if self.pin_seen_by(store, user, self.privacy_of(user), floor)?.is_none() {
            return Ok(());
        }
        self.allowance.charge(store, &self.settings.rules, user, Kind::Edit, now)?;
        Ok(self.take_pin_down(&mut Step { store, now, out }, user)?)
    }

    /// Returns the pinned message for a person with these privacy settings, for whom nothing up to `floor` exists.
    pub fn pinned_for(
        &self,
        store: &impl RoomStore,
        user: &str,
        privacy: Option<&Privacy>,
        floor: u64,
    ) -> Result<Option<PinnedMessage>, Fault> {
        let Some(pin) = self.pin_seen_by(store, user, privacy, floor)? else {
            return Ok(None);
        };
        let Some(mut message) = store.read(pin.seq, pin.seq, 1)?.pop() else {
            return Ok(None);
        };
        read_by(store, privacy, &mut message)?;
        Ok(Some(PinnedMessage { by: pin.by.clone(), at: pin.at, message }))
    }

    /// Both of two, owner and admins of a group; in a public room nobody.
    fn may_pin(&self, user: &str) -> Result<(), Refusal> {
        match (self.id.form(), &self.group) {
            (RoomForm::Direct(..), _) => Ok(()),
            (RoomForm::Group, Some(group)) => group.check_describes(user),
            _ => Err(Refusal::Forbidden),
        }
    }

    // ---- who sees it

    fn pin_seen_by(
        &self,
        store: &impl RoomStore,
        user: &str,
        privacy: Option<&Privacy>,
        floor: u64,
    ) -> Result<Option<&Pin>, Fault> {
        let Some(pin) = self.pin.as_ref().filter(|pin| self.is_open(pin, privacy, floor)) else {
            return Ok(None);
        };
        Ok(store.hidden(user, pin.seq, pin.seq)?.is_empty().then_some(pin))
    }

    /// Returns `true` if the pin is for the eyes of who has these privacy settings, unless they deleted the message for themselves.
    fn is_open(&self, pin: &Pin, privacy: Option<&Privacy>, floor: u64) -> bool {
        let hides = privacy.map(|privacy| &privacy.hides);
        let is_hidden = hides.is_some_and(|hides| hides.covers(&pin.author, pin.said_at) || hides.blocks(&pin.by));
        pin.seq > floor && pin.seq >= self.log.oldest() && !is_hidden
    }

    /// Sockets of those who see it.
    pub(super) fn pin_seers(&self, store: &impl RoomStore) -> Result<Vec<ConnKey>, Fault> {
        let Some(pin) = &self.pin else {
            return Ok(Vec::new());
        };
        let hidden_by = store.hidden_by(pin.seq)?;
        Ok(self.conns_where(|live| {
            let user = live.state.principal.user.as_str();
            let is_hidden = hidden_by.iter().any(|other| other == user);
            is_told(live) && !is_hidden && self.is_open(pin, self.privacy_of(user), live.state.floor)
        }))
    }

    // ---- telling

    /// Says what is pinned. It has no place in the log, so whoever is behind does not get it later: they are told now.
    fn tell_pin(&self, conns: Vec<ConnKey>, out: &mut Outbound) {
        if let Some(Pin { message, by, at, .. }) = self.pin.clone() {
            out.only(conns, Notice::Pin { message: Some(message), by, at });
        }
    }

    /// Somebody's wishes changed, or what they see: `before` saw it.
    pub(super) fn tell_pin_anew(&self, step: &mut Step<'_, impl RoomStore>, before: &[ConnKey]) -> Result<(), Fault> {
        let after = self.pin_seers(step.store)?;
        let lost = before.iter().filter(|conn| !after.contains(conn)).copied().collect();
        step.out.only(lost, Notice::Pin { message: None, by: String::new(), at: step.now });
        self.tell_pin(after.into_iter().filter(|conn| !before.contains(conn)).collect(), step.out);
        Ok(())
    }

    /// Nothing is pinned any more, because of `by`, which is empty where nobody did it. Whoever has blocked them is not told who.
    pub(super) fn take_pin_down(&mut self, step: &mut Step<'_, impl PinStore>, by: &str) -> Result<(), Fault> {
        step.store.save_pin(None)?;
        self.pin = None;
        let knows = |live: &Live| !by.is_empty() && !self.blocks(live.state.principal.user.as_str(), by);
        let at = step.now;
        let notice = |by: &str| Notice::Pin { message: None, by: by.to_owned(), at };
        step.out.only(self.conns_where(|live| is_told(live) && knows(live)), notice(by));
        step.out.only(self.conns_where(|live| is_told(live) && !knows(live)), notice(""));
        Ok(())
    }

    /// It goes with its message.
    pub(super) fn message_is_gone(
        &mut self,
        step: &mut Step<'_, impl PinStore>,
        seq: u64,
        by: &str,
    ) -> Result<(), Fault> {
        if self.pin.as_ref().is_some_and(|pin| pin.seq == seq) { self.take_pin_down(step, by) } else { Ok(()) }
    }

    /// Somebody is gone for good: what they pinned goes, and their own message unless their words stay.
    pub(super) fn person_is_gone(
        &mut self,
        step: &mut Step<'_, impl PinStore>,
        user: &str,
        keeps_words: bool,
    ) -> Result<(), Fault> {
        let is_theirs = |pin: &Pin| pin.by == user || pin.author == user && !keeps_words;
        if self.pin.as_ref().is_some_and(is_theirs) { self.take_pin_down(step, "") } else { Ok(()) }
    }
}

fn is_told(live: &Live) -> bool {
    !live.is_expelled
}
