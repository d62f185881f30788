//! Delivery of a message to an external receiver (`messagehub.md` 7.2, 7.4, 7.5): one function per kind of receiver, one attempt per call.
//! Here the receiver's and the account's limits of calls are charged; the outbox schedules. The challenge of a bot's webhook is here, too.

use std::net::IpAddr;

use protocol::machines::hub::Item;
use protocol::machines::webhook::{Secret, retry_after_ms, sign};
use protocol::people::session::token;
use protocol::trust::guard::{self, GuardRefusal, Host, Target, check_resolved, check_url};
use protocol::wire::integrations::{challenge_json, is_echo};
use protocol::wire::messagehub::{email_json, log_json};
use protocol::words::event::Millis;
use protocol::words::limits::{CHALLENGE_BYTES_MAX, CHALLENGE_MS_MAX, HOOK_ATTEMPT_MS_MAX};
use protocol::words::refusal::{Fault, Refusal};
use worker::{Env, Url};

use crate::calls::gate::{self, CountAccountCall, CountChallenge, CountHostCall, CountSharedCall};
use crate::calls::hub::{Attempt, AttemptResult};
use crate::config::Config;
use crate::platform::has_binding;
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Outside};
use crate::telemetry;

/// Longest wait for the resolver.
const RESOLVE_MS_MAX: u64 = 3_000;
/// Bytes of the resolver's answer that are read at most.
const RESOLVED_BYTES_MAX: usize = 64 * 1024;
/// Delay of an attempt while its calls cannot be counted.
const UNCOUNTED_MS: Millis = 5_000;
const USER_AGENT: &str = "cf-messenger-webhook/1";
pub(super) const EMAIL: &str = "EMAIL";
const MAIL: &str = "mailto:";
const LOG: &str = "log:";

/// Returns the body for a receiver without a web address; `None` for a webhook.
pub fn body_for(config: &Config, url: &str, room: &str, item: &Item) -> Option<String> {
    if url == LOG {
        return Some(log_json(room, item));
    }
    url.strip_prefix(MAIL).map(|to| email_json(&config.hub.email_from, to, room, item))
}

/// Makes one attempt, or postpones it if the host or the account has no calls left.
pub async fn attempt(env: &Env, config: &Config, attempt: &Attempt) -> AttemptResult {
    let is_called = attempt.url != LOG && !attempt.url.starts_with(MAIL);
    let payer = attempt.payer.as_deref().filter(|_| is_called);
    let counted = match payer {
        Some(payer) => count_call(env, config, &attempt.url, payer).await,
        None => Ok(()),
    };
    let postponed_ms = counted.err().map(|error| match error {
        CallError::Refused(Refusal::RateLimited { retry_after_ms }) => retry_after_ms.max(1),
        _ => UNCOUNTED_MS,
    });
    let made = if postponed_ms.is_none() { make(env, config, attempt).await } else { Err("too many calls".to_owned()) };
    let (status, wait_ms, error) = match made {
        Ok((status, wait_ms)) => (Some(status), wait_ms, format!("status {status}")),
        Err(error) => (None, None, error),
    };
    AttemptResult {
        room: attempt.room.clone(),
        hook: attempt.hook.clone(),
        seq: attempt.seq,
        attempt: attempt.attempt,
        status,
        retry_after_ms: wait_ms,
        error,
        postponed_ms,
    }
}

async fn make(env: &Env, config: &Config, attempt: &Attempt) -> DeliveryResult {
    if attempt.url == LOG {
        worker::console_log!("{}", attempt.body);
        Ok((200, None))
    } else if attempt.url.starts_with(MAIL) {
        mail(env, &attempt.body).await
    } else {
        webhook(config, attempt).await
    }
}

/// Counts a call for the account's share of the host, for the account, and for the host (`integrations.md` 7.4).
///
/// # Errors
///
/// `RATE_LIMITED` if any of the three limits is reached.
async fn count_call(env: &Env, config: &Config, url: &str, payer: &str) -> Result<(), CallError> {
    let (rules, host) = (&config.rules, host_of(url));
    // The host comes last, so that an account without calls left does not use up those of others.
    gate::charge::<CountSharedCall>(env, &rules.webhook_share, &format!("share {payer} {host}")).await?;
    gate::charge::<CountAccountCall>(env, &rules.webhook_account, &format!("account {payer}")).await?;
    gate::charge::<CountHostCall>(env, &rules.webhook_host, &format!("host {host}")).await
}

