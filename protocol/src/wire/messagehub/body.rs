//! Bodies of messages in JSON, as text or as base64 of their bytes (`messagehub.md` 1.2, 4.1).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::codec::json::{Value, json_text};
use crate::machines::hub::{Body, Item};

impl Item {
    /// Returns the item as JSON on one line (`messagehub.md` 4.1).
    pub fn json(&self) -> String {
        let mut out = self.members();
        let _ = write!(out, ",\"contentType\":{}", json_text(&self.content_type));
        push_body(&mut out, &self.body);
        out.push('}');
        out
    }

    /// Reads what [`Item::json`] wrote.
    pub fn of_json(line: &str) -> Option<Self> {
        let item = Value::parse(line)?;
        let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| item.get(name).and_then(Value::as_u64);
        let body = match text("body") {
            Some(body) => Body::Text(body),
            None => Body::Bytes(BASE64_STANDARD.decode(text("b64")?).ok()?),
        };
        let (seq, ts, content_type) = (number("seq")?, number("ts")?, text("contentType")?);
        Some(Self { seq, id: text("id")?, ts, sender: text("sender"), content_type, body })
    }

    /// Returns the item as a frame of `messagehub.v1`. The type `text/plain` is left out.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ODD_TEXTS;

    #[test]
    fn an_item_is_read_as_it_was_written() {
        for text in ODD_TEXTS {
            for body in [Body::Text(text.to_owned()), Body::Bytes(text.as_bytes().to_vec())] {
                let (id, sender) = (text.to_owned(), Some(text.to_owned()));
                for sender in [None, sender] {
                    let (id, body, content_type) = (id.clone(), body.clone(), text.to_owned());
                    let item = Item { seq: 7, id, ts: 1_795_000_000_000, sender, content_type, body };
                    assert_eq!(Item::of_json(&item.json()), Some(item));
                }
            }
        }
        for bad in ["", "{}", r#"{"seq":1,"id":"a","ts":1,"sender":null,"contentType":"a/b","b64":"!"}"#] {
            assert_eq!(Item::of_json(bad), None, "{bad}");
        }
    }
}
