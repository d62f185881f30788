//! People: their rows and cards, requests, invites, and dialogs that add or find a person.

pub mod add_contact;
pub mod contact_card;
pub mod contact_requests;
pub mod contact_row;
pub mod list_section;
pub mod local_time;
pub mod own_invites;
pub mod people_picker;
pub mod person_menu;
pub mod row_menu;
