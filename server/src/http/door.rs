//! Doors, as answers and lines know them.

/// Door that answers; decides about CORS (`core.md` 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// MessageHub, and the plain status paths it shares.
    Hub,
    /// Our own pages.
    App,
    /// The messenger.
    Messenger,
    /// WasmChannel, which answers as the messenger's neighbour.
    WasmChannel,
    /// HopeFlow.
    HopeFlow,
    /// LiveStore.
    LiveStore,
}

impl Door {
    /// Name of the door in lines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::App => "app",
            Self::Messenger => "messenger",
            Self::WasmChannel => "wasmchannel",
            Self::HopeFlow => "hopeflow",
            Self::LiveStore => "livestore",
        }
    }
}
