//! Permission from the owner's server (`livestore.md` 14.1): the question, the meaning of the answer, and the time for which it is valid.

use sha2::{Digest, Sha256};

use crate::codec::json::{Value, json_text};
use crate::words::event::Millis;
use crate::words::limits::{STORE_AUTH_CACHE_MS_MAX, STORE_AUTH_REASON_CHARS_MAX};

/// Reason for a refusal whose answer gives none.
const NOT_ALLOWED: &str = "Invalid payload: not allowed";
/// Reason for a permission that has already expired. A socket that is accepted and then closed would reconnect at once.
const ENDED: &str = "Invalid payload: the permission has ended";

/// Question about a client that wants to open a store.
#[derive(Clone, Copy, Debug)]
pub struct PermissionQuestion<'a> {
    pub store_id: &'a str,
    /// JSON text of the payload; `None` when there was none.
    pub payload: Option<&'a str>,
    /// The client is of version 0.4.
    pub is_rpc: bool,
}

impl PermissionQuestion<'_> {
    pub fn json(&self) -> String {
        let store_id = json_text(self.store_id);
        let payload = self.payload.map(|payload| format!(",\"payload\":{payload}")).unwrap_or_default();
        let version = if self.is_rpc { "0.4" } else { "0.3.1" };
        format!("{{\"storeId\":{store_id}{payload},\"clientVersion\":\"{version}\"}}")
    }

    /// Returns the cache key of a verdict: a digest of everything that is sent to the owner's server.
    pub fn digest(&self, cookies: Option<&str>) -> [u8; 32] {
        let told = Sha256::new().chain_update(self.json());
        // The zero byte, which JSON text never has, separates the question from the cookies.
        told.chain_update([0_u8]).chain_update(cookies.unwrap_or_default()).finalize().into()
    }
}

/// Answer of the owner's server.
#[derive(Clone, Copy, Debug, Default)]
pub struct PermissionAnswer<'a> {
    pub status: u16,
    pub content_type: Option<&'a str>,
    pub cache_control: Option<&'a str>,
    /// The beginning of the body.
    pub body: &'a str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    Granted {
        /// Time at which the server closes the client's socket.
        expires_at: Option<Millis>,
        /// Time for which the verdict may be cached; 0 for a single use.
        cached_ms: Millis,
    },
    /// The client may not open the store. The text is for people.
    Refused(String),
    /// The owner's server gave no usable answer.
    Unanswered,
}

/// Reads an answer that came at `now`.
pub fn read_permission(answer: &PermissionAnswer<'_>, now: Millis) -> Permission {
    match answer.status {
        200..=299 => granted(answer, now),
        401 | 403 => Permission::Refused(reason(answer)),
        _ => Permission::Unanswered,
    }
}

/// Reads a granting answer. A body that begins as a record but is not readable grants nothing, because its `expiresAt` would be lost.
fn granted(answer: &PermissionAnswer<'_>, now: Millis) -> Permission {
    let Ok(expires_at) = end_of(answer.body) else { return Permission::Unanswered };
    if expires_at.is_some_and(|at| at <= now) {
        return Permission::Refused(ENDED.to_owned());
    }
    Permission::Granted { expires_at, cached_ms: cached_ms(answer.cache_control.unwrap_or_default()) }
}

fn end_of(body: &str) -> Result<Option<Millis>, ()> {
    // Some servers write a byte order mark before their JSON.
    let body = body.trim_start_matches('\u{feff}').trim();
    if !body.starts_with('{') {
        return Ok(None);
    }
    let members = Value::parse(body).ok_or(())?;
    match members.get("expiresAt") {
        None | Some(Value::Null) => Ok(None),
        Some(at) => at.as_u64().map(Some).ok_or(()),
    }
}

fn reason(answer: &PermissionAnswer<'_>) -> String {
    let kind = answer.content_type.unwrap_or_default().to_ascii_lowercase();
    let letters = answer.body.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let words: String = letters.take(STORE_AUTH_REASON_CHARS_MAX).collect();
    let words = words.trim();
    if kind.starts_with("text/plain") && !words.is_empty() { words.to_owned() } else { NOT_ALLOWED.to_owned() }
}

