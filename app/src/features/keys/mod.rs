//! Keyboard shortcuts: those of the page, and the person's changes to them.

pub mod dialog;
pub mod own_keys;
pub mod shortcuts;
