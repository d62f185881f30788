//! Translation between packets and events of a room (`wasmchannel.md` 3.2 to 3.4). The room decides about recipients and storage.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Deserialize;

use super::PROTOCOL;
use super::packet::{Packet, PacketKind, ReactionKind};
use crate::codec::json::json_text;
use crate::content::kinds::ChangeEvent;
use crate::machines::room::Write;
use crate::words::event::{Event, Kind, Millis};

/// Members of a chat body that this door uses.
#[derive(Deserialize)]
struct Body {
    content: Option<String>,
    #[serde(rename = "reactionKind")]
    reaction_kind: Option<u32>,
}

#[derive(Deserialize)]
struct ChangeBody<'a> {
    #[serde(borrow, rename = "messageId")]
    message_id: Cow<'a, str>,
    content: Option<String>,
    reaction: Option<String>,
    op: Option<String>,
}

/// Returns the event for a client's message.
pub fn message_write(id: String, text: &str, reaction: Option<ReactionKind>) -> Write {
    let reaction = reaction.map(|kind| format!(",\"reactionKind\":{}", kind.number())).unwrap_or_default();
    let body = format!("{{\"content\":{},\"client\":\"{PROTOCOL}\"{reaction}}}", json_text(text));
    Write { id, kind: Kind::Chat, body }
}

/// Returns the packets for an event of the room's log in their order; none if packets cannot express it. This door sends the removal of a
/// reaction as the reactions that are left ([`crate::machines::room::PacketNotification::TakenBack`]).
pub fn event_packets(event: &Event) -> Vec<Packet> {
    if event.kind.is_message() {
        return said_packet(event).into_iter().collect();
    }
    let (Ok(body), Some(user)) = (serde_json::from_str::<ChangeBody<'_>>(&event.body), event.actor.as_deref()) else {
        return Vec::new();
    };
    let id = body.message_id.as_ref();
    let reaction = body.reaction.filter(|_| body.op.as_deref() != Some("remove"));
    match (event.kind.change(), body.content, reaction) {
        (Some(ChangeEvent::Edit), Some(text), _) => {
            let message = Packet { payload: text.as_bytes().to_vec(), ..of_user(PacketKind::Message, id, user) };
            vec![of_user(PacketKind::Delete, id, user), message]
        }
        (Some(ChangeEvent::Delete), ..) => vec![of_user(PacketKind::Delete, id, user)],
        (Some(ChangeEvent::Reaction), _, Some(name)) => {
            ReactionKind::of_name(&name).map(|kind| reaction_packet(id, user, kind)).into_iter().collect()
        }
        (Some(ChangeEvent::Edit | ChangeEvent::Reaction) | None, ..) => Vec::new(),
    }
}

fn said_packet(event: &Event) -> Option<Packet> {
    let body: Body = serde_json::from_str(&event.body).ok()?;
    let words = body.content.filter(|_| event.kind.has_words());
    let text = words.map_or_else(|| (event.kind.facts().line)(&event.body), Some)?;
    let mut packet = of_user(PacketKind::Message, &event.id, event.actor.as_deref()?);
    packet.reaction = body.reaction_kind.and_then(ReactionKind::of_number);
    packet.payload = text.into_bytes();
    Some(packet)
}

pub(super) fn reaction_packet(id: &str, user: &str, reaction: ReactionKind) -> Packet {
    Packet { reaction: Some(reaction), ..of_user(PacketKind::Reaction, id, user) }
}

fn of_user(kind: PacketKind, id: &str, user: &str) -> Packet {
    Packet { message_id: Some(id.to_owned()), user_id: Some(user.to_owned()), ..Packet::new(kind, Vec::new()) }
}

/// Returns the packet with the number of people in the room, without names.
pub fn online_users_packet(count: usize) -> Packet {
    Packet::new(PacketKind::OnlineUsers, count.to_string())
}

pub fn joined_packet(user: &str, name: &str) -> Packet {
    Packet { user_id: Some(user.to_owned()), ..Packet::new(PacketKind::Joined, name) }
}

/// Returns the packet about typing; `payload` is the typist's own, or [`typing_payload`].
pub fn typing_packet(user: &str, payload: Vec<u8>) -> Packet {
    Packet { user_id: Some(user.to_owned()), ..Packet::new(PacketKind::Typing, payload) }
}

/// Returns the payload for typing without a packet: typing through the messenger's door, or an end that the server forces.
pub fn typing_payload(user: &str, is_typing: bool, now: Millis) -> Vec<u8> {
    format!("{{\"userId\":{},\"isTyping\":{is_typing},\"timestamp\":{now}}}", json_text(user)).into_bytes()
}

/// Returns a notice to one socket: a message without a sender (`wasmchannel.md` 2).
pub fn error_packet(text: &str) -> Packet {
    Packet::new(PacketKind::Message, text)
}

pub fn invalid_packet(reason: impl Display) -> Packet {
    error_packet(&format!("Invalid packet: {reason}"))
}

