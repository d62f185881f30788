//! Requests to rooms, also about searches in conversations (`messenger.md` 3) and pages of other sites (`embed.md`).

use protocol::machines::presence::Card;
use protocol::machines::room::{Change, Embedding, Wire};
use protocol::wire::messenger::EmbeddedMessage;
use protocol::wire::wasmchannel::HistoryCursor;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

use super::SessionCall;
use super::contacts::PrivacyCall;
use super::demo::{DemoCall, MakeDemoCall};
use super::files::{EmoticonAnswer, EmoticonShownCall, FileShownCall};
use super::group::{ChangeGroupCall, GroupSummary, MakeGroupCall, People};
use super::leaving::{ForgetCall, Portion, RoomExportCall};
use crate::kit::body::Json;
use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Room:
    /// Reads a page of the log, in the form of the messenger.
    ReadPage "page": PageCall => Json;
    /// Reads a page of the log, in the form of the packet door.
    ReadHistory "history": HistoryCall => Json;
    /// Writes a message without a socket.
    PostMessage "post": PostCall => PostAnswer;
    /// Changes an earlier message without a socket.
    ChangeMessage "change": ChangeCall => ChangeAnswer;
    /// Pins a message, or takes down the pin.
    SetPin "pin": PinCall => Json;
    SearchRoom "search": SearchCall => SearchAnswer;
    /// Finds the name of a file that a person is shown here; `None` where they are not shown it.
    FindFile "file": FileShownCall => Option<String>;
    /// Finds the picture that a message shows to a person for a code.
    FindEmoticon "emoticon": EmoticonShownCall => Option<EmoticonAnswer>;
    /// Makes the log if it is missing, and reads the room's state.
    OpenRoom "open": RoomCall => RoomSummary;
    /// Reads the room's state without making anything.
    ReadSummary "summary": RoomCall => RoomSummary;
    /// Reads the people of a group, or those who are here in a public room, for somebody.
    ReadPeople "people": Principal => People;
    /// Makes the room a group. Answers `true` when it is new.
    MakeGroup "group-make": MakeGroupCall => bool;
    ChangeGroup "group-change": ChangeGroupCall => ();
    /// Makes the room a demo room. Refuses with `CONFLICT` when the code is taken.
    MakeDemo "demo-make": MakeDemoCall => ();
    /// Asks a demo room, or acts in it. Refuses with `NOT_FOUND` when the room is none.
    AskDemo "demo": DemoCall => Json;
    /// Tells what became of a session. Its person answers it, too.
    SendSessionChange "session": SessionCall => ();
    /// Tells the new privacy settings of a person. Answers `false` when the room need not be told of the next ones.
    SendPrivacy "privacy": PrivacyCall => bool;
    /// Tells the new card of a person. Answers `false` when they are not here, so that the room need not be told of the next one.
    SendCard "card": CardCall => bool;
    /// Exports the next lines of what a person may take from the room.
    ExportLines "export": RoomExportCall => Portion;
    /// Removes the next portion of a person who is gone for good.
    ForgetPerson "forget": ForgetCall => Portion;
    /// Reads the messages of the queue for the events at some places, as they read now: none for an event that is gone.
    ReadEvents "tell": Vec<u64> => Vec<Vec<String>>;
    /// Wakes a room, for its work that waits. Shards of sessions and the operator's object answer it, too.
    WakeRoom "wake": () => ();
    ReadEmbedding "embed": UserId => Embedding;
    SetEmbedding "embed-set": SetEmbeddingCall => ();
    /// Reads what a page of another site shows of a room.
    ReadEmbedPage "embed-page": () => EmbedPage;
}

/// Verb of the upgrade that lets a person in.
pub const JOIN: &str = "join";

/// A person who joins by the upgrade [`JOIN`].
#[derive(Debug, Serialize, Deserialize)]
pub struct JoinCall {
    pub principal: Principal,
    /// Card of the person, as far as their session's shard knows it.
    pub card: Card,
    pub wire: Wire,
    /// Subprotocol to confirm; `None` when none was offered.
    pub subprotocol: Option<String>,
    /// Id of the machine, if the client names it.
    pub device: Option<String>,
    /// The client takes the participants in pages (`messenger.md` 5.7).
    #[serde(default)]
    pub is_paged: bool,
    /// Last `seq` the client has.
    pub since: Option<u64>,
    /// Epoch the client had it from.
    pub epoch: Option<String>,
    /// The client is a browser, which cannot read HTTP refusals of sockets: accept, then close (`messenger.md` 5.1).
    pub browser: bool,
    /// The client sends no heartbeat (`wasmchannel.md` 3.1).
    #[serde(default)]
    pub has_no_heartbeat: bool,
}

