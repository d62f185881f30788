//! Frames of `messagehub.v1` (`messagehub.md` 3), single or in arrays.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::value::RawValue;

use crate::codec::json::json_text;
use crate::codec::raw_json::{members, text};
use crate::machines::hub::{BadOp, Body, ClientOp, HubNotification, HubPosted, HubRefusal, HubWrite, Movement};
use crate::words::limits::{
    BATCH_FRAMES_MAX, BATCH_IN_BYTES_MAX, HUB_BODY_BYTES_MAX, HUB_ENVELOPE_BYTES_MAX, HUB_FRAME_BYTES_MAX, SEQ_MAX,
    STREAM_HEARTBEAT_MS, WRITE_ID_BYTES_MAX,
};
use crate::words::status::Status;

impl ClientOp {
    /// Returns the frames of an array; a single frame needs no array.
    pub fn frames_in(frame: &str) -> Result<Vec<&str>, HubRefusal> {
        if !frame.trim_start().starts_with('[') {
            return Ok(vec![frame]);
        }
        if frame.len() > BATCH_IN_BYTES_MAX {
            return Err(HubRefusal::TooLarge);
        }
        let frames: Vec<&RawValue> = serde_json::from_str(frame).map_err(|_| HubRefusal::BadFrame)?;
        let is_short = frames.len() <= BATCH_FRAMES_MAX;
        is_short.then(|| frames.into_iter().map(RawValue::get).collect()).ok_or(HubRefusal::TooLarge)
    }

    pub fn read(frame: &str) -> Result<ClientOp, BadOp> {
        if frame.len() > HUB_FRAME_BYTES_MAX {
            return Err(BadOp { id: None, refusal: HubRefusal::TooLarge });
        }
        let found = members(frame, &["op", "id", "body", "b64", "contentType", "seq", "status", "t"]);
        let [op, said_id, body, b64, content_type, seq, status, t] =
            found.ok_or(BadOp { id: None, refusal: HubRefusal::BadFrame })?;
        let id = said_id.and_then(text);
        let refuse = |refusal| BadOp { id: id.clone().filter(|id| id.len() <= WRITE_ID_BYTES_MAX), refusal };
        if frame.len() - body.or(b64).map_or(0, |body| body.get().len()) > HUB_ENVELOPE_BYTES_MAX {
            return Err(refuse(HubRefusal::TooLarge));
        }
        match op.and_then(text).as_deref() {
            Some("send") => {
                let is_id =
                    |id: &String| (1..=WRITE_ID_BYTES_MAX).contains(&id.len()) && !id.chars().any(char::is_control);
                if said_id.is_some() && !id.as_ref().is_some_and(is_id) {
                    return Err(refuse(HubRefusal::BadId));
                }
                let body = read_body(body, b64).map_err(refuse)?;
                let content_type = body.type_of(content_type.and_then(text).as_deref());
                Ok(ClientOp::Send(HubWrite { id: id.clone(), content_type, body }))
            }
            Some("cursor") => {
                let seq: Option<u64> = seq.and_then(|seq| serde_json::from_str(seq.get()).ok());
                let seq = seq.filter(|seq| *seq <= SEQ_MAX);
                seq.map(|seq| ClientOp::Cursor { seq }).ok_or_else(|| refuse(HubRefusal::BadCursor))
            }
            Some("status") => {
                let status = status.and_then(text).and_then(|status| Status::parse(&status));
                let status = status.map(Status::seen).ok_or_else(|| refuse(HubRefusal::BadFrame))?;
                Ok(ClientOp::Status { status })
            }
            Some("ping") => Ok(ClientOp::Ping { t: t.map(|t| t.get().to_owned()).filter(|t| t.len() <= 64) }),
            _ => Err(refuse(HubRefusal::BadFrame)),
        }
    }
}

