//! The history over REST (`wasmchannel.md` 4): its cursors, and the form of a message.

use serde::Deserialize;

use super::packet::ReactionKind;
use crate::codec::json::json_text;
use crate::wire::messenger::{EventView, event_json};
use crate::words::event::{Event, Millis};
use crate::words::iso::{iso_utc, parse_iso};
use crate::words::limits::{PACKET_PAGE_DEFAULT, PACKET_PAGE_MAX, SEQ_MAX, WRITE_ID_BYTES_MAX};
use crate::words::refusal::Refusal;

/// Media type with which a client asks for this form.
pub const MEDIA_TYPE: &str = "application/vnd.wasmchannel.v1+json";

/// End of a page of older messages: the page has what is before the position, time or message.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, Deserialize)]
pub enum HistoryCursor {
    Newest,
    Seq(u64),
    Time(Millis),
    Id(String),
}

/// Reads `cursor`: digits are a position, a date is a time, any other text is the id of a message.
pub fn read_cursor(text: Option<&str>) -> Result<HistoryCursor, Refusal> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(HistoryCursor::Newest);
    };
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seq = text.parse().ok().filter(|seq| *seq <= SEQ_MAX);
        return seq.map(HistoryCursor::Seq).ok_or(Refusal::BadCursor);
    }
    if let Some(at) = parse_iso(text) {
        return Ok(HistoryCursor::Time(at));
    }
    if text.len() > WRITE_ID_BYTES_MAX { Err(Refusal::BadCursor) } else { Ok(HistoryCursor::Id(text.to_owned())) }
}

/// Reads `limit`. A number above the maximum means the maximum.
pub fn read_limit(text: Option<&str>) -> Result<u32, Refusal> {
    let Some(text) = text else {
        return Ok(PACKET_PAGE_DEFAULT);
    };
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse::<u64>().ok().filter(|limit| is_number && *limit > 0).ok_or(Refusal::BadCursor)?;
    Ok(limit.min(u64::from(PACKET_PAGE_MAX)) as u32)
}

#[derive(Deserialize)]
struct Body {
    content: Option<String>,
    #[serde(rename = "reactionKind")]
    reaction_kind: Option<u32>,
    #[serde(rename = "editedAt")]
    edited_at: Option<Millis>,
    #[serde(default)]
    reactions: Vec<Counted>,
}

#[derive(Deserialize)]
struct Counted {
    reaction: String,
    count: u64,
    users: Vec<String>,
}

/// Returns a message of a page, with the members of the messenger's form as well. `deleted_at`: time of its deletion.
pub fn message_json(room: &str, event: &Event, deleted_at: Option<Millis>) -> String {
    let body = serde_json::from_str::<Body>(&event.body).ok();
    let text = body.as_ref().and_then(|body| body.content.as_deref()).unwrap_or_default();
    let kind =
        body.as_ref().and_then(|body| body.reaction_kind).map_or_else(|| "null".to_owned(), |kind| kind.to_string());
    let updated_at = deleted_at.or(body.as_ref().and_then(|body| body.edited_at)).unwrap_or(event.ts);
    let deleted_at = deleted_at.map_or_else(|| "null".to_owned(), |at| format!("\"{}\"", iso_utc(at)));
    let reactions =
        body.as_ref().map_or_else(|| "[]".to_owned(), |body| counted_json(body.reactions.iter().filter(has_kind)));
    // Readers take the last of two members with the same name, so the members of this form come last.
    let shared = without_reactions(event);
    let shared = event_json(room, shared.as_ref().unwrap_or(event), EventView::Replay);
    let shared = shared.strip_suffix('}').unwrap_or(&shared).to_owned();
    format!(
        "{shared},\"refrenceId\":{id},\"referenceId\":{id},\"message\":{},\"kind\":0,\"reactionKind\":{kind},\"reactions\":{reactions},\
         \"sentBy\":{},\"createdAt\":\"{}\",\"updatedAt\":\"{}\",\"deletedAt\":{deleted_at}}}",
        json_text(text),
        json_text(event.actor.as_deref().unwrap_or_default()),
        iso_utc(event.ts),
        iso_utc(updated_at),
        id = json_text(&event.id),
    )
}

/// Returns the event without the members that this form writes itself.
fn without_reactions(event: &Event) -> Option<Event> {
    let mut members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&event.body).ok()?;
    members.remove("reactions");
    members.remove("reactionKind");
    Some(Event { body: serde_json::Value::Object(members).to_string(), ..event.clone() })
}

/// Returns the messenger's list of reactions, with the packet number of those that have one.
pub fn reactions_with_kinds(json: &str) -> String {
    serde_json::from_str::<Vec<Counted>>(json).map_or_else(|_| "[]".to_owned(), |counted| counted_json(counted.iter()))
}

