//! A person in the participant list.

/// Person in the participant list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// User id.
    pub user: String,
    /// Display name.
    pub name: String,
    /// Wire status (`online` …).
    pub status: String,
    /// Picture.
    pub avatar: String,
    /// `true` for a guest.
    pub is_guest: bool,
}
