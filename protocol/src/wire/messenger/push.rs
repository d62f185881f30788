//! JSON of web push (`push.md`): the push message, and the state for settings and archive.

use crate::codec::json::{Value, json_text, push_member};
use crate::content::kinds::NotificationKind;
use crate::content::text::first_graphemes;
use crate::machines::push::{Level, Quiet};
use crate::words::event::{Kind, Millis};
use crate::words::limits::{PUSH_FAILURES_MAX, PUSH_TITLE_CHARS_MAX, PUSH_WORDS_CHARS_MAX};

#[derive(Clone, Debug)]
pub struct PushMessage<'a> {
    /// Id of the subscription. The service worker compares it with the id of the signed-in person.
    pub to: &'a str,
    pub what: NotificationKind,
    /// Conversation; empty for an event outside of conversations.
    pub room: &'a str,
    pub seq: u64,
    /// Name of the sender, and of the group if there is one.
    pub title: &'a str,
    /// Text of the message; may be empty.
    pub words: &'a str,
    pub unread: u64,
    pub language: &'a str,
}

/// Returns the push message; without `preview` it has no text and no names.
pub fn push_message_json(message: &PushMessage<'_>, preview: bool) -> String {
    let mut out = format!("{{\"v\":1,\"to\":{},\"type\":\"{}\"", json_text(message.to), message.what.as_str());
    if !message.room.is_empty() {
        out.push_str(&format!(",\"roomId\":{},\"seq\":{}", json_text(message.room), message.seq));
    }
    let texts = [("title", message.title, PUSH_TITLE_CHARS_MAX), ("body", message.words, PUSH_WORDS_CHARS_MAX)];
    for (name, text, chars_max) in texts {
        if preview && !text.is_empty() {
            let begin = first_graphemes(text, chars_max, |grapheme| grapheme.chars().count());
            push_member(&mut out, name, &begin.to_owned());
        }
    }
    out.push_str(&format!(",\"unread\":{},\"lang\":{}}}", message.unread, json_text(message.language)));
    out
}

/// Returns the message in the declarative form, which a browser can show without a service worker. No code then checks who is signed in, so
/// only `data`, which only a service worker reads, has the message ([`push_message_json`]). The notification shows `words`, without a name,
/// and opens the page at `origin`.
pub fn declarative_push_json(message: &PushMessage<'_>, data: &str, origin: &str, words: &str) -> String {
    let (tag, query) = match message.room {
        "" => (message.what.as_str(), String::new()),
        room => (room, format!("?room={room}")),
    };
    let [words, navigate, tag, language] =
        [words, &format!("{origin}/app{query}"), tag, message.language].map(json_text);
    // Browsers look for `mutable` in different places.
    format!(
        "{{\"web_push\":8030,\"mutable\":true,\"notification\":{{\"title\":\"CF Messenger\",\"body\":{words},\"navigate\":{navigate},\
         \"tag\":{tag},\"lang\":{language},\"silent\":false,\"mutable\":true,\"data\":{{\"push\":{data}}}}}}}"
    )
}

/// Parts of a room event that a push message needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushEvent {
    pub id: String,
    pub what: NotificationKind,
    pub name: String,
    /// Text of the message; may be empty.
    pub words: String,
}

/// Reads an event; `None` for an event without push messages.
pub fn push_event(event: &str) -> Option<PushEvent> {
    let event = Value::parse(event)?;
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let what = Kind::parse(&text("type"))?.facts().notification?;
    let words = if what == NotificationKind::Message { text("content") } else { String::new() };
    Some(PushEvent { id: text("id"), what, name: text("displayName"), words })
}

/// Returns a subscription for settings and archive, without its address and keys.
pub fn push_subscription_json(
    id: &str,
    user_agent: &str,
    created_at: Millis,
    last_ok_at: Option<Millis>,
    failures: u32,
    is_own: bool,
) -> String {
    let state = if failures >= PUSH_FAILURES_MAX { "failing" } else { "ok" };
    let last_ok_at = last_ok_at.map_or_else(|| "null".to_owned(), |at| at.to_string());
    let (id, user_agent) = (json_text(id), json_text(user_agent));
    format!(
        "{{\"id\":{id},\"userAgent\":{user_agent},\"createdAt\":{created_at},\"lastOkAt\":{last_ok_at},\
         \"state\":\"{state}\",\"current\":{is_own}}}"
    )
}

#[derive(Clone, Debug)]
pub struct PushChoices {
    /// Hours without push messages.
    pub quiet: Option<Quiet>,
    /// `true` if push messages have text and names.
    pub preview: bool,
}

impl Default for PushChoices {
    fn default() -> Self {
        Self { quiet: None, preview: true }
    }
}

impl PushChoices {
    /// Returns the settings with these changes; `None` changes nothing.
    pub fn changed(self, quiet: Option<Option<Quiet>>, preview: Option<bool>) -> Self {
        Self { quiet: quiet.unwrap_or(self.quiet), preview: preview.unwrap_or(self.preview) }
    }
}

/// Returns the members `quiet` and `preview`.
pub fn push_choices_json(choices: &PushChoices) -> String {
    let quiet = choices.quiet.as_ref().map_or_else(
        || "null".to_owned(),
        |quiet| {
            let (from, to) = (Quiet::text(quiet.from), Quiet::text(quiet.to));
            format!("{{\"from\":\"{from}\",\"to\":\"{to}\",\"timeZone\":{}}}", json_text(&quiet.zone))
        },
    );
    format!("\"quiet\":{quiet},\"preview\":{}", choices.preview)
}