fn read_body(body: Option<&RawValue>, b64: Option<&RawValue>) -> Result<Body, HubRefusal> {
    let body = match (body, b64) {
        (Some(body), None) => Body::Text(text(body).ok_or(HubRefusal::BadFrame)?),
        (None, Some(b64)) => {
            let bytes = text(b64).and_then(|b64| BASE64_STANDARD.decode(b64).ok());
            Body::Bytes(bytes.ok_or(HubRefusal::BadFrame)?)
        }
        (None, None) => return Err(HubRefusal::BodyRequired),
        (Some(_), Some(_)) => return Err(HubRefusal::BadFrame),
    };
    match body.bytes().len() {
        0 => Err(HubRefusal::BodyRequired),
        length if length > HUB_BODY_BYTES_MAX => Err(HubRefusal::TooLarge),
        _ => Ok(body),
    }
}

/// Joins frames to one array; a single frame stays without.
pub fn array_json(frames: &[String]) -> String {
    match frames {
        [single] => single.clone(),
        _ => format!("[{}]", frames.join(",")),
    }
}

impl HubNotification {
    pub fn json(&self) -> String {
        let or_null = |text: &Option<String>| text.as_deref().map_or_else(|| "null".to_owned(), json_text);
        match self {
            HubNotification::Hello { room, epoch, head, oldest, connection } => format!(
                "{{\"op\":\"hello\",\"room\":{},\"epoch\":\"{epoch:08x}\",\"head\":{head},\"oldest\":{oldest},\
                 \"connectionId\":{},\"heartbeatMs\":{}}}",
                json_text(room),
                json_text(connection),
                2 * STREAM_HEARTBEAT_MS
            ),
            HubNotification::Message(item) => item.frame(),
            HubNotification::Ack(HubPosted { id, seq, ts, duplicate }) => {
                format!(
                    "{{\"op\":\"ack\",\"id\":{},\"seq\":{seq},\"ts\":{ts},\"duplicate\":{duplicate}}}",
                    json_text(id)
                )
            }
            HubNotification::Moved { movement, connection, principal, count } => format!(
                "{{\"op\":\"{}\",\"connectionId\":{},\"principal\":{},\"count\":{count}}}",
                if *movement == Movement::Join { "join" } else { "leave" },
                json_text(connection),
                or_null(principal)
            ),
            HubNotification::Status { principal, status } => {
                format!("{{\"op\":\"status\",\"principal\":{},\"status\":\"{status}\"}}", or_null(principal))
            }
            HubNotification::Lag { head } => format!("{{\"op\":\"lag\",\"head\":{head}}}"),
            HubNotification::Reset { epoch } => format!("{{\"op\":\"reset\",\"epoch\":\"{epoch:08x}\"}}"),
            HubNotification::Pong { t, ts } => {
                let t = t.as_deref().map(|t| format!(",\"t\":{t}")).unwrap_or_default();
                format!("{{\"op\":\"pong\"{t},\"ts\":{ts}}}")
            }
            HubNotification::Error { id, refusal } => {
                let id = id.as_deref().map(|id| format!(",\"id\":{}", json_text(id))).unwrap_or_default();
                let wait = refusal.retry_after_ms().map(|ms| format!(",\"retryAfterMs\":{ms}")).unwrap_or_default();
                format!(
                    "{{\"op\":\"error\",\"code\":\"{}\",\"error\":\"{}\"{id}{wait}}}",
                    refusal.code(),
                    refusal.text()
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(frame: &str) -> HubRefusal {
        ClientOp::read(frame).unwrap_err().refusal
    }

    #[test]
    fn what_clients_say() {
        let send = |id: Option<&str>, content_type: &str, body| {
            let (id, content_type) = (id.map(str::to_owned), content_type.to_owned());
            ClientOp::Send(HubWrite { id, content_type, body })
        };
        let text = |text: &str| Body::Text(text.into());
        assert_eq!(
            ClientOp::read(r#"{"op":"send","id":"a","body":"hi"}"#),
            Ok(send(Some("a"), "text/plain", text("hi")))
        );
        assert_eq!(ClientOp::read(r#"{"op":"send","body":"\u00e9"}"#), Ok(send(None, "text/plain", text("\u{e9}"))));
        let bytes = Body::Bytes(vec![0, 1, 2]);
        let frame = r#"{"op":"send","id":"a","b64":"AAEC","contentType":"image/png"}"#;
        assert_eq!(ClientOp::read(frame), Ok(send(Some("a"), "image/png", bytes)));
        assert_eq!(ClientOp::read(r#"{"op":"cursor","seq":41}"#), Ok(ClientOp::Cursor { seq: 41 }));
        assert_eq!(ClientOp::read(r#"{"op":"status","status":"away"}"#), Ok(ClientOp::Status { status: "away" }));
        assert_eq!(ClientOp::read(r#"{"op":"ping","t":1.50}"#), Ok(ClientOp::Ping { t: Some("1.50".into()) }));
    }

    #[test]
    fn what_is_refused() {
        for (frame, refusal) in [
            ("", HubRefusal::BadFrame),
            ("[]", HubRefusal::BadFrame),
            ("{}", HubRefusal::BadFrame),
            (r#"{"op":"later"}"#, HubRefusal::BadFrame),
            (r#"{"op":"send"}"#, HubRefusal::BodyRequired),
            (r#"{"op":"send","body":""}"#, HubRefusal::BodyRequired),
            (r#"{"op":"send","b64":""}"#, HubRefusal::BodyRequired),
            (r#"{"op":"send","body":5}"#, HubRefusal::BadFrame),
            (r#"{"op":"send","body":"\ud800"}"#, HubRefusal::BadFrame),
            (r#"{"op":"send","b64":"AAE"}"#, HubRefusal::BadFrame),
            (r#"{"op":"send","body":"a","b64":"AAEC"}"#, HubRefusal::BadFrame),
            (r#"{"op":"send","id":"","body":"a"}"#, HubRefusal::BadId),
            (r#"{"op":"send","id":5,"body":"a"}"#, HubRefusal::BadId),
            (r#"{"op":"cursor","seq":-1}"#, HubRefusal::BadCursor),
            (r#"{"op":"cursor","seq":9007199254740992}"#, HubRefusal::BadCursor),
            (r#"{"op":"status","status":"sleepy"}"#, HubRefusal::BadFrame),
        ] {
            assert_eq!(refused(frame), refusal, "{frame}");
        }
        assert_eq!(ClientOp::read(r#"{"op":"send","id":"a"}"#).unwrap_err().id.as_deref(), Some("a"));
    }

    #[test]
    fn the_body_counts_as_it_is_meant_and_the_rest_is_small() {
        let frame = |body: &str, rest: &str| format!(r#"{{"op":"send","body":"{body}"{rest}}}"#);
        assert!(ClientOp::read(&frame(&"x".repeat(65_536), "")).is_ok());
        assert_eq!(refused(&frame(&"x".repeat(65_537), "")), HubRefusal::TooLarge);
        assert!(ClientOp::read(&frame(&r"\u0001".repeat(65_536), "")).is_ok());
        assert_eq!(refused(&frame("x", &" ".repeat(4_096))), HubRefusal::TooLarge);
        assert_eq!(refused(&" ".repeat(400_000)), HubRefusal::TooLarge);
        let b64 = |bytes: usize| format!(r#"{{"op":"send","b64":"{}"}}"#, BASE64_STANDARD.encode(vec![7; bytes]));
        assert!(ClientOp::read(&b64(65_536)).is_ok());
        assert_eq!(refused(&b64(65_537)), HubRefusal::TooLarge);
    }

    #[test]
    fn arrays() {
        assert_eq!(ClientOp::frames_in(r#"{"op":"ping"}"#).unwrap().len(), 1);
        assert_eq!(ClientOp::frames_in(r#" [{"op":"ping"},5]"#).unwrap(), [r#"{"op":"ping"}"#, "5"]);
        assert_eq!(ClientOp::frames_in("[").unwrap_err(), HubRefusal::BadFrame);
        assert_eq!(ClientOp::frames_in(&format!("[{}]", vec!["1"; 65].join(","))).unwrap_err(), HubRefusal::TooLarge);
        let of_bytes = |count: usize| format!("[\"{}\"]", "x".repeat(count - 4));
        assert_eq!(ClientOp::frames_in(&of_bytes(BATCH_IN_BYTES_MAX)).unwrap().len(), 1);
        assert_eq!(ClientOp::frames_in(&of_bytes(BATCH_IN_BYTES_MAX + 1)).unwrap_err(), HubRefusal::TooLarge);
        assert_eq!(array_json(&["a".into()]), "a");
        assert_eq!(array_json(&["a".into(), "b".into()]), "[a,b]");
    }
}
