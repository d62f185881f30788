//! The call of old clients (`wasmchannel.md` 4), in both of its forms.
//!
//! The specification and the original's page (oRPC's OpenAPI link) use plain JSON. oRPC's RPC link wraps request and answer, a refusal as
//! well, into `json`; `meta` beside it marks the values whose types JSON does not have.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::history::{read_cursor, read_limit};
use crate::codec::raw_json;
use crate::wire::messenger::Members;
use crate::words::refusal::Refusal;

/// Mark of a date in oRPC's `meta`.
const DATE: u32 = 1;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    pub room: Option<String>,
    /// Cursor at which the page ends.
    pub cursor: Option<String>,
    pub limit: Option<String>,
}

/// Reads an optional body. A wrapper takes precedence; members beside it are checked for their form and then ignored.
pub fn page_wanted(text: Option<String>) -> Result<PageRequest, Refusal> {
    let Some(text) = text else { return Ok(PageRequest::default()) };
    let members = Members::read(text, &["roomId", "cursor", "limit", "json"])?;
    let plain = members_wanted(&members)?;
    // The source text of the wrapper is read as strictly as a body.
    let wrapper = raw_json::members(members.source(), &["json"]).and_then(|[json]| json).map(RawValue::get);
    let Some(wrapper) = wrapper.filter(|json| *json != "null") else { return Ok(plain) };
    if !wrapper.starts_with('{') {
        return Err(Refusal::validation("json", "This member is an object."));
    }
    read_cursor(plain.cursor.as_deref())?;
    read_limit(plain.limit.as_deref())?;
    members_wanted(&Members::read(wrapper.to_owned(), &["roomId", "cursor", "limit"])?)
}

fn members_wanted(members: &Members) -> Result<PageRequest, Refusal> {
    let room = members.text("roomId")?.map(str::to_owned);
    let limit = members.number("limit")?.map(|limit| limit.to_string());
    Ok(PageRequest { room, cursor: members.text("cursor")?.map(str::to_owned), limit })
}

/// Returns `true` if a body has oRPC's wrapper. Broken bodies are read as far as possible, because the client of the wrapper also reads
/// their refusals.
pub fn is_wrapped(text: &str) -> bool {
    let mut is_found = false;
    let _ = serde_json::Deserializer::from_str(text).deserialize_map(Names(&mut is_found));
    is_found
}

struct Names<'a>(&'a mut bool);

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            *self.0 |= name == "json";
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Wraps an answer, which is JSON text.
pub fn wrapped(json: &str) -> String {
    format!("{{\"json\":{json}}}")
}

/// Wraps a page and marks its dates, which the client reads as dates.
pub fn wrapped_page(page: &str) -> String {
    let read = serde_json::from_str::<Value>(page).ok();
    let messages = read.as_ref().and_then(|page| page["messages"].as_array()).map(Vec::as_slice).unwrap_or_default();
    let dates = messages.iter().enumerate().flat_map(|(at, message)| {
        let names = ["createdAt", "updatedAt", "deletedAt"].into_iter().filter(|name| message[*name].is_string());
        names.map(move |name| format!("[{DATE},\"messages\",{at},\"{name}\"]"))
    });
    let dates = dates.collect::<Vec<String>>().join(",");
    if dates.is_empty() { wrapped(page) } else { format!("{{\"json\":{page},\"meta\":[{dates}]}}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str) -> Result<PageRequest, Refusal> {
        page_wanted(Some(text.to_owned()))
    }

    fn limited(limit: &str) -> Result<PageRequest, Refusal> {
        Ok(PageRequest { limit: Some(limit.to_owned()), ..PageRequest::default() })
    }

    #[test]
    fn a_body_is_read_in_both_forms() {
        assert_eq!(page_wanted(None), Ok(PageRequest::default()));
        let whole = Ok(PageRequest { room: Some("r".into()), cursor: Some("812".into()), limit: Some("20".into()) });
        assert_eq!(wanted(r#"{"roomId":"r","cursor":"812","limit":20,"x":[]}"#), whole);
        assert_eq!(wanted(r#"{"json":{"roomId":"r","cursor":"812","limit":20,"x":[]},"meta":[[3,"x"]]}"#), whole);
        assert_eq!(wanted(r#"{"json":{"limit":2},"roomId":"r","limit":20}"#), limited("2"));
        assert_eq!(wanted(r#"{"json":{}}"#), Ok(PageRequest::default()));
        assert_eq!(wanted(r#"{"json":null,"limit":2}"#), limited("2"), "null is nothing");
    }

    #[test]
    fn a_wrapper_is_read_as_strictly_as_a_body() {
        for (json, code) in [
            (r#"{"limit":"2"}"#, "VALIDATION"),
            (r#"{"limit":2.5}"#, "VALIDATION"),
            (r#"{"cursor":812}"#, "VALIDATION"),
            (r#"{"roomId":[]}"#, "VALIDATION"),
            (r#"{"limit":1,"limit":2}"#, "BAD_JSON"),
            (r#"{"cursor":"\ud800"}"#, "INVALID_TEXT"),
            ("{", "BAD_JSON"),
        ] {
            let codes = [json.to_owned(), format!("{{\"json\":{json}}}")].map(|text| wanted(&text).unwrap_err().code());
            assert_eq!(codes, [code, code], "{json}");
        }
        for json in ["5", "\"x\"", "[]", "true"] {
            let text = format!("{{\"json\":{json}}}");
            assert_eq!((wanted(&text).unwrap_err().code(), is_wrapped(&text)), ("VALIDATION", true), "{json}");
        }
        assert_eq!(wanted(r#"{"json":{},"json":{}}"#), Err(Refusal::BadJson));
        assert_eq!(wanted(r#"{"json":{},"limit":-1}"#), Err(Refusal::BadCursor), "what stands beside it has its form");
    }

    #[test]
    fn a_wrapper_is_known_as_far_as_a_body_can_be_read() {
        for text in [r#"{"json":{}}"#, r#"{"meta":[],"json":5}"#, r#"{"json":{"cursor":"\ud800"}}"#, r#"{"json":{}"#] {
            assert!(is_wrapped(text), "{text}");
        }
        for text in ["", "{}", "[]", "5", r#"{"limit":1}"#, r#"{"a":{"json":{}}}"#, r#"{"a",:"json":{}}"#, r#"{"json"#]
        {
            assert!(!is_wrapped(text), "{text}");
        }
    }

    #[test]
    fn dates_of_a_page_are_named_and_nothing_else_is_touched() {
        let empty = r#"{"messages":[],"source":"database","nextCursor":null,"more":false}"#;
        assert_eq!(wrapped_page(empty), format!("{{\"json\":{empty}}}"));
        let stored =
            r#"{"createdAt":"2026-11-20T06:00:00.000Z","updatedAt":"2026-11-20T06:00:00.000Z","deletedAt":null}"#;
        let gone = r#"{"deletedAt":"2026-11-20T06:00:00.000Z","message":"createdAt","seq":1}"#;
        let page = format!("{{\"messages\":[{stored},{gone}],\"source\":\"database\"}}");
        let meta = r#"[[1,"messages",0,"createdAt"],[1,"messages",0,"updatedAt"],[1,"messages",1,"deletedAt"]]"#;
        assert_eq!(wrapped_page(&page), format!("{{\"json\":{page},\"meta\":{meta}}}"));
    }
}