/// Reads an object with the members of [`push_choices_json`].
pub fn read_push_choices(text: &str) -> Option<PushChoices> {
    let stored = Value::parse(text)?;
    let preview = stored.get("preview")?.as_bool()?;
    let quiet = stored.get("quiet")?;
    let word = |name: &str| quiet.get(name).and_then(Value::as_str).unwrap_or_default();
    Some(PushChoices { quiet: Quiet::read(word("from"), word("to"), word("timeZone")).ok(), preview })
}

/// Returns the rest of the push state: the members behind the deployment's key, and the end of the object.
pub fn push_state_json(items: &[String], choices: &PushChoices, levels: &[String]) -> String {
    let (items, levels) = (items.join(","), levels.join(","));
    format!("\"items\":[{items}],{},\"rooms\":[{levels}]}}", push_choices_json(choices))
}

/// Returns the results of a test by subscription: the status, or 0 without an answer.
pub fn push_results_json(results: &[(&str, Option<u16>)]) -> String {
    let result =
        |(id, status): &(&str, Option<u16>)| format!("{{\"id\":{},\"status\":{}}}", json_text(id), status.unwrap_or(0));
    format!("{{\"results\":[{}]}}", results.iter().map(result).collect::<Vec<String>>().join(","))
}

pub fn push_level_json(room: &str, level: Level, until: Option<Millis>) -> String {
    let until = until.map(|until| format!(",\"until\":{until}")).unwrap_or_default();
    format!("{{\"roomId\":{},\"level\":\"{}\"{until}}}", json_text(room), level.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::words::limits::{PUSH_BODY_BYTES_MAX, USER_ID_BYTES_MAX};

    fn message<'a>(title: &'a str, words: &'a str, room: &'a str) -> PushMessage<'a> {
        let to = "0192d3a4-0000-7000-8000-000000000000";
        PushMessage { to, what: NotificationKind::Message, room, seq: 7, title, words, unread: 3, language: "de" }
    }

    #[test]
    fn without_preview_neither_names_nor_words_leave() {
        let json = push_message_json(&message("Mia", "hello", "dm_1"), false);
        assert!(!json.contains("Mia") && !json.contains("hello"));
        let event = r#"{"type":"chat","id":"m","roomId":"r","displayName":"Mia","content":"hi","seq":1}"#;
        let read =
            PushEvent { id: "m".into(), what: NotificationKind::Message, name: "Mia".into(), words: "hi".into() };
        assert_eq!(push_event(event), Some(read.clone()));
        assert_eq!(
            push_event(r#"{"type":"nudge","id":"m","displayName":"Mia"}"#),
            Some(PushEvent { what: NotificationKind::Nudge, words: String::new(), ..read })
        );
        assert_eq!([r#"{"type":"edit"}"#, "{}", "", "[1]"].map(push_event), [None, None, None, None]);
    }

    #[test]
    fn what_a_browser_shows_by_itself_names_nobody() {
        for (room, address) in [("dm_1", "https://a.example/app?room=dm_1"), ("", "https://a.example/app")] {
            let message = message("Mia", "hello", room);
            let data = push_message_json(&message, true);
            let whole = declarative_push_json(&message, &data, "https://a.example", "New message");
            let mut read: serde_json::Value = serde_json::from_str(&whole).unwrap();
            let of_worker = read["notification"].as_object_mut().unwrap().remove("data").unwrap();
            assert_eq!(of_worker["push"], serde_json::from_str::<serde_json::Value>(&data).unwrap());
            let shown = read.to_string();
            assert!(!shown.contains("Mia") && !shown.contains("hello"), "{shown}");
            assert_eq!(read["web_push"], 8030);
            assert_eq!([&read["mutable"], &read["notification"]["mutable"]], [true, true]);
            assert_eq!(
                [&read["notification"]["title"], &read["notification"]["body"]],
                ["CF Messenger", "New message"]
            );
            assert_eq!(read["notification"]["navigate"], address);
        }
    }

    #[test]
    fn choices_come_back_as_they_were_kept() {
        let quiet = Quiet::read("22:00", "07:30", "Europe/Berlin").ok();
        for choices in [PushChoices { quiet, preview: false }, PushChoices::default()] {
            let stored = format!("{{{}}}", push_choices_json(&choices));
            let again = read_push_choices(&stored).unwrap();
            assert_eq!((again.quiet, again.preview), (choices.quiet, choices.preview));
        }
    }

    #[test]
    fn what_is_not_chosen_stays() {
        let quiet = Quiet::read("22:00", "07:30", "UTC").ok();
        let [hours, bare] = [
            PushChoices::default().changed(Some(quiet.clone()), None),
            PushChoices::default().changed(None, Some(false)).changed(Some(quiet.clone()), None),
        ];
        assert_eq!((&hours.quiet, hours.preview), (&quiet, true));
        assert_eq!((&bare.quiet, bare.preview), (&quiet, false));
        let ended = bare.changed(Some(None), None);
        assert_eq!((ended.quiet, ended.preview), (None, false));
    }

    proptest! {
        /// Every message is short enough to be sealed, and reads back as it was written.
        #[test]
        fn messages_fit(title in ".{0,200}", words in "(?s).{0,600}", odd in "[\\x00-\\x1f]{0,300}") {
            let room = "g".repeat(4 * USER_ID_BYTES_MAX);
            for text in [&words, &odd] {
                let message = message(&title, text, &room);
                let json = push_message_json(&message, true);
                let read: serde_json::Value = serde_json::from_str(&json).unwrap();
                prop_assert!(text.starts_with(read["body"].as_str().unwrap_or_default()));
                let origin = format!("https://{}", "a".repeat(253));
                let whole = declarative_push_json(&message, &json, &origin, "Someone wants to add you as a contact");
                prop_assert!(whole.len() <= PUSH_BODY_BYTES_MAX, "{}", whole.len());
                prop_assert!(serde_json::from_str::<serde_json::Value>(&whole).is_ok());
            }
        }
    }
}
