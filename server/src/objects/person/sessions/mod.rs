//! Sessions of the person and the sockets of their devices (`sign-in.md`, `presence.md` 1), and the upgrade to an account.

pub mod devices;
pub mod ends;
pub mod life;
pub mod returns;
pub mod upgrade;
