//! State that the page shows, as signals. One writer: `session`; components read and send intents.
//!
//! | Store | Holds |
//! |---|---|
//! | [`roster`] | people and rooms, one signal per row |
//! | [`arrangement`] | groups, order and height of the contact list |
//! | [`conversation`] | open conversations, one signal per message |
//! | [`near`] | rows of a log that are in the document |
//! | [`relations`] | contacts, requests, blocks, privacy settings |
//! | [`settings`] | appearance and sounds of this device |
//! | [`tray`] | attachments of the next message of a conversation |
//! | [`chat_preferences`] | chat preferences: look and loudness of one conversation |
//! | [`toasts`] | toasts, which pop up for a moment |
//! | [`events`] | events of the last day |
//! | [`home`] | card and panels that open beside the list |
//! | [`search`] | messages that were found |
//! | [`connection`] | the banner |
//! | [`renewal`] | question to a person whose session ends |
//! | [`devices`] | devices on which the person is signed in |
//! | [`own_emoticons`] | emoticons of the person's own |
//! | [`passkeys`] | passkeys of the account |
//! | [`people`] | people who are found, handles and invites, as dialogs show them |
//! | [`reports`] | subject and outcome of a report |
//! | [`leaving`] | an archive of what is kept of them, and the wish to be gone |

pub mod arrangement;
pub mod chat_preferences;
pub mod connection;
pub mod conversation;
pub mod devices;
pub mod events;
pub mod groups;
pub mod home;
pub mod leaving;
pub mod near;
pub mod own_emoticons;
pub mod passkeys;
pub mod people;
pub mod placement;
pub mod push;
pub mod relations;
pub mod renewal;
pub mod reports;
pub mod roster;
pub mod search;
pub mod settings;
pub mod toasts;
pub mod tray;