/// Returns `true` for a reaction that has a packet number. This door does not show others (`wasmchannel.md` 3.3).
fn has_kind(counted: &&Counted) -> bool {
    ReactionKind::of_name(&counted.reaction).is_some()
}

fn counted_json<'a>(counted: impl Iterator<Item = &'a Counted>) -> String {
    let rows = counted.map(|Counted { reaction, count, users }| {
        let kind =
            ReactionKind::of_name(reaction).map(|kind| format!("\"kind\":{},", kind.number())).unwrap_or_default();
        let users: Vec<String> = users.iter().map(|user| json_text(user)).collect();
        format!("{{{kind}\"reaction\":{},\"count\":{count},\"users\":[{}]}}", json_text(reaction), users.join(","))
    });
    format!("[{}]", rows.collect::<Vec<String>>().join(","))
}

/// Returns a page. `next`: cursor of the following page.
pub fn page_json(messages: &[String], next: Option<u64>) -> String {
    let (more, next) = (next.is_some(), next.map_or_else(|| "null".to_owned(), |next| format!("\"{next}\"")));
    format!("{{\"messages\":[{}],\"source\":\"database\",\"nextCursor\":{next},\"more\":{more}}}", messages.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::event::{Draft, Kind, TOMBSTONE};

    #[test]
    fn cursors_are_places_dates_or_ids() {
        assert_eq!(read_cursor(None), Ok(HistoryCursor::Newest));
        assert_eq!(read_cursor(Some("")), Ok(HistoryCursor::Newest));
        assert_eq!(read_cursor(Some("812")), Ok(HistoryCursor::Seq(812)));
        assert_eq!(read_cursor(Some("2026-11-20T06:00:00.000Z")), Ok(HistoryCursor::Time(1_795_154_400_000)));
        assert_eq!(read_cursor(Some("m-0001")), Ok(HistoryCursor::Id("m-0001".into())));
        assert_eq!(read_cursor(Some("99999999999999999999")), Err(Refusal::BadCursor));
        assert_eq!(read_cursor(Some(&"x".repeat(129))), Err(Refusal::BadCursor));
        assert_eq!([None, Some("7"), Some("1000")].map(read_limit), [Ok(50), Ok(7), Ok(100)]);
        for limit in ["0", "-1", "x", ""] {
            assert_eq!(read_limit(Some(limit)), Err(Refusal::BadCursor));
        }
    }

    #[test]
    fn a_message_carries_both_shapes() {
        let body = r#"{"content":"See you at 8?","client":"wasmchannel.v1","reactionKind":4,"reactions":[{"reaction":"heart","count":1,"users":["u_mia"]},{"reaction":"😀","count":2,"users":[]}]}"#;
        let (id, actor, name) = ("m-0001".into(), Some("u_mia".into()), "Mia".into());
        let event =
            Draft { id, actor, session: None, name, kind: Kind::Chat, body: body.into() }.at(812, 1_795_154_400_000);
        let value: serde_json::Value = serde_json::from_str(&message_json("room", &event, None)).unwrap();
        assert_eq!(value["refrenceId"], "m-0001");
        assert_eq!((&value["message"], &value["content"]), (&"See you at 8?".into(), &"See you at 8?".into()));
        assert_eq!((&value["seq"], &value["timestamp"]), (&812.into(), &1_795_154_400_000_u64.into()));
        assert_eq!(
            (&value["sentBy"], &value["senderId"], &value["reactionKind"]),
            (&"u_mia".into(), &"u_mia".into(), &4.into())
        );
        assert_eq!(value["createdAt"], "2026-11-20T06:00:00.000Z");
        assert_eq!(value["reactions"][0], serde_json::json!({"kind":3,"reaction":"heart","count":1,"users":["u_mia"]}));
        assert_eq!((value["reactions"].as_array().unwrap().len(), &value["deletedAt"]), (1, &serde_json::Value::Null));
        let text = message_json("room", &event, None);
        assert_eq!((text.matches("\"reactions\"").count(), text.matches("\"reactionKind\"").count()), (1, 1));
        let gone = Event { body: TOMBSTONE.into(), ..event };
        let value: serde_json::Value =
            serde_json::from_str(&message_json("room", &gone, Some(1_795_154_401_000))).unwrap();
        assert_eq!((&value["message"], &value["deleted"]), (&"".into(), &true.into()));
        assert_eq!(value["deletedAt"], "2026-11-20T06:00:01.000Z");
    }

    #[test]
    fn a_page_says_where_to_go_on() {
        assert_eq!(page_json(&[], None), r#"{"messages":[],"source":"database","nextCursor":null,"more":false}"#);
        assert!(page_json(&["{}".into()], Some(762)).contains(r#""nextCursor":"762","more":true"#));
    }
}
