//! One packet: seven fields, with a checksum of the fifth (`wasmchannel.md` 1). Reading has two steps, so that refusals come before the
//! payload is inflated.

use super::error::PacketError;
use super::fields::{PacketReader, push_integer, push_optional_text, push_sized};
use super::lz4;
use crate::codec::checksum::crc32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketKind {
    Message,
    /// Number of people in the room.
    OnlineUsers,
    Delete,
    Reaction,
    Joined,
    Typing,
}

impl PacketKind {
    const ALL: [Self; 6] = [Self::Message, Self::OnlineUsers, Self::Delete, Self::Reaction, Self::Joined, Self::Typing];

    pub fn number(self) -> u32 {
        self as u32
    }

    pub fn of_number(number: u32) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReactionKind {
    /// Removes all own reactions (`wasmchannel.md` 3.3).
    None,
    Like,
    Dislike,
    Heart,
    Star,
}

impl ReactionKind {
    const ALL: [Self; 5] = [Self::None, Self::Like, Self::Dislike, Self::Heart, Self::Star];

    /// The room's names of all reactions but [`ReactionKind::None`].
    pub const NAMES: [&'static str; 4] = ["like", "dislike", "heart", "star"];

    pub fn number(self) -> u32 {
        self as u32
    }

    pub fn of_number(number: u32) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }

    /// Returns the room's name of the reaction; [`ReactionKind::None`] has none.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Like => Some("like"),
            Self::Dislike => Some("dislike"),
            Self::Heart => Some("heart"),
            Self::Star => Some("star"),
        }
    }

    /// Returns the reaction with this name; `None` for other reactions of the room, which this door does not show.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == Some(name))
    }
}

/// Packet with valid fields and checksum. Its payload is not inflated yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawPacket<'a> {
    /// Field 1.
    pub kind: PacketKind,
    /// Field 2.
    pub message_id: Option<&'a str>,
    /// Field 3.
    pub user_id: Option<&'a str>,
    /// Field 4.
    pub reaction: Option<ReactionKind>,
    /// Field 5: an LZ4 frame.
    pub frame: &'a [u8],
}

impl<'a> RawPacket<'a> {
    /// Reads exactly one packet (`wasmchannel.md` 2, checks 2 to 4).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PacketError> {
        let mut reader = PacketReader(bytes);
        let kind = PacketKind::of_number(reader.integer32()?).ok_or(PacketError::Kind)?;
        let message_id = reader.optional_text()?;
        let user_id = reader.optional_text()?;
        let reaction = if reader.flag()? {
            Some(ReactionKind::of_number(reader.integer32()?).ok_or(PacketError::Reaction)?)
        } else {
            None
        };
        let frame = reader.sized()?;
        // `serialized` has no meaning.
        reader.flag()?;
        let crc = reader.integer32()?;
        if !reader.0.is_empty() {
            return Err(PacketError::Trailing);
        }
        if crc != crc32(frame) {
            return Err(PacketError::Checksum);
        }
        Ok(Self { kind, message_id, user_id, reaction, frame })
    }

    /// Inflates the payload if it has at most `payload_bytes_max`.
    pub fn payload(&self, payload_bytes_max: usize) -> Result<Vec<u8>, PacketError> {
        lz4::inflate(self.frame, payload_bytes_max)
    }
}

/// Packet with its inflated payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub kind: PacketKind,
    pub message_id: Option<String>,
    pub user_id: Option<String>,
    pub reaction: Option<ReactionKind>,
    /// Content of field 5.
    pub payload: Vec<u8>,
}

impl Packet {
    pub fn new(kind: PacketKind, payload: impl Into<Vec<u8>>) -> Self {
        Self { kind, message_id: None, user_id: None, reaction: None, payload: payload.into() }
    }

    pub fn decode(bytes: &[u8], payload_bytes_max: usize) -> Result<Self, PacketError> {
        let raw = RawPacket::parse(bytes)?;
        let payload = raw.payload(payload_bytes_max)?;
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (message_id, user_id) = (owned(raw.message_id), owned(raw.user_id));
        Ok(Self { kind: raw.kind, message_id, user_id, reaction: raw.reaction, payload })
    }

