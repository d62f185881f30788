//! Tokens that other systems sign (`core.md` 4.1), held against this deployment's secrets. Where a token comes from and what
//! its claims open is the doors' business.

use protocol::event::Millis;
use protocol::jwt::{Claims, Keys};
use protocol::refusal::{Fault, Refusal};

use crate::config::{Config, Environment};
use crate::telemetry;

/// The claims of `token` at `now`.
///
/// # Errors
///
/// `Unauthenticated`, whatever is wrong with it. `Misconfigured` when the secret is too weak to run with: only a person's
/// machine does.
pub fn verify(config: &Config, token: Option<&str>, now: Millis) -> Result<Claims, Refusal> {
    let keys = Keys {
        secret: config.jwt_secret.as_bytes(),
        previous: config.jwt_secret_previous.as_deref().map(str::as_bytes),
        audience: config.jwt_audience.as_deref(),
        issuer: config.jwt_issuer.as_deref(),
    };
    if keys.is_weak() && config.environment != Environment::Dev {
        telemetry::fault("jwt", &Fault("JWT_SECRET is missing or shorter than 32 bytes".into()));
        return Err(Refusal::Misconfigured);
    }
    keys.verify(token.ok_or(Refusal::Unauthenticated)?, now)
}
