//! Requests to the operator's object about its switches (`messagehub.md` 8) and the sessions and acts of who runs the deployment.

use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use crate::kit::body::{Empty, Json};
use crate::kit::request::requests;

requests! { Operator:
    ReadFlags "show": Empty => Json;
    /// Changes some switches, with rows that say who did. Answers the switches as they are then.
    ChangeFlags "change": OwnerAct => Json;
    /// Writes a row about a sign-in to the page of the owner.
    NoteSignIn "act": OwnerAct => Empty;
    /// Keeps the session of a browser in which the service token was typed. Answers `true`.
    OpenSession "enter": OwnerSession => bool;
    /// Answers `true` if a session is open.
    FindSession "owner": OwnerSession => bool;
    /// Ends a session. Answers `true`.
    EndSession "leave": OwnerAct => bool;
    /// Writes a row about somebody who has the database written again.
    NoteRebuild "rebuild": OwnerAct => Empty;
}

/// The one object.
pub const OBJECT: &str = "global";
/// Verb of a check that the object answers, which it does in plain text.
pub const HEALTH: &str = "health";

/// Act of somebody who runs the deployment.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OwnerAct {
    /// Actor: the address of a member of the team, or `owner` for the holder of the service token.
    pub actor: String,
    /// The caller's network (`Trace`).
    pub address: String,
    pub request: String,
    /// New flags, for [`ChangeFlags`]; hash of the session, for [`EndSession`]; target, for [`NoteRebuild`]; result, for [`NoteSignIn`].
    pub what: String,
}

/// Session of a browser in which the service token was typed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerSession {
    /// Hash of what its cookie says.
    pub hash: String,
    pub until_ms: Millis,
}
