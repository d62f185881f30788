//! Frames of clients (`livestore.md` 3 and 4). A frame that cannot be decoded changes nothing and does not close the socket. It is answered
//! if it names a request, because the client waits for the answer without a timeout.

use serde_json::value::RawValue;

use super::plain::{PUSH, plain_batch, plain_push};
use crate::codec::raw_json::{Members, members, members_of_all, text};
use crate::machines::chain::{ChainEvent, Frame};
use crate::words::limits::{CHAIN_FRAME_BYTES_MAX, CHAIN_REQUEST_ID_BYTES_MAX, SEQ_MAX};

pub fn read_frame(frame: &str) -> Frame {
    plain_push(frame).unwrap_or_else(|| frame_of_members(frame))
}

/// Reads any frame member by member.
pub(super) fn frame_of_members(frame: &str) -> Frame {
    let found = members(frame, &["_tag", "requestId", "cursor", "batch", "adminSecret"]);
    let Some([tag, request_id, cursor, batch, secret]) = found else {
        return if frame.len() > CHAIN_FRAME_BYTES_MAX { Frame::TooLarge } else { unusable(None) };
    };
    let request_id = request_id.and_then(text).filter(|id| id.len() <= CHAIN_REQUEST_ID_BYTES_MAX);
    if frame.len() > CHAIN_FRAME_BYTES_MAX {
        let reason = "Message too large: at most 8388608 bytes";
        return request_id.map_or(Frame::TooLarge, |id| Frame::Unusable { request_id: Some(id), reason });
    }
    let Some(request_id) = request_id else {
        return unusable(None);
    };
    let secret = || secret.and_then(text);
    let id = request_id.clone();
    let read = match tag.and_then(text).as_deref() {
        Some("WSMessage.Ping") => Some(Frame::Ping { request_id: id }),
        Some("WSMessage.PullReq") => read_cursor(cursor).map(|after| Frame::Pull { request_id: id, after }),
        Some(PUSH) => batch.and_then(read_batch).map(|batch| Frame::Push { request_id: id, batch }),
        Some("WSMessage.AdminInfoReq") => secret().map(|secret| Frame::AdminInfo { request_id: id, secret }),
        Some("WSMessage.AdminResetRoomReq") => secret().map(|secret| Frame::AdminReset { request_id: id, secret }),
        _ => None,
    };
    read.unwrap_or_else(|| unusable(Some(request_id)))
}

fn unusable(request_id: Option<String>) -> Frame {
    Frame::Unusable { request_id, reason: "Invalid message" }
}

/// Returns the position after which events are wanted: 0 for an absent or negative cursor, 1 for 1.5.
fn read_cursor(cursor: Option<&RawValue>) -> Option<u64> {
    cursor.map_or(Some(0), read_place)
}

/// Reads the position after which events are wanted.
pub(super) fn read_place(place: &RawValue) -> Option<u64> {
    safe_number(place).map(|number| number.floor().max(0.0) as u64)
}

pub(super) fn read_batch(batch: &RawValue) -> Option<Vec<ChainEvent>> {
    plain_batch(batch.get()).or_else(|| batch_of_members(batch.get()))
}

/// Reads any batch member by member.
pub(super) fn batch_of_members(batch: &str) -> Option<Vec<ChainEvent>> {
    const NAMES: [&str; 6] = ["name", "args", "seqNum", "parentSeqNum", "clientId", "sessionId"];
    members_of_all(batch, &NAMES)?.into_iter().map(read_event).collect()
}

fn read_event(members: Members<'_>) -> Option<ChainEvent> {
    let [name, args, seq, parent, client, session] = <[_; 6]>::try_from(members).ok()?;
    Some(ChainEvent {
        name: text(name?)?,
        // The source text keeps the client's key order, number format and escapes (`livestore.md` 3.1).
        args: args.map(|args| args.get().to_owned()),
        seq: whole_number(seq?)?,
        parent: whole_number(parent?)?,
        client: text(client?)?,
        session: text(session?)?,
    })
}

fn whole_number(value: &RawValue) -> Option<i64> {
    serde_json::from_str(value.get()).ok().and_then(whole)
}

/// Returns a whole number that JavaScript holds exactly.
pub(super) fn whole(number: f64) -> Option<i64> {
    (number.abs() <= SEQ_MAX as f64 && number.fract() == 0.0).then_some(number as i64)
}

