//! A reaction on a row, with those who react like this (`messenger.md` 5.4).

/// One reaction on a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Name or emoji.
    pub reaction: String,
    /// Number of people who react like this.
    pub count: u32,
    /// The first of them.
    pub users: Vec<String>,
}

crate::record!(Reaction { reaction = "reaction", count = "count", users = "users" or Vec::new() });
