//! One file per page. A page loads what it starts from, provides texts and session, and puts components in place.

mod account_form;
mod frame;
mod messenger;
mod not_found;
mod sign_in;

pub use messenger::{MessengerPage, resume};
pub use not_found::NotFound;
pub use sign_in::{HomePage, SignInPage};
