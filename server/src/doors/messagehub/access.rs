//! Callers and their permissions (`messagehub.md` 5): tokens, open mode, the service token.

use protocol::machines::hub::HubRefusal;
use protocol::people::session::hash_hex;
use protocol::trust::jwt::Door;
use protocol::wire::messagehub::{Access, Scope};
use protocol::words::event::Millis;
use protocol::words::limits::CHANNEL_USER_BYTES_MAX;
use protocol::words::refusal::Refusal;
use subtle::ConstantTimeEq;

use crate::auth::access::asserted;
use crate::auth::{jwt, session};
use crate::calls::gate;
use crate::calls::hub::HubCall;
use crate::config::{Config, Environment};
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;

/// Name of the operator with the service token in rows of the audit log.
pub const OWNER: &str = "owner";

pub struct Caller {
    access: Access,
    expires_at: Option<Millis>,
    payer: String,
}

impl Caller {
    /// Returns the caller of the request. `may_use_query`: browsers cannot set headers of sockets and event streams.
    pub fn of(incoming: &Incoming, may_use_query: bool) -> Result<Self, HubRefusal> {
        let config = incoming.config;
        let Some(token) = token(incoming, may_use_query)? else {
            if !config.hub.is_open {
                return Err(HubRefusal::Unauthenticated);
            }
            let payer = format!("a:{}", hash_hex(&incoming.address()).chars().take(32).collect::<String>());
            return Ok(Self { access: Access::anonymous(), expires_at: None, payer });
        };
        let claims = jwt::verify(config, Door::MessageHub, Some(&token), incoming.now)?;
        let is_shared = config.hub.jwt_secret.is_none() && config.environment == Environment::Production;
        let access = Access::of_token(&claims, is_shared)?;
        let principal = access.principal.clone().unwrap_or_default();
        if principal.len() > CHANNEL_USER_BYTES_MAX {
            return Err(HubRefusal::Unauthenticated);
        }
        Ok(Self { access, expires_at: claims.expires_at(), payer: format!("p:{principal}") })
    }

    pub fn check(&self, scope: Scope, room: &str) -> Result<(), HubRefusal> {
        Ok(self.access.check(scope, room)?)
    }

    /// Returns a call about `room` in this caller's name.
    pub fn question(&self, room: &str) -> HubCall {
        HubCall {
            room: room.to_owned(),
            principal: self.access.principal.clone(),
            payer: self.payer.clone(),
            may_write: self.check(Scope::Write, room).is_ok(),
            expires_at: self.expires_at,
            ..HubCall::default()
        }
    }
}

fn token(incoming: &Incoming, may_use_query: bool) -> Result<Option<String>, HubRefusal> {
    match incoming.header("authorization") {
        Some(header) => bearer(&header).map(Some).ok_or(HubRefusal::Unauthenticated),
        None => Ok(incoming.query("token").filter(|_| may_use_query)),
    }
}

fn bearer(header: &str) -> Option<String> {
    session::bearer(header).map(str::to_owned)
}

/// Returns the operator, by an assertion of the team or by the service token. The inner `None` is any other caller; the outer one is a
/// deployment without either. A token is refused after too many guesses, and if the `gate` does not answer.
pub async fn owner(incoming: &Incoming) -> Result<Option<Option<String>>, CallError> {
    if incoming.config.admin_token.is_none() && incoming.config.access.is_none() {
        return Ok(None);
    }
    if let Some(member) = asserted(incoming).await {
        return Ok(Some(Some(member)));
    }
    Ok(Some(has_service_token(incoming).await?.then(|| OWNER.to_owned())))
}

async fn has_service_token(incoming: &Incoming) -> Result<bool, CallError> {
    let Some(given) = incoming.header("authorization").and_then(|header| bearer(&header)) else {
        return Ok(false);
    };
    let is_right = is_service_token(incoming.config, &given);
    // A token that our own secret signed is no guess. It may be of another kind, or expired: programs go on sending those.
    if is_right || !jwt::keys(incoming.config, Door::MessageHub).is_ok_and(|keys| keys.has_signed(&given)) {
        note_guess(incoming, is_right).await?;
    }
    Ok(is_right)
}

/// Counts a guess of the service token, in a deployment that has one.
pub async fn note_guess(incoming: &Incoming, is_right: bool) -> Result<(), CallError> {
    if incoming.config.admin_token.is_none() {
        return Ok(());
    }
    gate::note_guess(&incoming.env, incoming.config, &incoming.address(), is_right).await
}

/// Returns true if this is the service token, which a deployment without one does not have.
pub fn is_service_token(config: &Config, given: &str) -> bool {
    config.admin_token.as_deref().is_some_and(|wanted| bool::from(given.as_bytes().ct_eq(wanted.as_bytes())))
}

/// Returns a caller who may manage `room`: the operator, or a holder of a token with that right.
pub async fn require_admin(incoming: &Incoming, room: &str) -> Result<HubCall, HubRefusal> {
    if owner(incoming).await.map_err(Refusal::from)?.flatten().is_some() {
        return Ok(HubCall { room: room.to_owned(), ..HubCall::default() });
    }
    if incoming.header("authorization").is_none() {
        return Err(HubRefusal::Unauthenticated);
    }
    let caller = Caller::of(incoming, false)?;
    caller.check(Scope::Admin, room)?;
    Ok(caller.question(room))
}

/// Checks the origin of a socket: pages of other sites may not open one here.
pub fn check_origin(incoming: &Incoming) -> Result<(), HubRefusal> {
    let allowed = &incoming.config.hub.origins;
    let is_foreign = incoming.header("origin").is_some_and(|origin| !allowed.contains(&origin));
    if !allowed.is_empty() && is_foreign { Err(HubRefusal::Forbidden) } else { Ok(()) }
}
