//! Tokens, keys and secrets, and addresses that may be called.

#[cfg(feature = "doors")]
pub mod assertion;
pub mod frame_origin;
#[cfg(feature = "doors")]
pub mod guard;
pub mod jwt;
#[cfg(feature = "doors")]
pub mod passkey;
#[cfg(feature = "doors")]
pub mod sealing;
pub mod secret;
