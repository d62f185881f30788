//! Reasons for the refusal of a packet (`wasmchannel.md` 2), which the sender gets as short texts.

use thiserror::Error;

/// Reason for which a packet is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PacketError {
    /// The packet has too many bytes.
    #[error("packet too large")]
    Oversized,
    /// The packet ends in the middle of a field, or a length points past the end.
    #[error("truncated")]
    Truncated,
    /// More bytes follow the packet.
    #[error("trailing bytes")]
    Trailing,
    /// A marker, an option tag or a flag is not part of the coding.
    #[error("bad coding")]
    Coding,
    /// A text is not UTF-8.
    #[error("bad text")]
    Text,
    /// The kind is unknown.
    #[error("unknown kind")]
    Kind,
    /// The reaction is unknown.
    #[error("unknown reaction")]
    Reaction,
    /// The checksum does not match the payload.
    #[error("bad checksum")]
    Checksum,
    /// The payload is not exactly one valid LZ4 frame.
    #[error("bad frame")]
    Frame,
    /// The inflated payload is too large.
    #[error("payload too large")]
    PayloadTooLarge,
    /// Only the server sends this kind.
    #[error("kind not allowed")]
    KindNotAllowed,
    /// The client sent a user id, which only the server sets.
    #[error("user id not allowed")]
    UserIdNotAllowed,
    /// The message has no usable id.
    #[error("message id required")]
    MessageIdRequired,
    /// The packet has an id where none is allowed.
    #[error("message id not allowed")]
    MessageIdNotAllowed,
    /// The reaction has no kind.
    #[error("reaction kind required")]
    ReactionKindRequired,
    /// The reaction names no message.
    #[error("reaction target required")]
    TargetRequired,
    /// The id belongs to another message.
    #[error("id taken")]
    IdTaken,
    /// The room has no such message.
    #[error("unknown message")]
    UnknownMessage,
    /// The sender may not do this here.
    #[error("not allowed")]
    NotAllowed,
    /// The message was deleted.
    #[error("message deleted")]
    MessageDeleted,
    /// The message has too many reactions.
    #[error("too many reactions")]
    TooManyReactions,
    /// Any other reason.
    #[error("not possible")]
    NotPossible,
}
