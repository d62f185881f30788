//! Programs in a room: answers of the cast of bots (`messenger.md` 7), and what people connect with a group (`integrations.md`).

pub mod cast;
pub mod integrations;
pub mod own_bots;
pub mod webhooks;
