//! Requests to a person's object about the list of their own emoticons (`files.md` 4).

use protocol::content::own_emoticons::EmoticonEntry;
use protocol::record;

use crate::kit::body::{Record, record_bodies};
use crate::kit::request::requests;

requests! { Person:
    /// Lists the emoticons in order of their coming.
    ListEmoticons "emoticons": () => Record<Vec<EmoticonEntry>>;
    /// Counts a change that is about to be made, and lists the emoticons as they are before it.
    CountEmoticonChange "emoticon-charge": () => Record<Vec<EmoticonEntry>>;
    /// Adds an emoticon.
    AddEmoticon "emoticon-add": EmoticonCall => Record<EmoticonEntry>;
    /// Changes the code, the words or the permission of an emoticon.
    ChangeEmoticon "emoticon-change": EmoticonCall => Record<EmoticonEntry>;
    /// Removes the emoticon with this name from the list.
    RemoveEmoticon "emoticon-remove": String => bool;
    /// Returns `true` where others may keep the emoticon with this picture.
    CheckEmoticon "emoticon-allowed": String => bool;
}

record_bodies!(EmoticonCall);

/// An emoticon of a person's list. Members that a question does not need are empty.
#[derive(Debug, Default)]
pub struct EmoticonCall {
    /// Name of the emoticon in the list.
    pub id: String,
    /// Its picture.
    pub file: String,
    /// Text that is typed for it.
    pub code: Option<String>,
    /// Words for the picture.
    pub alt: Option<String>,
    /// `true` where others may keep it.
    pub may_keep: Option<bool>,
}

record!(EmoticonCall {
    id = "id",
    file = "file",
    code = "code",
    alt = "alt",
    may_keep = "mayKeep",
});
