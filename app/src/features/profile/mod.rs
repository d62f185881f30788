//! The person at this device, and how they show themselves.

pub mod dialog;
pub mod identity;
pub mod own_picture;
