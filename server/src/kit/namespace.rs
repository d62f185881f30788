//! Namespaces of objects, with their bindings and names (`core.md` 1.1 and 1.6).

use protocol::words::refusal::Fault;
use worker::State;

/// Family of objects. Namespaces never mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// Rooms, by room id.
    Room,
    /// People, by user id.
    Person,
    /// Channels of HopeFlow, by the person's id in its tokens.
    Channel,
    /// Stores of LiveStore, by store id.
    Store,
    /// The same stores, by the id of the object, under which they report to the directory.
    StoreObject,
    /// Sessions, by shard `0` to `f`.
    Auth,
    /// Limits per address, by shard `00` to `ff`.
    Gate,
    /// Names of logs, by shard `0` to `f`.
    Dir,
    /// Rooms of MessageHub, by room id.
    Hub,
    /// The operator's object: one, `global`. Its binding and its class are named after the flags that it began with.
    Operator,
    /// The ledger of calls of a model: one object, `ai`.
    Quota,
}

impl Namespace {
    pub const ALL: [Self; 10] = [
        Self::Room,
        Self::Person,
        Self::Channel,
        Self::Store,
        Self::Auth,
        Self::Gate,
        Self::Dir,
        Self::Hub,
        Self::Operator,
        Self::Quota,
    ];

    /// Returns the binding in `wrangler.toml`.
    pub fn binding(self) -> &'static str {
        match self {
            Self::Room => "CHAT_ROOM",
            Self::Person => "PRESENCE_ROOM",
            Self::Channel => "HOPEFLOW_REALTIME",
            Self::Store | Self::StoreObject => "WEBSOCKET_SERVER",
            Self::Auth => "AUTH",
            Self::Gate => "GATE",
            Self::Dir => "DIR",
            Self::Hub => "HUB_ROOM",
            Self::Operator => "FLAGS",
            Self::Quota => "QUOTA",
        }
    }

    pub fn object_name(self, id: &str) -> String {
        match self {
            Self::Room => format!("rm:{id}"),
            Self::Person => format!("me:{id}"),
            Self::Channel => format!("user:{id}"),
            Self::Store => format!("ls:{id}"),
            // See `BY_ID` in `runtime.js`.
            Self::StoreObject => format!("id:{id}"),
            Self::Auth => format!("auth:0{id}"),
            Self::Gate => format!("gate:{id}"),
            Self::Dir => format!("dir:{id}"),
            Self::Hub => format!("hub:{id}"),
            Self::Operator => format!("flags:{id}"),
            Self::Quota => format!("quota:{id}"),
        }
    }

    /// Returns the id of the object whose state this is: the reverse of [`Self::object_name`]. An object has no name while it lives by an
    /// alarm that was set before the runtime told objects their names (March 2026), or by one that such an object set. It has stored its id.
    pub fn own_id(
        self,
        state: &State,
        stored: impl FnOnce() -> Result<Option<String>, Fault>,
    ) -> Result<String, Fault> {
        let name = state.id().name();
        let id = match name.as_deref().and_then(|name| name.strip_prefix(&self.object_name(""))) {
            Some(id) => Some(id.to_owned()),
            None => stored()?,
        };
        id.ok_or_else(|| Fault(format!("an object of {self:?} does not know its id")))
    }
}
