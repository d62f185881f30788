//! Doors, as answers know them.

/// Door that answers; decides about CORS (`core.md` 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// MessageHub, and the plain status paths it shares.
    Hub,
    /// Our own pages.
    App,
    /// The messenger.
    Messenger,
    /// HopeFlow.
    HopeFlow,
    /// LiveStore.
    LiveStore,
}
