//! Requests between the Worker, people's objects, rooms and the keepers of accounts when a person takes what is theirs with them, or leaves
//! for good (`leaving.md` 2).

use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

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

/// An archive of what is kept of a person.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExportCall {
    /// Principal who asks, as JSON.
    pub who: String,
    pub id: Option<String>,
    pub trace: Trace,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportState {
    pub id: Option<String>,
    /// `running` or `ready`.
    pub state: String,
    pub at: Millis,
    pub expires_at: Millis,
    /// Length in bytes, as far as it is there.
    pub bytes: u64,
}

/// Question for the next lines of what a person may take from a room.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomExportCall {
    /// Principal who takes it, as JSON.
    pub who: String,
    /// Place up to which they have the lines already.
    pub since: u64,
    /// All that they may read; else only what they wrote themselves.
    pub is_whole: bool,
}

/// A person who is gone for good, and how far a room has removed them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ForgetCall {
    pub user: String,
    /// Place up to which the room was looked at already.
    pub after: u64,
    /// There was something of them up to there.
    pub was_here: bool,
    /// See [`LeaveCall::keeps_words`].
    pub keeps_words: bool,
    /// Events up to this time are of earlier players of the persona, and stay (`account.md` 10); 0 for everybody else.
    #[serde(default)]
    pub visible_from: Millis,
}

/// Result of one portion of a room's long task.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Portion {
    /// Events as JSON, a line each, where they are taken along.
    pub lines: String,
    /// Position from which to go on.
    pub next: u64,
    /// There was something of them so far.
    pub was_here: bool,
    pub is_done: bool,
}

/// A person's wish to be gone.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaveCall {
    /// `true` where their words stay without their name; else nothing of them stays.
    pub keeps_words: bool,
    /// They can have it back until then.
    pub undo_ms: Millis,
    pub trace: Trace,
}

/// A sender in a room of whom nothing waits for the person any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct InboxForgetCall {
    pub room: String,
    pub sender: String,
    /// Entries up to this position are of earlier players of the persona, and stay; 0 for everybody else.
    #[serde(default)]
    pub after: u64,
}

/// Account of somebody, as far as a shard of `auth` has it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountSummary {
    pub email: Option<String>,
    /// Name at sign-up.
    pub name: String,
    /// Address of a picture.
    pub image: Option<String>,
    pub created_at: Millis,
    /// When its owner proved the address last; `None` until then.
    pub verified_at: Option<Millis>,
    /// Number of recovery codes that are unused.
    pub recovery_codes: u32,
    #[serde(rename = "secondFactor")]
    pub has_second_factor: bool,
    /// Digest of its password ([`super::account::AccountRow::digest`]).
    pub digest: Option<String>,
    /// An act has ended passkeys of it, and that is not carried out yet.
    pub ends_passkeys: bool,
}
