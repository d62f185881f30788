//! State of a sign-out, which is over only once the server has confirmed it (`ending`).

/// State of the sign-out that the person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SignOutState {
    /// No sign-out is wanted.
    #[default]
    Not,
    /// Question to the server that is not answered yet.
    Asked,
    /// The same; meanwhile a socket has received the end of the session.
    EndReceived,
}