/// A number that JavaScript holds exactly, in any spelling.
fn safe_number(value: &RawValue) -> Option<f64> {
    let number: f64 = serde_json::from_str(value.get()).ok()?;
    (number.abs() <= SEQ_MAX as f64).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(members: &str) -> Option<ChainEvent> {
        let frame = format!(r#"{{"_tag":"WSMessage.PushReq","requestId":"r","batch":[{{{members}}}]}}"#);
        match read_frame(&frame) {
            Frame::Push { mut batch, .. } => batch.pop(),
            Frame::Unusable { request_id: Some(id), .. } if id == "r" => None,
            other => panic!("{other:?}"),
        }
    }

    const REST: &str = r#""seqNum":1,"parentSeqNum":0,"clientId":"","sessionId":"s""#;

    #[test]
    fn args_are_the_text_that_came() {
        for args in [
            r#"{"z":1,"a":{"b":2,"a":1}}"#,
            "1e21",
            "5e-324",
            "0.30000000000000004",
            "123456789012345680000",
            r#""\u0000\ud800\ud83d\ude00 \u2028""#,
            "\"\u{2028}\u{1f600}\"",
            r#"{"a":1,"a":2}"#,
            "null",
            "[1, 2]",
            "1e400",
        ] {
            let read = event(&format!(r#""name":"v1.X","args":{args},{REST},"unknown":5"#)).unwrap();
            assert_eq!(read.args.as_deref(), Some(args));
        }
        assert_eq!(event(&format!(r#""name":"v1.X",{REST}"#)).unwrap().args, None);
        let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
        assert_eq!(event(&format!(r#""name":"v1.X","args":{deep},{REST}"#)).unwrap().args, Some(deep));
    }

    #[test]
    fn an_event_needs_all_of_its_members_with_their_types() {
        let good = [r#""name":"n""#, r#""seqNum":1"#, r#""parentSeqNum":0"#, r#""clientId":"c""#, r#""sessionId":"s""#];
        assert!(event(&good.join(",")).is_some());
        for left_out in 0..good.len() {
            let rest: Vec<&str> =
                good.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, member)| *member).collect();
            assert_eq!(event(&rest.join(",")), None);
        }
        for bad in [
            r#""seqNum":"1""#,
            r#""seqNum":1.5"#,
            r#""seqNum":9007199254740992"#,
            r#""seqNum":null"#,
            r#""seqNum":1e400"#,
        ] {
            assert_eq!(event(&format!("{},{bad}", good.join(","))), None, "{bad}");
        }
        let odd = event(&format!("{},{}", good.join(","), r#""seqNum":2.0,"parentSeqNum":-1e0"#)).unwrap();
        assert_eq!((odd.seq, odd.parent), (2, -1));
    }

    #[test]
    fn cursors() {
        let after =
            |cursor: &str| match read_frame(&format!(r#"{{"_tag":"WSMessage.PullReq","requestId":"r"{cursor}}}"#)) {
                Frame::Pull { after, .. } => Some(after),
                _ => None,
            };
        for (cursor, place) in [
            ("", Some(0)),
            (r#","cursor":0"#, Some(0)),
            (r#","cursor":7"#, Some(7)),
            (r#","cursor":-3"#, Some(0)),
            (r#","cursor":1.5"#, Some(1)),
        ] {
            assert_eq!(after(cursor), place, "{cursor}");
        }
        for bad in ["null", "\"1\"", "true", "[]", "9007199254740992", "1e999"] {
            assert_eq!(after(&format!(r#","cursor":{bad}"#)), None, "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_answered_if_it_says_whom() {
        let answered = |frame: &str| match read_frame(frame) {
            Frame::Unusable { request_id, .. } => request_id,
            other => panic!("{other:?}"),
        };
        for silent in [
            "",
            "x",
            "[]",
            "null",
            "{}",
            r#"{"_tag":"WSMessage.Ping"}"#,
            r#"{"_tag":"WSMessage.PushAck","requestId":5}"#,
        ] {
            assert_eq!(answered(silent), None, "{silent}");
        }
        let long = "x".repeat(257);
        assert_eq!(answered(&format!(r#"{{"_tag":"WSMessage.Ping","requestId":"{long}"}}"#)), None);
        for frame in [
            r#"{"requestId":"r"}"#,
            r#"{"_tag":"WSMessage.PushAck","requestId":"r"}"#,
            r#"{"_tag":"WSMessage.Later","requestId":"r"}"#,
            r#"{"_tag":"WSMessage.PushReq","requestId":"r"}"#,
            r#"{"_tag":"WSMessage.PushReq","requestId":"r","batch":[5]}"#,
            r#"{"_tag":"WSMessage.AdminInfoReq","requestId":"r"}"#,
        ] {
            assert_eq!(answered(frame).as_deref(), Some("r"), "{frame}");
        }
        let ping = r#"{ "requestId" : "ping", "_tag" : "WSMessage.Ping" }"#;
        assert_eq!(read_frame(ping), Frame::Ping { request_id: "ping".into() });
    }

    #[test]
    fn a_message_that_is_too_large_is_answered_if_it_says_whom() {
        let fill = " ".repeat(CHAIN_FRAME_BYTES_MAX);
        let push = format!(r#"{{"_tag":"WSMessage.PushReq","requestId":"r","batch":[]{fill}}}"#);
        assert!(
            matches!(read_frame(&push), Frame::Unusable { request_id: Some(id), reason } if id == "r" && reason.contains("8388608"))
        );
        assert_eq!(read_frame(&format!("{{{fill}")), Frame::TooLarge);
        assert_eq!(read_frame(&format!("{{}}{fill}")), Frame::TooLarge);
    }
}
