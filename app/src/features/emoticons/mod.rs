//! Emoticons: the picker, and those of the person's own.

pub mod dialog;
pub mod own_emoticon;
pub mod picker;
