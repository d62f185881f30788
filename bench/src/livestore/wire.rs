//! Wire forms of LiveStore: the requests of a client, and the meaning of a server's frames. Frames are searched, not parsed, because that
//! would cost too much.

use memchr::memmem;

/// Number of bytes in which a frame of version 0.4 names its kind and its request.
const HEAD_BYTES: usize = 64;
/// End of every request of version 0.4, as the published client writes it.
const TRACE: &str =
    "\"headers\":[],\"traceId\":\"ffffffffffffffffffffffffffffffff\",\"spanId\":\"ffffffffffffffff\",\"sampled\":true}";

/// Wire form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wire {
    /// Version 0.3.1 (`livestore.md`): a pull is sent without acknowledgements, and every socket is told of every push.
    V03,
    /// Version 0.4 (`livestore-0.4.md`): each page of a pull is acknowledged, and a live pull brings what is pushed.
    V04,
}

/// Meaning of a frame for a client with one request on the way, beside its live pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A push is stored, or a pull has ended.
    Done,
    /// A page of the pull.
    Page {
        /// The pull ends with this page.
        is_last: bool,
    },
    /// A page of the live pull.
    LivePage,
    /// An error.
    Refused,
    /// A frame that no request waits for.
    Other,
}

impl Wire {
    /// Number of the live pull; other requests have higher ones.
    pub const LIVE: u32 = 0;

    /// Returns the path of a store's socket.
    pub fn path(self, store: &str) -> String {
        match self {
            Self::V03 => format!("/websocket?storeId={store}"),
            Self::V04 => format!("/?storeId={store}&transport=ws"),
        }
    }

    /// Returns a push of the events that `push_events` writes, with commas between them.
    pub fn push(self, number: u32, store: &str, push_events: impl FnOnce(&mut String)) -> String {
        let mut frame = match self {
            Self::V03 => format!("{{\"_tag\":\"WSMessage.PushReq\",\"requestId\":\"r{number:020}\",\"batch\":["),
            Self::V04 => format!("{}\"batch\":[", request_head(number, "Push", store)),
        };
        push_events(&mut frame);
        frame.push(']');
        if self == Self::V04 {
            frame.push_str(",\"backendId\":{\"_tag\":\"None\"}},");
            frame.push_str(TRACE);
        } else {
            frame.push('}');
        }
        frame
    }

    /// Returns a pull of the whole log.
    pub fn pull(self, number: u32, store: &str) -> String {
        match self {
            Self::V03 => format!("{{\"_tag\":\"WSMessage.PullReq\",\"requestId\":\"r{number:020}\"}}"),
            Self::V04 => pull_04(number, store, false),
        }
    }

    /// Returns a pull that stays open. A socket of version 0.3.1 needs none.
    pub fn live_pull(self, store: &str) -> Option<String> {
        (self == Self::V04).then(|| pull_04(Self::LIVE, store, true))
    }

    /// Returns the acknowledgement of a page. Version 0.3.1 has none.
    pub fn ack(self, number: u32) -> Option<String> {
        (self == Self::V04).then(|| format!("{{\"_tag\":\"Ack\",\"requestId\":\"{number}\"}}"))
    }

    /// Returns the meaning of a frame.
    pub fn meaning(self, frame: &[u8]) -> Meaning {
        match self {
            Self::V03 => meaning_03(frame),
            Self::V04 => meaning_04(frame),
        }
    }
}

/// Returns the beginning of a request of version 0.4, up to the store within its payload.
fn request_head(number: u32, name: &str, store: &str) -> String {
    format!(
        "{{\"_tag\":\"Request\",\"id\":\"{number}\",\"tag\":\"SyncWsRpc.{name}\",\"payload\":{{\"storeId\":\"{store}\","
    )
}

fn pull_04(number: u32, store: &str, is_live: bool) -> String {
    let head = request_head(number, "Pull", store);
    format!("{head}\"live\":{is_live},\"cursor\":{{\"_tag\":\"None\"}}}},{TRACE}")
}

