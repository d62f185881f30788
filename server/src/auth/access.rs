//! Assertions of Cloudflare Access (`core.md` 4), verified with the team's keys: a member of the team is an operator of the deployment.
//! Without `ACCESS_TEAM` and `ACCESS_AUD` no assertion is accepted, and a failed check is no assertion.

use std::cell::RefCell;

use protocol::trust::assertion::{Assertion, TeamKey, read_keys};
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use protocol::words::time::remaining_ms;

use crate::config::AccessTeam;
use crate::http::incoming::Incoming;
use crate::{runtime, telemetry};

pub const HEADER: &str = "cf-access-jwt-assertion";
/// Time for which an isolate remembers the team's keys.
const REMEMBERED_MS: Millis = 600_000;
/// A key that nobody knows is asked for this often at most: names of keys cost nothing to make up.
const ASKED_AGAIN_MS: Millis = 30_000;
/// Longest time that the team's keys may take, and the number of their bytes that are read at most.
const KEYS_MS_MAX: Millis = 5_000;
const KEYS_BYTES_MAX: usize = 64 * 1024;

/// Keys of the team, as far as they are known.
#[derive(Default)]
struct CachedKeys {
    asked_at: Millis,
    keys: Vec<TeamKey>,
}

thread_local! {
    static CACHED_KEYS: RefCell<CachedKeys> = RefCell::default();
}

/// Returns the identity that the request is from, if it carries a good assertion.
pub async fn asserted(incoming: &Incoming) -> Option<String> {
    let (team, token) = (incoming.config.access.as_ref()?, incoming.header(HEADER)?);
    let assertion = Assertion::read(&token)?;
    if !assertion.holds(&team.issuer, &team.audience, incoming.now) {
        return None;
    }
    let key = key_of(team, &assertion.key_id, incoming.now).await?;
    let is_signed = runtime::verify_rs256(&key.modulus, &key.exponent, &assertion.signature, &assertion.signed).await;
    is_signed.then(|| assertion.who())
}

async fn key_of(team: &AccessTeam, id: &str, now: Millis) -> Option<TeamKey> {
    let known = |keys: &[TeamKey]| keys.iter().find(|key| key.id == id).cloned();
    let (found, asked_at, is_cold) = CACHED_KEYS.with_borrow(|it| (known(&it.keys), it.asked_at, it.keys.is_empty()));
    let patience_ms = if found.is_some() { REMEMBERED_MS } else { ASKED_AGAIN_MS };
    if !is_cold && remaining_ms(asked_at + patience_ms, now, patience_ms) > 0 {
        return found;
    }
    CACHED_KEYS.with_borrow_mut(|it| it.asked_at = now);
    match ask(team).await {
        Ok(keys) => {
            let found = known(&keys);
            CACHED_KEYS.with_borrow_mut(|it| it.keys = keys);
            found
        }
        Err(error) => {
            telemetry::fault("access", &Fault(error));
            // Keys change rarely, and those that are known were the team's.
            found
        }
    }
}

async fn ask(team: &AccessTeam) -> Result<Vec<TeamKey>, String> {
    let asked = runtime::fetch_outside(&team.keys_url, "GET", &[], None, KEYS_MS_MAX, KEYS_BYTES_MAX);
    let answered = asked.await?;
    let (status, text) = (answered.status, answered.text());
    let keys = read_keys(&text);
    if status == 200 && !keys.is_empty() { Ok(keys) } else { Err(format!("the team's keys: status {status}")) }
}
