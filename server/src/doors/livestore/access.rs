//! Permission to open a store (`livestore.md` 14), and the refusals of the door.

use protocol::trust::jwt as tokens;
use protocol::wire::livestore::{auth_token, may_open};
use protocol::words::event::Millis;
use protocol::words::refusal::Refusal;
use worker::{Headers, Response};

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

impl Refused {
    /// Makes the refusal for a store that did not open.
    pub fn of_call(error: CallError) -> Self {
        match error {
            CallError::Refused(refusal @ Refusal::RateLimited { .. }) => Self(TOO_MANY, refusal.to_string()),
            CallError::Refused(refusal) => Self(503, refusal.to_string()),
            CallError::Busy(fault) => {
                telemetry::fault("open", &fault);
                Self(503, "Service Unavailable".to_owned())
            }
            CallError::Broken(fault) => {
                telemetry::fault("open", &fault);
                Self(500, "Internal Server Error".to_owned())
            }
        }
    }

    /// Returns the response.
    pub fn respond(self, incoming: &Incoming) -> worker::Result<Response> {
        let Self(status, words) = self;
        let headers = Headers::new();
        headers.set("content-type", "text/plain; charset=utf-8")?;
        if status == TOO_MANY {
            let rules = &incoming.config.rules;
            // Only requests of version 0.4 come by `POST`.
            let rule = if incoming.method == "POST" { &rules.store_frame } else { &rules.store_connect };
            headers.set("retry-after", &(rule.longest_ms() / 1_000).to_string())?;
        }
        answer::respond(incoming, Door::LiveStore, status, words, headers, &[])
    }
}

/// Checks that the payload opens the store. Returns the time at which it expires. A token in the request must be valid, even if the store
/// needs none.
pub fn validate(incoming: &Incoming, store_id: &str, payload: Option<&str>) -> Result<Option<Millis>, Refused> {
    let needs_token = incoming.config.livestore.auth == StoreAuth::Jwt;
    let Some(token) = auth_token(payload) else {
        return if needs_token {
            Err(Refused(400, "Invalid payload: authToken is required".to_owned()))
        } else {
            Ok(None)
        };
    };
    let claims =
        jwt::verify(incoming.config, tokens::Door::LiveStore, Some(&token), incoming.now).map_err(|refusal| {
            match refusal {
                Refusal::Misconfigured => Refused(500, refusal.code().to_owned()),
                _ => Refused(400, "Invalid payload: authToken is not valid".to_owned()),
            }
        })?;
    let names_stores = needs_token || claims.get("stores").is_some();
    if names_stores && !may_open(&claims, store_id) {
        return Err(Refused(400, "Invalid payload: authToken is not valid".to_owned()));
    }
    Ok(claims.expires_at())
}
