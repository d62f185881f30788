//! Requests to a person's object about their drafts (`settings.md` 3).

use protocol::record;
use protocol::words::event::Millis;

use crate::kit::body::record_bodies;
use crate::kit::request::requests;

requests! { Person:
    /// Saves a draft; the answer is JSON text for the device.
    SaveDraft "draft": DraftCall => String;
    /// Lists the drafts, as JSON text.
    ListDrafts "drafts": () => String;
}

record_bodies!(DraftCall);

/// Words that are being written in a conversation.
#[derive(Debug)]
pub struct DraftCall {
    /// Public id of the session whose device says so.
    pub session: String,
    /// Canonical room id.
    pub room: String,
    /// The words; none where nothing is being written any more.
    pub content: String,
    /// Id of the message that they answer.
    pub reply_to: Option<String>,
    /// The device's time.
    pub at: Millis,
}

record!(DraftCall {
    session = "session",
    room = "room",
    content = "content",
    reply_to = "replyTo",
    at = "at",
});
