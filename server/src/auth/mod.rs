//! From the credentials of a request to a session (`sign-in.md` 3 and 4), and what counts against whoever asks wherever they go. Who
//! may do what is the doors' business.

pub mod access;
pub mod isolate;
pub mod jwt;
pub mod origin;
pub mod password;
pub mod session;
pub mod turnstile;