    pub fn encode(&self) -> Vec<u8> {
        let frame = lz4::deflate(&self.payload);
        let mut out = Vec::with_capacity(frame.len() + 32);
        push_integer(&mut out, u64::from(self.kind.number()));
        push_optional_text(&mut out, self.message_id.as_deref());
        push_optional_text(&mut out, self.user_id.as_deref());
        out.push(u8::from(self.reaction.is_some()));
        if let Some(reaction) = self.reaction {
            push_integer(&mut out, u64::from(reaction.number()));
        }
        push_sized(&mut out, &frame);
        out.push(1);
        push_integer(&mut out, u64::from(crc32(&frame)));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::limits::{PACKET_CODEC_BYTES_MAX, PACKET_PAYLOAD_BYTES_MAX};

    fn sample() -> Packet {
        let (message_id, user_id) = (Some("m-0001".into()), Some("u_mia".into()));
        Packet {
            kind: PacketKind::Reaction,
            message_id,
            user_id,
            reaction: Some(ReactionKind::Heart),
            payload: b"ha".repeat(20),
        }
    }

    #[test]
    fn every_prefix_and_every_addition_is_refused() {
        let bytes = sample().encode();
        for end in 0..bytes.len() {
            assert!(RawPacket::parse(&bytes[..end]).is_err(), "{end} bytes");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(RawPacket::parse(&longer), Err(PacketError::Trailing));
    }

    #[test]
    fn a_flipped_bit_in_payload_or_checksum_is_refused() {
        let packet = sample();
        let bytes = packet.encode();
        let frame_at = bytes.windows(4).position(|window| window == [0x04, 0x22, 0x4d, 0x18]).unwrap();
        for at in (frame_at..bytes.len()).filter(|at| *at != bytes.len() - 6) {
            for bit in 0..8 {
                let mut broken = bytes.clone();
                broken[at] ^= 1 << bit;
                assert!(Packet::decode(&broken, 999).is_err(), "bit {bit} of byte {at}");
            }
        }
        let mut zero = bytes.clone();
        let flag_at = bytes.len() - 6;
        assert_eq!(zero[flag_at], 1);
        zero[flag_at] = 0;
        assert_eq!(Packet::decode(&zero, 999), Ok(packet), "the sixth field carries no meaning");
        zero[flag_at] = 2;
        assert_eq!(Packet::decode(&zero, 999), Err(PacketError::Coding));
    }

    #[test]
    fn lengths_that_lie_are_refused_before_anything_is_taken() {
        for length in [2_u64.pow(31), u64::MAX, 1 << 40, 100] {
            for at_field in 0..2 {
                let mut bytes = vec![0];
                bytes.extend_from_slice(if at_field == 0 { &[1] } else { &[0, 0, 0] });
                bytes.push(0xfd);
                bytes.extend_from_slice(&length.to_le_bytes());
                bytes.extend_from_slice(&[0x61; 40]);
                assert_eq!(RawPacket::parse(&bytes), Err(PacketError::Truncated));
            }
        }
    }

    #[test]
    fn unknown_kinds_and_reactions_are_refused_and_long_forms_are_not() {
        let bytes = sample().encode();
        let mut unknown = bytes.clone();
        unknown[0] = 6;
        assert_eq!(RawPacket::parse(&unknown), Err(PacketError::Kind));
        let long = [&[0xfc, 3, 0, 0, 0], &bytes[1..]].concat();
        assert_eq!(Packet::decode(&long, 999), Ok(sample()));
        let mut reaction = bytes;
        assert_eq!(reaction[16..18], [1, 3]);
        reaction[17] = 5;
        assert_eq!(RawPacket::parse(&reaction), Err(PacketError::Reaction));
    }

    #[test]
    fn a_bomb_is_refused_in_a_room_and_read_by_the_codec() {
        let bytes = Packet::new(PacketKind::Message, vec![0; 1 << 20]).encode();
        assert!(bytes.len() < 5_000);
        assert_eq!(Packet::decode(&bytes, PACKET_PAYLOAD_BYTES_MAX), Err(PacketError::PayloadTooLarge));
        assert_eq!(Packet::decode(&bytes, PACKET_CODEC_BYTES_MAX).unwrap().payload.len(), 1 << 20);
    }

    #[test]
    fn reactions_have_the_rooms_names() {
        for kind in ReactionKind::ALL {
            assert_eq!(kind.name().and_then(ReactionKind::of_name).unwrap_or(ReactionKind::None), kind);
        }
        assert_eq!(ReactionKind::of_name("thumbsup"), None);
    }
}
