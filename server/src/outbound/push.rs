//! One attempt at a push service (RFC 8030): checks the address, seals the message for its browser, and signs it.

use protocol::machines::push::{Keys, Sealing, claims, is_of_another_key, padded, public_text, sealed, vapid_header};
use protocol::machines::webhook::retry_after_ms;
use protocol::trust::guard::check_url;
use protocol::words::event::Millis;
use protocol::words::limits::{PUSH_ATTEMPT_MS_MAX, PUSH_TTL_S};
use worker::Url;

use super::connectors;
use crate::config::Config;
use crate::runtime;

/// Status of a push service for an unknown subscription.
const GONE: u16 = 410;

pub struct Attempt<'a> {
    pub endpoint: &'a str,
    pub keys: &'a Keys,
    /// Topic of the message, which replaces a waiting message of the same topic.
    pub topic: &'a str,
    /// Urgency of the message, which decides if it wakes a device.
    pub urgency: &'static str,
    pub body: &'a str,
    /// `true` if the message has the declarative form (`push.md` 3.4).
    pub is_declarative: bool,
}

/// Returns `true` if the service at this address accepts the declarative form.
pub fn takes_declarative(endpoint: &str) -> bool {
    Url::parse(endpoint)
        .is_ok_and(|url| protocol::machines::push::takes_declarative(url.host_str().unwrap_or_default()))
}

/// Makes the attempt. Returns the status, and the time for which the service wants no further message.
///
/// # Errors
///
/// A text without the address, which is a secret of the subscription.
pub async fn attempt(config: &Config, attempt: &Attempt<'_>) -> Result<(u16, Option<Millis>), String> {
    let vapid = config.vapid.as_ref().ok_or("no key")?;
    if !vapid.serves(attempt.endpoint) {
        // The subscription predates the list of services, or its service is no longer on it.
        return Ok((GONE, None));
    }
    let target = check_url(attempt.endpoint, config.hub.place()).map_err(|refusal| refusal.to_string())?;
    if !connectors::check_public(config, &target).await.map_err(|refusal| refusal.to_string())? {
        return Err("the name was not resolved".to_owned());
    }
    let body = seal(attempt.keys, attempt.body).await?;
    let answer = post(attempt, &body, &vapid.secret, &vapid.subject).await?;
    match &vapid.previous {
        Some(previous) if is_of_another_key(answer.0) => post(attempt, &body, previous, &vapid.subject).await,
        _ => Ok(answer),
    }
}

async fn post(
    attempt: &Attempt<'_>,
    body: &[u8],
    secret: &[u8; 32],
    subject: &str,
) -> Result<(u16, Option<Millis>), String> {
    let authorization = authorization(secret, subject, attempt.endpoint).await?;
    let ttl = PUSH_TTL_S.to_string();
    let media = if attempt.is_declarative { "application/notification+json" } else { "application/octet-stream" };
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-encoding", "aes128gcm"),
        ("content-type", media),
        ("ttl", ttl.as_str()),
        ("topic", attempt.topic),
        ("urgency", attempt.urgency),
    ];
    let sent = runtime::post_outside(attempt.endpoint, &headers, body, PUSH_ATTEMPT_MS_MAX).await;
    let answer = sent.map_err(|_| "nobody answered".to_owned())?;
    Ok((answer.status, retry_after_ms(answer.retry_after.as_deref(), runtime::now_ms())))
}

async fn seal(keys: &Keys, body: &str) -> Result<Vec<u8>, String> {
    let (ours, shared) = runtime::share_secret(&keys.p256dh).await.ok_or("the key is none")?;
    let salt = runtime::random_bytes();
    let sealing = Sealing::new(&shared, &keys.auth, &keys.p256dh, &ours, &salt);
    let plain = padded(body).ok_or("the message is too long")?;
    let ciphertext = runtime::seal(&sealing.key, &sealing.nonce, &plain).await.ok_or("the message was not sealed")?;
    Ok(sealed(&salt, &ours, &ciphertext))
}

async fn authorization(secret: &[u8; 32], subject: &str, endpoint: &str) -> Result<String, String> {
    let origin = Url::parse(endpoint).map_err(|_| "the address cannot be read")?.origin().ascii_serialization();
    let claims = claims(&origin, subject, runtime::now_ms());
    let (public, signature) = runtime::sign_es256(secret, &claims).await.ok_or("the key is none")?;
    Ok(vapid_header(&claims, &signature, &public))
}

/// Returns the deployment's public key as browsers need it; `None` without a key that the runtime accepts.
pub async fn public_key(config: &Config) -> Option<String> {
    let (public, _) = runtime::sign_es256(&config.vapid.as_ref()?.secret, "").await?;
    Some(public_text(&public))
}
