//! Bodies sent to the address of an integration (`integrations.md` 2 and 3): plain text, or the shapes of Slack and Discord. Each becomes
//! the text of one message; nothing in a body is executed. `machines::room` decides who may send.

mod discord;
mod own_bots;
mod slack;

pub use own_bots::{
    BotBody, BotToken, WebhookBody, bot_token, challenge_json, delivery_json, is_bot_token, is_echo, read_bot,
    read_bot_token, refused_url,
};

use crate::codec::json::Value;
use crate::codec::percent::decoded;
use crate::content::text::check_content;
use crate::words::limits::CONTENT_UNITS_MAX;
use crate::words::refusal::Refusal;

/// Shape of a body, which decides the form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyShape {
    /// The text itself.
    Plain,
    /// `text`, `blocks`, `attachments`.
    Slack,
    /// `username`, `content`, `embeds`.
    Discord,
}

/// Text of a body, ready for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingText {
    pub shape: BodyShape,
    /// Name that the sender gives itself.
    pub name: Option<String>,
    /// Text, within the limits of a message.
    pub content: String,
}

impl IncomingText {
    fn unnamed(shape: BodyShape, content: String) -> Self {
        Self { shape, name: None, content }
    }
}

const CUT: char = '…';
/// Beginning of a form body with a message in Slack's shape.
const PAYLOAD: &str = "payload=";

/// Reads a body of this content type.
/// Errors: `UNSUPPORTED_MEDIA_TYPE`, `INVALID_TEXT` for a body that is not UTF-8, `BAD_JSON`, and `VALIDATION` for a body without text.
pub fn read_incoming(content_type: &str, body: Vec<u8>) -> Result<IncomingText, Refusal> {
    let body = String::from_utf8(body).map_err(|_| Refusal::InvalidText)?;
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let incoming = match kind.as_str() {
        "application/json" => read_json(&body)?,
        "application/x-www-form-urlencoded" => match body.strip_prefix(PAYLOAD) {
            Some(field) => IncomingText::unnamed(BodyShape::Slack, read_field(field)?),
            None => IncomingText::unnamed(BodyShape::Plain, body),
        },
        "" => IncomingText::unnamed(BodyShape::Plain, body),
        kind if kind.starts_with("text/") => IncomingText::unnamed(BodyShape::Plain, body),
        _ => return Err(Refusal::UnsupportedMediaType),
    };
    let content = fitting(&incoming.content);
    check_content(&content).map_err(|_| Refusal::validation("text", "There is no text in this body."))?;
    Ok(IncomingText { content, ..incoming })
}

fn read_json(body: &str) -> Result<IncomingText, Refusal> {
    let message = object(body)?;
    let is_given = |name: &&str| message.get(name).is_some_and(|value| *value != Value::Null);
    let is_discord = ["content", "embeds"].iter().any(is_given);
    if !is_discord {
        return Ok(IncomingText::unnamed(BodyShape::Slack, slack::text_of(&message)));
    }
    let (name, content) = (discord::name_of(&message), discord::text_of(&message));
    Ok(IncomingText { shape: BodyShape::Discord, name, content })
}

/// Reads the field `payload` of a form, up to the next field.
fn read_field(field: &str) -> Result<String, Refusal> {
    let field = field.split('&').next().unwrap_or_default();
    Ok(slack::text_of(&object(&decoded(field, true).ok_or(Refusal::BadJson)?)?))
}

fn object(text: &str) -> Result<Value, Refusal> {
    Value::parse(text).filter(|value| value.as_object().is_some()).ok_or(Refusal::BadJson)
}

/// Normalizes line ends, removes control characters, and cuts the text to the length of a message.
fn fitting(text: &str) -> String {
    let plain = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n").replace('\t', " ");
    let plain: String = plain.chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect();
    let plain = plain.trim();
    if plain.encode_utf16().count() <= CONTENT_UNITS_MAX {
        return plain.to_owned();
    }
    let mut units = CUT.len_utf16();
    let kept: String = plain
        .chars()
        .take_while(|letter| {
            units += letter.len_utf16();
            units <= CONTENT_UNITS_MAX
        })
        .collect();
    format!("{}{CUT}", kept.trim_end())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(scalar).unwrap_or_default()
}

/// Returns a text, or the JSON text of a number, of `true` or of `false`: senders write `7` where they mean `"7"`.
fn scalar(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) | Value::Number(text) => Some(text),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        Value::Null | Value::List(_) | Value::Record(_) => None,
    }
}

/// Reads each item of a list and drops empty texts.
fn texts(list: Option<&Value>, read: impl Fn(&Value) -> String) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.map(read).filter(|text| !text.trim().is_empty()).collect()
}

fn lines(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.trim().is_empty()).collect();
    parts.join("\n")
}

