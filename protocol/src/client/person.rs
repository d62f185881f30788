//! A person in the participant list.

/// Person in the participant list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub user: String,
    pub name: String,
    /// Wire status (`online` …).
    pub status: String,
    pub avatar: String,
    pub is_guest: bool,
}
