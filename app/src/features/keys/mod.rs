//! Keys that mean something: those of the page, and how the person changes them.

pub mod dialog;
pub mod own_keys;
pub mod shortcuts;