fn meaning_03(frame: &[u8]) -> Meaning {
    let has = |needle: &[u8]| memmem::find(frame, needle).is_some();
    if has(b"\"WSMessage.PushAck\"") {
        Meaning::Done
    } else if has(b"\"WSMessage.Error\"") {
        Meaning::Refused
    } else if has(b"\"context\":\"pull\"") {
        Meaning::Page { is_last: has(b"\"remaining\":0}") || has(b"\"remaining\":0,") }
    } else {
        Meaning::Other
    }
}

fn meaning_04(frame: &[u8]) -> Meaning {
    let head = &frame[..frame.len().min(HEAD_BYTES)];
    let begins_with = |needle: &[u8]| memmem::find(head, needle).is_some();
    if begins_with(b"\"_tag\":\"Chunk\"") {
        // The request of the live pull: `Wire::LIVE`.
        let is_live = begins_with(b"\"requestId\":\"0\"");
        if is_live { Meaning::LivePage } else { Meaning::Page { is_last: false } }
    } else if begins_with(b"\"_tag\":\"Exit\"") {
        let is_failure = memmem::find(frame, b"\"_tag\":\"Failure\"").is_some();
        if is_failure { Meaning::Refused } else { Meaning::Done }
    } else if begins_with(b"\"_tag\":\"Defect\"") {
        Meaning::Refused
    } else {
        Meaning::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_both_wires_are_json_with_their_number() {
        for wire in [Wire::V03, Wire::V04] {
            let requests = [wire.push(7, "s", |frame| frame.push_str("{}")), wire.pull(7, "s")];
            for request in requests.into_iter().chain(wire.ack(7)) {
                let value: serde_json::Value = serde_json::from_str(&request).unwrap();
                let id = value.get("id").or_else(|| value.get("requestId")).and_then(|id| id.as_str()).unwrap();
                assert!(id.ends_with('7'), "{request}");
            }
        }
        let live: serde_json::Value = serde_json::from_str(&Wire::V04.live_pull("s").unwrap()).unwrap();
        assert_eq!(live["id"], "0");
        assert_eq!(live["payload"]["live"].as_bool(), Some(true));
        assert_eq!(Wire::V03.live_pull("s"), None);
    }

    #[test]
    fn frames_of_version_0_3_1_are_told_apart() {
        let meaning = |text: &str| Wire::V03.meaning(text.as_bytes());
        assert_eq!(meaning(r#"{"_tag":"WSMessage.PushAck","requestId":"r1"}"#), Meaning::Done);
        assert_eq!(meaning(r#"{"_tag":"WSMessage.Error","message":"no"}"#), Meaning::Refused);
        let page = |context: &str, remaining: u32| {
            meaning(&format!(r#"{{"requestId":{{"context":"{context}"}},"remaining":{remaining}}}"#))
        };
        assert_eq!(page("pull", 5), Meaning::Page { is_last: false });
        assert_eq!(page("pull", 0), Meaning::Page { is_last: true });
        assert_eq!(page("push", 0), Meaning::Other);
    }

    #[test]
    fn frames_of_version_0_4_are_told_apart() {
        let meaning = |text: &str| Wire::V04.meaning(text.as_bytes());
        assert_eq!(meaning(r#"{"_tag":"Chunk","requestId":"0","values":[]}"#), Meaning::LivePage);
        assert_eq!(meaning(r#"{"_tag":"Chunk","requestId":"10","values":[]}"#), Meaning::Page { is_last: false });
        assert_eq!(meaning(r#"{"_tag":"Exit","requestId":"1","exit":{"_tag":"Success","value":{}}}"#), Meaning::Done);
        let failure = r#"{"_tag":"Exit","requestId":"1","exit":{"_tag":"Failure","cause":{}}}"#;
        assert_eq!(meaning(failure), Meaning::Refused);
        assert_eq!(meaning(r#"{"_tag":"Defect","defect":"no"}"#), Meaning::Refused);
        assert_eq!(meaning(r#"{"_tag":"Pong"}"#), Meaning::Other);
    }
}
