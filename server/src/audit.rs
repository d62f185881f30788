//! The audit table in D1 (`messagehub.md` 8): who wrote what and when, never what it says. The same row twice is the same row.

use protocol::refusal::Fault;
use worker::Env;

use crate::config::Config;
use crate::objects::runtime;

const DAY_MS: u64 = 86_400_000;

/// Writes rows of `log`, in the form of `messagehub::audit_json`.
pub async fn write(env: &Env, log: &str, rows: &str) -> Result<(), Fault> {
    let query = "INSERT OR REPLACE INTO hub_audit (log, seq, id, principal, ts, bytes, content_type, sha256) \
                 SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 \
                 FROM json_each(?2)";
    let written = async { env.d1("DB")?.prepare(query).bind(&[log.into(), rows.into()])?.run().await.map(|_| ()) };
    written.await.map_err(|error: worker::Error| Fault(format!("audit: {error}")))
}

/// Removes rows whose time is over.
pub async fn forget(env: &Env) -> Result<(), Fault> {
    let until = runtime::now_ms().saturating_sub(Config::of(env).audit_days * DAY_MS);
    let query = "DELETE FROM hub_audit WHERE ts <= ?";
    let gone = async { env.d1("DB")?.prepare(query).bind(&[(until as f64).into()])?.run().await.map(|_| ()) };
    gone.await.map_err(|error: worker::Error| Fault(format!("audit: {error}")))
}
