//! One file per page. A page loads what it starts from, provides texts and session, and puts components in place.

mod account_form;
pub mod admin;
pub mod developers;
pub mod document;
mod frame;
pub mod invite;
mod messenger;
mod notice;
mod privacy;
mod sign_in;

use crate::browser::device;
use crate::i18n::Locale;

pub use demo::{ADDRESS as DEMO_CSS, DemoDevicePage, device as demo_device, is_device as is_demo_device};
pub use frame::own_look;
pub use gallery::{GalleryPage, gallery, is_gallery, posed_page};
pub use messenger::{MessengerPage, TAKEN_OVER, has_boot, resume};
pub use notice::NotFound;
pub use offline::{OfflinePage, is_offline, offline};
pub use privacy::{KeptFor, PrivacyPage};
pub use sign_in::{HomePage, SignInPage};

/// The language in which the document came.
pub fn language() -> Locale {
    let asked = if is_gallery() { gallery::language() } else { device::root_attribute("lang") };
    Locale::of(&asked.unwrap_or_default())
}
