//! How those who are here look to each other (`messenger.md` 4 *Blocking*, `docs/protocol/settings.md`): in lists, and in what is told of
//! who came, changed and left. Whoever is told the same is told it together.

use std::rc::Rc;

use super::connection::ConnKey;
use super::machine::Room;
use super::notice::{Listed, Notice, Participant};
use super::outbound::Outbound;
use crate::event::Millis;
use crate::names::GUEST_AVATAR;
use crate::presence::OFFLINE;
use crate::sorted::{SortedMap, SortedSet};

/// How much one sees of another one who is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sight {
    /// They are not here for them.
    Nothing,
    /// All but their picture.
    NoPicture,
    Everything,
}

impl Sight {
    /// What is seen of them.
    fn of(self, participant: &Participant) -> Option<Participant> {
        match self {
            Self::Nothing => None,
            Self::NoPicture => Some(Participant { avatar: GUEST_AVATAR.to_owned(), ..participant.clone() }),
            Self::Everything => Some(participant.clone()),
        }
    }
}

impl Room {
    /// Whether `viewer` may know that `user` is here: whoever blocked somebody is not here for them, nor is whoever does not show their
    /// presence to them.
    pub(super) fn knows_of(&self, viewer: &str, user: &str) -> bool {
        let shows = || viewer == user || self.takes(|settings| settings.who_sees_presence, user, viewer);
        self.people.is_empty() || !self.blocks(user, viewer) && shows()
    }

    fn sight(&self, viewer: &str, user: &str) -> Sight {
        let shows_picture = || viewer == user || self.takes(|settings| settings.who_sees_picture, user, viewer);
        match self.knows_of(viewer, user) {
            false => Sight::Nothing,
            true if shows_picture() => Sight::Everything,
            true => Sight::NoPicture,
        }
    }

    /// Who is here, but for those who appear offline.
    pub(super) fn shown_here(&self) -> SortedSet<&str> {
        let shown = self.conns.values().filter(|live| live.state.card.status.seen() != OFFLINE && !live.is_expelled);
        shown.map(|live| live.state.principal.user.as_str()).collect()
    }

    /// Who is here as far as `viewer` may know.
    pub fn here_for(&self, viewer: &str) -> Vec<&str> {
        self.shown_here().into_iter().filter(|user| self.knows_of(viewer, user)).collect()
    }

    /// The list of everybody who is here for `viewer`, as they look to them.
    pub(super) fn list_for(&self, viewer: &str) -> Vec<Rc<Listed>> {
        let rows = self.roster.all();
        if self.people.is_empty() {
            return rows;
        }
        let seen = |row: Rc<Listed>| {
            let participant = row.participant();
            match self.sight(viewer, &participant.user) {
                Sight::Everything => Some(row),
                sight => sight.of(participant).map(|participant| Rc::new(Listed::new(participant))),
            }
        };
        rows.into_iter().filter_map(seen).collect()
    }

    /// Tells who came and left. Those to whom some of them are not here, or look another way, are told what they see.
    fn tell_participants(&self, joined: Vec<Participant>, left: Vec<String>, out: &mut Outbound) {
        let mut groups: SortedMap<Vec<Sight>, Vec<ConnKey>> = SortedMap::new();
        let mut users = joined.iter().map(|one| one.user.as_str()).chain(left.iter().map(|user| &**user));
        if users.any(|user| self.may_look_different(user)) {
            for (conn, live) in self.conns.iter().filter(|(_, live)| !live.state.lagging) {
                let viewer = live.state.principal.user.as_str();
                let of_joined = joined.iter().map(|one| self.sight(viewer, &one.user));
                // Of who left nobody sees the picture.
                let of_left = left.iter().map(|user| match self.knows_of(viewer, user) {
                    true => Sight::Everything,
                    false => Sight::Nothing,
                });
                groups.get_or_default(of_joined.chain(of_left).collect()).push(*conn);
            }
            groups.remove(&vec![Sight::Everything; joined.len() + left.len()]);
        }
        let apart: Vec<ConnKey> = groups.values().flatten().copied().collect();
        for (sights, conns) in groups {
            let (of_joined, of_left) = sights.split_at(joined.len());
            let seen: Vec<_> = joined.iter().zip(of_joined).filter_map(|(one, sight)| sight.of(one)).collect();
            let known = left.iter().zip(of_left).filter(|(_, sight)| **sight != Sight::Nothing);
            let gone: Vec<String> = known.map(|(user, _)| user.clone()).collect();
            if !seen.is_empty() || !gone.is_empty() {
                out.only(conns, Notice::ParticipantsChanged { joined: seen, left: gone });
            }
        }
        let notice = Notice::ParticipantsChanged { joined, left };
        if apart.is_empty() { out.everybody(notice) } else { out.except(apart, notice) }
    }

    /// Tells what is due of who came and left.
    pub(super) fn tell_company(&mut self, now: Millis, out: &mut Outbound) {
        if let Some((joined, left)) = self.roster.take_due(now) {
            self.tell_participants(joined, left, out);
        }
    }

    /// Tells it before it is due: by the wishes that hold, which are about to change or to be forgotten.
    pub(super) fn tell_company_early(&mut self, out: &mut Outbound) {
        self.tell_company(Millis::MAX, out);
    }

    /// Whether not everybody may see the same of `user`.
    fn may_look_different(&self, user: &str) -> bool {
        self.privacy_of(user).is_some_and(|privacy| {
            privacy.settings.audiences().are_narrow() || privacy.hides.blocked().next().is_some()
        })
    }

    /// How much each of the others who are here sees of `user`, if there is something to see of them.
    pub(super) fn sights_of(&self, user: &str) -> SortedMap<String, Sight> {
        if self.roster.shown(user).is_none() {
            return SortedMap::new();
        }
        let here: SortedSet<&str> = self.conns.values().map(|live| live.state.principal.user.as_str()).collect();
        let others = here.into_iter().filter(|other| *other != user);
        others.map(|other| (other.to_owned(), self.sight(other, user))).collect()
    }

    /// To whom `user` looked another way before their wishes changed they leave, come, or change.
    pub(super) fn appear_anew(&self, user: &str, before: &SortedMap<String, Sight>, out: &mut Outbound) {
        // Of whom nobody was told yet the next delta tells, by what holds then.
        let Some(participant) = self.roster.shown(user).filter(|_| self.roster.has_told(user)) else { return };
        let now = self.sights_of(user);
        for sight in [Sight::Nothing, Sight::NoPicture, Sight::Everything] {
            let conns = self.live_conns_of(|other| {
                now.get(other) == Some(&sight) && before.get(other).is_some_and(|before| *before != sight)
            });
            let joined: Vec<_> = sight.of(&participant).into_iter().collect();
            let left = if joined.is_empty() { vec![user.to_owned()] } else { Vec::new() };
            out.only(conns, Notice::ParticipantsChanged { joined, left });
        }
    }
}