fn cached_ms(cache_control: &str) -> Millis {
    let mut seconds = 0;
    for directive in cache_control.to_ascii_lowercase().split(',').map(str::trim) {
        if directive.starts_with("no-") {
            return 0;
        }
        if let Some(age) = directive.strip_prefix("max-age=") {
            seconds = age.parse::<u64>().unwrap_or(0);
        }
    }
    seconds.saturating_mul(1_000).min(STORE_AUTH_CACHE_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: PermissionQuestion<'_> = PermissionQuestion { store_id: "a\"b", payload: None, is_rpc: false };

    fn read(status: u16, cache_control: &str, body: &str) -> Permission {
        let content_type = Some("Text/Plain; charset=utf-8");
        let answer = PermissionAnswer { status, content_type, cache_control: Some(cache_control), body };
        read_permission(&answer, 1_000)
    }

    fn granted(expires_at: Option<Millis>, cached_ms: Millis) -> Permission {
        Permission::Granted { expires_at, cached_ms }
    }

    #[test]
    fn the_question_has_the_payload_as_it_came() {
        assert_eq!(QUESTION.json(), r#"{"storeId":"a\"b","clientVersion":"0.3.1"}"#);
        let full = PermissionQuestion { payload: Some(r#"{"b":1e3, "a":null}"#), is_rpc: true, ..QUESTION };
        assert_eq!(full.json(), r#"{"storeId":"a\"b","payload":{"b":1e3, "a":null},"clientVersion":"0.4"}"#);
    }

    #[test]
    fn a_verdict_is_kept_for_all_that_was_told() {
        let key = QUESTION.digest(None);
        assert_eq!(key, QUESTION.digest(Some("")));
        let others = [
            PermissionQuestion { store_id: "a", ..QUESTION }.digest(None),
            PermissionQuestion { payload: Some("null"), ..QUESTION }.digest(None),
            PermissionQuestion { is_rpc: true, ..QUESTION }.digest(None),
            QUESTION.digest(Some("s=1")),
        ];
        assert!(others.iter().all(|other| *other != key));
    }

    #[test]
    fn a_status_decides() {
        for status in [200, 204, 299] {
            assert_eq!(read(status, "", ""), granted(None, 0), "{status}");
        }
        for status in [401, 403] {
            assert_eq!(read(status, "max-age=5", " no seat\nleft "), Permission::Refused("no seat left".into()));
        }
        for status in [0, 100, 302, 400, 404, 410, 429, 500, 503] {
            assert_eq!(read(status, "max-age=5", "x"), Permission::Unanswered, "{status}");
        }
    }

    #[test]
    fn a_permission_may_end() {
        for body in [r#" {"expiresAt":1001} "#, "\u{feff}{\"expiresAt\":1001}"] {
            assert_eq!(read(200, "", body), granted(Some(1_001), 0), "{body}");
        }
        for none in ["{}", r#"{"expiresAt":null}"#, "ok", "null", "[1]"] {
            assert_eq!(read(200, "", none), granted(None, 0), "{none}");
        }
        assert_eq!(read(200, "", r#"{"expiresAt":1000}"#), Permission::Refused(ENDED.into()));
        for bad in [r#"{"expiresAt":"1001"}"#, r#"{"expiresAt":-1}"#, r#"{"expiresAt":1.5}"#, r#"{"expiresAt":10"#] {
            assert_eq!(read(200, "", bad), Permission::Unanswered, "{bad}");
        }
    }

    #[test]
    fn a_verdict_counts_again_for_its_age() {
        for (header, cached_ms) in [
            ("max-age=60", 60_000),
            ("private, Max-Age=60", 60_000),
            ("max-age=3601", 3_600_000),
            ("max-age=99999999999999999999", 0),
            ("max-age=0", 0),
            ("max-age=-1", 0),
            ("max-age=60, no-store", 0),
            ("no-cache, max-age=60", 0),
            ("s-maxage=60", 0),
            ("", 0),
        ] {
            assert_eq!(read(200, header, ""), granted(None, cached_ms), "{header}");
        }
    }

    #[test]
    fn a_reason_is_a_short_plain_text() {
        assert_eq!(read(403, "", &"é".repeat(300)), Permission::Refused("é".repeat(200)));
        assert_eq!(read(403, "", " "), Permission::Refused(NOT_ALLOWED.into()));
        let html =
            PermissionAnswer { status: 403, content_type: Some("text/html"), body: "<b>no</b>", ..Default::default() };
        assert_eq!(read_permission(&html, 0), Permission::Refused(NOT_ALLOWED.into()));
    }
}
