//! Events of the last day on this device: presence changes, toasts, missed messages (`ux.md` 1.3, 2.2).
//!
//! Pure. `features::alerts::events_panel` stores the events in the database of this person on this device. They contain no text of
//! messages.

use protocol::words::event::Millis;

use super::toasts::{News, ToastEvent, ToastKind, ToastTarget};

pub const EVENTS_MS: Millis = 24 * 60 * 60 * 1_000;
pub const EVENTS_MAX: usize = 300;

protocol::words! {
    /// Kind of an event; its word is stored.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum EventKind {
        Online = "online",
        Offline = "offline",
        /// A message was missed.
        Message = "message",
        /// A nudge was missed.
        Nudge = "nudge",
        /// A wink was missed.
        Wink = "wink",
        Request = "request",
        Invitation = "invitation",
        /// Somebody added the person to a group.
        Added = "added",
        /// A person accepted a request.
        Accepted = "accepted",
        /// A person came by an invite link.
        CameByLink = "by-link",
        Refused = "refused",
    }
}

impl EventKind {
    /// Returns `true` if the event marks the bell. Presence changes are too frequent, and failures are shown at once.
    pub fn is_notable(self) -> bool {
        !matches!(self, Self::Online | Self::Offline | Self::Refused)
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct EventRecord {
        pub at: Millis = "at",
        pub what: EventKind = "what",
        /// Name of its person or group, or the code of a refusal.
        pub name: String = "name",
        /// User id, if it opens a person.
        pub user: String = "user" or String::new(),
        /// Room id, if it opens a room.
        pub room: String = "room" or String::new(),
        /// Name of the person whom a refusal concerns; empty without one.
        pub whom: String = "whom" or String::new(),
    }
}

impl EventRecord {
    /// Returns the part of an event that is stored; `None` for what only answers an act of the person.
    pub fn of(event: &ToastEvent) -> Option<Self> {
        let (user, room) = match &event.toast.target {
            ToastTarget::Person(user) => (user.clone(), String::new()),
            ToastTarget::Room(room) => (String::new(), room.clone()),
            ToastTarget::Moderation | ToastTarget::Nothing => (String::new(), String::new()),
        };
        let (what, name) = match &event.toast.kind {
            ToastKind::Message { .. } => (EventKind::Message, &event.toast.name),
            ToastKind::Nudge => (EventKind::Nudge, &event.toast.name),
            ToastKind::Wink { .. } => (EventKind::Wink, &event.toast.name),
            ToastKind::Online => (EventKind::Online, &event.toast.name),
            ToastKind::Offline => (EventKind::Offline, &event.toast.name),
            ToastKind::Refused { code, .. } => (EventKind::Refused, code),
            ToastKind::Added { group } => (EventKind::Added, group),
            ToastKind::News(News::AcceptedRequest) => (EventKind::Accepted, &event.toast.name),
            ToastKind::News(News::CameByLink) => (EventKind::CameByLink, &event.toast.name),
            ToastKind::News(_) => return None,
        };
        let whom = if what == EventKind::Refused { event.toast.name.clone() } else { String::new() };
        Some(Self { at: event.at, what, name: name.clone(), user, room, whom })
    }
}

/// Removes events older than a day, and the oldest ones above the limit.
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
        EventRecord {
            at,
            what,
            name: "Ann".to_owned(),
            user: user.to_owned(),
            room: String::new(),
            whom: String::new(),
        }
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
    fn what_another_person_did_is_stored_and_what_answers_an_own_act_is_not() {
        let stored = |news| {
            let toast = Toast {
                name: "Ann".to_owned(),
                avatar_id: String::new(),
                kind: ToastKind::News(news),
                target: ToastTarget::Person("ann".to_owned()),
                is_leaving: false,
            };
            EventRecord::of(&ToastEvent { at: 7, toast, is_loud: false, message: String::new() })
        };
        assert_eq!(stored(News::AcceptedRequest), Some(noted(7, EventKind::Accepted, "ann")));
        assert_eq!(stored(News::CameByLink), Some(noted(7, EventKind::CameByLink, "ann")));
        assert_eq!(stored(News::NewContact), None);
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
        let stored = EventRecord::of(&ToastEvent { at: 7, toast, is_loud: false, message: String::new() }).unwrap();
        assert!(!json::write(&stored).contains("secret"));
        assert_eq!(json::read(&json::write(&stored)), Some(stored));
    }
}
