//! Delivery of a message to somebody else (`messagehub.md` 7.2, 7.4, 7.5): one function per kind of receiver. Here one attempt is made;
//! whether and when is decided elsewhere.

use std::net::IpAddr;

use protocol::machines::hub::Item;
use protocol::machines::webhook::{Secret, retry_after_ms, sign};
use protocol::trust::guard::{self, GuardRefusal, Host, Target, check_resolved, check_url};
use protocol::wire::messagehub::{email_json, log_json};
use protocol::words::limits::HOOK_ATTEMPT_MS_MAX;
use protocol::words::refusal::Fault;
use worker::Env;

use crate::calls::hub::{Attempt, AttemptResult};
use crate::config::Config;
use crate::platform::has_binding;
use crate::runtime::{self, Outside};
use crate::telemetry;

/// Longest time that the resolver may take.
const RESOLVE_MS_MAX: u64 = 3_000;
/// Bytes of its answer that are read at most.
const RESOLVED_BYTES_MAX: usize = 64 * 1024;
/// Binding of the mail service.
pub(super) const EMAIL: &str = "EMAIL";
const MAIL: &str = "mailto:";
const LOG: &str = "log:";

/// Returns what a receiver gets that is no web address; `None` for one that is.
pub fn body_for(config: &Config, url: &str, room: &str, item: &Item) -> Option<String> {
    if url == LOG {
        return Some(log_json(room, item));
    }
    url.strip_prefix(MAIL).map(|to| email_json(&config.hub.email_from, to, room, item))
}

/// Makes one attempt.
pub async fn attempt(env: &Env, config: &Config, attempt: &Attempt) -> AttemptResult {
    let result = if attempt.url == LOG {
        worker::console_log!("{}", attempt.body);
        Ok((200, None))
    } else if attempt.url.starts_with(MAIL) {
        mail(env, &attempt.body).await
    } else {
        webhook(config, attempt).await
    };
    let (status, wait_ms, error) = match result {
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
    }
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
        ("user-agent", "cf-messenger-webhook/1"),
        ("webhook-id", signed.id.as_str()),
        ("webhook-timestamp", signed.timestamp.as_str()),
        ("webhook-signature", signed.signature.as_str()),
    ];
    headers.extend(attempt.trace.as_deref().map(|trace| ("traceparent", trace)));
    let body = Some(attempt.body.as_str());
    // The status says it all: nobody waits for a body that comes slowly, or breaks.
    let sent = runtime::fetch_outside(&attempt.url, "POST", &headers, body, HOOK_ATTEMPT_MS_MAX, 0);
    let Outside { status, retry_after, .. } = sent.await?;
    Ok((status, retry_after_ms(retry_after.as_deref(), runtime::now_ms())))
}

/// Before each attempt a name is looked up, and all that it leads to must be public. False when nobody knows where it leads: that
/// proves nothing, but it is not called.
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

/// Through the mail service's binding, where the deployment has one.
async fn mail(env: &Env, body: &str) -> DeliveryResult {
    if !has_binding(env, EMAIL) {
        // The operator reads it in the log a day before the dead letter with the same error.
        let error = format!("no binding {EMAIL}");
        telemetry::fault("mail", &Fault(error.clone()));
        return Err(error);
    }
    runtime::send_mail(env, EMAIL, body, HOOK_ATTEMPT_MS_MAX).await.map(|()| (200, None))
}
