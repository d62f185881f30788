//! The dialogs of which the session opens one at a time, in a file of their own: nobody needs one to chat.

pub mod all;
pub mod list;
pub mod messages;
