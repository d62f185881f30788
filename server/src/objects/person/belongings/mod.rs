//! Belongings of the person: files, own emoticons, drafts, and the arrangement of the account.

pub mod drafts;
pub mod emoticons;
pub mod files;
pub mod home;
