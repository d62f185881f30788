//! Frames of the presence socket (`presence.md` 1). `write` has the frames that rooms share: `pong`, `error`, `session`.

use super::PROTOCOL;
use crate::codec::json::json_text;
use crate::machines::presence::Record;
use crate::machines::room::{Group, Room};
use crate::words::event::Millis;
use crate::words::limits::PRESENCE_HEARTBEAT_MS;
use crate::words::principal::UserKind;
use crate::words::status::Visible;

/// Returns the first frame of the socket.
pub fn presence_welcome_json(connection: &str, now: Millis, own: &Record, expires_at: Millis) -> String {
    let auto = if own.is_auto() { ",\"auto\":true" } else { "" };
    format!(
        "{{\"type\":\"welcome\",\"protocol\":\"{PROTOCOL}\",\"connectionId\":{},\"timestamp\":{now},\
         \"heartbeatMs\":{PRESENCE_HEARTBEAT_MS},\"session\":{{\"expiresAt\":{expires_at}}},\"self\":{{\"id\":{},\"status\":\"{}\"{auto}}}}}",
        json_text(connection),
        json_text(&own.user),
        own.status().as_str(),
    )
}

/// Returns everyone whose presence the socket gets without a subscription.
pub fn full_sync_json(people: &[Visible]) -> String {
    let rows: Vec<String> = people.iter().map(|visible| format!("{{\"id\":{}}}", members(visible))).collect();
    format!("{{\"type\":\"presence_full_sync\",\"participants\":[{}]}}", rows.join(","))
}

/// Returns a group as `room_added` has it for `user` (`messenger.md` 3.2): with the member's role, or as an invitation.
pub fn group_json(room: &Room, group: &Group, user: &str) -> String {
    let record = &group.record;
    let (role, last) = match group.role_of(user) {
        Some(role) => {
            // Members cannot read messages from before they joined, so these messages count as read.
            let (head, read) = (room.log().head(), group.floor_for(user).unwrap_or_default());
            (format!(",\"role\":\"{}\"", role.as_str()), format!(",\"lastSeq\":{head},\"lastReadSeq\":{read}"))
        }
        None => (",\"pending\":true".to_owned(), String::new()),
    };
    format!(
        "{{\"id\":{},\"type\":\"group\",\"name\":{},\"topic\":{},\"visibility\":\"{}\",\"memberCount\":{}{last}\
         ,\"unread\":0{role},\"epoch\":\"{}\"}}",
        json_text(room.id().as_str()),
        json_text(&record.name),
        json_text(&record.topic),
        record.visibility.as_str(),
        group.people().count(),
        room.log().epoch(),
    )
}

pub fn update_json(visible: &Visible) -> String {
    format!("{{\"type\":\"presence_update\",\"userId\":{}}}", members(visible))
}

/// Returns the id as a value, and the members behind it: the same in the same order for everyone, online or offline.
fn members(visible: &Visible) -> String {
    let Visible { id, display_name, status, personal_message, avatar_id, since, is_account: _ } = visible;
    format!(
        "{},\"status\":{},\"displayName\":{},\"personalMessage\":{},\"avatarId\":{},\"since\":{since}{}",
        json_text(id),
        json_text(status),
        json_text(display_name),
        json_text(personal_message),
        json_text(avatar_id),
        guest_mark(visible.kind()),
    )
}

/// Returns the member that marks guests (`sign-in.md` 1).
const fn guest_mark(kind: UserKind) -> &'static str {
    if matches!(kind, UserKind::Guest) { ",\"kind\":\"guest\"" } else { "" }
}

/// Returns the notification about an event of a room in which the person has no socket. `event` is the JSON text of the stored event.
/// A nudge shakes the window if the person's settings permit it.
pub fn notification_json(event: &str, unread: u64, takes_nudge: bool) -> String {
    let nudge = event.strip_suffix(",\"effect\":\"line\",\"replay\":true}").filter(|_| takes_nudge);
    let felt = nudge.map(|head| format!("{head},\"effect\":\"shake\"}}"));
    let event = felt.as_deref().unwrap_or(event);
    format!("{{\"type\":\"message_notification\",\"message\":{event},\"unread\":{unread}}}")
}

