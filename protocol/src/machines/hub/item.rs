//! Messages of a hub room: bytes that are forwarded unchanged, sent as a text or as bytes (`messagehub.md` 1.2).

use crate::words::event::Millis;
use crate::words::limits::HUB_CONTENT_TYPE_BYTES_MAX;

/// An opaque body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Leaves in text frames.
    Text(String),
    /// Leaves in binary frames.
    Bytes(Vec<u8>),
}

/// A stored message, as readers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub seq: u64,
    pub id: String,
    pub ts: Millis,
    /// Id of the writer; `None` for the anonymous.
    pub sender: Option<String>,
    /// Content type of the writer, or the default of its kind.
    pub content_type: String,
    pub body: Body,
}

impl Body {
    /// Converts the body of a request: a text if its type says so and the bytes are valid.
    pub fn of_request(content_type: Option<&str>, bytes: Vec<u8>) -> Self {
        if !content_type.is_none_or(is_text_type) {
            return Self::Bytes(bytes);
        }
        String::from_utf8(bytes).map_or_else(|error| Self::Bytes(error.into_bytes()), Self::Text)
    }

    /// Returns `true` if the body leaves in text frames.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// Returns the type of a body whose writer did not set one.
    pub fn default_type(&self) -> &'static str {
        match self {
            Self::Text(_) => "text/plain",
            Self::Bytes(_) => "application/octet-stream",
        }
    }

    /// The writer's type, if it is one that can be passed on.
    pub fn type_of(&self, said: Option<&str>) -> String {
        let is_usable =
            |said: &&str| (1..=HUB_CONTENT_TYPE_BYTES_MAX).contains(&said.len()) && !said.chars().any(char::is_control);
        said.map(str::trim).filter(is_usable).unwrap_or(self.default_type()).to_owned()
    }
}

pub fn is_text_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let named = ["", "application/json", "application/xml", "application/x-www-form-urlencoded"];
    named.contains(&essence.as_str())
        || essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_says_so_and_is_one() {
        for (content_type, is_text) in [
            (None, true),
            (Some(""), true),
            (Some("text/html; charset=utf-8"), true),
            (Some("Application/JSON"), true),
            (Some("application/ld+json;x=1"), true),
            (Some("image/svg+xml"), true),
            (Some("application/xml"), true),
            (Some("application/x-www-form-urlencoded"), true),
            (Some("application/octet-stream"), false),
            (Some("image/png"), false),
            (Some("application/jsonx"), false),
        ] {
            let body = Body::of_request(content_type, b"hi".to_vec());
            assert_eq!(matches!(body, Body::Text(_)), is_text, "{content_type:?}");
            assert_eq!(body.bytes(), b"hi");
            assert!(matches!(Body::of_request(content_type, vec![0xff]), Body::Bytes(_)), "not UTF-8");
        }
        let text = Body::Text("x".into());
        assert_eq!((text.type_of(None), text.type_of(Some("a\nb"))), ("text/plain".into(), "text/plain".into()));
        assert_eq!(text.type_of(Some(" text/html ")), "text/html");
    }
}
