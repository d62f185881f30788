//! The person at this device, and their public profile.

pub mod dialog;
pub mod guest_sign_out;
pub mod identity;
pub mod own_picture;
