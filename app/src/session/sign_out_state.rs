//! State of a sign-out, which ends only when the server has confirmed it (`ending`).

/// State of a sign-out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SignOutState {
    /// There is no sign-out.
    #[default]
    Not,
    /// The request is pending.
    Asked,
    /// The request is pending, and the server has already reported the end of the session on a socket.
    EndReceived,
}
