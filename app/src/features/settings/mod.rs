//! The settings.

pub mod account;
pub mod device_list;
pub mod dialog;
pub mod leaving;
pub mod passkeys;
pub mod privacy;
pub mod push;
pub mod renewal_dialog;
pub mod rows;
