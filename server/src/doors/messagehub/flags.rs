//! Switches of the deployment (`messagehub.md` 8), read from their object and remembered for a few seconds.

use std::cell::RefCell;

use protocol::doors::messagehub::Flags;
use protocol::event::Millis;
use worker::Env;

pub use protocol::doors::messagehub::Flag;

use crate::objects::namespace::Namespace;
use crate::objects::runtime;

/// How long an isolate remembers them.
const REMEMBERED_MS: Millis = 5_000;
/// The one object.
const OBJECT: &str = "global";

thread_local! {
    static KNOWN: RefCell<(Millis, Flags)> = RefCell::new((0, Flags::default()));
}

/// Whether all of these are on.
pub async fn are_on(env: &Env, flags: &[Flag]) -> bool {
    refresh(env).await;
    KNOWN.with_borrow(|(_, known)| flags.iter().all(|flag| known.is_on(*flag, None)))
}

/// Whether nobody writes at the moment.
pub async fn is_maintained(env: &Env) -> bool {
    are_on(env, &[Flag::Maintenance]).await
}

/// Asks when what is known is too old. Without an answer it stays as it was: a switch must not take the house down.
async fn refresh(env: &Env) {
    let now = runtime::now_ms();
    let is_fresh = KNOWN.with_borrow_mut(|(asked_at, _)| {
        let is_fresh = now < *asked_at + REMEMBERED_MS;
        if !is_fresh {
            // Whoever comes meanwhile does not ask as well.
            *asked_at = now;
        }
        is_fresh
    });
    if is_fresh {
        return;
    }
    if let Ok(json) = show(env).await {
        keep(&json);
    }
}

fn keep(json: &str) {
    let mut flags = Flags::default();
    if flags.apply(json).is_ok() {
        KNOWN.set((runtime::now_ms(), flags));
    }
}

/// How they are.
pub async fn show(env: &Env) -> worker::Result<String> {
    ask(env, "show", "").await.map(|(_, json)| json)
}

/// Changes some; the new state, or the refusal as the object said it.
pub async fn change(env: &Env, change: &str) -> worker::Result<(u16, String)> {
    let (status, json) = ask(env, "change", change).await?;
    if status == 200 {
        keep(&json);
    }
    Ok((status, json))
}

async fn ask(env: &Env, verb: &str, body: &str) -> worker::Result<(u16, String)> {
    let name = Namespace::Flags.object_name(OBJECT);
    runtime::call_object(env, Namespace::Flags.binding(), &name, verb, body).await
}
