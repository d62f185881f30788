//! Reasons for which a packet is refused (`wasmchannel.md` 2): short ones, which the sender is told.

use thiserror::Error;

/// A packet that is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PacketError {
    /// More bytes than a packet may have.
    #[error("packet too large")]
    Oversized,
    /// Ends in the middle of a field, or a length points past the end.
    #[error("truncated")]
    Truncated,
    /// Bytes after the packet.
    #[error("trailing bytes")]
    Trailing,
    /// A marker, an option tag or a flag that the coding does not have.
    #[error("bad coding")]
    Coding,
    /// A text is not UTF-8.
    #[error("bad text")]
    Text,
    /// A kind that nobody knows.
    #[error("unknown kind")]
    Kind,
    /// A reaction that nobody knows.
    #[error("unknown reaction")]
    Reaction,
    /// The checksum is not that of the payload.
    #[error("bad checksum")]
    Checksum,
    /// The payload is not one sound LZ4 frame.
    #[error("bad frame")]
    Frame,
    /// The payload inflates to more than is allowed.
    #[error("payload too large")]
    PayloadTooLarge,
    /// Only the server sends this kind.
    #[error("kind not allowed")]
    KindNotAllowed,
    /// The sender says who it is; the server knows.
    #[error("user id not allowed")]
    UserIdNotAllowed,
    /// A message without a usable id.
    #[error("message id required")]
    MessageIdRequired,
    /// An id where there is none.
    #[error("message id not allowed")]
    MessageIdNotAllowed,
    /// A reaction without its kind.
    #[error("reaction kind required")]
    ReactionKindRequired,
    /// A reaction to nothing.
    #[error("reaction target required")]
    TargetRequired,
    /// The id is used for another message.
    #[error("id taken")]
    IdTaken,
    /// There is no such message in the room.
    #[error("unknown message")]
    UnknownMessage,
    /// The sender may not do this here.
    #[error("not allowed")]
    NotAllowed,
    /// The message was deleted.
    #[error("message deleted")]
    MessageDeleted,
    /// No more reactions fit.
    #[error("too many reactions")]
    TooManyReactions,
    /// Refused for a reason that packets have no words for.
    #[error("not possible")]
    NotPossible,
}
