//! Visibility of people in a room to each other (`sign-in.md` 1.7, `messenger.md` 4 *Blocking*, `settings.md` 1), in lists and in
//! notifications about people who came, changed and left. Viewers with the same notification receive it together.
//!
//! No name reveals a person who is not visible to its reader.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::notification::{Notification, Participant, ParticipantRow};
use super::outbound::Outbound;
use super::roster::{ParticipantChange, SnapshotDelta, disambiguated};
use super::state::{Live, Room};
use crate::people::contacts::PrivacyRecord;
use crate::people::names::{GUEST_AVATAR, is_reserved_for, with_end_of_id};
use crate::words::event::Millis;
use crate::words::limits::PARTICIPANTS_TOLD_MAX;
use crate::words::socket::ConnKey;

/// Part of a person's entry that a viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ParticipantVisibility {
    /// The person is invisible to the viewer.
    Nothing,
    NoPicture,
    Everything,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ParticipantView {
    visibility: ParticipantVisibility,
    /// The viewer knows of another person with that name.
    is_ambiguous: bool,
    /// The person has come for the viewer: they are new, or were invisible before. A large room only counts them (`messenger.md` 5.7).
    has_come: bool,
}

impl ParticipantView {
    const NOTHING: Self = Self { visibility: ParticipantVisibility::Nothing, is_ambiguous: false, has_come: false };

    /// Returns the visible part of a person with the entry `participant`, under their own name.
    fn of(self, participant: &Participant) -> Option<Participant> {
        let named = if self.is_ambiguous { disambiguated(participant) } else { participant.clone() };
        match self.visibility {
            ParticipantVisibility::Nothing => None,
            ParticipantVisibility::NoPicture => Some(Participant { avatar: GUEST_AVATAR.to_owned(), ..named }),
            ParticipantVisibility::Everything => Some(named),
        }
    }
}

/// Content of one viewer's notification: the view of each person who came or changed, and `true` for each person who left and was
/// visible to the viewer.
type ViewDelta = (Vec<ParticipantView>, Vec<bool>);

/// Sockets with the same notification. The number of people is part of it for clients that take pages.
type ViewGroups = BTreeMap<(ViewDelta, Option<usize>), Vec<ConnKey>>;

impl Room {
    /// Returns `true` if `viewer` may know that `user` is here. A user who has blocked the viewer is invisible to them, and so is a user who
    /// does not show them their presence, or appears offline to them (`presence.md` 2.7).
    pub(super) fn knows_of(&self, viewer: &str, user: &str) -> bool {
        let shows = || viewer == user || self.takes(|settings| settings.who_sees_presence, user, viewer);
        self.people.is_empty() || !self.blocks(user, viewer) && !self.appears_offline_to(user, viewer) && shows()
    }

    fn visibility(&self, viewer: &str, user: &str) -> ParticipantVisibility {
        let shows_picture = || viewer == user || self.takes(|settings| settings.who_sees_picture, user, viewer);
        match self.knows_of(viewer, user) {
            false => ParticipantVisibility::Nothing,
            true if shows_picture() => ParticipantVisibility::Everything,
            true => ParticipantVisibility::NoPicture,
        }
    }

    /// Returns the people who are here, without those who appear offline.
    pub(super) fn shown_here(&self) -> BTreeSet<&str> {
        let shown = self.conns.values().filter(|live| live.state.card.is_seen() && !live.is_expelled);
        shown.map(|live| live.state.principal.user.as_str()).collect()
    }

    /// Returns the people who are here and visible to `viewer`.
    pub fn here_for(&self, viewer: &str) -> Vec<&str> {
        self.shown_here().into_iter().filter(|user| self.knows_of(viewer, user)).collect()
    }

    /// Returns the people who are here, as `viewer` sees them.
    pub fn people_seen_by(&self, viewer: &str) -> Vec<Participant> {
        self.list_for(viewer).iter().map(|row| row.participant().clone()).collect()
    }

