//! A room's socket of this door: parses binary messages into inputs of the room, and encodes notifications as packets. Like
//! `wire::messenger`, it is pure: the room decides about recipients.

use super::client::{ClientPacket, read_client_packet};
use super::error::PacketError;
use super::packet::{Packet, ReactionKind};
use super::room::{
    event_packets, invalid_packet, joined_packet, message_write, online_users_packet, rate_packet, reaction_packet,
    typing_packet, typing_payload,
};
use crate::machines::room::{Notification, Outbound, PacketAct, PacketNotification, Room, RoomStore};
use crate::words::closing::CloseCode;
use crate::words::event::{Event, Millis};
use crate::words::limits::REACTIONS_OF_USER_MAX;
use crate::words::refusal::{Fault, Refusal};
use crate::words::socket::ConnKey;

/// Content of one binary message.
#[derive(Debug)]
pub struct IncomingPacket(Result<PacketAct, PacketError>);

impl IncomingPacket {
    /// Returns `true` if the packet is ephemeral: nothing is written to the store or read from it.
    pub fn is_passing(&self) -> bool {
        matches!(self.0, Ok(PacketAct::Typing { .. }) | Err(_))
    }
}

/// Reads a binary message. `fresh_id` returns ids for events that packets do not name.
pub fn incoming_packet(bytes: &[u8], fresh_id: impl Fn() -> String) -> IncomingPacket {
    let act = |packet| match packet {
        ClientPacket::Message { id, text, reaction } => PacketAct::Write(message_write(id, &text, reaction)),
        ClientPacket::Reaction { target, reaction } => PacketAct::React {
            target,
            add: reaction.name(),
            known: &ReactionKind::NAMES,
            ids: (0..REACTIONS_OF_USER_MAX).map(|_| fresh_id()).collect(),
        },
        ClientPacket::Typing { is_typing, payload } => PacketAct::Typing { is_typing, payload: payload.into() },
    };
    IncomingPacket(read_client_packet(bytes).map(act))
}

/// Applies the packet of a socket.
pub fn apply_packet(
    room: &mut Room,
    store: &mut impl RoomStore,
    now: Millis,
    conn: ConnKey,
    incoming: IncomingPacket,
    out: &mut Outbound,
) -> Result<(), Fault> {
    if incoming.0 == Err(PacketError::Oversized) {
        room.expel(now, conn, CloseCode::TooLarge.code(), "packet too large", out);
        return Ok(());
    }
    room.packet(store, now, conn, incoming.0.map_err(|error| error.to_string()), out)
}

/// Returns the packets for a notification in their order; none if this door does not have it.
pub fn packets_of(notification: &Notification, now: Millis) -> Vec<Vec<u8>> {
    let packets = match notification {
        Notification::Event { event, .. } => event_packets(event),
        // The history has only messages of people here (`wasmchannel.md`, settled points).
        Notification::History { page, .. } => {
            let is_message = |event: &&Event| event.kind.has_words() && !page.hidden.contains(&event.seq);
            page.events.iter().filter(is_message).flat_map(event_packets).collect()
        }
        Notification::Typing { user, is_typing, payload, .. } => {
            let payload = payload.as_ref().map(|payload| payload.to_vec());
            vec![typing_packet(user, payload.unwrap_or_else(|| typing_payload(user, *is_typing, now)))]
        }
        Notification::Packet(packet) => own_packets(packet),
        _ => Vec::new(),
    };
    packets.iter().map(Packet::encode).collect()
}

fn own_packets(notification: &PacketNotification) -> Vec<Packet> {
    match notification {
        PacketNotification::OnlineUsers { count } => vec![online_users_packet(*count)],
        PacketNotification::Joined { user, name } => vec![joined_packet(user, name)],
        PacketNotification::Reacted { id, user, reaction } => {
            ReactionKind::of_name(reaction).map(|kind| reaction_packet(id, user, kind)).into_iter().collect()
        }
        PacketNotification::TakenBack { id, user, reaction, left } => {
            if reaction.as_deref().is_some_and(|name| ReactionKind::of_name(name).is_none()) {
                return Vec::new();
            }
            let left = left.iter().filter_map(|name| ReactionKind::of_name(name));
            std::iter::once(ReactionKind::None).chain(left).map(|kind| reaction_packet(id, user, kind)).collect()
        }
        PacketNotification::Unreadable { reason } => vec![invalid_packet(reason)],
        PacketNotification::Refused(refusal) => vec![invalid_packet(words_of(refusal))],
        PacketNotification::Limited { window } => {
            let (count, window_ms) = window.map_or((0, 1_000), |window| (window.count, window.ms));
            vec![rate_packet(count, window_ms / 1_000)]
        }
    }
}

fn words_of(refusal: &Refusal) -> PacketError {
    match refusal {
        Refusal::IdTaken | Refusal::IdReused => PacketError::IdTaken,
        Refusal::NotFound => PacketError::UnknownMessage,
        Refusal::Conflict => PacketError::MessageDeleted,
        Refusal::Forbidden => PacketError::NotAllowed,
        Refusal::Validation { .. } => PacketError::TooManyReactions,
        _ => PacketError::NotPossible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::wasmchannel::packet::PacketKind;

    #[test]
    fn a_removed_reaction_is_told_as_those_that_are_left() {
        let left = ["star", "\u{1f600}", "like"].map(str::to_owned).to_vec();
        let taken_back = |reaction: &str| {
            let (id, user, reaction) = ("m-1".to_owned(), "u_mia".to_owned(), Some(reaction.to_owned()));
            own_packets(&PacketNotification::TakenBack { id, user, reaction, left: left.clone() })
        };
        let told = [ReactionKind::None, ReactionKind::Star, ReactionKind::Like].map(|kind| Packet {
            message_id: Some("m-1".into()),
            user_id: Some("u_mia".into()),
            reaction: Some(kind),
            ..Packet::new(PacketKind::Reaction, "")
        });
        assert_eq!(taken_back("heart"), told);
        assert_eq!(taken_back("\u{1f600}"), []);
    }
}
