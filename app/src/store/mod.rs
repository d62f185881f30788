//! What the page shows, as signals. One writer: `session`; components read and send intents (`style.md` 4.2).
//!
//! | Store | Holds |
//! |---|---|
//! | [`roster`] | people and rooms, one signal per row |
//! | [`arrangement`] | groups, order and height of the contact list |
//! | [`conversation`] | open conversations, one signal per message |
//! | [`near`] | which rows of a log are in the document |
//! | [`relations`] | contacts, requests, blocks, what is taken from others |
//! | [`settings`] | how this device looks and sounds |
//! | [`tray`] | what goes with the next message of a conversation |
//! | [`ways`] | how one conversation looks and how loud it is |
//! | [`toasts`] | what pops up for a moment |
//! | [`events`] | what happened within a day |
//! | [`home`] | what opens beside the list |
//! | [`search`] | messages that were found |
//! | [`connection`] | the banner |
//! | [`renewal`] | what is asked of a person whose session ends |
//! | [`devices`] | where the person is signed in |
//! | [`own_emoticons`] | emoticons of the person's own |
//! | [`passkeys`] | passkeys of the account |
//! | [`people`] | who is found, handles and invites, as dialogs show them |
//! | [`reports`] | whom a report is about, and what came of it |
//! | [`leaving`] | an archive of what is kept of them, and the wish to be gone |

pub mod arrangement;
pub mod connection;
pub mod conversation;
pub mod devices;
pub mod events;
pub mod groups;
pub mod home;
pub mod keys;
pub mod leaving;
pub mod near;
pub mod own_emoticons;
pub mod passkeys;
pub mod people;
pub mod placement;
pub mod proof;
pub mod push;
pub mod relations;
pub mod renewal;
pub mod reports;
pub mod roster;
pub mod search;
pub mod settings;
pub mod toasts;
pub mod tray;
pub mod ways;
