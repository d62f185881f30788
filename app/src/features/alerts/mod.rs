//! Alerts: toasts, notifications of the system, the panel of events, and the mute of a conversation.

pub mod address_bar;
pub mod connection_banner;
pub mod events_panel;
pub mod mute_choice;
pub mod notifications;
pub mod quiet;
pub mod toasts;
