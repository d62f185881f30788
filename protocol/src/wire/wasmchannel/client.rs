//! Packets that a client may send (`wasmchannel.md` 3.2): Message, Reaction and Typing. Each is checked before its payload is inflated.

use serde::Deserialize;

use super::error::PacketError;
use super::packet::{PacketKind, RawPacket, ReactionKind};
use crate::words::ids::is_write_id;
use crate::words::limits::{PACKET_BYTES_MAX, PACKET_PAYLOAD_BYTES_MAX};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientPacket {
    Message {
        id: String,
        /// The text; may be empty.
        text: String,
        /// Reaction of the packet, which is passed on without an effect.
        reaction: Option<ReactionKind>,
    },
    Reaction {
        target: String,
        /// The reaction; [`ReactionKind::None`] removes all own reactions.
        reaction: ReactionKind,
    },
    Typing {
        is_typing: bool,
        /// Payload, which the others get unchanged.
        payload: Vec<u8>,
    },
}

/// Reads one binary message of a room socket, in the order of checks of `wasmchannel.md` 2. [`PacketError::Oversized`]
/// ends the socket with 1009; every other refusal is an error packet.
pub fn read_client_packet(bytes: &[u8]) -> Result<ClientPacket, PacketError> {
    if bytes.len() > PACKET_BYTES_MAX {
        return Err(PacketError::Oversized);
    }
    let raw = RawPacket::parse(bytes)?;
    let target = check_fields(&raw)?;
    let payload = raw.payload(PACKET_PAYLOAD_BYTES_MAX)?;
    match raw.kind {
        PacketKind::Message => {
            let id = target.ok_or(PacketError::MessageIdRequired)?.to_owned();
            let text = String::from_utf8(payload).map_err(|_| PacketError::Text)?;
            Ok(ClientPacket::Message { id, text, reaction: raw.reaction })
        }
        PacketKind::Reaction => {
            let reaction = raw.reaction.ok_or(PacketError::ReactionKindRequired)?;
            let target = match target {
                Some(target) => target.to_owned(),
                None => String::from_utf8(payload).map_err(|_| PacketError::Text)?,
            };
            if !is_write_id(&target) {
                return Err(PacketError::TargetRequired);
            }
            Ok(ClientPacket::Reaction { target, reaction })
        }
        PacketKind::Typing => Ok(ClientPacket::Typing { is_typing: is_typing(&payload), payload }),
        PacketKind::OnlineUsers | PacketKind::Delete | PacketKind::Joined => Err(PacketError::KindNotAllowed),
    }
}

/// Checks everything that needs no payload. Returns the message that the packet names, if it names one.
fn check_fields<'a>(raw: &RawPacket<'a>) -> Result<Option<&'a str>, PacketError> {
    if raw.user_id.is_some() {
        return Err(PacketError::UserIdNotAllowed);
    }
    match raw.kind {
        PacketKind::Message if !raw.message_id.is_some_and(is_write_id) => Err(PacketError::MessageIdRequired),
        PacketKind::Reaction if raw.reaction.is_none() => Err(PacketError::ReactionKindRequired),
        PacketKind::Reaction if raw.message_id.is_some_and(|id| !is_write_id(id)) => Err(PacketError::TargetRequired),
        PacketKind::Typing if raw.message_id.is_some() => Err(PacketError::MessageIdNotAllowed),
        PacketKind::OnlineUsers | PacketKind::Delete | PacketKind::Joined => Err(PacketError::KindNotAllowed),
        _ => Ok(raw.message_id),
    }
}

