//! Frames of a raw socket (`messagehub.md` 2). The body is the frame's bytes; only `ping` and JSON with an id have a meaning.

use crate::codec::raw_json::{members, text};
use crate::machines::hub::RawFrame;
use crate::words::limits::{HUB_BODY_BYTES_MAX, WRITE_ID_BYTES_MAX};

impl RawFrame {
    pub fn of_text(frame: &str) -> RawFrame {
        match frame {
            "" => RawFrame::Empty,
            "ping" => RawFrame::Ping,
            _ if frame.len() > HUB_BODY_BYTES_MAX => RawFrame::TooLarge,
            _ => RawFrame::Message { id: own_id(frame) },
        }
    }

    /// Classifies a binary frame, which has no id and is no ping.
    pub fn of_bytes(frame: &[u8]) -> RawFrame {
        match frame.len() {
            0 => RawFrame::Empty,
            length if length > HUB_BODY_BYTES_MAX => RawFrame::TooLarge,
            _ => RawFrame::Message { id: None },
        }
    }
}

fn own_id(frame: &str) -> Option<String> {
    if !frame.trim_start().starts_with('{') {
        return None;
    }
    let [id] = members(frame, &["id"])?;
    let id = id.and_then(text)?;
    let is_id = (1..=WRITE_ID_BYTES_MAX).contains(&id.len()) && !id.chars().any(char::is_control);
    is_id.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        assert_eq!((RawFrame::of_text(""), RawFrame::of_bytes(b"")), (RawFrame::Empty, RawFrame::Empty));
        assert_eq!(RawFrame::of_text("ping"), RawFrame::Ping);
        let plain = RawFrame::Message { id: None };
        for frame in [
            "Ping",
            " ping",
            "hi",
            "null",
            "[1]",
            "{",
            "{}",
            r#"{"id":5}"#,
            r#"{"id":""}"#,
            r#"{"a":{"id":"x"}}"#,
            r#"[{"id":"x"}]"#,
            r#"{"id":"a\nb"}"#,
            r#"{"id":"\ud800"}"#,
            r#"{"id":"x"} y"#,
        ] {
            assert_eq!(RawFrame::of_text(frame), plain, "{frame}");
        }
        for (frame, id) in
            [(r#"{"id":"x"}"#, "x"), (r#" { "b":1, "id" : "\u00e9" } "#, "\u{e9}"), (r#"{"id":"a","id":"b"}"#, "b")]
        {
            assert_eq!(RawFrame::of_text(frame), RawFrame::Message { id: Some(id.into()) }, "{frame}");
        }
        assert_eq!(RawFrame::of_text(&format!(r#"{{"id":"{}"}}"#, "x".repeat(129))), plain);
        assert_eq!((RawFrame::of_bytes(b"ping"), RawFrame::of_bytes(br#"{"id":"x"}"#)), (plain.clone(), plain.clone()));
    }

    #[test]
    fn the_limit_counts_bytes() {
        let plain = RawFrame::Message { id: None };
        assert_eq!(RawFrame::of_text(&"x".repeat(65_536)), plain);
        assert_eq!(RawFrame::of_text(&"x".repeat(65_537)), RawFrame::TooLarge);
        assert_eq!(RawFrame::of_text(&"\u{e9}".repeat(32_768)), plain);
        assert_eq!(RawFrame::of_text(&"\u{e9}".repeat(32_769)), RawFrame::TooLarge);
        assert_eq!((RawFrame::of_bytes(&[0; 65_536]), RawFrame::of_bytes(&[0; 65_537])), (plain, RawFrame::TooLarge));
    }
}