/// Returns a label with its address, or only one of them if they are equal.
fn linked(label: &str, address: &str) -> String {
    match (label, address) {
        (label, "") => label.to_owned(),
        ("", address) => address.to_owned(),
        (label, address) if label == address => address.to_owned(),
        (label, address) => format!("{label} ({address})"),
    }
}

fn named(name: &str, value: &str) -> String {
    match (name, value) {
        (name, "") => name.to_owned(),
        ("", value) => value.to_owned(),
        (name, value) => format!("{name}: {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, body: &str) -> Result<IncomingText, Refusal> {
        read_incoming(kind, body.as_bytes().to_vec())
    }

    fn said(kind: &str, body: &str) -> (BodyShape, String) {
        let IncomingText { shape, content, .. } = read(kind, body).unwrap();
        (shape, content)
    }

    #[test]
    fn a_text_is_said_as_it_is() {
        let plain = |text: &str| (BodyShape::Plain, text.to_owned());
        for kind in
            ["", "text/plain", "Text/Plain; charset=utf-8", "text/markdown", "application/x-www-form-urlencoded"]
        {
            assert_eq!(
                said(kind, " Build 7: <b>done</b> & dusted\n"),
                plain("Build 7: <b>done</b> & dusted"),
                "{kind}"
            );
        }
        assert_eq!(said("text/plain", "a\r\nb\rc\td\u{7}"), plain("a\nb\nc d"));
        assert_eq!(said("application/x-www-form-urlencoded", "x=1&payload=2"), plain("x=1&payload=2"));
    }

    #[test]
    fn the_members_tell_the_shapes_apart() {
        let json = "application/json; charset=utf-8";
        assert_eq!(said(json, r#"{"text":"a"}"#), (BodyShape::Slack, "a".to_owned()));
        assert_eq!(said(json, r#"{"content":"a","username":"Mia"}"#), (BodyShape::Discord, "a".to_owned()));
        let name = |body: &str| read(json, body).unwrap().name;
        assert_eq!(name(r#"{"content":"a","username":"Mia"}"#).as_deref(), Some("Mia"));
        assert_eq!(name(r#"{"text":"a","username":"Mia"}"#), None, "only Discord's shape has a name");
        let nulls = r#"{"text":"a","content":null,"embeds":null}"#;
        assert_eq!(said(json, nulls), (BodyShape::Slack, "a".to_owned()), "what is null says nothing");
        let form = "payload=%7B%22text%22%3A%22a+b%22%7D&x=1";
        assert_eq!(said("application/x-www-form-urlencoded", form), (BodyShape::Slack, "a b".to_owned()));
    }

    #[test]
    fn a_number_and_a_truth_value_are_what_they_look_like() {
        let json = |body: &str| said("application/json", body).1;
        for (scalar, text) in [("7", "7"), ("-1.50e3", "-1.50e3"), ("true", "true"), ("false", "false")] {
            assert_eq!(json(&format!(r#"{{"text":{scalar}}}"#)), text);
            assert_eq!(json(&format!(r#"{{"content":{scalar}}}"#)), text);
            let embed = format!(r#"{{"embeds":[{{"fields":[{{"name":"Build","value":{scalar}}}]}}]}}"#);
            assert_eq!(json(&embed), format!("Build: {text}"));
            let block = format!(r#"{{"blocks":[{{"type":"section","text":{scalar},"fields":[{scalar}]}}]}}"#);
            assert_eq!(json(&block), format!("{text}\n{text}"));
        }
    }

    #[test]
    fn a_long_text_is_cut_between_letters() {
        let long = |letter: &str| said("", &letter.repeat(CONTENT_UNITS_MAX + 1)).1;
        for letter in ["x", "\u{1f600}"] {
            let cut = long(letter);
            let units = cut.encode_utf16().count();
            assert!(
                cut.ends_with(&format!("{letter}…")) && (CONTENT_UNITS_MAX - 1..=CONTENT_UNITS_MAX).contains(&units)
            );
        }
        assert!(!said("", &"x".repeat(CONTENT_UNITS_MAX)).1.ends_with('…'));
    }

    #[test]
    fn a_body_without_text_is_refused() {
        let field = |body: &str| read("application/json", body).unwrap_err().field().map(str::to_owned);
        for body in [
            r#"{"text":" "}"#,
            "{}",
            r#"{"content":null}"#,
            r#"{"content":[7]}"#,
            r#"{"embeds":[{}]}"#,
            r#"{"text":"\u200b"}"#,
        ] {
            assert_eq!(field(body).as_deref(), Some("text"), "{body}");
        }
        for body in ["", "[]", "7", "{", r#""text""#] {
            assert_eq!(read("application/json", body), Err(Refusal::BadJson), "{body}");
        }
        assert_eq!(read("application/x-www-form-urlencoded", "payload=%zz"), Err(Refusal::BadJson));
        assert_eq!(read("image/png", "x"), Err(Refusal::UnsupportedMediaType));
        assert_eq!(read_incoming("", vec![0xff]), Err(Refusal::InvalidText));
    }
}
