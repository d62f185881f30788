//! Bodies: bytes that leave as they came, told as a text or as bytes (`messagehub.md` 1.2, 4.1).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::codec::json::json_text;
use crate::machines::hub::{Body, Item};

impl Item {
    /// The item as JSON (`messagehub.md` 4.1), on one line.
    pub fn json(&self) -> String {
        let mut out = self.members();
        let _ = write!(out, ",\"contentType\":{}", json_text(&self.content_type));
        push_body(&mut out, &self.body);
        out.push('}');
        out
    }

    /// The same as a frame of `messagehub.v1`: a plain text does not say so.
    pub fn frame(&self) -> String {
        let mut out = self.members().replacen('{', "{\"op\":\"msg\",", 1);
        if self.content_type != "text/plain" {
            let _ = write!(out, ",\"contentType\":{}", json_text(&self.content_type));
        }
        push_body(&mut out, &self.body);
        out.push('}');
        out
    }

    fn members(&self) -> String {
        let Self { seq, id, ts, sender, .. } = self;
        let sender = sender.as_deref().map_or_else(|| "null".to_owned(), json_text);
        format!("{{\"seq\":{seq},\"id\":{},\"ts\":{ts},\"sender\":{sender}", json_text(id))
    }
}

fn push_body(out: &mut String, body: &Body) {
    let _ = match body {
        Body::Text(text) => write!(out, ",\"body\":{}", json_text(text)),
        Body::Bytes(bytes) => write!(out, ",\"b64\":\"{}\"", BASE64_STANDARD.encode(bytes)),
    };
}