    /// Returns the appearance of `user` to `viewer`; `None` means a viewer from whom nobody hides.
    fn look(&self, viewer: Option<&str>, user: &str) -> ParticipantView {
        let visibility = viewer.map_or(ParticipantVisibility::Everything, |viewer| self.visibility(viewer, user));
        let Some(shown) = self.roster.shown(user).filter(|_| visibility != ParticipantVisibility::Nothing) else {
            return ParticipantView::NOTHING;
        };
        let is_ambiguous = self.roster.namesakes(user, &shown.name).any(|other| self.may_know_of(viewer, other));
        ParticipantView { visibility, is_ambiguous, has_come: false }
    }

    fn may_know_of(&self, viewer: Option<&str>, user: &str) -> bool {
        viewer.is_none_or(|viewer| self.knows_of(viewer, user))
    }

    /// Returns the new appearance of a person to `viewer`, if it differs from the old one.
    fn look_anew(&self, viewer: Option<&str>, changed: &ParticipantChange) -> ParticipantView {
        let user = changed.participant.user.as_str();
        let look = self.look(viewer, user);
        if look == ParticipantView::NOTHING {
            return look;
        }
        let was_ambiguous = changed.bore_their_name.as_ref().map(|before| {
            let mut others = before.iter().filter(|other| *other != user);
            others.any(|other| self.may_know_of(viewer, other))
        });
        match was_ambiguous {
            Some(was_ambiguous) if was_ambiguous == look.is_ambiguous => ParticipantView::NOTHING,
            _ => ParticipantView { has_come: changed.has_come, ..look },
        }
    }

    /// Returns the list of everybody who is visible to `viewer`, as they see them.
    pub(super) fn list_for(&self, viewer: &str) -> Vec<Rc<ParticipantRow>> {
        let rows = self.roster.all();
        if self.people.is_empty() {
            return rows;
        }
        rows.into_iter().filter_map(|row| self.seen_row(viewer, row)).collect()
    }

    /// Returns the row of `user` as `viewer` sees it.
    pub(super) fn row_for(&self, viewer: &str, user: &str) -> Option<Rc<ParticipantRow>> {
        let row = self.roster.row(user)?;
        if self.people.is_empty() { Some(row) } else { self.seen_row(viewer, row) }
    }

    /// Returns for `viewer` the row of a person from whom nobody hides.
    fn seen_row(&self, viewer: &str, row: Rc<ParticipantRow>) -> Option<Rc<ParticipantRow>> {
        let user = row.participant().user.as_str();
        let look = self.look(Some(viewer), user);
        if look == self.look(None, user) {
            return Some(row);
        }
        look.of(self.roster.shown(user)?).map(|participant| Rc::new(ParticipantRow::new(participant)))
    }

    /// Returns the name for messages and events of `user`, whose own name is `name`. All readers see the same name, so it distinguishes the
    /// user from people with the same name who hide from nobody.
    pub(super) fn name_of(&self, user: &str, name: &str) -> String {
        match self.own_bot(user) {
            Some(bot) => self.name_beside_people(user, &bot.name),
            None => self.name_among_people(user, name),
        }
    }

    /// Does the same for whoever is no bot of the group.
    pub(super) fn name_among_people(&self, user: &str, name: &str) -> String {
        let is_open = |other: &str| !may_hide(&self.people, other);
        if self.roster.namesakes(user, name).any(is_open) { with_end_of_id(user, name) } else { name.to_owned() }
    }

