//! Switches of the deployment (`messagehub.md` 8), read from their object and remembered for a few seconds.

use std::cell::RefCell;

use protocol::codec::json;
use protocol::wire::messagehub::Flags;
use protocol::words::event::Millis;
use protocol::words::limits::OVERLOADED_RETRY_MS;
use protocol::words::refusal::Refusal;
use wasm_bindgen_futures::spawn_local;
use worker::Env;

pub use protocol::wire::messagehub::Flag;

use crate::kit::namespace::Namespace;
use crate::runtime;
use protocol::record;

/// Time for which an isolate remembers them.
const REMEMBERED_MS: Millis = 5_000;
/// The one object.
pub const OBJECT: &str = "global";

/// Switches as an isolate remembers them.
struct Known {
    asked_at: Millis,
    /// An answer came since the isolate began, or it was seen that none comes.
    is_answered: bool,
    flags: Flags,
}

thread_local! {
    static KNOWN: RefCell<Known> = const { RefCell::new(Known { asked_at: 0, is_answered: false, flags: Flags::new() }) };
}

/// Returns true if all of these are on.
pub async fn are_on(env: &Env, flags: &[Flag]) -> bool {
    refresh(env).await;
    KNOWN.with_borrow(|known| flags.iter().all(|flag| known.flags.is_on(*flag)))
}

/// Returns what is remembered of a flag, without asking; `None` before the first answer.
pub fn known(flag: Flag) -> Option<bool> {
    KNOWN.with_borrow(|known| known.is_answered.then(|| known.flags.is_on(flag)))
}

/// Returns true if it is time to ask again.
pub fn is_old() -> bool {
    KNOWN.with_borrow(|known| !known.is_answered || known.asked_at + REMEMBERED_MS <= runtime::now_ms())
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
    if is_old() {
        let env = env.clone();
        spawn_local(async move { refresh(&env).await });
    }
    known(Flag::Maintenance) == Some(true)
}

/// Asks when what is known is too old. Without an answer it stays as it was: a switch must not take the house down.
pub async fn refresh(env: &Env) {
    if !is_old() {
        return;
    }
    // Whoever comes meanwhile does not ask as well, unless nothing is known yet.
    KNOWN.with_borrow_mut(|known| known.asked_at = runtime::now_ms());
    match show(env).await {
        Ok(json) => keep(&json),
        Err(_) => KNOWN.with_borrow_mut(|known| known.is_answered = true),
    }
}

fn keep(json: &str) {
    let flags = Flags::of_stored(json);
    KNOWN.set(Known { asked_at: runtime::now_ms(), is_answered: true, flags });
}

/// Asks how the switches are; returns JSON text.
pub async fn show(env: &Env) -> worker::Result<String> {
    match ask(env, "show", "").await? {
        (200, json) => Ok(json),
        (status, _) => Err(worker::Error::RustError(format!("flags answered {status}"))),
    }
}

/// Changes some, with rows that say who did; the new state, or the refusal as the object said it.
pub async fn change(env: &Env, act: &OwnerAct) -> worker::Result<(u16, String)> {
    let (status, json) = ask(env, "change", &json::write(act)).await?;
    if status == 200 {
        keep(&json);
    }
    Ok((status, json))
}

/// Has a row say that somebody has the database written again.
pub async fn note_rebuild(env: &Env, act: &OwnerAct) -> worker::Result<()> {
    match ask(env, "rebuild", &json::write(act)).await? {
        (200, _) => Ok(()),
        (status, _) => Err(worker::Error::RustError(format!("flags answered {status}"))),
    }
}

async fn ask(env: &Env, verb: &str, body: &str) -> worker::Result<(u16, String)> {
    let name = Namespace::Flags.object_name(OBJECT);
    runtime::call_object(env, Namespace::Flags.binding(), &name, verb, body).await
}

/// To the object (`/change`, `/act`, `/leave`, `/rebuild`): somebody who runs the deployment did something.
#[derive(Debug, Default)]
pub struct OwnerAct {
    /// Actor: the address of a member of the team, or `owner` for the holder of the service token.
    pub actor: String,
    /// From where (`Trace`).
    pub address: String,
    /// In which request.
    pub request: String,
    /// New flags, for `/change`; hash of the session that ends, for `/leave`; target, for `/rebuild`; result of a sign-in, for `/act`.
    pub what: String,
}

record!(OwnerAct { actor = "actor", address = "address", request = "request", what = "what" });

/// To the object: a browser in which the service token was typed. `/enter` keeps it, `/owner` asks for it.
#[derive(Debug, Default)]
pub struct OwnerSession {
    /// Hash of what its cookie says.
    pub hash: String,
    /// When it is over.
    pub until_ms: Millis,
}

record!(OwnerSession { hash = "hash", until_ms = "untilMs" });
