//! Removal of a deleted person (`leaving.md` 2): their texts are removed, or only their name, and their state in the room. Every position in
//! the log stays.
//!
//! The only event is the last one, which notifies everybody with a copy of the log. A repetition changes nothing, so a run that was stopped
//! can begin anew.

use super::group::Membership;
use super::group_change::Actor;
use super::group_rows::note_body;
use super::leaving_store::LeavingStore;
use super::mutating::buried_edit;
use super::outbound::Outbound;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use super::views;
use crate::words::event::{Event, Kind, Millis, TOMBSTONE};
use crate::words::ids::UserId;
use crate::words::limits::LEAVING_EVENTS_MAX;
use crate::words::refusal::{Denied, Fault};

/// Name that replaces the name of a deleted person.
pub const GONE_NAME: &str = "Deleted account";
/// Code of the note.
pub const GONE_CODE: &str = "account_deleted";

/// Returns `Some` if `event` reports that its writer was deleted: `true` if their texts stay.
pub fn gone_in(event: &Event) -> Option<bool> {
    let says = |about: &[(&str, &str)]| event.kind == Kind::System && event.body == note_body(GONE_CODE, about);
    if says(&[]) { Some(false) } else { says(KEPT).then_some(true) }
}

/// Members of the note where words stay.
const KEPT: &[(&str, &str)] = &[("words", "kept")];

/// Progress of forgetting a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErasureProgress {
    /// Place to go on from; `None` when nothing is left.
    pub next: Option<u64>,
    /// There was something of them.
    pub was_here: bool,
}

impl Room {
    /// Takes away what there is of `user` after place `after`. `was_here`: there was something of them up to there.
    pub fn forget_person(
        &mut self,
        store: &mut (impl RoomStore + LeavingStore),
        now: Millis,
        user: &UserId,
        (after, was_here): (u64, bool),
        keeps_words: bool,
        out: &mut Outbound,
    ) -> Result<ErasureProgress, Denied> {
        let (found, looked_to) = store.written_by(user.as_str(), after, LEAVING_EVENTS_MAX)?;
        let about: &[(&str, &str)] = if keeps_words { KEPT } else { &[] };
        let body = note_body(GONE_CODE, about);
        let is_end = |event: &Event| event.kind == Kind::System && event.body == body;
        let is_reported = found.iter().any(is_end);
        self.person_is_gone(&mut Step { store, now, out }, user.as_str(), keeps_words)?;
        for event in found.iter().filter(|event| !is_end(event)) {
            Self::take_away(store, event, keeps_words)?;
        }
        // Their messages may have been trimmed, but devices with a copy must be notified. In a direct conversation they are known to have
        // been here.
        let is_of_two = self.log.head() > 0 && self.id.partner_of(user).is_some();
        let was_here = was_here || !found.is_empty() || is_of_two;
        // After that event there is nothing of them, whatever others have written since.
        if looked_to < self.log.head() && !is_reported {
            return Ok(ErasureProgress { next: Some(looked_to), was_here });
        }
        for target in store.reacted_to_by(user.as_str())? {
            Self::take_reactions_back(store, user.as_str(), target)?;
        }
        store.forget_person(user.as_str())?;
        store.forget_known(user.as_str())?;
        self.people.remove(user.as_str());
        self.forget_viewer(store, user.as_str())?;
        self.forget_standing(store, user.as_str())?;
        if was_here && !is_reported {
            let by = Actor { user: user.clone(), name: GONE_NAME.to_owned() };
            self.note(&mut Step { store, now, out }, &by, GONE_CODE, about)?;
        }
        Ok(ErasureProgress { next: None, was_here })
    }

    /// Removes a barred or invited person from the group's rows. Their own object does not know of it, so there is no notification.
    fn forget_standing(&mut self, store: &mut impl RoomStore, user: &str) -> Result<(), Fault> {
        let known = self.group.as_ref().and_then(|group| group.find(user));
        if known.is_some_and(|member| member.standing != Membership::Member) {
            store.remove_member(user)?;
            if let Some(group) = &mut self.group {
                group.members.remove(user);
            }
        }
        Ok(())
    }

    fn take_away(store: &mut (impl RoomStore + LeavingStore), event: &Event, keeps_words: bool) -> Result<(), Fault> {
        if !keeps_words {
            Self::take_words(store, event)?;
        }
        if event.name != GONE_NAME {
            store.unname(event.seq, GONE_NAME)?;
        }
        Ok(())
    }

    /// A trimmed event leaves a mark that would still contain text, and an edit cannot be found through a trimmed message.
    fn take_words(store: &mut (impl RoomStore + LeavingStore), event: &Event) -> Result<(), Fault> {
        if event.kind.is_message() && event.body != TOMBSTONE {
            store.unindex(event.seq)?;
            store.bury(event.seq, &buried_edit(&event.id))?;
        }
        if event.kind == Kind::Edit {
            let left = event.target().map_or_else(|| TOMBSTONE.to_owned(), |message| buried_edit(&message));
            if event.body != left {
                store.silence(event.seq, &left)?;
            }
        }
        Ok(())
    }

    fn take_reactions_back(store: &mut impl RoomStore, user: &str, target: u64) -> Result<(), Fault> {
        for own in store.reactions(target)?.iter().filter(|reacted| reacted.user == user) {
            store.remove_reaction(target, own)?;
        }
        let left = store.reactions(target)?;
        match store.read(target, target, 1)?.pop().filter(|message| message.body.starts_with('{')) {
            Some(message) => store.set_view(target, &views::with_reactions(&message.body, &left)?),
            None => Ok(()),
        }
    }
}
