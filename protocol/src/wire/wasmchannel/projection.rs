//! Reports of rooms to the database (`wasmchannel.md` 5 and 6): messages of the queue, written and read.
//!
//! The database is a projection. Each message has the new state of a row and the `seq` of the event that caused it, so messages that come
//! twice, late or out of order lead to the same row.

use serde_json::Value;

use super::packet::{Packet, PacketKind};
use crate::codec::json::json_text;
use crate::content::kinds::{ChangeEvent, Nature};
use crate::machines::room::{GoneNote, gone_in};
use crate::words::event::{Event, Kind, Millis};
use crate::words::limits::PACKET_CODEC_BYTES_MAX;
use crate::words::refusal::Fault;

/// A change of one row of the table `messages`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// Room id, without namespace.
    pub room: String,
    /// `seq` of the message; `None` where only the id is known.
    pub seq: Option<u64>,
    /// Id of the message.
    pub client_id: String,
    /// User id of the person who made the change.
    pub actor: String,
    /// Name of that person, if it was reported.
    pub name: String,
    pub ts: Millis,
    /// `seq` of the event that caused the change.
    pub version: u64,
    pub what: RowChangeKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChangeKind {
    Said(String),
    Edited(String),
    /// The message was deleted by this event.
    Deleted,
    /// The text of the message, or of one of its edits, is gone. The time of the deletion is in another change, if that still exists.
    Buried,
    /// The message now has exactly these reactions, as JSON text.
    Reacted(String),
    /// All messages of the room before [`RowChange::version`] are gone for good.
    Trimmed,
    /// The actor deleted their account. Their messages in the room are deleted, or lose their author's name.
    Gone {
        /// `true` if the messages stay.
        keeps_words: bool,
        /// Position up to which the actor's messages belong to earlier players of a persona, and stay; 0 for everyone else.
        after: u64,
    },
}

impl RowChange {
    /// Returns `true` for the message itself, and `false` for a change of it.
    pub fn is_message(&self) -> bool {
        matches!(self.what, RowChangeKind::Said(_) | RowChangeKind::Buried) && self.seq == Some(self.version)
    }
}

/// Position of an event in the log of a room: all that a queue may have where texts are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowPointer {
    /// Room id, without namespace.
    pub room: String,
    pub seq: u64,
}

/// Returns `true` if the database needs an event.
pub fn is_projected(event: &Event) -> bool {
    event.actor.is_some() && (is_row(event.kind) || gone_in(event).is_some())
}

/// Returns `true` for the kinds that make or change a row of the table.
fn is_row(kind: Kind) -> bool {
    kind.has_words() || kind.is_change()
}

/// Returns the queue message with nothing but the position of an event.
pub fn pointer_message(log: &str, seq: u64) -> String {
    format!("{{\"v\":1,\"log\":{},\"seq\":{seq}}}", json_text(log))
}

/// Reads the message of [`pointer_message`]; `None` for any other.
pub fn read_queue_pointer(text: &str) -> Option<RowPointer> {
    read_pointer(&serde_json::from_str::<Value>(text).ok()?)
}

pub(super) fn read_pointer(message: &Value) -> Option<RowPointer> {
    let room = message["log"].as_str()?.strip_prefix("rm:")?.to_owned();
    let is_all = message.as_object()?.len() == 3 && message["v"] == 1;
    let seq = message["seq"].as_u64().filter(|seq| *seq > 0)?;
    is_all.then_some(RowPointer { room, seq })
}

/// Returns the queue message for an event; `None` for an event without a row. `target`: position of the message that the event changes,
/// `reactions`: the current reactions of that message, as JSON text.
pub fn queue_message(log: &str, epoch: &str, event: &Event, target: Option<u64>, reactions: &str) -> Option<String> {
    let Event { seq, id, ts, actor, name, kind, body, .. } = event;
    let actor = actor.as_deref().filter(|_| is_row(*kind))?;
    let target = target.map(|target| format!(",\"target\":{target}")).unwrap_or_default();
    let reactions = if *kind == Kind::Reaction { format!(",\"reactions\":{reactions}") } else { String::new() };
    Some(format!(
        "{{\"v\":1,\"log\":{},\"epoch\":\"{epoch}\",\"seq\":{seq},\"kind\":\"{}\",\"id\":{},\"actor\":{},\"name\":{},\
         \"ts\":{ts}{target}{reactions},\"body\":{body}}}",
        json_text(log),
        kind.as_str(),
        json_text(id),
        json_text(actor),
        json_text(name),
    ))
}

