//! Reasons for the refusal of a packet (`wasmchannel.md` 2), which the sender gets as short texts.

use thiserror::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PacketError {
    #[error("packet too large")]
    Oversized,
    /// The packet ends in the middle of a field, or a length points past the end.
    #[error("truncated")]
    Truncated,
    #[error("trailing bytes")]
    Trailing,
    /// A marker, an option tag or a flag is not part of the coding.
    #[error("bad coding")]
    Coding,
    #[error("bad text")]
    Text,
    #[error("unknown kind")]
    Kind,
    #[error("unknown reaction")]
    Reaction,
    #[error("bad checksum")]
    Checksum,
    /// The payload is not exactly one valid LZ4 frame.
    #[error("bad frame")]
    Frame,
    #[error("payload too large")]
    PayloadTooLarge,
    /// Only the server sends this kind.
    #[error("kind not allowed")]
    KindNotAllowed,
    /// The client sent a user id, which only the server sets.
    #[error("user id not allowed")]
    UserIdNotAllowed,
    #[error("message id required")]
    MessageIdRequired,
    #[error("message id not allowed")]
    MessageIdNotAllowed,
    #[error("reaction kind required")]
    ReactionKindRequired,
    #[error("reaction target required")]
    TargetRequired,
    #[error("id taken")]
    IdTaken,
    #[error("unknown message")]
    UnknownMessage,
    #[error("not allowed")]
    NotAllowed,
    #[error("message deleted")]
    MessageDeleted,
    #[error("too many reactions")]
    TooManyReactions,
    /// Any other reason.
    #[error("not possible")]
    NotPossible,
}
