//! Sessions as the edge remembers them (`core.md` 4). A cache: only what is public anyway may trust it.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use worker::Env;

use crate::calls::auth::CachedSession;
use crate::platform::kv::{BINDING, put_text, text};
use crate::telemetry;

/// The platform's shortest life of an entry.
const TTL_S_MIN: u64 = 60;

pub async fn put_session(env: &Env, hash: &str, session: &CachedSession, now: Millis) {
    let ttl_s = (session.expires_at.saturating_sub(now) / 1_000).max(TTL_S_MIN);
    if let Ok(text) = serde_json::to_string(session) {
        put_text(env, hash, &text, ttl_s).await;
    }
}

pub async fn delete_session(env: &Env, hash: &str) {
    let deleted = async {
        env.kv(BINDING)?.delete(hash).await?;
        Ok::<(), worker::Error>(())
    };
    if let Err(error) = deleted.await {
        telemetry::fault("kv_delete", &Fault(error.to_string()));
    }
}

/// The session as the edge remembers it, if it has not ended.
pub async fn session(env: &Env, hash: &str, now: Millis) -> Option<CachedSession> {
    let text = text(env, hash).await?;
    serde_json::from_str::<CachedSession>(&text).ok().filter(|session| session.expires_at > now)
}