/// Returns the frame about a message that the person deleted for themselves.
pub fn hidden_for_me_json(room: &str, message: &str) -> String {
    format!("{{\"type\":\"hidden_for_me\",\"roomId\":{},\"messageId\":{}}}", json_text(room), json_text(message))
}

/// Returns the frame about a change of the home layout by a device (`home.md` 3).
pub fn home_json(version: u64) -> String {
    format!("{{\"type\":\"home\",\"version\":{version}}}")
}

/// Returns the frame about a verified e-mail address (`account.md` 3).
pub fn address_json() -> String {
    "{\"type\":\"address\",\"verified\":true}".to_owned()
}

/// Returns the number of unread messages in a room, and the read position.
pub fn unread_json(room: &str, unread: u64, read_seq: u64) -> String {
    format!("{{\"type\":\"unread\",\"roomId\":{},\"unread\":{unread},\"lastReadSeq\":{read_seq}}}", json_text(room))
}

/// Returns the draft of a conversation: as a frame for other devices, else as a row.
pub fn draft_json(room: &str, content: &str, reply_to: Option<&str>, at: Millis, is_frame: bool) -> String {
    let kind = if is_frame { "\"type\":\"draft\"," } else { "" };
    let reply_to = reply_to.map(|id| format!(",\"replyTo\":{}", json_text(id))).unwrap_or_default();
    let (room, content) = (json_text(room), json_text(content));
    format!("{{{kind}\"roomId\":{room},\"content\":{content}{reply_to},\"at\":{at}}}")
}

/// Returns the answer to a device that wrote a draft: the time of the stored draft. `is_stale`: another draft is newer.
pub fn draft_answer_json(at: Millis, is_stale: bool) -> String {
    format!("{{\"at\":{at}{}}}", if is_stale { ",\"stale\":true" } else { "" })
}

/// Returns the list of these drafts, each of which is JSON text.
pub fn drafts_json(items: &[String]) -> String {
    format!("{{\"items\":[{}]}}", items.join(","))
}

/// Returns the frame about a room that the person joined. `room` is JSON text.
pub fn room_added_json(room: &str, by: &str) -> String {
    format!("{{\"type\":\"room_added\",\"room\":{room},\"by\":{}}}", json_text(by))
}

/// Returns the frame about a change between two people (`people.md` 1). `kind` is that of the other person; `is_by_invite`: that person used
/// an invite of the recipient.
pub fn contact_json(event: &str, (user, kind): (&str, UserKind), name: &str, note: &str, is_by_invite: bool) -> String {
    let note = if note.is_empty() { String::new() } else { format!(",\"note\":{}", json_text(note)) };
    let by = if is_by_invite { ",\"by\":\"invite\"" } else { "" };
    format!(
        "{{\"type\":\"contact\",\"event\":\"{event}\",\"user\":{{\"id\":{},\"displayName\":{}{}}}{note}{by}}}",
        json_text(user),
        json_text(name),
        guest_mark(kind),
    )
}

/// Returns the frame about an invitation to a group. `room` is JSON text.
pub fn room_invited_json(room: &str, by: &str, by_name: &str) -> String {
    let (by, by_name) = (json_text(by), json_text(by_name));
    format!("{{\"type\":\"room_added\",\"room\":{room},\"by\":{by},\"byName\":{by_name},\"pending\":true}}")
}

/// Returns the frame about a room that the person left.
pub fn room_removed_json(room: &str) -> String {
    format!("{{\"type\":\"room_removed\",\"roomId\":{}}}", json_text(room))
}

pub fn signed_out_json(reason: &str) -> String {
    format!("{{\"type\":\"signed_out\",\"reason\":{}}}", json_text(reason))
}
