//! Hooks: a deployment that wants a say in what is pushed and pulled puts it here.

use protocol::machines::chain::{ChainEvent, HookResult};
use serde::{Deserialize, Serialize};

/// Client that pushes or pulls, as a hook knows it; kept with the socket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opener {
    pub store_id: String,
    /// JSON text of the payload the socket was opened with; `None` when there was none.
    pub payload: Option<String>,
}

/// Hook: looks at a push before it is checked. The refusal's words go to the client, and nothing is stored.
pub fn on_push(_batch: &[ChainEvent], _opener: &Opener) -> HookResult {
    Ok(())
}

/// Hook: looks at a pull of everything after `_after`. A refusal ends the client's pulling for good (`livestore.md` 9.6).
pub fn on_pull(_after: u64, _opener: &Opener) -> HookResult {
    Ok(())
}
