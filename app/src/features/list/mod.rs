//! The left half of the messenger: the contact list, plain or in the person's arrangement, and its surroundings.

pub mod arranged_list;
pub mod bottom_bar;
pub mod contact_list;
pub mod first_steps;
pub mod home;
pub mod page_keys;
pub mod waiting;
