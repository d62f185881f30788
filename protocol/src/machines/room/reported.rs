//! Reported messages with their neighbours, as an operator reads them (`moderation.md` 7.3). Whoever may look is decided before.

use super::privacy::is_hidden_by;
use super::redaction::read_by;
use super::state::Room;
use super::store::RoomStore;
use crate::codec::json::Value;
use crate::content::files::file_ids;
use crate::log::Range;
use crate::people::contacts::Privacy;
use crate::words::event::{Event, Kind, Millis, TOMBSTONE};
use crate::words::limits::{REPORT_NEIGHBOURS_MAX, REPORT_WINDOW_EVENTS};
use crate::words::principal::{Principal, UserKind};
use crate::words::refusal::{Denied, Fault, Refusal};

crate::record! {
    /// Reported message or a neighbour of it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ReportedMessage {
        pub at: Millis = "at",
        /// User id of the writer; empty for the system.
        pub user: String = "user",
        /// Name of the writer at that time.
        pub name: String = "name",
        pub kind: Kind = "kind",
        /// Text as it reads now; empty for a message without one.
        pub text: String = "text",
        /// Number of files and own pictures in the message.
        pub files: u64 = "files",
        pub is_reported: bool = "isReported",
        pub is_deleted: bool = "isDeleted",
    }
}

impl ReportedMessage {
    fn of(event: Event, message: &str) -> Self {
        let body = Value::parse(&event.body);
        let text = body.as_ref().and_then(|body| body.get("content")).and_then(Value::as_str);
        Self {
            at: event.ts,
            text: text.unwrap_or_default().to_owned(),
            files: file_ids(&event.body).len() as u64,
            is_reported: event.id == message,
            is_deleted: event.body == TOMBSTONE,
            user: event.actor.unwrap_or_default(),
            name: event.name,
            kind: event.kind,
        }
    }
}

impl Room {
    /// Returns a reported message between its neighbours, in the order of the log. Outside of public rooms it is what `reporter` may read, who
    /// has these privacy settings.
    /// Errors: `NOT_FOUND` or `FORBIDDEN` where there is no such message, and where the reporter may not read it.
    pub fn reported_message(
        &self,
        store: &impl RoomStore,
        reporter: &Principal,
        privacy: Option<&Privacy>,
        message: &str,
    ) -> Result<Vec<ReportedMessage>, Denied> {
        let events = self.reported_events(store, reporter, privacy, message)?;
        Ok(events.into_iter().map(|event| ReportedMessage::of(event, message)).collect())
    }

    pub(super) fn reported_events(
        &self,
        store: &impl RoomStore,
        reporter: &Principal,
        privacy: Option<&Privacy>,
        message: &str,
    ) -> Result<Vec<Event>, Denied> {
        let floor = self.floor_of(store, reporter)?;
        let (user, privacy) = if self.is_moderated() { ("", None) } else { (reporter.user.as_str(), privacy) };
        let stored = store.find(message)?.ok_or(Refusal::NotFound)?;
        let is_there = stored.seq > floor && stored.seq >= self.log.oldest() && stored.kind.is_message();
        let event = if is_there { store.read(stored.seq, stored.seq, 1)?.pop() } else { None };
        let mut event = event.filter(|event| !is_hidden_by(privacy, event)).ok_or(Refusal::NotFound)?;
        read_by(store, privacy, &mut event)?;
        // A persona's messages may be of another player than the one who reports: no fact of the report tells them apart.
        if !self.is_moderated() && UserKind::of_id(user) == UserKind::Persona {
            return Ok(vec![event]);
        }
        let seq = event.seq;
        let mut events = self.neighbours(store, (user, privacy), Range::Before(seq), floor)?;
        events.push(event);
        events.extend(self.neighbours(store, (user, privacy), Range::Since(seq), floor)?);
        Ok(events)
    }

    /// Returns the messages next to the end of `range` that is asked from. Changes and events of the system are no neighbours.
    fn neighbours(
        &self,
        store: &impl RoomStore,
        reader: (&str, Option<&Privacy>),
        range: Range,
        floor: u64,
    ) -> Result<Vec<Event>, Fault> {
        let page = self.page_for(store, reader, range, REPORT_WINDOW_EVENTS, floor)?;
        let (mut events, hidden) = (page.events, page.hidden);
        events.retain(|event| event.kind.is_message() && !hidden.contains(&event.seq));
        if matches!(range, Range::Since(_)) {
            events.truncate(REPORT_NEIGHBOURS_MAX);
        } else {
            let surplus = events.len().saturating_sub(REPORT_NEIGHBOURS_MAX);
            events.drain(..surplus);
        }
        Ok(events)
    }
}
