//! Groups: creation, members, and invitations.

pub mod dialogs;
pub mod invitations;
pub mod people;
