//! Requests about files: from the Worker and rooms to a person's object, and from the Worker to rooms (`files.md` 1).

use protocol::words::event::Millis;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

use crate::kit::request::requests;

requests! { Person:
    /// Counts what the person is about to do, or refuses it for the rest of the day.
    ChargeQuota "charge": ChargeCall => ();
    NoteFile "file-done": FileDoneCall => ();
    /// Reads what is known of the file of the person with this id, if there is one.
    ReadFile "file": String => Option<FileRecord>;
    /// Links a file with a room that shows it, or ends that. Told again, it is the same.
    LinkFile "file-link": FileLinkCall => ();
}

/// An act of a person that is counted.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChargeCall {
    /// A file is about to come: where it will be kept, how it is called, how long it says that it is.
    pub file: Option<(String, String, u64)>,
    /// They look for somebody by a handle, or want one; else, without a file, it is a preview.
    #[serde(default)]
    pub is_search: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct FileDoneCall {
    pub key: String,
    pub id: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct FileRecord {
    pub name: String,
    pub at: Millis,
    /// Rooms that may show it.
    pub rooms: Vec<String>,
}

/// A file, and a room that shows it or does so no longer.
#[derive(Debug, Serialize, Deserialize)]
pub struct FileLinkCall {
    pub id: String,
    pub room: String,
    pub is_shown: bool,
}

/// Code in a message, for which a person may be shown a picture.
#[derive(Debug, Serialize, Deserialize)]
pub struct EmoticonShownCall {
    pub principal: Principal,
    pub message: String,
    pub code: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct EmoticonAnswer {
    pub file: String,
    pub alt: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct FileShownCall {
    pub principal: Principal,
    pub id: String,
}
