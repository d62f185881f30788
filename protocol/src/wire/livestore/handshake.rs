//! The request that opens a socket (`livestore.md` 2 and 14). All refusals happen here: a client whose socket is accepted and then closed
//! would reconnect forever.

use serde_json::value::RawValue;
use thiserror::Error;

use crate::codec::percent::decoded;
use crate::codec::raw_json::{members, text};
use crate::trust::jwt::{Claims, covers};
use crate::words::limits::{CHAIN_FIELD_BYTES_MAX, STORE_ID_BYTES_MAX, STORE_PAYLOAD_BYTES_MAX};

/// Request of a client for a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    pub store_id: String,
    /// JSON text. `None`, the absence of a payload, differs from `null`.
    pub payload: Option<String>,
}

/// Refusal of a request: the answer is 400 with this text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HandshakeRefusal {
    /// Missing, doubled, too long or with control characters.
    #[error("Invalid search params: storeId")]
    StoreId,
    /// Not JSON, not decodable or too long.
    #[error("Invalid search params: payload")]
    Payload,
}

/// Reads the query of the request as it was sent (without `?`).
pub fn read_query(query: &str) -> Result<Handshake, HandshakeRefusal> {
    let mut store_id = None;
    let mut payload = None;
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let slot = match decoded(name, true).as_deref() {
            Some("storeId") => (&mut store_id, HandshakeRefusal::StoreId),
            Some("payload") => (&mut payload, HandshakeRefusal::Payload),
            _ => continue,
        };
        let (slot, refusal) = slot;
        let value = decoded(value, true).ok_or(refusal)?;
        if slot.replace(value).is_some() {
            return Err(refusal);
        }
    }
    let is_id = |id: &String| {
        (1..=STORE_ID_BYTES_MAX).contains(&id.len()) && !id.chars().any(|c| c <= '\u{1f}' || c == '\u{7f}')
    };
    let store_id = store_id.filter(is_id).ok_or(HandshakeRefusal::StoreId)?;
    let payload = payload.map(|payload| read_payload(&payload).ok_or(HandshakeRefusal::Payload)).transpose()?;
    Ok(Handshake { store_id, payload })
}

/// Decodes a payload that is percent-encoded once or twice; the published client encodes it twice.
fn read_payload(once: &str) -> Option<String> {
    let text = decoded(once, false)?;
    let is_json = text.len() <= STORE_PAYLOAD_BYTES_MAX && serde_json::from_str::<&RawValue>(&text).is_ok();
    is_json.then_some(text)
}

/// Returns the token of a payload that is an object with one (`LIVESTORE_AUTH`).
pub fn auth_token(payload: Option<&str>) -> Option<String> {
    member(payload, "authToken")
}

/// Returns the client id of a payload that is an object with one (`livestore.md` 9.3 c).
pub fn client_id(payload: Option<&str>) -> Option<String> {
    member(payload, "clientId").filter(|id| (1..=CHAIN_FIELD_BYTES_MAX).contains(&id.len()))
}

fn member(payload: Option<&str>, name: &str) -> Option<String> {
    let [value] = members(payload?, &[name])?;
    value.and_then(text)
}

/// Returns `true` if a token opens a store: the claim `stores` has exact ids, and prefixes that end in `*`.
pub fn may_open(claims: &Claims, store_id: &str) -> bool {
    claims.list("stores").is_some_and(|stores| stores.iter().any(|pattern| covers(pattern, store_id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::jwt::{Keys, sign};

    fn read(query: &str) -> Result<(String, Option<String>), HandshakeRefusal> {
        read_query(query).map(|handshake| (handshake.store_id, handshake.payload))
    }

    #[test]
    fn the_captured_requests_are_read() {
        let query = "storeId=capture-mwolvyc4&payload=%257B%2522authToken%2522%253A%2522tok%2520en%252F%25C3%25A4%2522%252C%2522n%2522%253A1%257D";
        let payload = "{\"authToken\":\"tok en/\u{e4}\",\"n\":1}";
        assert_eq!(read(query), Ok(("capture-mwolvyc4".into(), Some(payload.into()))));
        assert_eq!(auth_token(Some(payload)).as_deref(), Some("tok en/\u{e4}"));
        assert_eq!(read("storeId=capture-mwolvyc4"), Ok(("capture-mwolvyc4".into(), None)));
    }

    #[test]
    fn a_payload_is_decoded_twice_and_once_is_read_too() {
        assert_eq!(read("storeId=a&payload=%7B%22a%22%3A%22b+c%22%7D").unwrap().1.as_deref(), Some(r#"{"a":"b c"}"#));
        assert_eq!(read("storeId=a&payload=null").unwrap().1.as_deref(), Some("null"));
        assert_eq!(read("storeId=a&payload=%2522%252B%2522").unwrap().1.as_deref(), Some("\"+\""));
        for bad in ["", "%257B", "%2525", "%22%25%22", "%25zz", "{}x", "%", "%25c3"] {
            assert_eq!(read(&format!("storeId=a&payload={bad}")), Err(HandshakeRefusal::Payload), "{bad}");
        }
        assert_eq!(read("storeId=a&payload=1&payload=1"), Err(HandshakeRefusal::Payload));
        assert!(read(&format!("storeId=a&payload=%22{}%22", "x".repeat(8_190))).is_ok());
        assert_eq!(read(&format!("storeId=a&payload=%22{}%22", "x".repeat(8_191))), Err(HandshakeRefusal::Payload));
    }

    #[test]
    fn a_store_id_is_taken_whole() {
        for (query, id) in
            [("storeId=a-b", "a-b"), ("storeId=a_b", "a_b"), ("storeId=Room", "Room"), ("x=1&storeId=a+b%2Fc", "a b/c")]
        {
            assert_eq!(read(query).unwrap().0, id);
        }
        assert_eq!(read(&format!("storeId={}", "x".repeat(256))).unwrap().0.len(), 256);
        let long = format!("storeId={}", "x".repeat(257));
        for bad in [
            "",
            "storeId",
            "storeId=",
            "storeId=a&storeId=a",
            "storeid=a",
            "storeId=%00",
            "storeId=%7f",
            "storeId=%ff",
            "storeId=%",
            &long,
        ] {
            assert_eq!(read(bad), Err(HandshakeRefusal::StoreId), "{bad}");
        }
        assert!(HandshakeRefusal::StoreId.to_string().starts_with("Invalid search params: "));
    }

    #[test]
    fn a_token_opens_the_stores_it_names() {
        const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
        let may = |claims: &str| {
            let claims = Keys { secret: SECRET, ..Keys::default() }.verify(&sign(SECRET, claims), 5).unwrap();
            may_open(&claims, "team-1")
        };
        assert!(may(r#"{"stores":["team-1"]}"#) && may(r#"{"stores":["x","team-*"]}"#));
        assert!(!may("{}") && !may(r#"{"stores":"team-1"}"#) && !may(r#"{"stores":["team-2","Team-*"]}"#));
        for none in [None, Some("null"), Some("{}"), Some(r#"{"authToken":5}"#), Some(r#"["authToken"]"#)] {
            assert_eq!(auth_token(none), None);
        }
    }
}
