//! Question to a person whose session is about to end, or has ended.

/// See the module's description.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Renewal {
    /// Nothing.
    #[default]
    Nothing,
    /// The session ends within a minute and cannot slide.
    Ending,
    /// The sign-in is too long ago for what the person wants to change.
    Stale,
    /// It has ended; the page waits.
    Ended,
}

/// Part of the server's configuration that a sign-in from an open page needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInCheck {
    /// Key of the widget; without one, and in development, the token `dev` is sent.
    pub site_key: Option<String>,
}

/// Input of the dialog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInAgain {
    /// E-mail address; for accounts.
    pub email: String,
    /// Password; for accounts.
    pub password: String,
    /// Remember this browser; for accounts.
    pub remember: bool,
}