/// Returns `true` unless the payload clearly says no.
fn is_typing(payload: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Typing {
        #[serde(rename = "isTyping")]
        is_typing: bool,
    }
    serde_json::from_slice::<Typing>(payload).map_or(true, |typing| typing.is_typing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::wasmchannel::packet::Packet;
    use crate::words::limits::WRITE_ID_BYTES_MAX;

    fn packet(kind: PacketKind, id: Option<&str>, reaction: Option<ReactionKind>, payload: &[u8]) -> Packet {
        Packet { kind, message_id: id.map(str::to_owned), user_id: None, reaction, payload: payload.to_vec() }
    }

    fn read(packet: &Packet) -> Result<ClientPacket, PacketError> {
        read_client_packet(&packet.encode())
    }

    #[test]
    fn messages_reactions_and_typing_are_read() {
        let text = packet(PacketKind::Message, Some("m-1"), Some(ReactionKind::Star), "\u{e9}".as_bytes());
        let message =
            ClientPacket::Message { id: "m-1".into(), text: "\u{e9}".into(), reaction: Some(ReactionKind::Star) };
        assert_eq!(read(&text), Ok(message));
        let like = |target: &str| ClientPacket::Reaction { target: target.into(), reaction: ReactionKind::Like };
        let by_id = packet(PacketKind::Reaction, Some("m-1"), Some(ReactionKind::Like), b"ignored");
        assert_eq!(read(&by_id), Ok(like("m-1")));
        let by_text = packet(PacketKind::Reaction, None, Some(ReactionKind::Like), b"m-2");
        assert_eq!(read(&by_text), Ok(like("m-2")));
        for (payload, is_typing) in [
            (b"".as_slice(), true),
            (b"{\"isTyping\":true}", true),
            (b"{\"userId\":\"x\",\"isTyping\":false,\"timestamp\":5}", false),
            (b"{\"isTyping\":0}", true),
            (b"\xff", true),
        ] {
            let answer = ClientPacket::Typing { is_typing, payload: payload.to_vec() };
            assert_eq!(read(&packet(PacketKind::Typing, None, None, payload)), Ok(answer));
        }
    }

    #[test]
    fn a_message_may_be_empty_and_has_at_most_999_bytes() {
        assert!(read(&packet(PacketKind::Message, Some("m"), None, b"")).is_ok());
        assert!(read(&packet(PacketKind::Message, Some("m"), None, &[b'a'; 999])).is_ok());
        let long = packet(PacketKind::Message, Some("m"), None, &[b'a'; 1_000]);
        assert_eq!(read(&long), Err(PacketError::PayloadTooLarge));
        let binary = packet(PacketKind::Message, Some("m"), None, &[0xff]);
        assert_eq!(read(&binary), Err(PacketError::Text));
        assert_eq!(read_client_packet(&[0; PACKET_BYTES_MAX + 1]), Err(PacketError::Oversized));
    }

    #[test]
    fn what_only_the_server_says_is_refused_before_the_payload_is_looked_at() {
        let mut with_user = packet(PacketKind::Message, Some("m"), None, &[0; 4_000]);
        with_user.user_id = Some(String::new());
        assert_eq!(read(&with_user), Err(PacketError::UserIdNotAllowed));
        let cases = [
            (PacketKind::OnlineUsers, None, None, PacketError::KindNotAllowed),
            (PacketKind::Delete, Some("m"), None, PacketError::KindNotAllowed),
            (PacketKind::Joined, None, None, PacketError::KindNotAllowed),
            (PacketKind::Message, None, None, PacketError::MessageIdRequired),
            (PacketKind::Message, Some(""), None, PacketError::MessageIdRequired),
            (PacketKind::Message, Some("a\nb"), None, PacketError::MessageIdRequired),
            (PacketKind::Typing, Some("m"), None, PacketError::MessageIdNotAllowed),
            (PacketKind::Reaction, Some("m"), None, PacketError::ReactionKindRequired),
            (PacketKind::Reaction, Some(""), Some(ReactionKind::Like), PacketError::TargetRequired),
        ];
        for (kind, id, reaction, error) in cases {
            assert_eq!(read(&packet(kind, id, reaction, &[0; 4_000])), Err(error), "{kind:?} {id:?}");
        }
        let untargeted = packet(PacketKind::Reaction, None, Some(ReactionKind::Like), b"");
        assert_eq!(read(&untargeted), Err(PacketError::TargetRequired));
        let long_id = "x".repeat(WRITE_ID_BYTES_MAX + 1);
        assert_eq!(read(&packet(PacketKind::Message, Some(&long_id), None, b"")), Err(PacketError::MessageIdRequired));
    }
}
