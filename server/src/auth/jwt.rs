//! Tokens that other systems sign (`core.md` 4.1), held against this deployment's secrets. Where a token comes from and what
//! its claims open is the doors' business.

use protocol::trust::jwt::{Claims, Door, Keys};
use protocol::words::event::Millis;
use protocol::words::refusal::{Fault, Refusal};

use crate::config::{Config, Environment};
use crate::telemetry;

/// Returns the keys that tokens shown at `door` are held against.
///
/// # Errors
///
/// `Misconfigured` when a secret is too weak to run with: only a person's machine does.
pub fn keys(config: &Config, door: Door) -> Result<Keys<'_>, Refusal> {
    let keys = keys_of(config, door);
    if keys.is_weak() && config.environment != Environment::Dev {
        let words = match config.hub.jwt_secret.is_some() && door == Door::MessageHub {
            true => "HUB_JWT_SECRET or HUB_JWT_SECRET_PREVIOUS is shorter than 32 bytes",
            false => "JWT_SECRET is missing, or it or JWT_SECRET_PREVIOUS is shorter than 32 bytes",
        };
        telemetry::fault("jwt", &Fault(words.to_owned()));
        return Err(Refusal::Misconfigured);
    }
    Ok(keys)
}

/// Returns true if the secrets for this door are too weak, as the deployment is configured: only a person's machine takes tokens then.
pub fn is_weak(config: &Config, door: Door) -> bool {
    keys_of(config, door).is_weak()
}

fn keys_of(config: &Config, door: Door) -> Keys<'_> {
    // MessageHub may have secrets of its own.
    let (secret, previous) = match &config.hub.jwt_secret {
        Some(own) if door == Door::MessageHub => (own, &config.hub.jwt_secret_previous),
        _ => (&config.jwt.secret, &config.jwt.previous),
    };
    Keys {
        secret: secret.as_bytes(),
        previous: previous.as_deref().map(str::as_bytes),
        audience: config.jwt.audience.as_deref(),
        issuer: config.jwt.issuer.as_deref(),
        door: Some(door),
        requires_exp: config.jwt.hub_requires_exp && door == Door::MessageHub,
    }
}

/// The claims of `token` at `now`.
///
/// # Errors
///
/// `Unauthenticated`, whatever is wrong with it, and `Misconfigured` as above.
pub fn verify(config: &Config, door: Door, token: Option<&str>, now: Millis) -> Result<Claims, Refusal> {
    keys(config, door)?.verify(token.ok_or(Refusal::Unauthenticated)?, now)
}
