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
    pub user: Option<String>,
    /// It offered `hopeflow.v2`, which is confirmed.
    pub is_v2: bool,
    /// Id of the device, if it names itself.
    pub device: Option<String>,
    /// Where it stands, if it says so.
    pub resume: Option<Resume>,
}

/// Verb of a publish, which waits for the answers. Its own answer is in a header or passed on as it comes.
pub const PUBLISH: &str = "publish";

#[derive(Debug, Serialize, Deserialize)]
pub struct PublishCall {
    /// Envelope to publish, with its publisher and key.
    pub publish: Publish,
    /// A short answer may come in a header; absent in calls of a Worker that is older than this field.
    #[serde(default)]
    pub takes_header: bool,
}

/// Header of an answer to a publish that was given before; the answer itself is what the publisher gets.
pub const REPLAY_HEADER: &str = "x-cfm-replay";
/// Says how long the body of an answer to a publish is: it is passed on as it comes, and its line in the log knows.
pub const BYTES_HEADER: &str = "x-cfm-bytes";

#[cfg(test)]
mod tests {
    use super::PublishCall;

    #[test]
    fn a_worker_that_does_not_know_of_the_header_gets_a_body() {
        let publish = r#"{"publisher":"a","key":null,"user":"b","kind":"m","payload":null,"ttl_ms":null}"#;
        let takes_header = |call: String| serde_json::from_str::<PublishCall>(&call).unwrap().takes_header;
        assert!(!takes_header(format!(r#"{{"publish":{publish}}}"#)));
        assert!(takes_header(format!(r#"{{"publish":{publish},"takes_header":true}}"#)));
    }
}
