//! Requests to a person's object about what belongs to an account: own emoticons (`files.md` 4), drafts (`settings.md` 3), and the
//! arrangement of its devices (`home.md`).

use protocol::content::own_emoticons::EmoticonEntry;
use protocol::people::home::HomeEntry;
use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use crate::kit::body::Record;
use crate::kit::request::requests;

requests! { Person:
    /// Lists the emoticons in order of their coming.
    ListEmoticons "emoticons": () => Record<Vec<EmoticonEntry>>;
    /// Counts a change that is about to be made, and lists the emoticons as they are before it.
    CountEmoticonChange "emoticon-charge": () => Record<Vec<EmoticonEntry>>;
    AddEmoticon "emoticon-add": EmoticonCall => Record<EmoticonEntry>;
    ChangeEmoticon "emoticon-change": EmoticonCall => Record<EmoticonEntry>;
    RemoveEmoticon "emoticon-remove": String => bool;
    /// Returns `true` where others may keep the emoticon with this picture.
    CheckEmoticon "emoticon-allowed": String => bool;
    /// Saves a draft; the answer is JSON text for the device.
    SaveDraft "draft": DraftCall => String;
    /// Lists the drafts, as JSON text.
    ListDrafts "drafts": () => String;
    /// Reads the words that were stored after the version that the device knows, 0 for none; the answer is JSON text for the device.
    ReadHome "home": u64 => String;
    /// Stores words of a device; the answer is JSON text for the device.
    WriteHome "home-write": Record<Vec<HomeEntry>> => String;
}

/// An emoticon of a person's list. Members that a question does not need are empty.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmoticonCall {
    /// Name of the emoticon in the list.
    pub id: String,
    pub file: String,
    /// Text that is typed for it.
    pub code: Option<String>,
    pub alt: Option<String>,
    pub may_keep: Option<bool>,
}

/// Words that are being written in a conversation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DraftCall {
    pub session: String,
    pub room: String,
    /// The words; none where nothing is being written any more.
    pub content: String,
    /// Id of the message that they answer.
    pub reply_to: Option<String>,
    /// The device's time.
    pub at: Millis,
}
