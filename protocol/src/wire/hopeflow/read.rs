//! Frames of devices and requests of publishers (`hopeflow.md` 3.2, 3.3, 4). Unreadable frames are ignored. An unreadable publish is refused
//! with the error texts of HopeFlow.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::write::PublishRefusal;
use crate::codec::raw_json::{members, text};
use crate::content::text::trimmed;
use crate::machines::channel::{Filter, Frame, Publish, Resume};
use crate::words::limits::{
    CHANNEL_FRAME_BYTES_MAX, CHANNEL_USER_BYTES_MAX, ENVELOPE_TTL_S, ENVELOPE_TTL_S_MAX, MESSAGE_FILTERS_MAX,
    PUBLISH_BYTES_MAX, SEQ_MAX, WRITE_ID_BYTES_MAX,
};
use crate::words::refusal::Refusal;

pub fn read_frame(frame: &str) -> Frame {
    if frame.len() > CHANNEL_FRAME_BYTES_MAX {
        return Frame::TooLarge;
    }
    if trimmed(frame).eq_ignore_ascii_case("ping") {
        return Frame::Ping;
    }
    let found = members(frame, &["type", "filters", "since", "envelopeId", "result"]);
    let Some([kind, filters, since, envelope, result]) = found else {
        return Frame::Ignored;
    };
    let read = match kind.and_then(text).as_deref() {
        Some("subscribe") => {
            read_filters(filters).map(|filters| Frame::Subscribe { filters, since: since.and_then(read_seq) })
        }
        Some("unsubscribe") => read_filters(filters).map(|filters| Frame::Unsubscribe { filters }),
        Some("ack") => envelope
            .and_then(text)
            .map(|envelope_id| Frame::Ack { envelope_id, result: result.map_or("null", RawValue::get).to_owned() }),
        _ => None,
    };
    read.unwrap_or(Frame::Ignored)
}

/// Returns the usable ones of the first `MESSAGE_FILTERS_MAX` filters; `None` without a list.
fn read_filters(filters: Option<&RawValue>) -> Option<Vec<Filter>> {
    let all: Vec<&RawValue> = serde_json::from_str(filters?.get()).ok()?;
    Some(all.into_iter().take(MESSAGE_FILTERS_MAX).filter_map(read_filter).collect())
}

/// Reads a filter. One value that is not a text makes the filter unusable: without that value it would match more than its author meant.
fn read_filter(filter: &RawValue) -> Option<Filter> {
    // `BTreeMap` refuses a name that is not Unicode. Ignoring the name would widen the filter.
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(filter.get()).ok()?;
    let mut texts =
        members.into_iter().map(|(key, value)| Some((key, text(value)?))).collect::<Option<BTreeMap<_, _>>>()?;
    let kind = texts.remove("type")?;
    Filter::new(&kind, texts)
}

fn read_seq(value: &RawValue) -> Option<u64> {
    serde_json::from_str::<u64>(value.get()).ok().filter(|seq| *seq <= SEQ_MAX)
}

/// Reads the position of a device: the query parameters `since` and `epoch` (`hopeflow.md` 6).
pub fn read_resume(since: Option<&str>, epoch: Option<&str>) -> Result<Option<Resume>, Refusal> {
    let is_plain = |text: &str, digits: usize| (1..=digits).contains(&text.len()) && !text.starts_with('+');
    let epoch = match epoch {
        Some(text) if is_plain(text, 8) => Some(u32::from_str_radix(text, 16).map_err(|_| Refusal::BadCursor)?),
        Some(_) => return Err(Refusal::BadCursor),
        None => None,
    };
    let Some(since) = since else {
        return Ok(None);
    };
    let number = since.parse::<u64>().ok().filter(|seq| *seq <= SEQ_MAX && is_plain(since, 16));
    number.map(|since| Some(Resume { epoch, since })).ok_or(Refusal::BadCursor)
}

