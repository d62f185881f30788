//! Requests to hub rooms. A question names the room to which the door addresses it.

use protocol::machines::hub::{HubCursor, HubWire, Writer};
use protocol::machines::webhook::AttemptOutcome;
use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use crate::kit::body::{Empty, Json, as_record};
use crate::kit::request::requests;

/// Header that carries a [`HubCall`]: bodies are for what people write.
pub const HUB_HEADER: &str = "x-cfm-hub";

requests! { Hub:
    /// Reads how much of the limit is left for a writer.
    ReadHint "hint" in HUB_HEADER: HubCall => PostedAnswer;
    ReadPresence "presence" in HUB_HEADER: HubCall => Json;
    ReadStats "stats" in HUB_HEADER: HubCall => Json;
    ListHooks "hooks" in HUB_HEADER: HubCall => Json;
    ReadHook "hook" in HUB_HEADER: HubCall => Json;
    RemoveHook "hook-remove" in HUB_HEADER: HubCall => Empty;
    /// Lists the messages that a receiver did not take.
    ListDead "dead" in HUB_HEADER: HubCall => Json;
    /// Lists the messages that receivers of any kind did not take, after a receiver and a message. Groups and stores answer this and the next
    /// two as well.
    ListDeadLetters "dead-letters" in HUB_HEADER: HubCall => Json;
    /// Tries a message again that a receiver did not take.
    RetryDead "dead-retry" in HUB_HEADER: HubCall => Empty;
    /// Removes a message that a receiver did not take.
    RemoveDead "dead-remove" in HUB_HEADER: HubCall => Empty;
    /// Finds an attempt that is to be made; `None` when nobody waits for it any more.
    FindAttempt "attempt" in HUB_HEADER: HubCall => Option<Attempt>;
    SettleAttempt "ended": AttemptResult => Empty;
    /// Wakes a room where something waits.
    WakeHub "wake" in HUB_HEADER: HubCall => Empty;
}

/// Verb of the upgrade that opens a socket.
pub const JOIN: &str = "join";
/// Verb of a write, whose body is the message.
pub const POST: &str = "post";
/// Verb of a page, whose answer may be a stream that waits.
pub const PAGE: &str = "page";
pub const EVENTS: &str = "events";
/// Verb of a new receiver, or of a change to one. The body is what the caller sent.
pub const PUT_HOOK: &str = "hook-put";

/// Question to a hub room: asker, room, and details of what is written. One record serves every question; members it does not need are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HubCall {
    pub room: String,
    /// Principal who asks; `None` for the anonymous.
    pub principal: Option<String>,
    /// Caller in whose limits the question counts.
    pub payer: String,
    /// The token opens writing.
    pub may_write: bool,
    /// When the token ends.
    pub expires_at: Option<Millis>,
    #[serde(with = "as_record")]
    pub wire: Option<HubWire>,
    pub subprotocol: Option<String>,
    /// Place of the reader.
    pub after: Option<u64>,
    /// Log of that place.
    pub epoch: Option<u32>,
    /// Messages at most.
    pub limit: Option<u32>,
    /// Longest time to hold an empty page.
    pub wait_ms: Option<Millis>,
    /// The writer's id.
    pub key: Option<String>,
    pub content_type: Option<String>,
    /// A receiver, and a message that it did not take.
    pub hook: Option<String>,
    /// See `hook`.
    pub seq: Option<u64>,
    pub attempt: Option<u32>,
    /// `traceparent` of the request.
    pub trace: Option<String>,
}

impl HubCall {
    pub fn cursor(&self) -> Option<HubCursor> {
        self.after.map(|seq| HubCursor { epoch: self.epoch, seq })
    }

    pub fn writer(&self) -> Writer {
        Writer { principal: self.principal.clone(), payer: self.payer.clone() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PostedAnswer {
    /// Id of the message; absent when it was refused.
    pub id: Option<String>,
    pub seq: Option<u64>,
    pub duplicate: bool,
    /// Code of the refusal.
    pub refused: Option<String>,
    pub retry_after_ms: Option<Millis>,
    /// Limit of the writer: messages per window …
    pub limit: Option<u32>,
    /// … how many more fit …
    pub remaining: Option<u32>,
    /// … and when all of them do again.
    pub reset_ms: Option<Millis>,
}

/// An attempt that is to be made for a hub room, complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub room: String,
    pub hook: String,
    pub seq: u64,
    /// The first is 1.
    pub attempt: u32,
    /// Where to: an address, `mailto:` and one, or `log:`.
    pub url: String,
    /// Secret that signs it.
    pub secret: String,
    /// Previous secret, which signs it too.
    pub previous: Option<String>,
    /// The same on every attempt.
    pub id: String,
    pub body: String,
    /// `traceparent` of the request that brought the message.
    pub trace: Option<String>,
    /// User id of the account whose calls are counted, beside those of the receiver's host; `None` for receivers that are no webhook of a bot.
    pub payer: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptResult {
    pub room: String,
    pub hook: String,
    pub seq: u64,
    pub attempt: u32,
    /// Status of the answer; absent when there was none.
    pub status: Option<u16>,
    /// Wait that the answer asks for in `Retry-After`.
    pub retry_after_ms: Option<Millis>,
    #[serde(default)]
    pub error: String,
    /// Wait until the attempt may be made; absent when it was made.
    pub postponed_ms: Option<Millis>,
}

impl AttemptResult {
    /// Returns the outcome, by which the object decides what follows.
    pub fn outcome(&self) -> AttemptOutcome {
        match self.status {
            _ if self.postponed_ms.is_some() => AttemptOutcome::Postponed { wait_ms: self.postponed_ms.unwrap_or(0) },
            Some(status) => AttemptOutcome::Status { status, retry_after_ms: self.retry_after_ms },
            None => AttemptOutcome::Failed,
        }
    }
}
