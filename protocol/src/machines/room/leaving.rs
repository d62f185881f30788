//! Removal of a deleted person (`leaving.md` 2): their texts are removed, or only their name, and their state in the room. Every position in
//! the log stays.
//!
//! The only event is the last one, which notifies everybody with a copy of the log. A repetition changes nothing, so a run that was stopped
//! can begin anew.

use super::group::Membership;
use super::group_change::Actor;
use super::leaving_store::LeavingStore;
use super::mutating::buried_edit;
use super::outbound::Outbound;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use super::views;
use crate::codec::json::Value;
use crate::words::event::{Event, Kind, Millis, TOMBSTONE};
use crate::words::ids::UserId;
use crate::words::limits::LEAVING_EVENTS_MAX;
use crate::words::refusal::{Denied, Fault};

/// Name that replaces the name of a deleted person.
pub const GONE_NAME: &str = "Deleted account";
/// Code of the note.
pub const GONE_CODE: &str = "account_deleted";

/// Content of the event that reports a deleted person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoneNote {
    /// Their texts stay.
    pub keeps_words: bool,
    /// Events up to this position are of earlier players of the persona, and stay as they were; 0 for everybody else.
    pub after: u64,
}

impl GoneNote {
    fn body(self) -> String {
        let words = if self.keeps_words { ",\"words\":\"kept\"" } else { "" };
        let after = if self.after > 0 { format!(",\"after\":{}", self.after) } else { String::new() };
        format!("{{\"code\":\"{GONE_CODE}\"{words}{after}}}")
    }
}

/// Returns `Some` if `event` reports that its writer was deleted.
pub fn gone_in(event: &Event) -> Option<GoneNote> {
    if event.kind != Kind::System {
        return None;
    }
    let body = Value::parse(&event.body)?;
    let keeps_words = body.get("words").and_then(Value::as_str) == Some("kept");
    let after = body.get("after").and_then(Value::as_u64).unwrap_or(0);
    let is_it = body.get("code").and_then(Value::as_str) == Some(GONE_CODE);
    is_it.then_some(GoneNote { keeps_words, after })
}

/// One portion of the removal of a person.
#[derive(Clone, Copy, Debug, Default)]
pub struct Erasure {
    /// Position up to which the log was looked at already.
    pub after: u64,
    /// There was something of them up to there.
    pub was_here: bool,
    /// Their texts stay, without their name.
    pub keeps_words: bool,
    /// Events up to this time are of earlier players of the persona (`account.md` 10); 0 for everybody else.
    pub visible_from: Millis,
}

/// Progress of forgetting a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErasureProgress {
    /// Place to go on from; `None` when nothing is left.
    pub next: Option<u64>,
    /// There was something of them.
    pub was_here: bool,
}

impl Room {
    /// Takes away what there is of `user` after a position. Events of earlier players of a persona stay, and so does the report that an
    /// earlier account of it was deleted.
    pub fn forget_person(
        &mut self,
        store: &mut (impl RoomStore + LeavingStore),
        now: Millis,
        user: &UserId,
        erasure: &Erasure,
        out: &mut Outbound,
    ) -> Result<ErasureProgress, Denied> {
        let Erasure { after, was_here, keeps_words, visible_from } = *erasure;
        let earlier = if visible_from > 0 { store.seq_at(visible_from)? } else { 0 };
        let (found, looked_to) = store.written_by(user.as_str(), after.max(earlier), LEAVING_EVENTS_MAX)?;
        let is_end = |event: &Event| gone_in(event).is_some_and(|note| note.keeps_words == keeps_words);
        let is_reported = found.iter().any(is_end);
        self.person_is_gone(&mut Step { store, now, out }, user.as_str(), keeps_words)?;
        for event in found.iter().filter(|event| !is_end(event)) {
            Self::take_away(store, event, keeps_words)?;
        }
        // Their messages may have been trimmed, but devices with a copy must be notified. In a direct conversation they are known to have
        // been here.
        let is_of_two = self.log.head() > earlier && self.id.partner_of(user).is_some();
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
        self.held.retain(|_, held| held.user != user.as_str());
        self.forget_viewer(store, user.as_str())?;
        self.forget_standing(store, user.as_str())?;
        // Nobody has a copy of a deleted group any more.
        if was_here && !is_reported && !self.is_erased() {
            let by = Actor { user: user.clone(), name: GONE_NAME.to_owned() };
            let body = GoneNote { keeps_words, after: earlier }.body();
            self.note_with(&mut Step { store, now, out }, &by, body)?;
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