/// Header that carries a [`JoinCall`]: an upgrade has no body.
pub const JOIN_HEADER: &str = "x-cfm-join";

#[derive(Debug, Serialize, Deserialize)]
pub struct PageCall {
    pub principal: Principal,
    /// Exclusive lower bound.
    pub since: Option<u64>,
    /// Exclusive upper bound.
    pub before: Option<u64>,
    /// Events at most.
    pub limit: u32,
}

/// Bounds of a page of the packet door's history.
#[derive(Debug, Serialize, Deserialize)]
pub struct HistoryCall {
    pub principal: Principal,
    pub cursor: HistoryCursor,
    /// Messages at most.
    pub limit: u32,
    /// Leaves deleted messages out, and fills the page with others.
    #[serde(default)]
    pub is_without_deleted: bool,
}

/// A message that is written without a socket.
#[derive(Debug, Serialize, Deserialize)]
pub struct PostCall {
    pub principal: Principal,
    /// The writer's id for it.
    pub id: String,
    /// Body as JSON object text, as `wire::messenger::read_write` made it.
    pub body: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct PostAnswer {
    /// The event as JSON text.
    pub event: String,
    pub duplicate: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeCall {
    pub principal: Principal,
    pub change: Change,
    #[serde(default)]
    pub trace: Trace,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeAnswer {
    /// The message as it reads now, as JSON text.
    pub message: String,
    /// Its reactions, as JSON text.
    pub reactions: String,
    pub duplicate: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct PinCall {
    pub principal: Principal,
    /// Id of the message; `None` takes the pin down.
    pub message: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct RoomCall {
    pub principal: Principal,
    /// `true` where the read cursor, the unread messages, the pin and the permission of frames are wanted, too.
    #[serde(default)]
    pub with_unread: bool,
    /// `true` where the last message is wanted, too.
    #[serde(default)]
    pub with_last: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RoomSummary {
    pub exists: bool,
    /// Epoch of the log; empty when there is none.
    pub epoch: String,
    pub last_seq: u64,
    /// Oldest `seq` this person may see.
    pub oldest: u64,
    pub read_seq: u64,
    /// Messages of others after it.
    pub unread: u64,
    /// People with a socket here, as far as this person may know of them.
    pub here: usize,
    pub group: Option<GroupSummary>,
    /// Pin of the room as JSON text, where [`RoomCall::with_unread`] asks for it.
    pub pin: Option<String>,
    /// Permission of pages of other sites, where [`RoomCall::with_unread`] asks for it and the person may change it.
    pub embed: Option<Embedding>,
    /// Last message that the person may read, as JSON text, where [`RoomCall::with_last`] asks for it.
    pub last: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct CardCall {
    pub user: UserId,
    pub card: Card,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SearchCall {
    pub principal: Principal,
    /// Text that was typed; the Worker has parsed it before.
    pub text: String,
    /// Only what this person wrote.
    pub from: Option<String>,
    pub before: Option<Millis>,
    /// Messages, unless more share the last one's moment.
    pub limit: usize,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// Time and message as JSON text, newest first.
    pub found: Vec<(Millis, String)>,
    /// See `protocol::content::search::RoomHits`.
    pub done_to: Option<Millis>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct TalkRow {
    pub room: String,
    /// The name of a group; empty for direct conversations.
    pub name: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SetEmbeddingCall {
    pub by: UserId,
    /// The permission; `None` ends it.
    pub embedding: Option<Embedding>,
    pub trace: Trace,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmbedPage {
    /// Name of the group; `None` for a room of the deployment, whose name is made of its id.
    pub group: Option<String>,
    pub embedding: Embedding,
    /// Newest `seq` of the room.
    pub seq: u64,
    /// Newest messages, the oldest of them first.
    pub messages: Vec<EmbeddedMessage>,
}
