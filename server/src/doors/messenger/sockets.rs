//! The handshakes of the two sockets (`messenger.md` 5.1, `presence.md` 1). After the 101 the objects alone have them.

use protocol::machines::room::Wire;
use protocol::wire::messenger::{PROTOCOL, PROTOCOL_BATCH, PROTOCOL_COLUMNS};
use protocol::wire::wasmchannel;
use protocol::words::ids::is_uuid;
use protocol::words::limits::SEQ_MAX;
use protocol::words::refusal::Refusal;
use worker::Response;

use super::rooms;
use crate::auth::{origin, own_bot, session};
use crate::calls::auth::Purpose;
use crate::calls::person::{CONNECT_DEVICE, DEVICE_HEADER, DeviceCall};
use crate::calls::room::{JOIN, JOIN_HEADER, JoinCall};
use crate::http::answer::{self, Reply};
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::namespace::Namespace;
use crate::runtime::call_error::CallError;

/// Frames of a turn in one message, on both sockets.
const BATCH: (&str, Wire) = (PROTOCOL_BATCH, Wire::Batch);
/// One frame per message, on both sockets.
const SINGLE: (&str, Wire) = (PROTOCOL, Wire::Single);

struct Offer {
    /// Subprotocol to confirm; `None` when none was offered.
    subprotocol: Option<String>,
    wire: Wire,
    /// The client offered protocols, but none of ours.
    is_foreign: bool,
    /// The client cannot read HTTP refusals of sockets: it offered our protocol and has an `Origin`.
    browser: bool,
}

impl Offer {
    /// The first known name in the client's list decides between the doors (`wasmchannel.md`, settled points).
    fn of_room(incoming: &Incoming) -> Self {
        let offered = incoming.subprotocols();
        let spoken = [PROTOCOL_COLUMNS, PROTOCOL_BATCH, PROTOCOL, wasmchannel::PROTOCOL];
        match offered.iter().find(|offer| spoken.contains(&offer.as_str())) {
            Some(first) if first == wasmchannel::PROTOCOL => Self::packets(Some(first.clone())),
            _ => Self::of(incoming, &[(PROTOCOL_COLUMNS, Wire::Columns), BATCH, SINGLE]),
        }
    }

    /// Clients of packets receive refusals over HTTP, and so do browsers.
    fn packets(subprotocol: Option<String>) -> Self {
        Self { subprotocol, wire: Wire::Packets, is_foreign: false, browser: false }
    }

    /// Takes the first of the `known` protocols that the client offers.
    fn of(incoming: &Incoming, known: &[(&str, Wire)]) -> Self {
        let offered = incoming.subprotocols();
        let spoken = known.iter().find(|(name, _)| offered.iter().any(|offer| offer == name));
        let subprotocol = spoken.map(|(name, _)| (*name).to_owned()).or_else(|| offered.first().cloned());
        Self {
            subprotocol,
            wire: spoken.map_or(Wire::Single, |(_, wire)| *wire),
            is_foreign: spoken.is_none() && !offered.is_empty(),
            browser: spoken.is_some() && incoming.header("origin").is_some(),
        }
    }
}

/// `GET /api/ws/room/:id`.
pub async fn open_room(incoming: &Incoming, id: &str) -> worker::Result<Response> {
    let offer = Offer::of_room(incoming);
    let result = enter_room(incoming, id, &offer).await;
    finish(incoming, &offer, result)
}

/// `GET /` with an upgrade: a socket for packets in this door's default room.
pub async fn packets_at_root(incoming: &Incoming) -> worker::Result<Response> {
    open_packets(incoming, wasmchannel::DEFAULT_ROOM).await
}

/// Opens a room's socket for packets, on a path of that door. The original's page offers no protocol, so none is confirmed.
pub async fn open_packets(incoming: &Incoming, id: &str) -> worker::Result<Response> {
    let is_offered = incoming.subprotocols().iter().any(|offer| offer == wasmchannel::PROTOCOL);
    let offer = Offer::packets(is_offered.then(|| wasmchannel::PROTOCOL.to_owned()));
    let result = enter_room(incoming, id, &offer).await;
    finish(incoming, &offer, result)
}

