//! Calls from the Worker to a room about the demo room that it is (`demo.md`), and from both to the shard of a session
//! that has nothing else.

use protocol::machines::demo::{DemoChange, JoinIdentity, Lease, SceneAct};
use protocol::people::session::shard_of;
use protocol::words::closing::CloseCode;
use protocol::words::ids::UserId;
use protocol::words::refusal::Refusal;
use serde::{Deserialize, Serialize};
use worker::Env;

use super::auth::{EndCall, EndSession};
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

#[derive(Debug, Serialize, Deserialize)]
pub struct MakeDemoCall {
    /// Its code, as it is shown.
    pub code: String,
    /// A language that scenes are written in.
    pub language: String,
    pub presenter: Lease,
}

/// Question to a demo room, or act in it.
#[derive(Debug, Serialize, Deserialize)]
pub struct DemoCall {
    /// Person who asks; `None` for a newcomer without a session.
    pub by: Option<UserId>,
    pub what: DemoWhat,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum DemoWhat {
    /// Asks for the facts that a newcomer may know.
    #[serde(rename = "Look")]
    Inspect,
    /// Checks that somebody could join with this wish. Answer: the room's language.
    May(JoinIdentity),
    /// Somebody comes. Answer: `null`.
    Join(JoinIdentity, Lease),
    /// Asks for the whole state, for a person in the room.
    State,
    Change(DemoChange),
    /// The presenter sends somebody away.
    Kick(UserId),
    /// The presenter begins anew.
    Reset,
    Scene(SceneAct),
    /// The presenter ends it. Answer: `{}`.
    End,
    /// Asks for the counters of the room.
    Numbers,
    /// Checks that the asker is the presenter. Answer: `null`.
    Presents,
}

/// Ends the session of somebody who is not in a demo room, or not any more. Should this be lost it ends by itself, and opens nothing.
pub async fn end_session(env: &Env, lease: &Lease, reason: &str) {
    let Some(shard) = shard_of(&lease.session) else { return };
    let (session, user, reason) = (lease.session.clone(), lease.user.as_str().to_owned(), reason.to_owned());
    let question = EndCall { session, user, code: CloseCode::Forbidden.code(), reason };
    match EndSession::ask(env, shard, &question).await {
        Ok(()) | Err(CallError::Refused(Refusal::NotFound)) => {}
        Err(error) => telemetry::call_failed("demo-session", &error),
    }
}
