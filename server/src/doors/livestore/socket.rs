//! Sockets of clients of version 0.3.1 (`livestore.md` 2).

use protocol::wire::livestore::{Handshake, PermissionQuestion, UPGRADE_REQUIRED, client_id, read_query};
use worker::Response;

use super::access::{Refused, validate};
use crate::calls::store::{OPEN, OPEN_HEADER, OpenCall};
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::namespace::Namespace;

/// `GET /websocket`, also below any path.
pub async fn open_socket(incoming: &Incoming) -> worker::Result<Response> {
    match open(incoming).await {
        Ok(response) => Ok(response),
        Err(refused) => refused.respond(incoming),
    }
}

/// The checks in the order of `livestore.md` 2.
async fn open(incoming: &Incoming) -> Result<Response, Refused> {
    let handshake = read_query(incoming.url.query().unwrap_or_default());
    let Handshake { store_id, payload } = handshake.map_err(|refusal| Refused(400, refusal.to_string()))?;
    let question = PermissionQuestion { store_id: &store_id, payload: payload.as_deref(), is_rpc: false };
    let expires_at = validate(incoming, &question).await?;
    if !incoming.is_upgrade() {
        return Err(Refused(426, UPGRADE_REQUIRED.to_owned()));
    }
    let client = client_id(payload.as_deref());
    let call = OpenCall { store_id, payload, client, place: incoming.address(), expires_at, is_rpc: false };
    upgrade(incoming, &call).await
}

pub async fn upgrade(incoming: &Incoming, call: &OpenCall) -> Result<Response, Refused> {
    incoming.note_log(Namespace::Store.object_name(&call.store_id));
    let opened = call::upgrade(&incoming.env, Namespace::Store, &call.store_id, OPEN, OPEN_HEADER, call).await;
    opened.map_err(Refused::of_call)
}
