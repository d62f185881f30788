//! Authentication: from the credentials of a request to a session (`sign-in.md` 3 and 4), and limits that apply to a caller on all routes.
//! Authorisation is the task of the doors.

pub mod access;
pub mod isolate;
pub mod jwt;
pub mod origin;
pub mod own_bot;
pub mod password;
pub mod session;
pub mod turnstile;
