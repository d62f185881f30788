//! Calls from the LiveStore door to a store.

use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

/// Header that carries an [`OpenCall`]: an upgrade has no body.
pub const OPEN_HEADER: &str = "x-cfm-open";

/// To a store: let this client in.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenCall {
    /// Id of the store: an object does not know its own name.
    pub store_id: String,
    /// JSON text of the payload; `None` when there was none.
    pub payload: Option<String>,
    /// Id of the client, if the payload names it.
    pub client: Option<String>,
    /// Where guesses of the admin secret are counted.
    pub place: String,
    /// When the token of the payload ends.
    pub expires_at: Option<Millis>,
}
