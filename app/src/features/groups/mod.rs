//! Groups: creation, members, and invitations.

pub mod dialogs;
mod embedding;
pub mod integrations;
pub mod invitations;
pub mod own_bots;
pub mod people;
mod programs;
mod questions;
