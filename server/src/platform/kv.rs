//! `SESSION_KV`: what the edge remembers of sessions (`core.md` 4). A cache: only what is public anyway may trust it.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use worker::Env;

use crate::objects::calls::auth::CachedSession;
use crate::telemetry;

/// The binding.
pub const BINDING: &str = "SESSION_KV";
/// The platform's shortest life of an entry.
const TTL_S_MIN: u64 = 60;

/// Remembers a session until it ends.
pub async fn put_session(env: &Env, hash: &str, session: &CachedSession, now: Millis) {
    let ttl_s = (session.expires_at.saturating_sub(now) / 1_000).max(TTL_S_MIN);
    if let Ok(text) = serde_json::to_string(session) {
        put_text(env, hash, &text, ttl_s).await;
    }
}

/// Remembers a text for so long.
pub async fn put_text(env: &Env, key: &str, text: &str, ttl_s: u64) {
    let written = async {
        env.kv(BINDING)?.put(key, text)?.expiration_ttl(ttl_s).execute().await?;
        Ok::<(), worker::Error>(())
    };
    if let Err(error) = written.await {
        telemetry::fault("kv_put", &Fault(error.to_string()));
    }
}

/// A text that is still remembered.
pub async fn text(env: &Env, key: &str) -> Option<String> {
    env.kv(BINDING).ok()?.get(key).text().await.ok()?
}

/// Forgets a session.
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
