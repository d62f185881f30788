//! Features of the pages: one folder or file for each, one subject in a file. A feature with a look has the name of its style sheet in
//! `style/components`.
//!
//! Features show stores and run commands of the session. They know neither sockets nor JSON, and all their texts are in `locales`. Their
//! state is in `store` and their commands are in `session`, in files of the same name.

pub mod alerts;
pub mod bots;
pub mod composer;
pub mod contacts;
pub mod conversation;
pub mod dialogs;
pub mod effects;
pub mod emoticons;
pub mod groups;
pub mod keys;
pub mod list;
pub mod messages;
pub mod moderation;
pub mod parts;
pub mod profile;
pub mod reports;
pub mod review;
pub mod search;
pub mod settings;
