//! The person at this device, and their public profile.

pub mod dialog;
pub mod identity;
pub mod own_picture;
