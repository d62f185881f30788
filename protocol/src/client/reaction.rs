//! Reaction on a row, with the people who reacted (`messenger.md` 5.4).

crate::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Reaction {
        /// Name or emoji.
        pub reaction: String = "reaction",
        /// Number of people with this reaction.
        pub count: u32 = "count",
        /// The first of these people.
        pub users: Vec<String> = "users" or Vec::new(),
    }
}
