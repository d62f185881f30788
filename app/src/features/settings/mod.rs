//! The settings, and the screens on which a person proves who they are: a session that ends, and a locked page.

pub mod account;
mod account_fields;
pub mod appearance;
pub mod device_list;
pub mod dialog;
pub mod hidden_from;
pub mod leaving;
pub mod lock_screen;
pub mod passkeys;
pub mod privacy;
pub mod push;
pub mod renewal_dialog;
pub mod rows;
pub mod search;
mod second_factor;
pub mod sections;
pub mod sounds;
pub mod upgrade;
pub mod writing;
