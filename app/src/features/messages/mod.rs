//! Messages: the log, its rows, and the actions on them.

pub mod actions;
pub mod attached_files;
pub mod brief;
pub mod find_bar;
pub mod kept_messages;
pub mod link_preview;
pub mod message_actions;
pub mod message_row;
pub mod message_sheet;
pub mod message_text;
pub mod near_rows;
pub mod pinned_bar;
pub mod reactions;
pub mod transcript;
pub mod wink_art;
