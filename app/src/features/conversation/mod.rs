//! The conversation pane, its tabs, and the parts around the log.

pub mod chat_preferences_menu;
pub mod details;
pub mod hold_bar;
pub mod nobody_picked;
pub mod pane;
pub mod peer;
pub mod status_line;
pub mod tabs;
pub mod toolbar;
