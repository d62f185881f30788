//! Requests of the LiveStore door to stores.

use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

/// Verb of the upgrade that lets a client in.
pub const OPEN: &str = "open";
/// Verb of a request of a client of version 0.4 by HTTP, which has an [`OpenCall`] as well.
pub const REQUEST: &str = "request";
/// Header that carries an [`OpenCall`]: an upgrade has no body, and the body of a request is the client's.
pub const OPEN_HEADER: &str = "x-cfm-open";

/// A client that wants in by the upgrade [`OPEN`].
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenCall {
    pub store_id: String,
    /// JSON text of the payload; `None` when there was none.
    pub payload: Option<String>,
    /// Id of the client, if the payload names it.
    pub client: Option<String>,
    /// Where guesses of the admin secret are counted.
    pub place: String,
    /// When the token of the payload ends.
    pub expires_at: Option<Millis>,
    /// It is a client of version 0.4.
    pub is_rpc: bool,
}
