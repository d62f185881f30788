//! Codes with which sockets are closed: one for each reason, for the sockets of every door (`core.md` 7). The code of a refusal is in its
//! row ([`crate::words::refusal::Refusal::close_code`]).

/// See the module's description. Those that only a client or the runtime sends are not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The room behind the socket begins anew, and is there at once.
    Going = 1001,
    /// A kind of frame that this door does not speak.
    WrongType = 1003,
    /// Too many unusable frames, or a socket that nobody knows.
    Policy = 1008,
    /// A frame above the limit.
    TooLarge = 1009,
    /// Something of ours broke, or what was sent was not taken.
    Broken = 1011,
    /// The store behind the socket begins anew.
    Restart = 1012,
    /// Too much waits for it.
    TryLater = 1013,
    /// The handshake cannot be used.
    BadRequest = 4400,
    /// The session or the token is over.
    Unauthenticated = 4401,
    /// Not a member any more.
    Forbidden = 4403,
    /// The room behind the socket is deleted, or was not found.
    Gone = 4404,
    /// Nothing was heard for too long.
    Silent = 4408,
    /// The same device came back.
    Superseded = 4409,
    /// A version of the protocol that is not spoken here.
    Version = 4426,
    /// Far too fast.
    RateLimited = 4429,
}

impl CloseCode {
    pub const fn code(self) -> u16 {
        self as u16
    }
}
