//! The handshake of `GET /ws/:room` (`messagehub.md` 2, 3, 5). After the 101 the object alone has the socket.

use protocol::machines::hub::{HubRefusal, HubWire};
use protocol::wire::messagehub::{PROTOCOL, PROTOCOL_BATCH, Scope, read_cursor};

use super::access::{self, Caller};
use super::{HubResult, forward};
use crate::auth::isolate;
use crate::calls::flags::{Flag, is_on_in};
use crate::calls::hub::{HubCall, JOIN};
use crate::http::incoming::Incoming;

/// Opens a socket. Every error is answered before the upgrade.
pub async fn open_socket(incoming: &Incoming, room: &str) -> HubResult {
    if !incoming.is_upgrade() {
        return Err(HubRefusal::UpgradeRequired.into());
    }
    access::check_origin(incoming)?;
    let caller = Caller::of(incoming, true)?;
    caller.check(Scope::Read, room)?;
    if !is_on_in(&incoming.env, Flag::Websocket, room).await {
        return Err(HubRefusal::NotFound.into());
    }
    isolate::charge_connect(incoming)?;
    let (after, epoch) = (incoming.query("after"), incoming.query("epoch"));
    let cursor = read_cursor(after.as_deref(), epoch.as_deref())?;
    let offered = incoming.subprotocols();
    let offers = |name: &str| offered.iter().any(|offer| offer == name);
    let (wire, subprotocol) = match () {
        () if offers(PROTOCOL_BATCH) => (HubWire::Batch, Some(PROTOCOL_BATCH)),
        () if offers(PROTOCOL) => (HubWire::Envelope, Some(PROTOCOL)),
        // A raw socket confirms the first offered protocol, because a client that offers one expects an answer.
        () => (HubWire::Raw, offered.first().map(String::as_str)),
    };
    let call = HubCall {
        wire: Some(wire),
        subprotocol: subprotocol.map(str::to_owned),
        after: cursor.map(|cursor| cursor.seq),
        epoch: cursor.and_then(|cursor| cursor.epoch),
        ..caller.question(room)
    };
    forward(incoming, JOIN, &call, true).await
}
