//! Reaction on a row, with the people who reacted (`messenger.md` 5.4).

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Name or emoji.
    pub reaction: String,
    /// Number of people with this reaction.
    pub count: u32,
    /// The first of these people.
    pub users: Vec<String>,
}

crate::record!(Reaction { reaction = "reaction", count = "count", users = "users" or Vec::new() });