/// Reads the header `Idempotency-Key` (`core.md` 3).
pub fn read_key(header: Option<&str>) -> Result<Option<String>, PublishRefusal> {
    let is_key =
        |key: &str| (1..=WRITE_ID_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    match header {
        None => Ok(None),
        Some(key) if is_key(key) => Ok(Some(key.to_owned())),
        Some(_) => Err(PublishRefusal::BadKey),
    }
}

/// Refuses a body that is not JSON by its type. The caller checks the type before it reads the body.
pub fn takes_type(content_type: Option<&str>) -> Result<(), PublishRefusal> {
    let is_json = content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("application/json"));
    if is_json { Ok(()) } else { Err(PublishRefusal::UnsupportedMediaType) }
}

/// Reads a publish. Checks the type, the size and the body in the order of `hopeflow.md` 4; the caller has checked token and rate.
pub fn read_publish(
    publisher: &str,
    key: Option<String>,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Publish, PublishRefusal> {
    takes_type(content_type)?;
    if body.len() > PUBLISH_BYTES_MAX {
        return Err(PublishRefusal::TooLarge);
    }
    let body = std::str::from_utf8(body).map_err(|_| PublishRefusal::BadJson)?;
    // JSON that is no object is refused because it names no user.
    let [user, kind, payload, durable, ttl] =
        match members(body, &["userId", "type", "payload", "durable", "ttlSeconds"]) {
            Some(members) => members,
            None if serde_json::from_str::<&RawValue>(body).is_ok() => [None; 5],
            None => return Err(PublishRefusal::BadJson),
        };
    let user = user.and_then(text).ok_or(PublishRefusal::UserRequired)?;
    let user = trimmed(&user);
    if user.is_empty() || user.contains('\0') {
        return Err(PublishRefusal::UserRequired);
    }
    if user.len() > CHANNEL_USER_BYTES_MAX {
        return Err(PublishRefusal::UserTooLong);
    }
    let kind = kind.and_then(text).unwrap_or_default();
    let kind = if trimmed(&kind).is_empty() { "message" } else { trimmed(&kind) };
    Ok(Publish {
        publisher: publisher.to_owned(),
        key,
        user: user.to_owned(),
        kind: kind.to_owned(),
        payload: payload.map(|payload| payload.get().to_owned()),
        ttl_ms: read_ttl(durable, ttl)?,
    })
}

/// Returns the life of a durable envelope in milliseconds; `None` for one that is not durable.
fn read_ttl(durable: Option<&RawValue>, ttl: Option<&RawValue>) -> Result<Option<u64>, PublishRefusal> {
    if durable.is_none_or(|durable| durable.get() != "true") {
        return Ok(None);
    }
    let seconds = match ttl {
        None => ENVELOPE_TTL_S,
        Some(seconds) => serde_json::from_str(seconds.get()).map_err(|_| PublishRefusal::BadTtl)?,
    };
    let is_inside = (1..=ENVELOPE_TTL_S_MAX).contains(&seconds);
    if is_inside { Ok(Some(seconds * 1_000)) } else { Err(PublishRefusal::BadTtl) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(json: &str) -> usize {
        match read_frame(json) {
            Frame::Subscribe { filters, .. } => filters.len(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ping_in_every_spelling_and_nothing_else() {
        for ping in ["ping", " PING\n", "\u{feff}Ping\t"] {
            assert_eq!(read_frame(ping), Frame::Ping);
        }
        for other in ["pings", "\"ping\"", "pi ng", "", "pong"] {
            assert_eq!(read_frame(other), Frame::Ignored);
        }
    }

    #[test]
    fn what_is_not_understood_is_nothing() {
        for frame in [
            "null",
            "5",
            "[]",
            "{",
            "{}",
            r#"{"type":"later"}"#,
            r#"{"type":5}"#,
            r#"{"type":"Subscribe","filters":[]}"#,
            r#"{"type":"subscribe"}"#,
            r#"{"type":"subscribe","filters":{}}"#,
            r#"{"type":"unsubscribe","filters":null}"#,
            r#"{"type":"ack"}"#,
            r#"{"type":"ack","envelopeId":5}"#,
            r#"{"type":"ack","envelopeId":null}"#,
            r#"{"type":"subscribe","filters":[]} x"#,
        ] {
            assert_eq!(read_frame(frame), Frame::Ignored, "{frame}");
        }
    }

    #[test]
    fn one_bad_value_refuses_its_filter_and_no_other() {
        assert_eq!(
            filters(r#"{"type":"subscribe","filters":[{"type":"a"},{"type":"b","n":5},{"type":"c","k":"v"}]}"#),
            2
        );
        for bad in [
            "null",
            "5",
            "\"a\"",
            "[]",
            "{}",
            r#"["type"]"#,
            r#"{"type":" "}"#,
            r#"{"type":5}"#,
            r#"{"k":"v"}"#,
            r#"{"type":"a","k":null}"#,
            r#"{"type":"a","k":{}}"#,
            r#"{"type":"a","__proto__":{"k":"v"}}"#,
            r#"{"type":"a","\ud800":"v"}"#,
            r#"{"type":"a","k":"\ud800"}"#,
        ] {
            assert_eq!(filters(&format!(r#"{{"type":"subscribe","filters":[{bad},{{"type":"z"}}]}}"#)), 1, "{bad}");
        }
    }

    #[test]
    fn only_the_first_fifty_are_looked_at_valid_or_not() {
        let list: Vec<String> = (0..51).map(|n| format!(r#"{{"type":"t{n}"}}"#)).collect();
        assert_eq!(filters(&format!(r#"{{"type":"subscribe","filters":[{}]}}"#, list.join(","))), 50);
        let bad = format!(r#"{{"type":"subscribe","filters":[{},{}]}}"#, vec!["5"; 49].join(","), list.join(","));
        assert_eq!(filters(&bad), 1);
    }

    #[test]
    fn duplicate_names_and_proto_are_as_in_the_language_of_the_clients() {
        let Frame::Subscribe { filters, since } = read_frame(
            r#"{"type":"x","type":"subscribe","since":12,"filters":[{"type":"a","k":"1","k":"2","__proto__":"p"}]}"#,
        ) else {
            panic!("a subscription")
        };
        let expected = [("k", "2"), ("__proto__", "p")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(filters, [Filter::new("a", expected.into()).unwrap()]);
        assert_eq!(since, Some(12));
    }

    #[test]
    fn results_are_copied_as_they_are() {
        for (result, copied) in [
            (r#","result": {"b":1,"a":1e21} "#, r#"{"b":1,"a":1e21}"#),
            (r#","result":null"#, "null"),
            (r#","result":"\ud800""#, r#""\ud800""#),
            ("", "null"),
        ] {
            let ack = read_frame(&format!(r#"{{"type":"ack","envelopeId":"e"{result}}}"#));
            assert_eq!(ack, Frame::Ack { envelope_id: "e".into(), result: copied.into() });
        }
    }

    fn publish(body: &str) -> Result<Publish, PublishRefusal> {
        read_publish("p", None, Some("Application/JSON; charset=utf-8"), body.as_bytes())
    }

    #[test]
    fn a_publish_is_refused_with_the_first_thing_that_is_wrong() {
        let large = vec![b' '; PUBLISH_BYTES_MAX + 1];
        assert_eq!(read_publish("p", None, None, &large), Err(PublishRefusal::UnsupportedMediaType));
        assert_eq!(read_publish("p", None, Some("text/json"), b"{"), Err(PublishRefusal::UnsupportedMediaType));
        assert_eq!(read_publish("p", None, Some("application/json"), &large), Err(PublishRefusal::TooLarge));
        assert_eq!(read_publish("p", None, Some("application/json"), b"\"\xff\""), Err(PublishRefusal::BadJson));
        for body in ["", " ", "{", "{} x", "{'userId':'u'}", "nul", "\u{feff}{\"userId\":\"u\"}"] {
            assert_eq!(publish(body), Err(PublishRefusal::BadJson), "{body}");
        }
        for body in [
            "null",
            "5",
            "\"u\"",
            "[]",
            "{}",
            r#"{"userId":""}"#,
            r#"{"userId":" "}"#,
            r#"{"userId":5}"#,
            r#"{"userId":"a\u0000b"}"#,
        ] {
            assert_eq!(publish(body), Err(PublishRefusal::UserRequired), "{body}");
        }
        let user = |length: usize| publish(&format!(r#"{{"userId":" {} "}}"#, "u".repeat(length)));
        assert!(user(256).is_ok());
        assert_eq!(user(257), Err(PublishRefusal::UserTooLong));
    }

    #[test]
    fn a_publish_keeps_the_bytes_of_its_payload() {
        let read =
            publish(r#"{"userId":" u ","type":" t ","payload": {"z":1.0,"a":1e400 ,"s":"\ud800"},"envelopeId":"x"}"#)
                .unwrap();
        assert_eq!((read.user.as_str(), read.kind.as_str(), read.ttl_ms), ("u", "t", None));
        assert_eq!(read.payload.as_deref(), Some(r#"{"z":1.0,"a":1e400 ,"s":"\ud800"}"#));
        assert_eq!(publish(r#"{"userId":"u","payload":null}"#).unwrap().payload.as_deref(), Some("null"));
        for kind in ["", r#","type":" ""#, r#","type":5"#, r#","type":null"#] {
            let read = publish(&format!(r#"{{"userId":"u"{kind}}}"#)).unwrap();
            assert_eq!((read.kind.as_str(), read.payload), ("message", None));
        }
    }

    #[test]
    fn durable_is_asked_for_in_one_way() {
        let ttl = |members: &str| publish(&format!(r#"{{"userId":"u"{members}}}"#)).map(|publish| publish.ttl_ms);
        assert_eq!(ttl(r#","durable":true"#), Ok(Some(7 * 86_400_000)));
        assert_eq!(ttl(r#","durable":true,"ttlSeconds":1"#), Ok(Some(1_000)));
        assert_eq!(ttl(r#","durable":true,"ttlSeconds":2592000"#), Ok(Some(2_592_000_000)));
        for bad in ["0", "2592001", "-1", "1.5", "\"5\"", "null"] {
            assert_eq!(ttl(&format!(r#","durable":true,"ttlSeconds":{bad}"#)), Err(PublishRefusal::BadTtl), "{bad}");
            assert_eq!(
                ttl(&format!(r#","ttlSeconds":{bad}"#)),
                Ok(None),
                "{bad}: an unknown member of a plain publish"
            );
        }
        assert_eq!(ttl(r#","durable":"true""#), Ok(None));
    }

    #[test]
    fn keys_and_cursors() {
        assert_eq!(read_key(None), Ok(None));
        assert_eq!(read_key(Some("a-1")), Ok(Some("a-1".into())));
        for bad in ["", "a b", "\u{e9}", &"x".repeat(129)] {
            assert_eq!(read_key(Some(bad)), Err(PublishRefusal::BadKey), "{bad}");
        }
        assert_eq!(read_resume(None, None), Ok(None));
        assert_eq!(read_resume(Some("12"), Some("9f31c0aa")), Ok(Some(Resume { epoch: Some(0x9f31_c0aa), since: 12 })));
        for (since, epoch) in
            [("", None), ("-1", None), ("+1", None), ("9007199254740992", None), ("1", Some("xyz")), ("1", Some(""))]
        {
            assert_eq!(read_resume(Some(since), epoch), Err(Refusal::BadCursor), "{since} {epoch:?}");
        }
    }
}