/// Returns the notice about a rate limit. It has `window_s` only if that is not one second.
pub fn rate_packet(count: u32, window_s: u64) -> Packet {
    let window = if window_s == 1 { "second".to_owned() } else { format!("{window_s} seconds") };
    error_packet(&format!("Rate limit exceeded: {count} messages per {window}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::wasmchannel::PacketError;
    use crate::wire::wasmchannel::client::{ClientPacket, read_client_packet};
    use crate::words::event::Draft;

    fn event(kind: Kind, body: &str) -> Event {
        let (id, actor, name, body) = ("m-1".into(), Some("u_mia".into()), "Mia".into(), body.to_owned());
        Draft { id, actor, session: None, name, kind, body }.at(1, 5)
    }

    fn texts(packets: &[Packet]) -> Vec<String> {
        let text = |packet: &Packet| {
            let reaction = packet.reaction.map(|kind| format!(" {kind:?}")).unwrap_or_default();
            format!("{:?}{reaction} {}", packet.kind, String::from_utf8_lossy(&packet.payload))
        };
        packets.iter().map(text).collect()
    }

    #[test]
    fn what_came_as_a_packet_goes_out_as_the_same_packet() {
        let mut sent = Packet::new(PacketKind::Message, "a \"b\" \u{1f600}\0");
        sent.message_id = Some("m-1".into());
        sent.reaction = Some(ReactionKind::Star);
        let Ok(ClientPacket::Message { id, text, reaction }) = read_client_packet(&sent.encode()) else {
            panic!("a message")
        };
        let write = message_write(id, &text, reaction);
        assert!(write.body.contains("\"client\":\"wasmchannel.v1\""));
        let packets = event_packets(&event(write.kind, &write.body));
        assert_eq!(packets, [Packet { user_id: Some("u_mia".into()), ..sent }]);
    }

    #[test]
    fn messages_nudges_and_winks_of_the_messenger_are_messages() {
        let said = |kind, body: &str| texts(&event_packets(&event(kind, body)));
        assert_eq!(said(Kind::Chat, r#"{"content":"hi","font":{"color":3}}"#), ["Message hi"]);
        assert_eq!(said(Kind::Nudge, "{}"), ["Message [nudge]"]);
        assert_eq!(said(Kind::Wink, r#"{"winkId":"toast"}"#), ["Message [wink: toast]"]);
        let empty: [&str; 0] = [];
        assert_eq!(said(Kind::System, r#"{"content":"x"}"#), empty);
        assert_eq!(said(Kind::Chat, r#"{"deleted":true}"#), empty);
        assert_eq!(said(Kind::Chat, &format!("{{\"content\":\"{}\"}}", "x".repeat(2_048)))[0].len(), 2_056);
    }

    #[test]
    fn events_of_the_log_are_told_by_their_kind() {
        let packets = |kind, body: &str| texts(&event_packets(&event(kind, body)));
        let nothing: [&str; 0] = [];
        assert_eq!(packets(Kind::Chat, r#"{"content":"hi"}"#), ["Message hi"]);
        assert_eq!(packets(Kind::Edit, r#"{"messageId":"m-0","content":"new"}"#), ["Delete ", "Message new"]);
        assert_eq!(packets(Kind::Edit, r#"{"messageId":"m-0"}"#), nothing, "the message is gone");
        assert_eq!(packets(Kind::Delete, r#"{"messageId":"m-0"}"#), ["Delete "]);
        let reaction = |op: &str| format!(r#"{{"messageId":"m-0","reaction":"heart","op":"{op}","count":1}}"#);
        assert_eq!(packets(Kind::Reaction, &reaction("add")), ["Reaction Heart "]);
        assert_eq!(packets(Kind::Reaction, &reaction("add").replace("heart", "\u{1f600}")), nothing);
        assert_eq!(packets(Kind::Reaction, &reaction("remove")), nothing);
        assert_eq!(packets(Kind::System, "{}"), nothing);
        let packets = event_packets(&event(Kind::Delete, r#"{"messageId":"m-0"}"#));
        assert_eq!(packets[0].message_id.as_deref(), Some("m-0"));
    }

    #[test]
    fn notices_have_the_documented_texts() {
        let text = |packet: Packet| String::from_utf8(packet.payload).unwrap();
        assert_eq!(text(rate_packet(5, 1)), "Rate limit exceeded: 5 messages per second");
        let words = [
            (PacketError::Truncated, "truncated"),
            (PacketError::Trailing, "trailing bytes"),
            (PacketError::Coding, "bad coding"),
            (PacketError::Text, "bad text"),
            (PacketError::Kind, "unknown kind"),
            (PacketError::Reaction, "unknown reaction"),
            (PacketError::Checksum, "bad checksum"),
            (PacketError::Frame, "bad frame"),
            (PacketError::PayloadTooLarge, "payload too large"),
            (PacketError::KindNotAllowed, "kind not allowed"),
            (PacketError::UserIdNotAllowed, "user id not allowed"),
            (PacketError::MessageIdRequired, "message id required"),
            (PacketError::MessageIdNotAllowed, "message id not allowed"),
            (PacketError::ReactionKindRequired, "reaction kind required"),
            (PacketError::TargetRequired, "reaction target required"),
            (PacketError::IdTaken, "id taken"),
            (PacketError::UnknownMessage, "unknown message"),
            (PacketError::MessageDeleted, "message deleted"),
            (PacketError::TooManyReactions, "too many reactions"),
            (PacketError::NotAllowed, "not allowed"),
            (PacketError::NotPossible, "not possible"),
        ];
        for (error, word) in words {
            assert_eq!(text(invalid_packet(error)), format!("Invalid packet: {word}"));
        }
        assert_eq!(text(online_users_packet(12)), "12");
        assert_eq!(text(joined_packet("u", "Mia \u{2764}")), "Mia \u{2764}");
        let typing = typing_packet("u\"", typing_payload("u\"", false, 7));
        assert_eq!(typing.user_id.as_deref(), Some("u\""));
        assert_eq!(text(typing), r#"{"userId":"u\"","isTyping":false,"timestamp":7}"#);
    }
}
