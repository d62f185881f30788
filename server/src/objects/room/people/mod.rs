//! People in a room (`core.md` 1.4): groups and their members, settings of privacy, and what their own objects hear of them.

pub mod groups;
pub mod presence;
pub mod privacy;
