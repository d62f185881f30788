//! Dialog for a person whose session is about to end, or has ended.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Renewal {
    /// The dialog is closed.
    #[default]
    Nothing,
    /// The session ends within a minute and cannot be extended.
    Ending,
    /// The change needs a more recent sign-in.
    Stale,
    /// The session has ended; the page waits.
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
    /// Code of the authenticator app or a recovery code, once the server has asked for it; or empty.
    pub code: String,
    /// The browser is to be remembered; for accounts.
    pub remember: bool,
    /// Token of the check that a person acts.
    pub token: String,
}
