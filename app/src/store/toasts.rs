//! Toasts. `session` writes them, and the component has the texts.

use leptos::prelude::*;
use protocol::people::moderation::ActKind;
use protocol::words::event::Millis;

/// Default seconds for which a toast stays. A test compares `style/motion.css` and `docs/spec/ux.md` with the times of this file.
pub const TOAST_S: u8 = 7;
/// Choices of that time, in seconds; `None` = [`TOAST_S`], 0 = until it is closed (`ux.md` 2.2).
pub const TOAST_CHOICES: [Option<u8>; 3] = [None, Some(15), Some(0)];
/// Time that a toast takes to fade.
pub const TOAST_LEAVING_MS: Millis = 200;
/// Largest number of toasts at one time.
pub const TOASTS_MAX: usize = 3;

/// Code of a conversation that the person may not begin.
pub const CANNOT_BEGIN: &str = "CANNOT_BEGIN";
/// Code of a conversation that a guest may not begin.
pub const GUEST_CANNOT_BEGIN: &str = "GUEST_CANNOT_BEGIN";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// A message arrived in a conversation that is not open.
    Message { content: String },
    /// A nudge arrived in a conversation that is not open.
    Nudge,
    /// A wink arrived in a conversation that is not open.
    Wink { wink_id: String },
    /// A person came online.
    Online,
    /// A person went offline. There is no toast for it, only a row in the panel of events.
    Offline,
    /// An action was refused; the code is one of `messenger.md` 1.1. Another try is useful after these whole seconds.
    Refused { code: String, retry_after_s: Option<u32> },
    /// Somebody added the person to a group.
    Added { group: String },
    /// Something is done. The panel of events has only what another person did.
    News(News),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    RequestSent,
    /// A person became a contact without a question.
    NewContact,
    /// The request of a person was dismissed.
    Declined,
    /// The own request to a person was withdrawn.
    Withdrawn,
    /// A person is no contact any more, by this page.
    RemovedContact,
    /// A person is blocked by this page.
    Blocked,
    /// A person is no longer blocked, by this page.
    Unblocked,
    AcceptedRequest,
    /// A person came by an invite link.
    CameByLink,
    AddressConfirmed,
    /// The sign-in took the deletion of the account back.
    AccountRestored,
    LinkCopied,
    /// The account appears offline to a person.
    HiddenFrom,
    /// A person sees the status of the account again.
    ShownTo,
    /// This page has carried out an act on a person, or on a message of theirs.
    Acted(ActKind),
    /// A person has the role of a moderator by this page.
    NowModerator,
    /// A person has lost the role of a moderator by this page.
    NoModerator,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToastTarget {
    /// The conversation with this room id.
    Room(String),
    /// The conversation with this person.
    Person(String),
    /// The page with the acts of moderators on this person.
    Moderation,
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Display name of its person; empty without one.
    pub name: String,
    pub avatar_id: String,
    pub kind: ToastKind,
    pub target: ToastTarget,
    /// The toast is fading (`data-leaving`).
    pub is_leaving: bool,
}

impl Toast {
    /// Makes a toast without a person, which says a code in words.
    pub fn of_code(code: &str, retry_after_s: Option<u32>, target: ToastTarget) -> Self {
        let kind = ToastKind::Refused { code: code.to_owned(), retry_after_s };
        Self { name: String::new(), avatar_id: String::new(), kind, target, is_leaving: false }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ToastHandle {
    /// For `<For key=…>`.
    pub key: u32,
    pub toast: RwSignal<Toast>,
}

/// Event for the panel of events (`features/alerts/events_panel`), which takes it from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToastEvent {
    pub at: Millis,
    /// Event, in the form of a toast. Some events show no toast.
    pub toast: Toast,
    /// The event may disturb the person.
    pub is_loud: bool,
    /// Id of its message; empty without one. Of several tabs one tells the system of it.
    pub message: String,
}

/// Largest number of waiting events. While the chunk of the panel is not loaded, later ones are dropped.
pub const PENDING_EVENTS_MAX: usize = 100;

#[derive(Clone, Copy, Default)]
pub struct Toasts {
    /// Oldest first, at most [`TOASTS_MAX`].
    pub all: RwSignal<Vec<ToastHandle>>,
    /// Announcement to screen readers, for nudges at once. Every value that is set is announced, also an equal one.
    pub said: RwSignal<Option<Announcement>>,
    /// Events since the panel took the last ones, oldest first.
    pub pending: RwSignal<Vec<ToastEvent>>,
}

/// Announcement of an event that is not in the open log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Display name of its person; empty without one.
    pub name: String,
    pub kind: ToastKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOTION: &str = include_str!("../../../style/motion.css");
    const SPECIFICATION: &str = include_str!("../../../docs/spec/ux.md");

    fn says(file: &str, text: &str, sentence: &str) {
        assert!(text.contains(sentence), "{file} does not say: {sentence}");
    }

    #[test]
    fn the_bar_of_a_toast_drains_while_the_toast_stays() {
        says("motion.css", MOTION, &format!("animation: drain {TOAST_S}s linear"));
        says("motion.css", MOTION, &format!("animation-timing-function: steps({TOAST_S});"));
        says("motion.css", MOTION, &format!(".toast[data-leaving] {{ animation: fade-out {TOAST_LEAVING_MS}ms"));
        for stays_s in TOAST_CHOICES.into_iter().flatten() {
            let bar = match stays_s {
                0 => "animation: none;".to_owned(),
                seconds => format!("animation-duration: {seconds}s;"),
            };
            says("motion.css", MOTION, &format!(".toasts[data-stays=\"{stays_s}\"] .toast-left::after {{ {bar} }}"));
        }
    }

    #[test]
    fn the_specification_says_how_long_a_toast_stays() {
        let choices = TOAST_CHOICES.map(|choice| match choice.unwrap_or(TOAST_S) {
            0 => "∞".to_owned(),
            seconds => format!("{seconds} s"),
        });
        says("ux.md", SPECIFICATION, &format!("at most {TOASTS_MAX} at a time, {TOAST_S} s;"));
        says("ux.md", SPECIFICATION, &format!("the time of toasts can be chosen ({})", choices.join(", ")));
        says("ux.md", SPECIFICATION, &format!("stays, fades in {TOAST_LEAVING_MS} ms"));
    }
}
