//! Held messages (`moderation.md` 8.1): what waits for a moderator, and its rows. `holding` decides what is held.

use crate::words::event::Millis;
use crate::words::refusal::Fault;

crate::record! {
    /// Message of a public room that waits for a moderator.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HeldMessage {
        /// The writer's id for it.
        pub id: String = "id",
        pub at: Millis = "at",
        pub user: String = "user",
        /// Session that wrote it, where the event will name one.
        pub session: Option<String> = "session",
        pub name: String = "name",
        /// Its members as JSON object text.
        pub body: String = "body",
        /// Name of the rule that holds it.
        pub rule: String = "rule",
    }
}

/// Facts of a held message that a room has in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldKey {
    pub id: String,
    pub user: String,
    pub at: Millis,
}

pub trait HeldStore {
    /// Returns the facts of all held messages. They are read without a key.
    fn held_keys(&self) -> Result<Vec<HeldKey>, Fault>;
    fn held(&self, id: &str) -> Result<Option<HeldMessage>, Fault>;
    /// Holds a message with a new id.
    fn save_held(&mut self, held: &HeldMessage) -> Result<(), Fault>;
    fn forget_held(&mut self, id: &str) -> Result<(), Fault>;
    /// Stores the end of a review, and forgets those of messages from before `since`.
    fn save_review(&mut self, held: &HeldKey, is_published: bool, since: Millis) -> Result<(), Fault>;
    /// Returns the ends of reviews of what this person wrote after `since`: the id of the message, and `true` where it was published. The
    /// newest first, without messages that are held anew.
    fn reviewed(&self, user: &str, since: Millis, limit: u32) -> Result<Vec<(String, bool)>, Fault>;
}
