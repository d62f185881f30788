//! An archive of what is kept of the person, as the settings show it, and what somebody says who wants to be gone.

use protocol::event::Millis;

/// The newest archive; without any everything is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    /// `running` or `ready`.
    pub state: Option<String>,
    /// Where it can be fetched, once it is ready.
    pub url: Option<String>,
    /// Until when.
    pub expires_at: Option<Millis>,
}

protocol::record!(Archive { state = "state", url = "url", expires_at = "expiresAt" });

impl Archive {
    /// It is being made.
    pub fn is_running(&self) -> bool {
        self.state.as_deref() == Some("running")
    }
}

/// What is said with the wish to be gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Farewell {
    /// The password, of accounts.
    pub password: String,
    /// What was written stays, without the name.
    pub keeps_words: bool,
}
