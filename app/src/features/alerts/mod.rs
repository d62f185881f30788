//! News that reach the person: toasts, notifications of the system, the panel of events, and for how long a conversation is mute.

pub mod connection_banner;
pub mod events_panel;
pub mod mute_choice;
pub mod notifications;
pub mod quiet;
pub mod toasts;
