//! Groups: making one, its people, invitations into it.

pub mod dialogs;
pub mod invitations;
pub mod people;
