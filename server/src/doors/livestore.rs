//! The LiveStore door (`livestore.md` 2 and 14): permission to open a store. Every refusal comes before the upgrade. After the 101 the
//! object alone has the socket.

use protocol::trust::jwt as tokens;
use protocol::wire::livestore::{Handshake, UPGRADE_REQUIRED, auth_token, client_id, may_open, read_query};
use protocol::words::event::Millis;
use protocol::words::refusal::Refusal;
use worker::{Headers, Response};

use crate::auth::jwt;
use crate::calls::store::{OPEN, OPEN_HEADER, OpenCall};
use crate::config::StoreAuth;
use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::namespace::Namespace;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Reason for a refused socket: status and text.
struct NoSocket(u16, String);

/// Status for a client that has to wait.
const TOO_MANY: u16 = 429;

/// `GET /websocket`, also below any path.
pub async fn open_socket(incoming: &Incoming) -> worker::Result<Response> {
    let NoSocket(status, words) = match open(incoming).await {
        Ok(response) => return Ok(response),
        Err(reason) => reason,
    };
    let headers = Headers::new();
    headers.set("content-type", "text/plain; charset=utf-8")?;
    if status == TOO_MANY {
        let wait_s = incoming.config.rules.store_connect.longest_ms() / 1_000;
        headers.set("retry-after", &wait_s.to_string())?;
    }
    answer::respond(incoming, Door::LiveStore, status, words, headers, &[])
}

/// The checks in the order of `livestore.md` 2.
async fn open(incoming: &Incoming) -> Result<Response, NoSocket> {
    let handshake = read_query(incoming.url.query().unwrap_or_default());
    let Handshake { store_id, payload } = handshake.map_err(|refusal| NoSocket(400, refusal.to_string()))?;
    let expires_at = validate(incoming, &store_id, payload.as_deref())?;
    if !incoming.is_upgrade() {
        return Err(NoSocket(426, UPGRADE_REQUIRED.to_owned()));
    }
    incoming.note_log(Namespace::Store.object_name(&store_id));
    let client = client_id(payload.as_deref());
    let call = OpenCall { store_id, payload, client, place: incoming.address(), expires_at };
    let opened = call::upgrade(&incoming.env, Namespace::Store, &call.store_id, OPEN, OPEN_HEADER, &call).await;
    opened.map_err(|error| match error {
        CallError::Refused(refusal @ Refusal::RateLimited { .. }) => NoSocket(TOO_MANY, refusal.to_string()),
        CallError::Refused(refusal) => NoSocket(503, refusal.to_string()),
        CallError::Busy(fault) => {
            telemetry::fault("open", &fault);
            NoSocket(503, "Service Unavailable".to_owned())
        }
        CallError::Broken(fault) => {
            telemetry::fault("open", &fault);
            NoSocket(500, "Internal Server Error".to_owned())
        }
    })
}

/// Checks that the payload opens the store. Returns the time at which it expires. A token in the request must be valid, even if the store
/// needs none.
fn validate(incoming: &Incoming, store_id: &str, payload: Option<&str>) -> Result<Option<Millis>, NoSocket> {
    let needs_token = incoming.config.livestore.auth == StoreAuth::Jwt;
    let Some(token) = auth_token(payload) else {
        return if needs_token {
            Err(NoSocket(400, "Invalid payload: authToken is required".to_owned()))
        } else {
            Ok(None)
        };
    };
    let claims =
        jwt::verify(incoming.config, tokens::Door::LiveStore, Some(&token), incoming.now).map_err(|refusal| {
            match refusal {
                Refusal::Misconfigured => NoSocket(500, refusal.code().to_owned()),
                _ => NoSocket(400, "Invalid payload: authToken is not valid".to_owned()),
            }
        })?;
    let names_stores = needs_token || claims.get("stores").is_some();
    if names_stores && !may_open(&claims, store_id) {
        return Err(NoSocket(400, "Invalid payload: authToken is not valid".to_owned()));
    }
    Ok(claims.expires_at())
}
