//! Archive of the person's data, as the settings show it, and the form that deletes the account.

use protocol::words::event::Millis;

protocol::record! {
    /// Newest archive; all members are empty without one.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Archive {
        /// `running` or `ready`.
        pub state: Option<String> = "state",
        /// Address of the download, once it is ready.
        pub url: Option<String> = "url",
        /// End of the download.
        pub expires_at: Option<Millis> = "expiresAt",
    }
}

impl Archive {
    pub fn is_running(&self) -> bool {
        self.state.as_deref() == Some("running")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletionForm {
    pub password: String,
    /// Messages of the person stay, without the name.
    pub keeps_words: bool,
    /// Token of the check that a person acts.
    pub token: String,
}