/// `GET /api/ws/presence`.
pub async fn open_presence(incoming: &Incoming) -> worker::Result<Response> {
    let offer = Offer::of(incoming, &[BATCH, SINGLE]);
    let result = connect_device(incoming, &offer).await;
    finish(incoming, &offer, result)
}

/// The checks in the order of 5.1: upgrade, Origin, session, room form, access; the object checks the caps.
async fn enter_room(incoming: &Incoming, id: &str, offer: &Offer) -> Result<Response, CallError> {
    check_head(incoming)?;
    let room = rooms::parse(incoming, id);
    let (principal, card) = own_bot::for_room_socket(incoming, &room, offer.wire == Wire::Packets).await?;
    let room = room?;
    rooms::check_access(incoming, &principal, &room).await?;
    let (since, epoch) = cursor(incoming)?;
    // The packet door has no such parameters.
    let is_packets = offer.wire == Wire::Packets;
    let device = if is_packets { None } else { device(incoming)? };
    let is_paged = !is_packets && incoming.query("participants").as_deref() == Some("page");
    check_version(offer)?;
    let join = JoinCall {
        principal,
        card,
        wire: offer.wire,
        subprotocol: offer.subprotocol.clone(),
        device,
        is_paged,
        since,
        epoch,
        browser: offer.browser,
        has_no_heartbeat: is_packets && offer.subprotocol.is_none(),
    };
    call::upgrade(&incoming.env, Namespace::Room, room.as_str(), JOIN, JOIN_HEADER, &join).await
}

async fn connect_device(incoming: &Incoming, offer: &Offer) -> Result<Response, CallError> {
    check_head(incoming)?;
    let principal = session::require(incoming, Purpose::Socket { log: None }).await?.principal;
    check_version(offer)?;
    let user = principal.user.clone();
    let subprotocol = offer.subprotocol.clone();
    let (batch, device) = (offer.wire == Wire::Batch, device(incoming)?);
    let connect = DeviceCall { principal, batch, subprotocol, device, browser: offer.browser };
    call::upgrade(&incoming.env, Namespace::Person, user.as_str(), CONNECT_DEVICE, DEVICE_HEADER, &connect).await
}

fn check_head(incoming: &Incoming) -> Result<(), Refusal> {
    if !incoming.is_upgrade() {
        return Err(Refusal::UpgradeRequired);
    }
    origin::check(incoming)
}

fn check_version(offer: &Offer) -> Result<(), Refusal> {
    if offer.is_foreign { Err(Refusal::VersionUnsupported) } else { Ok(()) }
}

/// Parses `since` and `epoch` of a resume.
fn cursor(incoming: &Incoming) -> Result<(Option<u64>, Option<String>), Refusal> {
    let since = incoming.query("since").map(|text| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|seq| is_number && *seq <= SEQ_MAX).ok_or(Refusal::BadCursor)
    });
    let epoch = incoming.query("epoch").map(|text| {
        let is_epoch = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_epoch { Ok(text) } else { Err(Refusal::BadCursor) }
    });
    Ok((since.transpose()?, epoch.transpose()?))
}

/// Parses `device`: the machine's own id, by which its newer socket replaces its older one (`core.md` 7, 4409).
fn device(incoming: &Incoming) -> Result<Option<String>, Refusal> {
    let device = incoming.query("device").map(|text| text.to_ascii_lowercase());
    match device.filter(|text| !text.is_empty()) {
        Some(text) if !is_uuid(&text) => Err(Refusal::validation("device", "This must be a UUID.")),
        device => Ok(device),
    }
}

/// Returns the answer to a handshake: the object's own, a refusal over HTTP, or for browsers a close code.
fn finish(incoming: &Incoming, offer: &Offer, result: Result<Response, CallError>) -> worker::Result<Response> {
    let error = match result {
        Ok(response) => return Ok(response),
        Err(error) => error,
    };
    match &error {
        CallError::Refused(refusal)
            if incoming.is_upgrade() && (offer.browser || *refusal == Refusal::VersionUnsupported) =>
        {
            answer::accept_and_close(offer.subprotocol.as_deref(), refusal)
        }
        _ => answer::envelope(incoming, Err::<Reply, _>(error)),
    }
}
