//! The switches of the operator's object (`messagehub.md` 8), which each isolate caches for a few seconds.

use std::cell::RefCell;

use protocol::machines::hub::HubLimits;
use protocol::wire::messagehub::Flags;
use protocol::words::event::Millis;
use protocol::words::limits::OVERLOADED_RETRY_MS;
use protocol::words::refusal::Refusal;
use wasm_bindgen_futures::spawn_local;
use worker::Env;

pub use protocol::wire::messagehub::Flag;

use super::operator::{ChangeFlags, OBJECT, OwnerAct, ReadFlags};
use crate::kit::aged_copy::AgedCopy;
use crate::kit::body::{Empty, Json};
use crate::kit::request::Request;
use crate::platform::timeout::within;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Time for which an isolate remembers them.
const REMEMBERED_MS: Millis = 5_000;
/// An answer that takes longer is none: a message or a socket of an isolate that knows nothing yet does not wait for ever.
const SILENCE_MS: Millis = 3_000;

thread_local! {
    static CACHED_FLAGS: RefCell<AgedCopy<Flags>> = const { RefCell::new(AgedCopy::of(Flags::new())) };
}

/// Returns true if all of these are on.
pub async fn are_on(env: &Env, flags: &[Flag]) -> bool {
    refresh(env).await;
    CACHED_FLAGS.with_borrow(|known| flags.iter().all(|flag| known.value().is_on(*flag)))
}

/// Returns true if a flag is on in a hub room.
pub async fn is_on_in(env: &Env, flag: Flag, room: &str) -> bool {
    refresh(env).await;
    CACHED_FLAGS.with_borrow(|known| known.value().is_on_in(flag, room))
}

/// Returns the limits that a hub room has for itself, as far as is remembered; `None` before the first answer.
pub fn limits_of(room: &str) -> Option<HubLimits> {
    CACHED_FLAGS.with_borrow(|known| known.is_answered().then(|| known.value().limits_of(room)))
}

/// Returns what is remembered of a flag, without asking; `None` before the first answer.
pub fn known(flag: Flag) -> Option<bool> {
    CACHED_FLAGS.with_borrow(|known| known.is_tried().then(|| known.value().is_on(flag)))
}

/// Returns true if it is time to ask again.
pub fn is_old() -> bool {
    CACHED_FLAGS.with_borrow(|known| !known.is_tried() || known.is_due(runtime::now_ms(), REMEMBERED_MS))
}

/// Returns true if nobody writes at the moment.
pub async fn is_maintained(env: &Env) -> bool {
    are_on(env, &[Flag::Maintenance]).await
}

/// Refuses what writes while nobody does.
pub async fn check_writes(env: &Env) -> Result<(), Refusal> {
    let refusal = Refusal::Overloaded { retry_after_ms: OVERLOADED_RETRY_MS };
    if is_maintained(env).await { Err(refusal) } else { Ok(()) }
}

/// Returns true if nobody writes, as far as is remembered. What is too old is asked for in passing, for the next time.
pub fn is_maintained_now(env: &Env) -> bool {
    refresh_in_passing(env);
    known(Flag::Maintenance) == Some(true)
}

/// Makes sure that something is remembered. Only the first answer is waited for; what is too old is asked for in passing.
pub async fn learn(env: &Env) {
    match known(Flag::Maintenance) {
        None => refresh(env).await,
        Some(_) => refresh_in_passing(env),
    }
}

fn refresh_in_passing(env: &Env) {
    if is_old() {
        let env = env.clone();
        spawn_local(async move { refresh(&env).await });
    }
}

/// Asks when what is known is too old. Without an answer it stays as it was: a switch must not take the house down.
pub async fn refresh(env: &Env) {
    if !is_old() {
        return;
    }
    // Requests that arrive meanwhile use the cached switches, unless there are none yet.
    let version = CACHED_FLAGS.with_borrow_mut(|known| known.note_question(runtime::now_ms()));
    let answer = within(SILENCE_MS, show(env)).await.and_then(Result::ok);
    let flags = answer.map(|json| Flags::of_stored(&json));
    CACHED_FLAGS.with_borrow_mut(|known| known.note_answer(runtime::now_ms(), version, flags));
}

/// Asks how the switches are; returns JSON text.
pub async fn show(env: &Env) -> Result<String, CallError> {
    Ok(ReadFlags::ask(env, OBJECT, &Empty).await?.0)
}

/// Changes some; returns the new state as JSON text, which is remembered here at once.
pub async fn change(env: &Env, act: &OwnerAct) -> Result<String, CallError> {
    let Json(json) = ChangeFlags::ask(env, OBJECT, act).await?;
    CACHED_FLAGS.with_borrow_mut(|known| known.keep(runtime::now_ms(), Flags::of_stored(&json)));
    Ok(json)
}
