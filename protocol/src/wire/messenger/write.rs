//! Frames of the server (`messenger.md` 5.4), and the same objects in REST answers (3.2).
//!
//! The body of an event stays JSON text after it was read; it is inserted here without parsing. A notification is encoded once for all
//! recipients.

use std::fmt::Write as _;
use std::rc::Rc;

use crate::codec::json::{self, json_text};
use crate::content::kinds::EffectKind;
use crate::content::search::TextRange;
use crate::log::Page;
use crate::machines::room::{Notification, Participant, ParticipantRow, Pin, PinnedMessage, Welcome};
use crate::words::event::{Event, Kind, Millis};
use crate::words::limits::{CONTENT_UNITS_MAX, ROOM_HEARTBEAT_MS, TYPING_MS, WINK_LEAD_MS};
use crate::words::refusal::Refusal;
use crate::words::winks;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventView {
    /// Live; a nudge shakes the window.
    Live,
    /// Live, for a reader whose settings refuse nudges or winks: only the line is shown.
    LiveQuiet,
    /// From the history, without effects.
    Replay,
}

pub fn event_json(room: &str, event: &Event, view: EventView) -> String {
    let mut out = String::with_capacity(event.body.len() + 256);
    let (kind, seq, ts) = (event.kind.as_str(), event.seq, event.ts);
    let _ = write!(
        out,
        "{{\"type\":\"{kind}\",\"roomId\":{},\"seq\":{seq},\"id\":{}",
        json_text(room),
        json_text(&event.id)
    );
    if let Some(actor) = &event.actor {
        let _ = write!(out, ",\"senderId\":{},\"displayName\":{}", json_text(actor), json_text(&event.name));
    }
    let _ = write!(out, ",\"timestamp\":{ts}");
    push_members(&mut out, &event.body);
    push_play(&mut out, event, view);
    out.push('}');
    out
}

/// Returns a search result, with the ranges of the words as pairs of UTF-16 units.
pub fn found_json(room: &str, event: &Event, spots: &[TextRange]) -> String {
    let mut out = event_json(room, event, EventView::Replay);
    out.pop();
    let pairs: Vec<String> = spots.iter().map(|TextRange { start, end }| format!("[{start},{end}]")).collect();
    let _ = write!(out, ",\"found\":[{}]}}", pairs.join(","));
    out
}

/// Returns the position of an event that the reader may not see.
fn hidden_json(seq: u64, blocked_at: Option<Millis>) -> String {
    let blocked_at = blocked_at.map(|at| format!(",\"blockedAt\":{at}")).unwrap_or_default();
    format!("{{\"type\":\"hidden\",\"seq\":{seq}{blocked_at}}}")
}

/// Appends the members that a nudge, wink or edit adds: the effect, or that it is not played, and the time of an edit.
fn push_play(out: &mut String, event: &Event, view: EventView) {
    match event.kind.effect() {
        Some(EffectKind::Nudge) => {
            let effect = if view == EventView::Live { "shake" } else { "line" };
            let _ = write!(out, ",\"effect\":\"{effect}\"");
        }
        Some(EffectKind::Wink) => {
            let duration_ms = winks::WINKS.iter().find(|wink| event.body.contains(&format!("\"{}\"", wink.id)));
            let duration_ms = duration_ms.map_or(0, |wink| wink.duration_ms);
            let _ = write!(out, ",\"startAt\":{},\"durationMs\":{duration_ms}", event.ts + WINK_LEAD_MS);
        }
        None if event.kind == Kind::Edit => {
            let _ = write!(out, ",\"editedAt\":{}", event.ts);
            return;
        }
        None => return,
    }
    // A refused wink looks like one from the history: every client shows its line without playing it.
    let is_not_played = view == EventView::LiveQuiet && event.kind == Kind::Wink;
    if view == EventView::Replay || is_not_played {
        out.push_str(",\"replay\":true");
    }
}

