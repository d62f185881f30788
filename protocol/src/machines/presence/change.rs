//! Change of a person's appearance.

use crate::words::event::Millis;
use crate::words::status::Status;

/// Changes of a person's appearance; absent members stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresenceChange {
    pub status: Option<Status>,
    /// New display name, checked.
    pub display_name: Option<String>,
    /// New personal message, checked.
    pub personal_message: Option<String>,
    pub avatar_id: Option<String>,
    /// Time at which the status returns to online.
    pub until: Option<Millis>,
    /// Words in the place of the personal message while the new status lasts, checked; empty is none.
    pub status_text: Option<String>,
    /// `true` where nothing is done on this device.
    pub idle: Option<bool>,
    /// `true` where it has a window in view (`presence.md`).
    pub visible: Option<bool>,
}
