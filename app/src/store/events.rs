//! Events on this device within a day: who came and went, what popped up, what was missed (`ux.md` 1.3, 2.2).
//!
//! Pure. Kept by `features::alerts::events_panel`, in the database of this person and this device; nobody else learns of it, and what
//! was written in messages is not in it.

use protocol::words::event::Millis;

use super::toasts::{ToastEvent, ToastKind, ToastTarget};

/// Time for which an event is kept.
pub const EVENTS_MS: Millis = 24 * 60 * 60 * 1_000;
/// Events that are kept at most.
pub const EVENTS_MAX: usize = 300;

/// Kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Somebody came online.
    Online,
    /// Somebody went.
    Offline,
    /// A message came that nobody looked at.
    Message,
    /// A nudge came that nobody looked at.
    Nudge,
    /// A wink came that nobody looked at.
    Wink,
    /// Somebody asked to become a contact.
    Request,
    /// Somebody asked the person into a group.
    Invitation,
    /// Something did not work.
    Refused,
}

impl EventKind {
    /// Everything that can happen, with its word.
    pub(crate) const ALL: [(Self, &str); 8] = [
        (Self::Online, "online"),
        (Self::Offline, "offline"),
        (Self::Message, "message"),
        (Self::Nudge, "nudge"),
        (Self::Wink, "wink"),
        (Self::Request, "request"),
        (Self::Invitation, "invitation"),
        (Self::Refused, "refused"),
    ];

    /// Its word, as it is kept.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(what, _)| *what == self).map_or("", |(_, word)| word)
    }

    /// Returns `true` if one is told that it happened. People come and go all day, and what was refused is said at once.
    pub fn is_notable(self) -> bool {
        !matches!(self, Self::Online | Self::Offline | Self::Refused)
    }

    /// Reverse of [`EventKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, word)| *word == text).map(|(what, _)| *what)
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventRecord {
    /// Time of the event.
    pub at: Millis,
    /// Kind of the event.
    pub what: EventKind,
    /// Name of the person it is about or of the group of an invitation, or the code of a refusal.
    pub name: String,
    /// User id, where it leads to a person.
    pub user: String,
    /// Room id, where it leads to a room.
    pub room: String,
}

protocol::words!(EventKind);
protocol::record!(EventRecord {
    at = "at",
    what = "what",
    name = "name",
    user = "user" or String::new(),
    room = "room" or String::new(),
});

impl EventRecord {
    /// Returns the part of the news that is kept.
    pub fn of(event: &ToastEvent) -> Self {
        let (user, room) = match &event.toast.target {
            ToastTarget::Person(user) => (user.clone(), String::new()),
            ToastTarget::Room(room) => (String::new(), room.clone()),
            ToastTarget::Nothing => (String::new(), String::new()),
        };
        let (what, name) = match &event.toast.kind {
            ToastKind::Message { .. } => (EventKind::Message, &event.toast.name),
            ToastKind::Nudge => (EventKind::Nudge, &event.toast.name),
            ToastKind::Wink { .. } => (EventKind::Wink, &event.toast.name),
            ToastKind::Online => (EventKind::Online, &event.toast.name),
            ToastKind::Offline => (EventKind::Offline, &event.toast.name),
            ToastKind::Refused { code, .. } => (EventKind::Refused, code),
        };
        Self { at: event.at, what, name: name.clone(), user, room }
    }
}

/// Lets go what is older than a day, and the oldest when there is too much.
pub fn shorten(all: &mut Vec<EventRecord>, now: Millis) {
    all.retain(|noted| now.saturating_sub(noted.at) < EVENTS_MS);
    let surplus = all.len().saturating_sub(EVENTS_MAX);
    all.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use protocol::codec::json;

    use super::super::toasts::Toast;
    use super::*;

    fn noted(at: Millis, what: EventKind, user: &str) -> EventRecord {
        EventRecord { at, what, name: "Ann".to_owned(), user: user.to_owned(), room: String::new() }
    }

    #[test]
    fn a_day_is_kept_and_not_more_than_there_is_room_for() {
        let mut all: Vec<EventRecord> = (0..400).map(|at| noted(at, EventKind::Online, "ann")).collect();
        shorten(&mut all, 400);
        assert_eq!((all.len(), all[0].at), (EVENTS_MAX, 100));
        shorten(&mut all, EVENTS_MS + 399);
        assert!(all.is_empty(), "{all:?}");
    }

    #[test]
    fn what_was_written_is_not_stored() {
        let toast = Toast {
            name: "Ann".to_owned(),
            avatar_id: String::new(),
            kind: ToastKind::Message { content: "the secret".to_owned() },
            target: ToastTarget::Room("general".to_owned()),
            is_leaving: false,
        };
        let stored = EventRecord::of(&ToastEvent { at: 7, toast, is_loud: false });
        assert!(!json::write(&stored).contains("secret"));
        assert_eq!(json::read(&json::write(&stored)), Some(stored));
    }
}