/// Appends the members of the JSON object `body` to an object under construction.
fn push_members(out: &mut String, body: &str) {
    let members = body.strip_prefix('{').and_then(|body| body.strip_suffix('}')).unwrap_or("");
    if !members.is_empty() {
        out.push(',');
        out.push_str(members);
    }
}

/// Returns a page of history: a `history` frame, or without `as_frame` the `data` of `GET /api/messages`.
pub fn history_json(room: &str, epoch: &str, page: &Page, rid: Option<&str>, as_frame: bool) -> String {
    let mut out = String::with_capacity(page.events.iter().map(|event| event.body.len() + 256).sum::<usize>() + 128);
    out.push('{');
    if as_frame {
        push_history_head(&mut out, rid);
    }
    out.push_str("\"messages\":[");
    for (at, event) in page.events.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&page_event_json(room, page, event));
    }
    out.push(']');
    push_history_tail(&mut out, epoch, page);
    out
}

/// Appends the head of a `history` frame.
pub(super) fn push_history_head(out: &mut String, rid: Option<&str>) {
    out.push_str("\"type\":\"history\",");
    if let Some(rid) = rid {
        let _ = write!(out, "\"rid\":{},", json_text(rid));
    }
}

/// Returns an event of a page, or only its position if the reader may not see it.
pub(super) fn page_event_json(room: &str, page: &Page, event: &Event) -> String {
    match page.hidden.binary_search(&event.seq) {
        Ok(_) => {
            let is_blocked = page.blocked.binary_search(&event.seq).is_ok();
            hidden_json(event.seq, is_blocked.then_some(event.ts))
        }
        Err(_) => event_json(room, event, EventView::Replay),
    }
}

pub(super) fn push_history_tail(out: &mut String, epoch: &str, page: &Page) {
    let Page { head, next, more, .. } = page;
    let _ = write!(out, ",\"head\":{head},\"next\":{next},\"more\":{more},\"epoch\":\"{epoch}\"");
    if let Some(oldest) = page.truncated_at {
        let _ = write!(out, ",\"truncated\":true,\"oldest\":{oldest}");
    }
    if page.is_reset {
        out.push_str(",\"reset\":true");
    }
    out.push('}');
}

pub fn participant_json(participant: &Participant) -> String {
    let Participant { user, name, avatar, status, is_guest } = participant;
    let kind = if *is_guest { ",\"kind\":\"guest\"" } else { "" };
    format!(
        "{{\"id\":{},\"displayName\":{},\"status\":\"{status}\",\"avatarId\":{}{kind}}}",
        json_text(user),
        json_text(name),
        json_text(avatar)
    )
}

/// Returns rows of people. A row's JSON is cached.
fn rows_json(rows: &[Rc<ParticipantRow>]) -> String {
    let rows: Vec<&str> = rows.iter().map(|row| row.form(participant_json)).collect();
    rows.join(",")
}

fn participants_json(room: &str, notification: &Notification) -> String {
    let room = json_text(room);
    let counted = |count: &Option<usize>| count.map(|count| format!(",\"count\":{count}")).unwrap_or_default();
    match notification {
        Notification::Participants { rows, count } => {
            let (rows, count) = (rows_json(rows), counted(count));
            format!("{{\"type\":\"participants\",\"roomId\":{room},\"participants\":[{rows}]{count}}}")
        }
        Notification::ParticipantsChanged { joined, left, count } => {
            let joined: Vec<String> = joined.iter().map(participant_json).collect();
            let left: Vec<String> = left.iter().map(|user| json_text(user)).collect();
            let (joined, left, count) = (joined.join(","), left.join(","), counted(count));
            format!("{{\"type\":\"participants\",\"roomId\":{room},\"joined\":[{joined}],\"left\":[{left}]{count}}}")
        }
        Notification::ParticipantsPage { rid, rows, next, more, count } => {
            let rid = rid.as_ref().map(|rid| format!(",\"rid\":{}", json_text(rid))).unwrap_or_default();
            let (rows, next) = (rows_json(rows), json_text(next));
            format!(
                "{{\"type\":\"participants_page\",\"roomId\":{room}{rid},\"items\":[{rows}],\"next\":{next},\"more\":{more},\"count\":{count}}}"
            )
        }
        _ => String::new(),
    }
}