/// Returns the event with its text sealed by `seal`, and with only those members that the table needs. It is sealed for the position of this
/// event, which the row keeps as `content_seq`.
pub fn sealed_event(event: &Event, seal: impl FnOnce(&str) -> Result<String, Fault>) -> Result<Event, Fault> {
    let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
    let mut stored = serde_json::Map::new();
    for name in ["messageId", "deleted"] {
        stored.extend(body.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    if let Some(words) = body["content"].as_str() {
        stored.insert("content".to_owned(), seal(words)?.into());
    }
    Ok(Event { body: Value::Object(stored).to_string(), ..event.clone() })
}

/// Returns the queue message for the departure of a person from a room (`leaving.md` 2); `None` for any other event.
pub fn gone_message(log: &str, epoch: &str, event: &Event) -> Option<String> {
    let (GoneNote { keeps_words, after }, actor) = (gone_in(event)?, event.actor.as_deref()?);
    let after = if after > 0 { format!(",\"after\":{after}") } else { String::new() };
    Some(format!(
        "{{\"v\":1,\"log\":{},\"epoch\":\"{epoch}\",\"seq\":{},\"kind\":\"gone\",\"actor\":{},\"ts\":{},\"keepsWords\":{keeps_words}{after}}}",
        json_text(log),
        event.seq,
        json_text(actor),
        event.ts,
    ))
}

/// Returns the queue message for the removal of a departed person's reactions: the reactions that message `target` has since `event`.
pub fn left_message(log: &str, epoch: &str, event: &Event, (target, id): (u64, &str), reactions: &str) -> String {
    format!(
        "{{\"v\":1,\"log\":{},\"epoch\":\"{epoch}\",\"seq\":{},\"kind\":\"reaction\",\"id\":{},\"actor\":{},\"ts\":{},\
         \"target\":{target},\"reactions\":{reactions},\"body\":{{\"messageId\":{}}}}}",
        json_text(log),
        event.seq,
        json_text(&event.id),
        json_text(event.actor.as_deref().unwrap_or_default()),
        event.ts,
        json_text(id),
    )
}

/// Returns the queue message for a room whose messages before `kept_from` are gone.
pub fn trim_message(log: &str, epoch: &str, kept_from: u64) -> String {
    format!("{{\"v\":1,\"log\":{},\"epoch\":\"{epoch}\",\"seq\":{kept_from},\"kind\":\"trim\"}}", json_text(log))
}

/// Reads a queue message; `None` for an unknown one.
pub fn read_queue_message(text: &str) -> Option<RowChange> {
    read_change(&serde_json::from_str::<Value>(text).ok()?)
}

pub(super) fn read_change(message: &Value) -> Option<RowChange> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let room = message["log"].as_str()?.strip_prefix("rm:")?.to_owned();
    let version = message["seq"].as_u64()?;
    if message["kind"] == "trim" {
        let (client_id, actor, name) = Default::default();
        return Some(RowChange {
            room,
            seq: None,
            client_id,
            actor,
            name,
            ts: 0,
            version,
            what: RowChangeKind::Trimmed,
        });
    }
    let ts = message["ts"].as_u64()?;
    let (body, actor) = (&message["body"], text(&message["actor"])?);
    if message["kind"] == "gone" {
        let (client_id, name) = Default::default();
        let after = message["after"].as_u64().unwrap_or(0);
        let what = RowChangeKind::Gone { keeps_words: message["keepsWords"].as_bool()?, after };
        return Some(RowChange { room, seq: None, client_id, actor, name, ts, version, what });
    }
    let name = text(&message["name"]).unwrap_or_default();
    let content = || text(&body["content"]);
    let kind = Kind::parse(message["kind"].as_str()?)?;
    let what = match kind.nature() {
        Nature::Words if body["deleted"] == Value::Bool(true) => RowChangeKind::Buried,
        Nature::Words => RowChangeKind::Said(content()?),
        // An edit whose text is gone means that its message is gone.
        Nature::Change(ChangeEvent::Edit) => content().map_or(RowChangeKind::Buried, RowChangeKind::Edited),
        Nature::Change(ChangeEvent::Delete) => RowChangeKind::Deleted,
        Nature::Change(ChangeEvent::Reaction) => RowChangeKind::Reacted(message.get("reactions")?.to_string()),
        Nature::Effect(_) | Nature::Note => return None,
    };
    let is_message = kind.is_message();
    let seq = if is_message { Some(version) } else { message["target"].as_u64() };
    let client_id = text(if is_message { &message["id"] } else { &body["messageId"] })?;
    Some(RowChange { room, seq, client_id, actor, name, ts, version, what })
}

/// Reads a binary queue message of the first version: a packet of the common room with both ids.
pub fn read_queue_packet(bytes: &[u8], room: &str, ts: Millis) -> Option<RowChange> {
    let packet = Packet::decode(bytes, PACKET_CODEC_BYTES_MAX).ok()?;
    let (client_id, actor) = (packet.message_id?, packet.user_id?);
    let what = match packet.kind {
        PacketKind::Message => RowChangeKind::Said(String::from_utf8(packet.payload).ok()?),
        PacketKind::Reaction => {
            let (reaction, user) = (packet.reaction?.name()?, json_text(&actor));
            RowChangeKind::Reacted(format!("[{{\"reaction\":\"{reaction}\",\"count\":1,\"users\":[{user}]}}]"))
        }
        _ => return None,
    };
    Some(RowChange { room: room.to_owned(), seq: None, client_id, actor, name: String::new(), ts, version: 0, what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::event::{Draft, TOMBSTONE};

    fn event(kind: Kind, body: &str) -> Event {
        let (id, actor, name) = ("m-1".into(), Some("u_mia".into()), "Mia \"x\"".into());
        Draft { id, actor, session: None, name, kind, body: body.to_owned() }.at(7, 5)
    }

    const GONE_BODY: &str = r#"{"code":"account_deleted"}"#;

    fn round_trip(kind: Kind, body: &str, target: Option<u64>) -> Option<RowChange> {
        let text = queue_message("rm:general", "9f31c0aa", &event(kind, body), target, "[]")?;
        read_queue_message(&text)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let said = round_trip(Kind::Chat, r#"{"content":"hi","client":"wasmchannel.v1"}"#, None).unwrap();
        assert_eq!((said.room.as_str(), said.seq, said.client_id.as_str()), ("general", Some(7), "m-1"));
        assert_eq!((said.name.as_str(), said.version, said.what), ("Mia \"x\"", 7, RowChangeKind::Said("hi".into())));
        let change = |kind, body: &str| {
            round_trip(kind, body, Some(3)).map(|change| (change.seq, change.client_id, change.what))
        };
        let of = |what| Some((Some(3), "m-0".to_owned(), what));
        assert_eq!(change(Kind::Edit, r#"{"messageId":"m-0","content":"ho"}"#), of(RowChangeKind::Edited("ho".into())));
        assert_eq!(change(Kind::Edit, r#"{"messageId":"m-0"}"#), of(RowChangeKind::Buried));
        assert_eq!(change(Kind::Delete, r#"{"messageId":"m-0"}"#), of(RowChangeKind::Deleted));
        let reaction = r#"{"messageId":"m-0","reaction":"like","op":"add","count":1}"#;
        assert_eq!(change(Kind::Reaction, reaction), of(RowChangeKind::Reacted("[]".into())));
        let gone = round_trip(Kind::Chat, TOMBSTONE, None).unwrap();
        assert!(gone.is_message() && gone.what == RowChangeKind::Buried);
        let edited = round_trip(Kind::Edit, r#"{"messageId":"m-0"}"#, Some(3)).unwrap();
        assert!(!edited.is_message());
        assert_eq!(round_trip(Kind::Nudge, "{}", None), None);
    }

    #[test]
    fn a_place_is_read_back_and_is_no_row() {
        let text = pointer_message("rm:a \"b\"", 812);
        assert_eq!(text, r#"{"v":1,"log":"rm:a \"b\"","seq":812}"#);
        assert_eq!(read_queue_pointer(&text), Some(RowPointer { room: "a \"b\"".into(), seq: 812 }));
        assert_eq!(read_queue_message(&text), None);
        let trim = trim_message("rm:a", "9f31c0aa", 3);
        for other in [
            "",
            "[]",
            "3",
            r#"{"v":1,"log":"hub:a","seq":1}"#,
            r#"{"v":1,"log":"rm:a","seq":0}"#,
            r#"{"v":1,"log":"rm:a","seq":-1}"#,
            r#"{"v":2,"log":"rm:a","seq":1}"#,
            trim.as_str(),
        ] {
            assert_eq!(read_queue_pointer(other), None, "{other}");
        }
    }

    #[test]
    fn a_place_is_told_of_exactly_what_has_a_row() {
        let body = r#"{"messageId":"m-0","content":"ho"}"#;
        for kind in Kind::ALL {
            let is_row = queue_message("rm:a", "9f31c0aa", &event(kind, body), None, "[]").is_some();
            assert_eq!(is_projected(&event(kind, body)), is_row, "{kind:?}");
        }
        assert!(is_projected(&event(Kind::System, GONE_BODY)));
        assert!(!is_projected(&Event { actor: None, ..event(Kind::System, GONE_BODY) }));
    }

    #[test]
    fn a_bound_is_read_back() {
        let change = read_queue_message(&trim_message("rm:a \"b\"", "9f31c0aa", 812)).unwrap();
        assert_eq!((change.room.as_str(), change.version, change.what), ("a \"b\"", 812, RowChangeKind::Trimmed));
    }

    #[test]
    fn the_end_of_somebody_is_read_back_with_the_reactions_that_went_with_them() {
        let notes = [
            (GONE_BODY, false, 0),
            (r#"{"code":"account_deleted","words":"kept"}"#, true, 0),
            (r#"{"code":"account_deleted","words":"kept","after":5}"#, true, 5),
            (r#"{"code":"account_deleted","after":6}"#, false, 6),
        ];
        for (body, keeps_words, after) in notes {
            let text = gone_message("rm:general", "9f31c0aa", &event(Kind::System, body)).unwrap();
            let change = read_queue_message(&text).unwrap();
            assert_eq!((change.actor.as_str(), change.version, change.seq), ("u_mia", 7, None));
            assert_eq!(change.what, RowChangeKind::Gone { keeps_words, after });
        }
        for (kind, body) in [(Kind::System, r#"{"code":"left"}"#), (Kind::Chat, GONE_BODY)] {
            assert_eq!(gone_message("rm:general", "9f31c0aa", &event(kind, body)), None, "{body}");
        }
        let end = event(Kind::System, GONE_BODY);
        let change = read_queue_message(&left_message("rm:general", "9f31c0aa", &end, (3, "m-0"), "[]")).unwrap();
        assert_eq!((change.seq, change.client_id.as_str(), change.version), (Some(3), "m-0", 7));
        assert_eq!((change.name.as_str(), change.what), ("", RowChangeKind::Reacted("[]".into())));
    }

    #[test]
    fn the_documented_message_is_read_and_strangers_are_not() {
        let documented = r#"{"v":1,"log":"rm:general","epoch":"9f31c0aa","seq":812,"kind":"chat","id":"m-0001","actor":"u_mia","ts":1795000000000,"body":{"content":"See you at 8?"}}"#;
        assert_eq!(
            read_queue_message(documented).map(|change| change.what),
            Some(RowChangeKind::Said("See you at 8?".into()))
        );
        for text in [
            "",
            "[]",
            "{}",
            r#"{"v":1,"log":"hub:x","seq":1,"kind":"chat","id":"a","actor":"b","ts":1,"body":{"content":"c"}}"#,
        ] {
            assert_eq!(read_queue_message(text), None, "{text}");
        }
    }

    #[test]
    fn packets_of_the_first_version_need_both_ids() {
        let mut packet = Packet::new(PacketKind::Message, "hi");
        packet.message_id = Some("m-1".into());
        assert_eq!(read_queue_packet(&packet.encode(), "room", 5), None);
        packet.user_id = Some("u".into());
        let change = read_queue_packet(&packet.encode(), "room", 5).unwrap();
        assert_eq!((change.room.as_str(), change.seq, change.what), ("room", None, RowChangeKind::Said("hi".into())));
        assert_eq!(read_queue_packet(b"nothing", "room", 5), None);
    }
}
