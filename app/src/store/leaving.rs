//! An archive of what is kept of the person, as the settings show it, and the form of somebody who wants to be gone.

use protocol::words::event::Millis;

/// The newest archive; without any everything is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    /// `running` or `ready`.
    pub state: Option<String>,
    /// Address from which it can be fetched, once it is ready.
    pub url: Option<String>,
    /// Time until which it can be fetched.
    pub expires_at: Option<Millis>,
}

protocol::record!(Archive { state = "state", url = "url", expires_at = "expiresAt" });

impl Archive {
    /// Returns `true` while it is being made.
    pub fn is_running(&self) -> bool {
        self.state.as_deref() == Some("running")
    }
}

/// Form that goes with the wish to be gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletionForm {
    /// The password, of accounts.
    pub password: String,
    /// `true` where the person's messages stay, without the name.
    pub keeps_words: bool,
}
