//! People: accounts and sessions, contacts and blocks, names, handles, invites, reports, drafts, moderation.

pub mod account;
pub mod contacts;
pub mod draft;
#[cfg(feature = "doors")]
pub mod email;
#[cfg(feature = "doors")]
pub mod handle;
pub mod home;
#[cfg(feature = "doors")]
pub mod invite;
pub mod moderation;
pub mod names;
pub mod report;
pub mod session;