pub fn frame_json(room: &str, notification: &Notification) -> String {
    match notification {
        Notification::Welcome(welcome) => welcome_json(room, welcome),
        Notification::History { epoch, page, rid } => history_json(room, epoch, page, rid.as_deref(), true),
        Notification::Event { event, quiet } => {
            event_json(room, event, if *quiet { EventView::LiveQuiet } else { EventView::Live })
        }
        Notification::Hidden { seq, blocked_at } => hidden_json(*seq, *blocked_at),
        Notification::Ack { id, seq, ts, duplicate } => {
            format!(
                "{{\"type\":\"ack\",\"id\":{},\"seq\":{seq},\"timestamp\":{ts},\"duplicate\":{duplicate}}}",
                json_text(id)
            )
        }
        Notification::Receipt { user, seq, message, is_read, now } => format!(
            "{{\"type\":\"delivery_status\",{}\"upToSeq\":{seq},\"status\":\"{}\",\"senderId\":{},\"timestamp\":{now}}}",
            message.as_ref().map(|id| format!("\"ackId\":{},", json_text(id))).unwrap_or_default(),
            if *is_read { "read" } else { "delivered" },
            json_text(user)
        ),
        Notification::Typing { user, name, is_typing, .. } => format!(
            "{{\"type\":\"typing\",\"senderId\":{},\"displayName\":{},\"isTyping\":{is_typing},\"expiresInMs\":{TYPING_MS}}}",
            json_text(user),
            json_text(name)
        ),
        Notification::Participants { .. }
        | Notification::ParticipantsChanged { .. }
        | Notification::ParticipantsPage { .. } => participants_json(room, notification),
        Notification::Pong { t, now } => {
            let t = t.as_deref().map(|t| format!(",\"t\":{t}")).unwrap_or_default();
            format!("{{\"type\":\"pong\"{t},\"timestamp\":{now}}}")
        }
        Notification::Session { expires_at } => format!("{{\"type\":\"session\",\"expiresAt\":{expires_at}}}"),
        Notification::SessionEnding { expires_in_ms } => {
            format!("{{\"type\":\"session\",\"expiresInMs\":{expires_in_ms}}}")
        }
        Notification::Lag { head } => format!("{{\"type\":\"lag\",\"head\":{head}}}"),
        Notification::Reset { epoch, head } => format!("{{\"type\":\"reset\",\"epoch\":\"{epoch}\",\"head\":{head}}}"),
        Notification::Pin { message, by, at } => {
            let message = message.as_ref().map_or_else(|| "null".to_owned(), |id| json_text(id));
            let (room, by) = (json_text(room), json_text(by));
            format!("{{\"type\":\"pin\",\"roomId\":{room},\"messageId\":{message},\"by\":{by},\"at\":{at}}}")
        }
        Notification::Waiting { count } => {
            format!("{{\"type\":\"waiting\",\"roomId\":{},\"count\":{count}}}", json_text(room))
        }
        Notification::Commands { commands } => {
            format!("{{\"type\":\"commands\",\"roomId\":{},\"commands\":{}}}", json_text(room), json::write(commands))
        }
        Notification::GroupChanged => format!("{{\"type\":\"group_changed\",\"roomId\":{}}}", json_text(room)),
        Notification::Error { id, rid, refusal, fatal } => error_json(id.as_deref(), rid.as_deref(), refusal, *fatal),
        // Packets belong to the WasmChannel door; no socket of this door is a recipient (`Outbound::deliveries`).
        Notification::Packet(_) => String::new(),
    }
}

