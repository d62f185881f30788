//! Permission to open a store (`livestore.md` 14), and the refusals of the door.

use protocol::trust::jwt as tokens;
use protocol::wire::livestore::{PermissionQuestion, auth_token, may_open};
use protocol::words::event::Millis;
use protocol::words::limits::STORE_RETRY_S;
use protocol::words::refusal::Refusal;
use worker::{Headers, Response};

use super::permission;
use crate::auth::jwt;
use crate::config::StoreAuth;
use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Reason for a refused request: status and text.
pub struct Refused(pub u16, pub String);

/// Status for a client that has to wait.
const TOO_MANY: u16 = 429;
/// Status for a client whom nobody can answer at the moment.
const UNAVAILABLE: u16 = 503;

impl Refused {
    /// Makes the refusal for a door that lacks a secret or an address.
    fn misconfigured() -> Self {
        Self(500, Refusal::Misconfigured.code().to_owned())
    }

    /// Makes the refusal for a moment in which nobody can say whether the store may be opened.
    pub fn unavailable() -> Self {
        Self(UNAVAILABLE, "Service Unavailable".to_owned())
    }

    /// Makes the refusal for a store that did not open.
    pub fn of_call(error: CallError) -> Self {
        match error {
            CallError::Refused(refusal @ Refusal::RateLimited { .. }) => Self(TOO_MANY, refusal.to_string()),
            CallError::Refused(refusal) => Self(UNAVAILABLE, refusal.to_string()),
            CallError::Busy(fault) => {
                telemetry::fault("open", &fault);
                Self::unavailable()
            }
            CallError::Broken(fault) => {
                telemetry::fault("open", &fault);
                Self(500, "Internal Server Error".to_owned())
            }
        }
    }

    pub fn respond(self, incoming: &Incoming) -> worker::Result<Response> {
        let Self(status, words) = self;
        let headers = Headers::new();
        headers.set("content-type", "text/plain; charset=utf-8")?;
        if status == TOO_MANY {
            let rules = &incoming.config.rules;
            // Only requests of version 0.4 come by `POST`.
            let rule = if incoming.method == "POST" { &rules.store_frame } else { &rules.store_connect };
            headers.set("retry-after", &(rule.longest_ms() / 1_000).to_string())?;
        } else if status == UNAVAILABLE {
            headers.set("retry-after", &STORE_RETRY_S.to_string())?;
        }
        answer::respond(incoming, Door::LiveStore, status, words, headers, &[])
    }
}

/// Checks that the payload opens the store. Returns the time at which the permission ends.
pub async fn validate(incoming: &Incoming, question: &PermissionQuestion<'_>) -> Result<Option<Millis>, Refused> {
    match &incoming.config.livestore.auth {
        StoreAuth::Open => check_token(incoming, question, false),
        StoreAuth::Jwt => check_token(incoming, question, true),
        StoreAuth::Url(Some(server)) => permission::ask(incoming, server, question).await,
        StoreAuth::Url(None) => Err(Refused::misconfigured()),
    }
}

/// Checks the token in the payload. One that is given must be valid, even if the store needs none.
fn check_token(
    incoming: &Incoming,
    question: &PermissionQuestion<'_>,
    needs_token: bool,
) -> Result<Option<Millis>, Refused> {
    let Some(token) = auth_token(question.payload) else {
        return if needs_token {
            Err(Refused(400, "Invalid payload: authToken is required".to_owned()))
        } else {
            Ok(None)
        };
    };
    let claims =
        jwt::verify(incoming.config, tokens::Door::LiveStore, Some(&token), incoming.now).map_err(|refusal| {
            match refusal {
                Refusal::Misconfigured => Refused::misconfigured(),
                _ => Refused(400, "Invalid payload: authToken is not valid".to_owned()),
            }
        })?;
    let names_stores = needs_token || claims.get("stores").is_some();
    if names_stores && !may_open(&claims, question.store_id) {
        return Err(Refused(400, "Invalid payload: authToken is not valid".to_owned()));
    }
    Ok(claims.expires_at())
}
