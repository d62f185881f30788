//! Encodings of bytes and texts, independent of the messenger.

pub mod checksum;
#[cfg(feature = "doors")]
pub mod cookies;
pub mod json;
#[cfg(feature = "doors")]
pub mod packed;
pub mod percent;
#[cfg(feature = "doors")]
pub mod raw_json;
pub mod short_id;
pub mod sorted;
