//! Requests about moderation (`moderation.md`). The operator's object stores its state: roles, bans, mutes, rules for messages. Each isolate
//! has a copy of that state, which is a few seconds old at most.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::people::moderation::{Act, DeploymentRole, Standing};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::MODERATION_COPY_MS;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;
use worker::Env;

use super::operator::{OBJECT, OwnerAct};
use crate::kit::aged_copy::AgedCopy;
use crate::kit::body::{Empty, Record, as_record};
use crate::kit::request::{Request, requests};
use crate::kit::trace::Trace;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Age of a copy from which on it is replaced in the background.
const ASKED_AGAIN_MS: Millis = MODERATION_COPY_MS / 2;

requests! { Operator:
    /// Reads the state.
    ReadModeration "moderation": Empty => Record<Standing>;
    SetRole "role": RoleCall => Record<Standing>;
    /// Stores an act with its effect on the state.
    AddAct "moderate": ActCall => ActAnswer;
    /// Ends the sessions of a person who was just banned. Answers `true` after a failure as well, because the alarm then tries again.
    EndBanned "end-banned": String => bool;
    /// Lists the acts on a person that are shown to them, the newest first.
    ListOwnActs "own-acts": String => Vec<ShownAct>;
    /// Lists the same acts with the objections to them, for the archive of the person.
    ListArchivedActs "archived-acts": String => Vec<ArchivedAct>;
    /// Finds one act that is shown to the person concerned.
    FindAct "find-act": String => Vec<ShownAct>;
    AddObjection "object": ObjectionCall => bool;
    /// Lists the objections without an answer, the oldest first.
    ListObjections "objections": Empty => Vec<OpenObjection>;
    /// Answers an objection: lifts its act, or keeps it.
    AnswerObjection "object-answer": AnswerCall => Record<Standing>;
}

requests! { Room:
    /// Removes a message for a moderator. Answers the user id of its writer.
    RemoveMessage "moderate-remove": RemoveCall => String;
    /// Brings the current state to a room.
    SendModeration "moderation": Record<Standing> => ();
}

requests! { Person:
    /// Sends a frame about an act to all devices of the person concerned.
    TellModeration "moderated": String => ();
}

requests! { Auth:
    /// Lists the networks from which a person has signed in here, the newest first.
    ListNetworks "networks": String => Vec<String>;
}

thread_local! {
    static CACHED: RefCell<AgedCopy<Rc<Standing>>> = RefCell::new(AgedCopy::of(Rc::default()));
}

/// Returns the state, from a copy that is not too old.
pub async fn current(env: &Env) -> Rc<Standing> {
    refresh(env).await;
    known()
}

/// Returns the state in the copy, however old. A copy that will soon be too old is replaced in the background, so that a busy isolate rarely
/// waits.
pub fn known_now(env: &Env) -> Rc<Standing> {
    let now = runtime::now_ms();
    let version =
        CACHED.with_borrow_mut(|cached| cached.is_due(now, ASKED_AGAIN_MS).then(|| cached.note_question(now)));
    if let Some(version) = version {
        let env = env.clone();
        spawn_local(async move { ask(&env, version).await });
    }
    known()
}

/// Replaces the copy by the state in an answer.
pub fn keep(standing: Standing) {
    CACHED.with_borrow_mut(|cached| cached.keep(runtime::now_ms(), Rc::new(standing)));
}

/// Returns `true` if the copy is too old, or there is none.
pub fn is_old() -> bool {
    CACHED.with_borrow(|cached| cached.is_older(runtime::now_ms(), MODERATION_COPY_MS))
}

/// Replaces a copy that is too old. Each caller awaits an answer of its own, because the question of another request ends with that request.
pub async fn refresh(env: &Env) {
    if is_old() {
        let version = CACHED.with_borrow_mut(|cached| cached.note_question(runtime::now_ms()));
        ask(env, version).await;
    }
}

fn known() -> Rc<Standing> {
    CACHED.with_borrow(|cached| Rc::clone(cached.value()))
}

/// Asks for the state. Without an answer the copy stays as it was, so that people can write while the operator's object does not answer.
async fn ask(env: &Env, version: u64) {
    let answer = ReadModeration::ask(env, OBJECT, &Empty).await;
    let standing = answer.ok().map(|Record(standing)| Rc::new(standing));
    CACHED.with_borrow_mut(|cached| cached.note_answer(runtime::now_ms(), version, standing));
}

/// Answers an objection in the name of an operator. The new state is known here at once.
pub async fn answer_objection(env: &Env, call: &AnswerCall) -> Result<(), CallError> {
    let Record(standing) = AnswerObjection::ask(env, OBJECT, call).await?;
    keep(standing);
    Ok(())
}

/// Sends a frame about moderation to all devices of a person. A failure is logged.
pub async fn tell(env: &Env, user: UserId, frame: String) {
    if let Err(error) = TellModeration::ask(env, user.as_str(), &frame).await {
        telemetry::call_failed("moderation", &error);
    }
}

/// Gives or takes a role in the name of an operator. The new state is known here at once.
pub async fn set_role(env: &Env, call: &RoleCall) -> Result<(), CallError> {
    let Record(standing) = SetRole::ask(env, OBJECT, call).await?;
    keep(standing);
    Ok(())
}

#[derive(Debug, Serialize, Deserialize)]
pub struct RoleCall {
    /// Act of the operator, which names the account.
    pub by: OwnerAct,
    /// `None` takes the role away.
    pub role: Option<DeploymentRole>,
}

/// Act of a moderator, or of an operator who answers a report, checked for form.
#[derive(Debug, Serialize, Deserialize)]
pub struct ActCall {
    /// User id of the moderator, or name of the operator.
    pub by: String,
    #[serde(with = "as_record")]
    pub act: Act,
    pub networks: Vec<String>,
    pub trace: Trace,
    /// Id of the report that an operator answers by the act; `None` for a moderator.
    pub report: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ActAnswer {
    /// The act as the person concerned sees it.
    pub act: ShownAct,
    #[serde(with = "as_record")]
    pub standing: Standing,
}

/// Act as the person concerned sees it: without the moderator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownAct {
    pub id: String,
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    pub at: Millis,
    /// End of a mute or ban.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    pub reason: String,
    /// State of the objection: `open`, `lifted` or `kept`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objection: Option<String>,
}

/// Act as it is in the archive of the person concerned (`leaving.md` 1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchivedAct {
    pub act: ShownAct,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objected_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ObjectionCall {
    pub act: String,
    /// Text, checked.
    pub text: String,
    pub trace: Trace,
}

/// Objection without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenObjection {
    pub at: Millis,
    pub text: String,
    pub user: String,
    pub act: ShownAct,
}

/// Answer of an operator to an objection.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerCall {
    /// Act of the operator, which names the act of moderation.
    pub by: OwnerAct,
    /// The act ends.
    pub is_lifted: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveCall {
    pub principal: Principal,
    pub message: String,
    /// Id of the event of the removal.
    pub id: String,
    pub trace: Trace,
}
