//! Emoticons: the picker, and the person's own emoticons.

pub mod dialog;
pub mod own_emoticon;
pub mod picker;
