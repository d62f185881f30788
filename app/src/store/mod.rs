//! State of the page, as signals. `session` is the only writer; components read signals and run commands of the session.
//!
//! | Store | Holds |
//! |---|---|
//! | [`roster`] | people and rooms, one signal per row |
//! | [`arrangement`] | groups, order and height of the contact list |
//! | [`characters`] | characters of an account's list, apart from the people |
//! | [`conversation`] | open conversations, one signal per message |
//! | [`moderation`] | dialog of a moderator, and the reason why a message is held back |
//! | [`near`] | rows of a log that are in the document |
//! | [`relations`] | contacts, requests, blocks, privacy settings |
//! | [`settings`] | appearance and sounds of this device |
//! | [`shown_words`] | words of a quoted message |
//! | [`tray`] | attachments of the next message |
//! | [`chat_preferences`] | appearance and loudness of one conversation |
//! | [`toasts`] | toasts |
//! | [`events`] | events of the last day |
//! | [`home`] | card and panels that open beside the list |
//! | [`home_fields`] | fields of an account, made of what the page stores |
//! | [`home_repair`] | comparison of these fields with the words of an account |
//! | [`embedding`] | permission to show a group in pages of other sites |
//! | [`integrations`] | integrations of a group |
//! | [`own_bots`] | bots of a group |
//! | [`kept_messages`] | kept messages |
//! | [`search`] | search of the list: text, filters, found messages |
//! | [`find`] | search for messages, in all conversations or within one |
//! | [`connection`] | the connection banner |
//! | [`renewal`] | dialog about a session that ends |
//! | [`devices`] | devices on which the person is signed in |
//! | [`account`] | the account: its address, and the section of the settings |
//! | [`own_emoticons`] | the person's own emoticons |
//! | [`passkeys`] | passkeys of the account |
//! | [`people`] | found people, handles and invites |
//! | [`reports`] | subject and outcome of a report |
//! | [`leaving`] | archive of the data, and deletion of the account |

pub mod account;
pub mod arrangement;
pub mod characters;
pub mod chat_preferences;
pub mod connection;
pub mod conversation;
pub mod devices;
pub mod embedding;
pub mod events;
pub mod find;
pub mod groups;
pub mod home;
pub mod home_fields;
pub mod home_repair;
pub mod integrations;
pub mod kept_messages;
pub mod leaving;
pub mod moderation;
pub mod near;
pub mod own_bots;
pub mod own_emoticons;
pub mod passkeys;
pub mod people;
pub mod placement;
pub mod push;
pub mod quick_texts;
pub mod relations;
pub mod renewal;
pub mod reports;
pub mod roster;
pub mod search;
pub mod settings;
pub mod shown_words;
pub mod toasts;
pub mod tray;
