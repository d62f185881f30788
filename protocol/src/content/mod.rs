//! Kinds of events, and content of messages: texts, links, emoticons, files, previews, and search.

pub mod addresses;
#[cfg(feature = "doors")]
pub mod archive;
mod embedded_emoticon;
pub mod emoji;
pub mod emoticons;
pub mod files;
pub mod font;
pub mod kinds;
mod letters;
pub mod look_alikes;
pub mod markup;
pub mod mentions;
pub mod normal;
pub mod own_emoticons;
#[cfg(feature = "doors")]
pub mod preview;
#[cfg(feature = "doors")]
pub mod qr;
pub mod room_commands;
pub mod search;
pub mod slash;
pub mod spans;
pub mod text;
pub mod unseen;
