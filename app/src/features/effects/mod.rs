//! Effects of a conversation: nudges and winks.

pub mod nudge_button;
pub mod wink_menu;
pub mod wink_stage;
