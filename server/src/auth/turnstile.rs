//! The Turnstile verifier (`sign-in.md` 1): every doubt is a no, an unreachable service is a no as well.

use std::time::Duration;

use protocol::people::session::hash_hex;
use protocol::words::event::Millis;
use protocol::words::limits::{TURNSTILE_MS_MAX, TURNSTILE_TOKEN_BYTES_MAX, TURNSTILE_TOKEN_MS};
use protocol::words::refusal::{Fault, Refusal};
use serde::Deserialize;

use crate::calls::auth::SpendCall;
use crate::calls::gate::SpendToken;
use crate::config::{Config, Environment};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::runtime::now_ms;
use crate::telemetry;

/// The action our widget is set to.
const ACTION: &str = "login";

/// Answer of siteverify; members that we do not judge are left out.
#[derive(Deserialize)]
struct Verdict {
    success: bool,
    hostname: Option<String>,
    action: Option<String>,
    challenge_ts: Option<String>,
}

/// Checks that this request was made by a person, as far as anybody can tell.
pub async fn verify(incoming: &Incoming, token: Option<&str>) -> Result<(), CallError> {
    let config = incoming.config;
    let secret = match &config.turnstile.secret {
        Some(secret) => secret,
        None if config.environment == Environment::Dev => return dev_token(token),
        None => return Err(Refusal::Misconfigured.into()),
    };
    let token = token.filter(|token| !token.is_empty()).ok_or(Refusal::TurnstileRequired)?;
    if token.len() > TURNSTILE_TOKEN_BYTES_MAX {
        return Err(Refusal::TurnstileFailed.into());
    }
    spend(incoming, token, false).await?;
    let verdict = match ask(incoming, secret, token).await {
        Ok(verdict) => verdict,
        Err(refusal) => {
            // The token was not judged, so a person who tries again may use it again.
            telemetry::logged("spend", spend(incoming, token, true).await);
            return Err(refusal.into());
        }
    };
    // The age counts from the answer: the service may have taken seconds, and the request came before.
    let is_good = verdict.success && is_fresh(&verdict, now_ms()) && is_ours(config, incoming, &verdict);
    if is_good { Ok(()) } else { Err(Refusal::TurnstileFailed.into()) }
}

/// On a person's machine without a secret the literal `dev` stands for a verified token.
fn dev_token(token: Option<&str>) -> Result<(), CallError> {
    match token {
        None | Some("") => Err(Refusal::TurnstileRequired.into()),
        Some("dev") => Ok(()),
        Some(_) => Err(Refusal::TurnstileFailed.into()),
    }
}

/// Marks the token as used before anybody is asked: of two sign-ins with one token at most one gets any further.
async fn spend(incoming: &Incoming, token: &str, is_unused: bool) -> Result<(), CallError> {
    let token_hash = hash_hex(token);
    let shard = token_hash.get(..2).unwrap_or_default().to_owned();
    SpendToken::ask(&incoming.env, &shard, &SpendCall { token_hash, is_unused }).await
}

async fn ask(incoming: &Incoming, secret: &str, token: &str) -> Result<Verdict, Refusal> {
    let address = incoming.peer().unwrap_or_default();
    let form = [("secret", secret), ("response", token), ("remoteip", address.as_str())];
    let timeout = Duration::from_millis(TURNSTILE_MS_MAX);
    let request = reqwest::Client::new().post(&incoming.config.turnstile.siteverify_url).form(&form).timeout(timeout);
    let answered = async { request.send().await?.error_for_status()?.json::<Verdict>().await };
    answered.await.map_err(|error| {
        // The address of the service may hold a key of the operator's: only the sort of failure is told.
        telemetry::fault("siteverify", &Fault(error.without_url().to_string()));
        Refusal::Upstream
    })
}

fn is_fresh(verdict: &Verdict, now: Millis) -> bool {
    let solved_at = verdict.challenge_ts.as_deref().map(js_sys::Date::parse).filter(|at| at.is_finite());
    solved_at.is_none_or(|at| at as Millis + TURNSTILE_TOKEN_MS > now)
}

/// The token was made for this site and this form. On a person's machine the widget's test keys name other hosts.
fn is_ours(config: &Config, incoming: &Incoming, verdict: &Verdict) -> bool {
    if config.environment == Environment::Dev {
        return true;
    }
    let own_host = incoming.url.host_str().map(str::to_owned);
    let allowed = config
        .allowed_origins
        .iter()
        .filter_map(|origin| worker::Url::parse(origin).ok()?.host_str().map(str::to_owned));
    let is_host =
        verdict.hostname.as_ref().is_some_and(|name| own_host.into_iter().chain(allowed).any(|host| host == *name));
    is_host && verdict.action.as_deref() == Some(ACTION)
}