fn welcome_json(room: &str, welcome: &Welcome) -> String {
    let Welcome { epoch, head, oldest, connection, now, expires_at, user, role, nudge_limit, resumed, .. } = welcome;
    format!(
        "{{\"type\":\"welcome\",\"protocol\":\"{}\",\"roomId\":{},\"epoch\":\"{epoch}\",\"head\":{head},\"oldest\":{oldest},\
         \"connectionId\":{},\"timestamp\":{now},\"heartbeatMs\":{ROOM_HEARTBEAT_MS},\"session\":{{\"expiresAt\":{expires_at}}},\
         \"self\":{{\"id\":{},\"role\":\"{}\"}},\"limits\":{{\"content\":{CONTENT_UNITS_MAX},\"nudge\":\"{nudge_limit}\"}},\
         \"resumed\":{resumed},\"receipts\":{{{}}}{}{}{}{}}}",
        crate::wire::messenger::PROTOCOL,
        json_text(room),
        json_text(connection),
        json_text(user),
        role.as_str(),
        receipts_json(&welcome.receipts),
        hidden_list_json(&welcome.hidden),
        welcome.pin.as_ref().map(|pin| format!(",\"pin\":{}", pin_json(room, pin))).unwrap_or_default(),
        reviewed_json(&welcome.reviewed),
        if welcome.commands.is_empty() {
            String::new()
        } else {
            format!(",\"commands\":{}", json::write(&welcome.commands))
        },
    )
}

/// Returns the pin for the person who changed it; an empty object after its removal.
pub fn pin_answer_json(pin: Option<&Pin>) -> String {
    let Some(Pin { message, by, at, .. }) = pin else {
        return "{}".to_owned();
    };
    format!("{{\"messageId\":{},\"by\":{},\"at\":{at}}}", json_text(message), json_text(by))
}

/// Returns the pin, with the message as the reader may see it.
pub fn pin_json(room: &str, pin: &PinnedMessage) -> String {
    let (id, by, at) = (json_text(&pin.message.id), json_text(&pin.by), pin.at);
    let message = event_json(room, &pin.message, EventView::Replay);
    format!("{{\"messageId\":{id},\"by\":{by},\"at\":{at},\"message\":{message}}}")
}

fn receipts_json(receipts: &[(String, u64, u64)]) -> String {
    let one = |(user, delivered, read): &(String, u64, u64)| {
        format!("{}:{{\"deliveredSeq\":{delivered},\"readSeq\":{read}}}", json_text(user))
    };
    receipts.iter().map(one).collect::<Vec<String>>().join(",")
}

fn hidden_list_json(ids: &[String]) -> String {
    if ids.is_empty() {
        return String::new();
    }
    let ids: Vec<String> = ids.iter().map(|id| json_text(id)).collect();
    format!(",\"hidden\":[{}]", ids.join(","))
}

fn reviewed_json(reviewed: &[(String, bool)]) -> String {
    if reviewed.is_empty() {
        return String::new();
    }
    let verdict = |is_published: bool| if is_published { "publish" } else { "drop" };
    let one = |(id, is_published): &(String, bool)| format!("{}:\"{}\"", json_text(id), verdict(*is_published));
    format!(",\"reviewed\":{{{}}}", reviewed.iter().map(one).collect::<Vec<String>>().join(","))
}

fn error_json(id: Option<&str>, rid: Option<&str>, refusal: &Refusal, fatal: bool) -> String {
    let mut out =
        format!("{{\"type\":\"error\",\"code\":\"{}\",\"message\":{}", refusal.code(), json_text(&refusal.to_string()));
    if let Some(id) = id {
        let _ = write!(out, ",\"id\":{}", json_text(id));
    }
    if let Some(rid) = rid {
        let _ = write!(out, ",\"rid\":{}", json_text(rid));
    }
    if let Some(field) = refusal.field() {
        let _ = write!(out, ",\"field\":\"{field}\"");
    }
    if let Some(limit) = refusal.limit() {
        let _ = write!(out, ",\"limit\":{limit}");
    }
    if let Some(retry_after_ms) = refusal.retry_after_ms() {
        let _ = write!(out, ",\"retryAfterMs\":{retry_after_ms}");
    }
    let _ = write!(out, ",\"fatal\":{fatal}}}");
    out
}
