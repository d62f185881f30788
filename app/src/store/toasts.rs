//! Toasts, which pop up for a moment. Written by `session` alone; the words are the component's.

use leptos::prelude::*;
use protocol::words::event::Millis;

/// Seconds for which a toast stays, unless the person wants it otherwise.
pub const TOAST_S: u8 = 7;
/// Choices of that time, in seconds; `None` = [`TOAST_S`], 0 = until it is closed (`ux.md` 2.2).
pub const TOAST_CHOICES: [Option<u8>; 3] = [None, Some(15), Some(0)];
/// Time that a toast takes to fade.
pub const TOAST_LEAVING_MS: Millis = 200;
/// Toasts at one time.
pub const TOASTS_MAX: usize = 3;

/// Kind of the event, with its details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// A message came in a conversation that is not in view.
    Message {
        /// The text.
        content: String,
    },
    /// A nudge came in a conversation that is not in view.
    Nudge,
    /// A wink came in a conversation that is not in view.
    Wink {
        /// Name in the catalogue.
        wink_id: String,
    },
    /// Somebody came online.
    Online,
    /// Somebody went. That pops up nowhere; the panel of events has it.
    Offline,
    /// Something was refused; the code is that of `messenger.md` 1.1.
    Refused {
        /// Code of the refusal.
        code: String,
        /// Whole seconds until it is worth another try.
        retry_after_s: Option<u32>,
    },
}

/// Target of a click on a toast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToastTarget {
    /// The conversation with this room id.
    Room(String),
    /// The conversation with this person.
    Person(String),
    /// Nowhere.
    Nothing,
}

/// A toast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Display name of the person it is about; empty when it is about nobody.
    pub name: String,
    /// Picture of the person it is about.
    pub avatar_id: String,
    /// Kind of the event, with its details.
    pub kind: ToastKind,
    /// Target of a click.
    pub target: ToastTarget,
    /// It fades now (`data-leaving`).
    pub is_leaving: bool,
}

/// A toast in the vector.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ToastHandle {
    /// For `<For key=…>`.
    pub key: u32,
    /// The toast.
    pub toast: RwSignal<Toast>,
}

/// Something that happened, for the panel of events (`features/alerts/events_panel`), which takes it from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToastEvent {
    /// Time of the event.
    pub at: Millis,
    /// Event, in the form of a toast. Not every one pops up.
    pub toast: Toast,
    /// The person may be disturbed by it.
    pub is_loud: bool,
}

/// News that wait at most: without the part that takes them, the oldest are enough.
pub const PENDING_EVENTS_MAX: usize = 100;

/// All toasts.
#[derive(Clone, Copy)]
pub struct Toasts {
    /// Oldest first, at most [`TOASTS_MAX`].
    pub all: RwSignal<Vec<ToastHandle>>,
    /// Said by screen readers, nudges at once; every value that is set is said, also the same again.
    pub said: RwSignal<Option<Announcement>>,
    /// News since the panel of events took them, oldest first.
    pub pending: RwSignal<Vec<ToastEvent>>,
}

/// Something that is said, because it is not in the log in view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Display name of the person it is about; empty when it is about nobody.
    pub name: String,
    /// Kind of the event, with its details.
    pub kind: ToastKind,
}

impl Toasts {
    /// No toast.
    pub fn new() -> Self {
        Self { all: RwSignal::new(Vec::new()), said: RwSignal::new(None), pending: RwSignal::new(Vec::new()) }
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}
