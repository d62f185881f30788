//! What the page shows, as signals. One writer: `session`; components read and send intents (`style.md` 4.2).
//!
//! | Store | Holds |
//! |---|---|
//! | [`roster`] | people and rooms, one signal per row |
//! | [`conversation`] | open conversations, one signal per message |
//! | [`relations`] | contacts, requests, blocks, what is taken from others |
//! | [`settings`] | how this device looks and sounds |
//! | [`toasts`] | what pops up for a moment |
//! | [`search`] | messages that were found |
//! | [`connection`] | the banner |
//! | [`renewal`] | what is asked of a person whose session ends |
//! | [`devices`] | where the person is signed in |

pub mod connection;
pub mod conversation;
pub mod devices;
pub mod groups;
pub mod placement;
pub mod relations;
pub mod renewal;
pub mod roster;
pub mod search;
pub mod settings;
pub mod toasts;
