//! Calls from the HopeFlow door to a person's channel.

use protocol::machines::channel::{Publish, Resume};
use serde::{Deserialize, Serialize};

/// Header that carries a [`ListenCall`]: an upgrade has no body.
pub const LISTEN_HEADER: &str = "x-cfm-listen";

/// To a channel: let this device in.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListenCall {
    /// Id of the person whose channel it is; absent in calls of a Worker that is older than this field.
    #[serde(default)]
    pub user: Option<String>,
    /// It offered `hopeflow.v2`, which is confirmed.
    pub is_v2: bool,
    /// Id of the device, if it names itself.
    pub device: Option<String>,
    /// Where it stands, if it says so.
    pub resume: Option<Resume>,
}

/// To a channel (`/publish`).
#[derive(Debug, Serialize, Deserialize)]
pub struct PublishCall {
    /// Envelope to publish, with its publisher and key.
    pub publish: Publish,
}

/// Header of an answer to a publish that was given before; the answer itself is what the publisher gets.
pub const REPLAY_HEADER: &str = "x-cfm-replay";
/// Says how long the answer to a publish is: it is passed on as it comes, and its line in the log knows.
pub const BYTES_HEADER: &str = "x-cfm-bytes";
