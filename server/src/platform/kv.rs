//! `SESSION_KV`: what the edge remembers of sessions (`core.md` 4). A cache: only what is public anyway may trust it.

use protocol::words::refusal::Fault;
use worker::Env;

use crate::telemetry;

pub const BINDING: &str = "SESSION_KV";

pub async fn put_text(env: &Env, key: &str, text: &str, ttl_s: u64) {
    let written = async {
        env.kv(BINDING)?.put(key, text)?.expiration_ttl(ttl_s).execute().await?;
        Ok::<(), worker::Error>(())
    };
    if let Err(error) = written.await {
        telemetry::fault("kv_put", &Fault(error.to_string()));
    }
}

pub async fn text(env: &Env, key: &str) -> Option<String> {
    env.kv(BINDING).ok()?.get(key).text().await.ok()?
}
