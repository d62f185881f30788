//! Calls about files: from the Worker and rooms to a person's object, and from the Worker to rooms (`files.md` 1).

use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

/// To a person (`/charge`): they are about to do something that is counted.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChargeCall {
    /// The person.
    pub user: UserId,
    /// A file is about to come: where it will be kept, how it is called, how long it says that it is.
    pub file: Option<(String, String, u64)>,
    /// They look for somebody by a handle, or want one; else, without a file, it is a preview.
    #[serde(default)]
    pub is_search: bool,
}

/// To a person (`/file-done`): a file has come.
#[derive(Debug, Serialize, Deserialize)]
pub struct FileDoneCall {
    /// Where it is kept.
    pub key: String,
    /// Its id.
    pub id: String,
}

/// To a person (`/file`): a file of theirs. Answer: [`FileKnown`], if there is one.
#[derive(Debug, Serialize, Deserialize)]
pub struct FileCall {
    /// Its id.
    pub id: String,
}

/// Answer to [`FileCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct FileKnown {
    /// Name of the file when it came.
    pub name: String,
    /// When it came.
    pub at: Millis,
    /// Rooms that may show it.
    pub rooms: Vec<String>,
}

/// To a person (`/file-link`): a room shows a file of theirs, or no longer. Told again, it is the same.
#[derive(Debug, Serialize, Deserialize)]
pub struct FileLinkCall {
    /// Id of the file.
    pub id: String,
    /// Canonical room id.
    pub room: String,
    /// `true` where the room shows it, `false` where it does so no longer.
    pub is_shown: bool,
}

/// Code in a message, for which a person may be shown a picture.
#[derive(Debug, Serialize, Deserialize)]
pub struct EmoticonShownCall {
    /// Canonical room id.
    pub room: String,
    /// Person who asks.
    pub principal: Principal,
    /// Id of the message.
    pub message: String,
    /// Code as it stands in the message.
    pub code: String,
}

/// Answer to [`EmoticonShownCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct EmoticonShown {
    /// Id of its picture.
    pub file: String,
    /// Text that describes the picture.
    pub alt: String,
}

/// File that a person may be shown in a room.
#[derive(Debug, Serialize, Deserialize)]
pub struct FileShownCall {
    /// Canonical room id.
    pub room: String,
    /// Person who asks.
    pub principal: Principal,
    /// Id of the file.
    pub id: String,
}
