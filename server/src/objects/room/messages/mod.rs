//! Single messages of a room: changes, the pin, files, and those that are held or reported (`moderation.md`).

pub mod changes;
pub mod files;
pub mod held;
pub mod pins;
pub mod reported;
