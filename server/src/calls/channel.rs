//! Requests of the HopeFlow door to a person's channel.

use protocol::machines::channel::{Publish, Resume};
use serde::{Deserialize, Serialize};

/// Verb of the upgrade that lets a device in.
pub const LISTEN: &str = "listen";
/// Header that carries a [`ListenCall`]: an upgrade has no body.
pub const LISTEN_HEADER: &str = "x-cfm-listen";

/// A device that wants in by the upgrade [`LISTEN`].
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

/// Verb of a publish, which waits for the answers. Its own answer is passed on as it comes.
pub const PUBLISH: &str = "publish";

/// Question of [`PUBLISH`].
#[derive(Debug, Serialize, Deserialize)]
pub struct PublishCall {
    /// Envelope to publish, with its publisher and key.
    pub publish: Publish,
}

/// Header of an answer to a publish that was given before; the answer itself is what the publisher gets.
pub const REPLAY_HEADER: &str = "x-cfm-replay";
/// Says how long the answer to a publish is: it is passed on as it comes, and its line in the log knows.
pub const BYTES_HEADER: &str = "x-cfm-bytes";
