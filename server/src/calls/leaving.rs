//! Requests between the Worker, people's objects, rooms and the keepers of accounts when a person takes what is theirs with them, or leaves
//! for good (`leaving.md` 2).

use protocol::record;
use protocol::words::event::Millis;

use crate::kit::body::record_bodies;
use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Person:
    /// Begins an archive of what is kept of the person, and returns its id.
    BeginExport "export": ExportCall => String;
    /// Reads the state of the archive that is named, or of the newest; without id if there is none for this session.
    ReadExport "export-look": ExportCall => ExportState;
    /// Begins the deletion of the person, and returns the time of its end.
    LeaveForGood "leave": LeaveCall => Millis;
    /// Removes from the inbox what somebody who is gone wrote in a room.
    ForgetSender "inbox-forget": InboxForgetCall => bool;
}

record_bodies!(ExportCall, ExportState, RoomExportCall, ForgetCall, Portion, LeaveCall, InboxForgetCall);

/// An archive of what is kept of a person.
#[derive(Debug)]
pub struct ExportCall {
    /// Principal who asks, as JSON.
    pub who: String,
    /// Id of the archive, if one is named.
    pub id: Option<String>,
    /// Where the request came from.
    pub trace: Trace,
}

record!(ExportCall { who = "who", id = "id", trace = "trace" });

/// State of an archive.
#[derive(Debug, Default)]
pub struct ExportState {
    /// Its id.
    pub id: Option<String>,
    /// `running` or `ready`.
    pub state: String,
    /// When it was asked for.
    pub at: Millis,
    /// Until when it can be fetched.
    pub expires_at: Millis,
    /// Length in bytes, as far as it is there.
    pub bytes: u64,
}

record!(ExportState { id = "id", state = "state", at = "at", expires_at = "expiresAt", bytes = "bytes" });

/// Question for the next lines of what a person may take from a room.
#[derive(Debug)]
pub struct RoomExportCall {
    /// Principal who takes it, as JSON.
    pub who: String,
    /// Place up to which they have the lines already.
    pub since: u64,
    /// All that they may read; else only what they wrote themselves.
    pub is_whole: bool,
}

record!(RoomExportCall { who = "who", since = "since", is_whole = "isWhole" });

/// A person who is gone for good, and how far a room has removed them.
#[derive(Debug)]
pub struct ForgetCall {
    /// User id of the person.
    pub user: String,
    /// Place up to which the room was looked at already.
    pub after: u64,
    /// There was something of them up to there.
    pub was_here: bool,
    /// See [`LeaveCall::keeps_words`].
    pub keeps_words: bool,
    /// Events up to this time are of earlier players of the persona, and stay (`account.md` 10); 0 for everybody else.
    pub visible_from: Millis,
}

record!(ForgetCall {
    user = "user",
    after = "after",
    was_here = "wasHere",
    keeps_words = "keepsWords",
    visible_from = "visibleFrom" or 0,
});

/// Result of one portion of a room's long task.
#[derive(Debug, Default)]
pub struct Portion {
    /// Events as JSON, a line each, where they are taken along.
    pub lines: String,
    /// From where to go on.
    pub next: u64,
    /// There was something of them so far.
    pub was_here: bool,
    /// There is no more.
    pub is_done: bool,
}

record!(Portion { lines = "lines", next = "next", was_here = "wasHere", is_done = "isDone" });

/// A person's wish to be gone.
#[derive(Debug)]
pub struct LeaveCall {
    /// `true` where their words stay without their name; else nothing of them stays.
    pub keeps_words: bool,
    /// They can have it back until then.
    pub undo_ms: Millis,
    /// Where the request came from.
    pub trace: Trace,
}

record!(LeaveCall { keeps_words = "keepsWords", undo_ms = "undoMs", trace = "trace" });

/// A sender in a room of whom nothing waits for the person any more.
#[derive(Debug)]
pub struct InboxForgetCall {
    /// Canonical room id.
    pub room: String,
    /// User id of the writer.
    pub sender: String,
    /// Entries up to this position are of earlier players of the persona, and stay; 0 for everybody else.
    pub after: u64,
}

record!(InboxForgetCall { room = "room", sender = "sender", after = "after" or 0 });

/// Account of somebody, as far as a shard of `auth` has it.
#[derive(Debug, Default)]
pub struct AccountSummary {
    /// Its address.
    pub email: Option<String>,
    /// Name at sign-up.
    pub name: String,
    /// Address of a picture, where one was given.
    pub image: Option<String>,
    /// When it was made.
    pub created_at: Millis,
    /// When its owner proved the address last; `None` until then.
    pub verified_at: Option<Millis>,
    /// Number of recovery codes that are unused.
    pub recovery_codes: u32,
    /// It has a second factor.
    pub has_second_factor: bool,
    /// Digest of its password ([`super::account::AccountRow::digest`]).
    pub digest: Option<String>,
    /// An act has ended passkeys of it, and that is not carried out yet.
    pub ends_passkeys: bool,
}

record!(AccountSummary {
    email = "email",
    name = "name",
    image = "image",
    created_at = "createdAt",
    verified_at = "verifiedAt",
    recovery_codes = "recoveryCodes" or 0,
    has_second_factor = "secondFactor" or false,
    digest = "digest",
    ends_passkeys = "endsPasskeys" or false,
});
record_bodies!(AccountSummary);
