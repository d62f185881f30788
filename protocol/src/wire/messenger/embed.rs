//! Rooms in pages of other sites (`embed.md`): the permission, and a message as such a page shows it.

use serde::{Deserialize, Serialize};

use super::Members;
use crate::codec::json::Value;
use crate::machines::room::{EmbedMode, Embedding};
use crate::words::event::{Event, Millis};
use crate::words::refusal::Refusal;

/// File of a message, as a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddedFile {
    pub id: String,
    pub name: String,
}

/// Message in a page of another site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddedMessage {
    pub id: String,
    pub name: String,
    pub at: Millis,
    /// Current text of the message.
    pub text: String,
    pub files: Vec<EmbeddedFile>,
    pub is_program: bool,
}

/// Reads a permission from the body of a request.
pub fn read_embedding(
    members: &Members,
    allows_local: bool,
    origin_of: impl Fn(&str) -> Option<String>,
) -> Result<Embedding, Refusal> {
    let list = members.list("origins")?.ok_or(Refusal::validation("origins", "This member is missing."))?;
    let text =
        |value: &serde_json::Value| value.as_str().map(|text| origin_of(text).unwrap_or_else(|| text.to_owned()));
    let origins = list.iter().map(text).collect::<Option<Vec<String>>>();
    let origins = origins.ok_or(Refusal::validation("origins", "origins is a list of texts."))?;
    let mode = match members.text("mode")? {
        None => EmbedMode::Read,
        Some(word) => EmbedMode::parse(word).ok_or(Refusal::validation("mode", "mode is read or guest."))?,
    };
    let embedding = Embedding { origins, mode };
    embedding.check(allows_local)?;
    Ok(embedding)
}

/// Returns a message as a page of another site shows it.
pub fn embedded_message(event: &Event) -> EmbeddedMessage {
    let body = Value::parse(&event.body).unwrap_or(Value::Null);
    let word = |record: &Value, name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    let file = |file: &Value| Some(EmbeddedFile { id: word(file, "id")?, name: word(file, "name")? });
    let files = body.get("files").and_then(Value::as_array).into_iter().flatten();
    EmbeddedMessage {
        id: event.id.clone(),
        name: event.name.clone(),
        at: event.ts,
        text: word(&body, "content").unwrap_or_default(),
        files: files.filter_map(file).collect(),
        is_program: body.get("bot").and_then(Value::as_bool).unwrap_or(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::event::Kind;

    fn read(body: &str) -> Result<Embedding, Refusal> {
        read_embedding(&Members::read(body.to_owned(), &["origins", "mode"])?, false, |_| None)
    }

    #[test]
    fn a_permission_is_read_and_anything_else_is_refused_by_its_member() {
        let read_only = read(r#"{"origins":["https://blog.example"]}"#).unwrap();
        assert_eq!((read_only.origins, read_only.mode), (vec!["https://blog.example".to_owned()], EmbedMode::Read));
        assert_eq!(read(r#"{"origins":["https://b.example"],"mode":"guest"}"#).unwrap().mode, EmbedMode::Guest);
        for (body, field) in [
            ("{}", "origins"),
            (r#"{"origins":7}"#, "origins"),
            (r#"{"origins":[7]}"#, "origins"),
            (r#"{"origins":[]}"#, "origins"),
            (r#"{"origins":["*"]}"#, "origins"),
            (r#"{"origins":["http://localhost:8080"]}"#, "origins"),
            (r#"{"origins":["https://b.example"],"mode":"write"}"#, "mode"),
            (r#"{"origins":["https://b.example"],"mode":7}"#, "mode"),
        ] {
            assert_eq!(read(body).unwrap_err().field(), Some(field), "{body}");
        }
    }

    #[test]
    fn a_message_has_its_text_and_names_of_files_and_nothing_else() {
        let body = r#"{"content":"<b>","files":[{"id":"user_1.a","name":"a.png","alt":"A"},{"name":"x"}],"link":{"url":"u"},"bot":true}"#;
        let event = Event {
            seq: 7,
            id: "m".into(),
            ts: 9,
            actor: Some("user_1".into()),
            session: None,
            name: "Nora".into(),
            kind: Kind::Chat,
            body: body.into(),
        };
        let message = embedded_message(&event);
        assert_eq!((message.text.as_str(), message.name.as_str(), message.at), ("<b>", "Nora", 9));
        assert_eq!(message.files, [EmbeddedFile { id: "user_1.a".into(), name: "a.png".into() }]);
        assert!(message.is_program);
        let bare = embedded_message(&Event { body: "no body".into(), ..event });
        assert!(bare.text.is_empty() && bare.files.is_empty() && !bare.is_program);
    }
}