    /// Notifies viewers of people who came and left. Viewers who see some of them differently receive their own view, and clients that take
    /// pages the number of people.
    fn notify_participants(&self, joined: &[ParticipantChange], left: Vec<String>, out: &mut Outbound) {
        let view = |viewer: Option<&str>| -> ViewDelta {
            let looks = joined.iter().map(|one| self.look_anew(viewer, one)).collect();
            // The picture of a person who left does not matter.
            (looks, left.iter().map(|user| self.may_know_of(viewer, user)).collect())
        };
        let of_all = view(None);
        let people: Vec<Participant> = joined.iter().map(|one| one.participant.clone()).collect();
        let mut groups = ViewGroups::new();
        let (differs, hiders) = (self.may_look_different_to_some(joined, &left), self.hiders());
        let is_apart = |live: &Live| !live.state.lagging && (differs || live.state.is_paged);
        for (conn, live) in self.conns.iter().filter(|(_, live)| is_apart(live)) {
            let own = if differs { view(Some(live.state.principal.user.as_str())) } else { of_all.clone() };
            groups.entry((own, self.count_on(live, &hiders))).or_default().push(*conn);
        }
        let of_all = (of_all, None);
        groups.remove(&of_all);
        let apart: Vec<ConnKey> = groups.values().flatten().copied().collect();
        send_to_groups(&people, &left, groups, out);
        if let Some(notification) = notification_of(&people, &left, &of_all) {
            if apart.is_empty() { out.everybody(notification) } else { out.except(apart, notification) }
        }
    }

    /// Sends the notification about people who came and left, if it is due.
    pub(super) fn notify_occupancy(&mut self, now: Millis, out: &mut Outbound) {
        let Some(delta) = self.roster.take_due(now, |user| may_hide(&self.people, user)) else { return };
        self.notify_participants(&delta.joined, delta.left, out);
        let hiders = self.hiders();
        for SnapshotDelta { viewer, renamed, left } in delta.since_given {
            let is_announced = |user: &str| {
                let place = delta.joined.binary_search_by(|one| one.participant.user.as_str().cmp(user));
                place.is_ok_and(|at| self.look_anew(Some(&viewer), &delta.joined[at]) != ParticipantView::NOTHING)
            };
            let look = |one: &ParticipantChange| match is_announced(&one.participant.user) {
                true => ParticipantView::NOTHING,
                false => self.look_anew(Some(&viewer), one),
            };
            let view =
                (renamed.iter().map(look).collect(), left.iter().map(|user| self.knows_of(&viewer, user)).collect());
            let people: Vec<Participant> = renamed.into_iter().map(|one| one.participant).collect();
            let mut groups = ViewGroups::new();
            let own = |live: &Live| !live.state.lagging && live.state.principal.user.as_str() == viewer;
            for (conn, live) in self.conns.iter().filter(|(_, live)| own(live)) {
                groups.entry((view.clone(), self.count_on(live, &hiders))).or_default().push(*conn);
            }
            send_to_groups(&people, &left, groups, out);
        }
    }

    /// Sends the notification early, by the present settings, because these are about to change or to be removed.
    pub(super) fn notify_occupancy_early(&mut self, out: &mut Outbound) {
        self.notify_occupancy(Millis::MAX, out);
    }

    fn may_look_different_to_some(&self, joined: &[ParticipantChange], left: &[String]) -> bool {
        let hides = |user: &str| may_hide(&self.people, user);
        let is_seen_otherwise = |one: &ParticipantChange| {
            let Participant { user, name, .. } = &one.participant;
            let before = one.bore_their_name.iter().flat_map(|before| before.iter());
            hides(user) || self.roster.namesakes(user, name).chain(before.map(String::as_str)).any(hides)
        };
        !self.people.is_empty() && (left.iter().any(|user| hides(user)) || joined.iter().any(is_seen_otherwise))
    }

    /// Returns the visible part of `user` for each of the others here, if `user` is visible and others were notified of them.
    pub(super) fn visibility_to_others(&self, user: &str) -> BTreeMap<String, ParticipantVisibility> {
        if self.roster.shown(user).is_none() || !self.roster.was_announced(user) {
            return BTreeMap::new();
        }
        let here: BTreeSet<&str> = self.conns.values().map(|live| live.state.principal.user.as_str()).collect();
        let others = here.into_iter().filter(|other| *other != user);
        others.map(|other| (other.to_owned(), self.visibility(other, user))).collect()
    }

