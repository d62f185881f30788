//! One file per page. A page loads its boot state, provides texts and session, and places components.

mod account_form;
pub mod account_pages;
mod address_wait;
pub mod admin;
pub mod developers;
pub mod document;
pub mod embed;
mod entrance;
mod form_field;
pub mod frame;
pub mod held;
pub mod invite;
pub mod languages;
pub mod mailbox;
pub mod messenger;
pub mod moderation;
mod name_form;
pub mod notice;
pub mod privacy;
pub mod sign_in;
mod sign_in_fields;

pub use account_pages::{ForgotPage, RecoverPage, ResetPage, TOKEN_PAGES, UndoPage, VerifyPage};
pub use entrance::Entrance;
pub use frame::own_appearance;
pub use messenger::{MessengerPage, TAKEN_OVER, has_boot, resume};
pub use notice::NotFound;
pub use privacy::{PrivacyPage, RetentionTimes};
pub use sign_in::{HomePage, SignInPage};
