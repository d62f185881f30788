//! Dialogs that the session opens one at a time, in a chunk of their own, because chatting needs none of them.

pub mod all;
mod forward;
pub mod list;
pub mod messages;
pub mod quick_texts;
mod rows;
