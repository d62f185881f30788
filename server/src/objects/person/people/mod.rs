//! The person among others (`people.md`, `settings.md` 1): contacts, groups, handles, invites and reports, and what others may see or do.

pub mod asking;
pub mod contacts;
pub mod group_calls;
pub mod groups;
pub mod handles;
pub mod hidden_from;
pub mod invites;
pub mod listing;
pub mod privacy;
pub mod reports;