/// Counts a challenge for its account and its host. Challenges have limits of their own, so they do not delay deliveries.
///
/// # Errors
///
/// `RATE_LIMITED` if either limit is reached.
pub async fn count_challenge(env: &Env, config: &Config, url: &str, payer: &str) -> Result<(), CallError> {
    for counted in [format!("challenge account {payer}"), format!("challenge host {}", host_of(url))] {
        gate::charge::<CountChallenge>(env, &config.rules.webhook_challenge, &counted).await?;
    }
    Ok(())
}

/// Returns the host of an address, as it is counted; empty without a host.
pub fn host_of(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// Asks a receiver to echo a challenge, as proof that it wants the calls (`integrations.md` 7.4).
///
/// # Errors
///
/// A description of the failed echo.
pub async fn challenge(url: &str) -> Result<(), String> {
    let word = token(runtime::drawn_bytes().map_err(|fault| fault.to_string())?);
    let body = challenge_json(&word);
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
    let answered =
        runtime::fetch_outside(url, "POST", &headers, Some(&body), CHALLENGE_MS_MAX, CHALLENGE_BYTES_MAX).await?;
    let is_echo = (200..300).contains(&answered.status) && is_echo(&answered.text(), &word);
    if is_echo { Ok(()) } else { Err("The address did not echo the challenge.".to_owned()) }
}

type DeliveryResult = Result<(u16, Option<u64>), String>;

async fn webhook(config: &Config, attempt: &Attempt) -> DeliveryResult {
    let target = check_url(&attempt.url, config.hub.place()).map_err(|refusal| refusal.to_string())?;
    if !check_public(config, &target).await.map_err(|refusal| refusal.to_string())? {
        return Err("the name was not resolved".to_owned());
    }
    let secret = Secret::parse(&attempt.secret).ok_or("the secret cannot be used")?;
    let previous = attempt.previous.as_deref().and_then(Secret::parse);
    let signed = sign(&attempt.id, &attempt.body, runtime::now_ms(), &secret, previous.as_ref());
    let mut headers = vec![
        ("content-type", "application/json"),
        ("user-agent", USER_AGENT),
        ("webhook-id", signed.id.as_str()),
        ("webhook-timestamp", signed.timestamp.as_str()),
        ("webhook-signature", signed.signature.as_str()),
    ];
    headers.extend(attempt.trace.as_deref().map(|trace| ("traceparent", trace)));
    let body = Some(attempt.body.as_str());
    // Only the status matters, so the body is not read.
    let sent = runtime::fetch_outside(&attempt.url, "POST", &headers, body, HOOK_ATTEMPT_MS_MAX, 0);
    let Outside { status, retry_after, .. } = sent.await?;
    Ok((status, retry_after_ms(retry_after.as_deref(), runtime::now_ms())))
}

/// Resolves a name before each attempt; all of its addresses must be public. Returns `false` if the name cannot be resolved: the receiver is
/// then not called.
pub async fn check_public(config: &Config, target: &Target) -> Result<bool, GuardRefusal> {
    let Host::Name(name) = &target.host else {
        return Ok(true);
    };
    if config.hub.allows_private && name == "localhost" {
        return Ok(true);
    }
    match resolve(config, name).await {
        Ok(addresses) if !addresses.is_empty() => check_resolved(&addresses, config.hub.place()).map(|()| true),
        _ => Ok(false),
    }
}

async fn resolve(config: &Config, name: &str) -> Result<Vec<IpAddr>, String> {
    let mut addresses = Vec::new();
    for kind in ["A", "AAAA"] {
        let url = format!("{}?name={name}&type={kind}", config.hub.doh_url);
        let headers = [("accept", "application/dns-json")];
        let asked = runtime::fetch_outside(&url, "GET", &headers, None, RESOLVE_MS_MAX, RESOLVED_BYTES_MAX);
        let answered = asked.await.map_err(|error| format!("the name was not resolved: {error}"))?;
        let found = guard::resolved(&answered.text()).filter(|_| answered.status == 200);
        addresses.extend(found.ok_or("the name was not resolved")?);
    }
    Ok(addresses)
}

/// Sends through the binding of the mail service, if the deployment has one.
async fn mail(env: &Env, body: &str) -> DeliveryResult {
    if !has_binding(env, EMAIL) {
        // The operator sees it in the log a day before the dead letter with the same error.
        let error = format!("no binding {EMAIL}");
        telemetry::fault("mail", &Fault(error.clone()));
        return Err(error);
    }
    runtime::send_mail(env, EMAIL, body, HOOK_ATTEMPT_MS_MAX).await.map(|()| (200, None))
}
