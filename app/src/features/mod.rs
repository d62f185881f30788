//! Parts of the pages, by what people do with them: one folder or file for each feature, one subject in a file, same names as `style/components/*.css`
//! where there is a look.
//!
//! They show stores and send intents; they know no socket and no JSON, and all their words are in `locales`. The state of a feature is in `store`, and
//! its commands are in `session`, in files of the same name.

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
pub mod profile;
pub mod reports;
pub mod search;
pub mod settings;
