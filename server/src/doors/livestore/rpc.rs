//! Sockets and requests of clients of version 0.4 (`livestore-0.4.md` 1 and 7).

use protocol::wire::livestore::{
    Handshake, INVALID_PATH, PermissionQuestion, Transport, UPGRADE_REQUIRED, read_rpc_query,
};
use protocol::words::event::Millis;
use protocol::words::limits::CHAIN_FRAME_BYTES_MAX;
use protocol::words::refusal::Refusal;
use worker::Response;

use super::access::{Refused, validate};
use super::socket::upgrade;
use crate::calls::store::{OPEN_HEADER, OpenCall, REQUEST};
use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::namespace::Namespace;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Times between the attempts to reach a store that is busy: a request that fails ends the client's pulling (`livestore-0.4.md` 7).
const BUSY_WAITS_MS: [Millis; 4] = [100, 300, 900, 2_700];

/// `GET` with `storeId` and `transport`.
pub async fn open_rpc_socket(incoming: &Incoming) -> worker::Result<Response> {
    match open(incoming).await {
        Ok(response) => Ok(response),
        Err(refused) => refused.respond(incoming),
    }
}

async fn open(incoming: &Incoming) -> Result<Response, Refused> {
    let call = admitted(incoming, Transport::Ws).await?;
    if !incoming.is_upgrade() {
        return Err(Refused(426, UPGRADE_REQUIRED.to_owned()));
    }
    upgrade(incoming, &call).await
}

/// `POST` with `storeId` and `transport`.
pub async fn answer_request(incoming: &Incoming) -> worker::Result<Response> {
    match ask(incoming).await {
        Ok(response) => {
            answer::passed_on(incoming, Door::LiveStore, response, None, &[("cache-control", "no-store".to_owned())])
        }
        Err(refused) => refused.respond(incoming),
    }
}

async fn ask(incoming: &Incoming) -> Result<Response, Refused> {
    let call = admitted(incoming, Transport::Http).await?;
    let body = incoming.bytes(CHAIN_FRAME_BYTES_MAX).await.map_err(|error| match error {
        CallError::Refused(refusal @ Refusal::TooLarge) => Refused(refusal.status(), refusal.to_string()),
        error => Refused::of_call(error),
    })?;
    // A body that is no text is no request: the store says so.
    let body = String::from_utf8(body).unwrap_or_default();
    incoming.note_log(Namespace::Store.object_name(&call.store_id));
    for wait_ms in BUSY_WAITS_MS {
        match post(incoming, &call, &body).await {
            Err(CallError::Busy(_)) => runtime::sleep(wait_ms).await,
            answered => return answered.map_err(Refused::of_call),
        }
    }
    post(incoming, &call, &body).await.map_err(Refused::of_call)
}

async fn post(incoming: &Incoming, call: &OpenCall, body: &str) -> Result<Response, CallError> {
    call::post_with(&incoming.env, Namespace::Store, &call.store_id, REQUEST, (OPEN_HEADER, call), body).await
}

/// The checks in the order of `livestore-0.4.md` 1: the address, then the payload, then the transport.
async fn admitted(incoming: &Incoming, served: Transport) -> Result<OpenCall, Refused> {
    let read = read_rpc_query(incoming.url.query().unwrap_or_default());
    let (Handshake { store_id, payload }, transport) = read.ok_or_else(|| Refused(400, INVALID_PATH.to_owned()))?;
    let question = PermissionQuestion { store_id: &store_id, payload: payload.as_deref(), is_rpc: true };
    let expires_at = validate(incoming, &question).await?;
    match (transport, served) {
        (Transport::Ws, Transport::Http) => Err(Refused(426, UPGRADE_REQUIRED.to_owned())),
        (Transport::Http, Transport::Ws) => Err(Refused(400, INVALID_PATH.to_owned())),
        _ => Ok(OpenCall { store_id, payload, client: None, place: incoming.address(), expires_at, is_rpc: true }),
    }
}
