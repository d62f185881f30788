//! Person in the participant list of a room.

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
    /// Guests carry a mark.
    pub is_guest: bool,
}
