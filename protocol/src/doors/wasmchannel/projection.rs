//! What rooms tell the database of themselves (`wasmchannel.md` 5 and 6): messages of the queue, written and read.
//!
//! The database is a projection. Each message says what a row holds from now on and carries the `seq` of the event that made it
//! so: whatever comes twice, late or in another order ends in the same row.

use serde_json::Value;

use super::packet::{Packet, PacketKind};
use crate::event::{Event, Kind, Millis};
use crate::json::json_text;
use crate::limits::PACKET_CODEC_BYTES_MAX;

/// A change of one row of the table `messages`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// Room id, without namespace.
    pub room: String,
    /// `seq` of the message; `None` where only its id is known.
    pub seq: Option<u64>,
    /// Id of the message.
    pub client_id: String,
    /// Who did it.
    pub actor: String,
    /// Their name, if it was told.
    pub name: String,
    /// When.
    pub ts: Millis,
    /// `seq` of the event that says so.
    pub version: u64,
    /// What.
    pub what: RowNews,
}

/// See [`RowChange`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowNews {
    /// It was written.
    Said(String),
    /// It says this now.
    Edited(String),
    /// It is gone.
    Deleted,
    /// It has exactly these reactions; JSON text.
    Reacted(String),
    /// Every message of the room before the place [`RowChange::version`] is gone for good.
    Trimmed,
}

/// The queue's message for an event of a room; `None` for what has no row. `target`: place of the message that a change is about,
/// `reactions`: the reactions it has by now, as JSON text.
pub fn queue_message(log: &str, epoch: &str, event: &Event, target: Option<u64>, reactions: &str) -> Option<String> {
    let is_told = event.kind == Kind::Chat || event.kind.is_change();
    let Event { seq, id, ts, actor, name, kind, body, .. } = event;
    let actor = actor.as_deref().filter(|_| is_told)?;
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

/// The queue's message for a room in which nothing is left before `kept_from`.
pub fn trim_message(log: &str, epoch: &str, kept_from: u64) -> String {
    format!("{{\"v\":1,\"log\":{},\"epoch\":\"{epoch}\",\"seq\":{kept_from},\"kind\":\"trim\"}}", json_text(log))
}

/// Reads a message of the queue; `None` for one that nobody of us wrote.
pub fn read_queue_message(text: &str) -> Option<RowChange> {
    let message: Value = serde_json::from_str(text).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let room = message["log"].as_str()?.strip_prefix("rm:")?.to_owned();
    let version = message["seq"].as_u64()?;
    if message["kind"] == "trim" {
        let (client_id, actor, name) = Default::default();
        return Some(RowChange { room, seq: None, client_id, actor, name, ts: 0, version, what: RowNews::Trimmed });
    }
    let ts = message["ts"].as_u64()?;
    let (body, actor) = (&message["body"], text(&message["actor"])?);
    let name = text(&message["name"]).unwrap_or_default();
    let content = || text(&body["content"]);
    let what = match message["kind"].as_str()? {
        "chat" if body["deleted"] == Value::Bool(true) => RowNews::Deleted,
        "chat" => RowNews::Said(content()?),
        // An edit whose words are gone says nothing any more: the message is deleted.
        "edit" => content().map_or(RowNews::Deleted, RowNews::Edited),
        "delete" => RowNews::Deleted,
        "reaction" => RowNews::Reacted(message.get("reactions")?.to_string()),
        _ => return None,
    };
    let is_message = message["kind"] == "chat";
    let seq = if is_message { Some(version) } else { message["target"].as_u64() };
    let client_id = text(if is_message { &message["id"] } else { &body["messageId"] })?;
    Some(RowChange { room, seq, client_id, actor, name, ts, version, what })
}

/// Reads a body of bytes, as the first version of the queue had them: a packet of the common room with both ids.
pub fn read_queue_packet(bytes: &[u8], room: &str, ts: Millis) -> Option<RowChange> {
    let packet = Packet::decode(bytes, PACKET_CODEC_BYTES_MAX).ok()?;
    let (client_id, actor) = (packet.message_id?, packet.user_id?);
    let what = match packet.kind {
        PacketKind::Message => RowNews::Said(String::from_utf8(packet.payload).ok()?),
        PacketKind::Reaction => {
            let (reaction, user) = (packet.reaction?.name()?, json_text(&actor));
            RowNews::Reacted(format!("[{{\"reaction\":\"{reaction}\",\"count\":1,\"users\":[{user}]}}]"))
        }
        _ => return None,
    };
    Some(RowChange { room: room.to_owned(), seq: None, client_id, actor, name: String::new(), ts, version: 0, what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Draft, TOMBSTONE};

    fn event(kind: Kind, body: &str) -> Event {
        let (id, actor, name) = ("m-1".into(), Some("u_mia".into()), "Mia \"x\"".into());
        Draft { id, actor, session: None, name, kind, body: body.to_owned() }.at(7, 5)
    }

    fn round_trip(kind: Kind, body: &str, target: Option<u64>) -> Option<RowChange> {
        let text = queue_message("rm:general", "9f31c0aa", &event(kind, body), target, "[]")?;
        read_queue_message(&text)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let said = round_trip(Kind::Chat, r#"{"content":"hi","client":"wasmchannel.v1"}"#, None).unwrap();
        assert_eq!((said.room.as_str(), said.seq, said.client_id.as_str()), ("general", Some(7), "m-1"));
        assert_eq!((said.name.as_str(), said.version, said.what), ("Mia \"x\"", 7, RowNews::Said("hi".into())));
        let change = |kind, body: &str| {
            round_trip(kind, body, Some(3)).map(|change| (change.seq, change.client_id, change.what))
        };
        let of = |what| Some((Some(3), "m-0".to_owned(), what));
        assert_eq!(change(Kind::Edit, r#"{"messageId":"m-0","content":"ho"}"#), of(RowNews::Edited("ho".into())));
        assert_eq!(change(Kind::Edit, r#"{"messageId":"m-0"}"#), of(RowNews::Deleted));
        assert_eq!(change(Kind::Delete, r#"{"messageId":"m-0"}"#), of(RowNews::Deleted));
        let reaction = r#"{"messageId":"m-0","reaction":"like","op":"add","count":1}"#;
        assert_eq!(change(Kind::Reaction, reaction), of(RowNews::Reacted("[]".into())));
        assert_eq!(round_trip(Kind::Chat, TOMBSTONE, None).map(|change| change.what), Some(RowNews::Deleted));
        assert_eq!(round_trip(Kind::Nudge, "{}", None), None);
    }

    #[test]
    fn a_bound_is_read_back() {
        let change = read_queue_message(&trim_message("rm:a \"b\"", "9f31c0aa", 812)).unwrap();
        assert_eq!((change.room.as_str(), change.version, change.what), ("a \"b\"", 812, RowNews::Trimmed));
    }

    #[test]
    fn the_documented_message_is_read_and_strangers_are_not() {
        let documented = r#"{"v":1,"log":"rm:general","epoch":"9f31c0aa","seq":812,"kind":"chat","id":"m-0001","actor":"u_mia","ts":1795000000000,"body":{"content":"See you at 8?"}}"#;
        assert_eq!(
            read_queue_message(documented).map(|change| change.what),
            Some(RowNews::Said("See you at 8?".into()))
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
        assert_eq!((change.room.as_str(), change.seq, change.what), ("room", None, RowNews::Said("hi".into())));
        assert_eq!(read_queue_packet(b"nothing", "room", 5), None);
    }
}