    /// Updates viewers to whom `user` looked different before a change of settings: `user` leaves, comes, or changes for them, and names
    /// become ambiguous or unique. No other notification may be pending.
    pub(super) fn appear_anew(&self, user: &str, before: &BTreeMap<String, ParticipantVisibility>, out: &mut Outbound) {
        let Some(participant) = self.roster.shown(user) else { return };
        let namesakes = || self.roster.namesakes("", &participant.name).filter(|other| *other != user);
        // Two other people who hide from nobody make the name ambiguous for everybody.
        let is_same_for_all = namesakes().filter(|other| !may_hide(&self.people, other)).nth(1).is_some();
        let shown = namesakes().filter(|_| !is_same_for_all).filter_map(|other| self.roster.shown(other));
        let people: Vec<Participant> = std::iter::once(participant).chain(shown).cloned().collect();
        let (mut groups, hiders) = (ViewGroups::new(), self.hiders());
        for (conn, live) in self.conns.iter().filter(|(_, live)| !live.state.lagging) {
            let viewer = live.state.principal.user.as_str();
            let (Some(was), visibility) = (before.get(viewer), self.visibility(viewer, user)) else { continue };
            if *was == visibility {
                continue;
            }
            let (knew, knows) = (*was != ParticipantVisibility::Nothing, visibility != ParticipantVisibility::Nothing);
            // The only other person with that name becomes ambiguous for this viewer, or unique again.
            let mut known = namesakes().filter(|other| self.knows_of(viewer, other));
            let alone = known.next().filter(|_| knew != knows && known.next().is_none());
            let look = |one: &Participant| {
                let is_renamed = alone == Some(one.user.as_str()) && !is_reserved_for(&one.user, &one.name);
                match self.look(Some(viewer), &one.user) {
                    look if one.user == user && look != ParticipantView::NOTHING => {
                        ParticipantView { has_come: !knew, ..look }
                    }
                    look if is_renamed => look,
                    _ => ParticipantView::NOTHING,
                }
            };
            let view = (people.iter().map(look).collect(), vec![knew && !knows]);
            groups.entry((view, self.count_on(live, &hiders))).or_default().push(*conn);
        }
        send_to_groups(&people, &[user.to_owned()], groups, out);
    }
}

/// Returns `true` if `user` may be invisible, or partly invisible, to somebody.
pub(super) fn may_hide(people: &BTreeMap<String, PrivacyRecord>, user: &str) -> bool {
    people.get(user).is_some_and(|PrivacyRecord { privacy, .. }| {
        let is_narrow = privacy.settings.audiences().are_narrow() || !privacy.hidden_from.is_empty();
        is_narrow || privacy.hides.blocked().next().is_some()
    })
}

/// Sends each group of viewers its view of these people.
fn send_to_groups(people: &[Participant], left: &[String], groups: ViewGroups, out: &mut Outbound) {
    for (view, conns) in groups {
        if let Some(notification) = notification_of(people, left, &view) {
            out.only(conns, notification);
        }
    }
}

/// Returns the notification about what a viewer sees, if that is anything. A newcomer without a row has at least changed the number.
fn notification_of(
    people: &[Participant],
    left: &[String],
    ((looks, knew), count): &(ViewDelta, Option<usize>),
) -> Option<Notification> {
    let counts_newcomers = count.is_some_and(|count| count > PARTICIPANTS_TOLD_MAX);
    let told = people.iter().zip(looks).filter(|(_, look)| !(counts_newcomers && look.has_come));
    let joined = told.filter_map(|(one, look)| look.of(one)).collect();
    let left = left.iter().zip(knew).filter(|(_, knew)| **knew).map(|(user, _)| user.clone()).collect();
    let has_changes = knew.contains(&true) || looks.iter().any(|look| *look != ParticipantView::NOTHING);
    has_changes.then_some(Notification::ParticipantsChanged { joined, left, count: *count })
}
