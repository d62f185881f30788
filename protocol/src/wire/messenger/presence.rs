//! Frames of the presence socket (`presence.md` 1). Those that rooms have as well (`pong`, `error`, `session`) are in `write`.

use super::PROTOCOL;
use crate::codec::json::json_text;
use crate::machines::presence::Record;
use crate::machines::room::{Group, Room};
use crate::words::event::Millis;
use crate::words::limits::PRESENCE_HEARTBEAT_MS;
use crate::words::principal::UserKind;
use crate::words::status::Visible;

/// First word on the socket.
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

/// Everybody whose presence the socket gets without asking.
pub fn full_sync_json(people: &[Visible]) -> String {
    let rows: Vec<String> = people.iter().map(|visible| format!("{{\"id\":{}}}", members(visible))).collect();
    format!("{{\"type\":\"presence_full_sync\",\"participants\":[{}]}}", rows.join(","))
}

/// A group as `room_added` shows it to somebody (`messenger.md` 3.2): with their role, or as one that they are invited to.
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

/// Somebody looks like this now.
pub fn update_json(visible: &Visible) -> String {
    format!("{{\"type\":\"presence_update\",\"userId\":{}}}", members(visible))
}

/// The id as a value, and all that follows it: the same members in the same order for everybody, offline or not.
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

/// Returns what objects that stand for people say of guests (`sign-in.md` 1).
const fn guest_mark(kind: UserKind) -> &'static str {
    if matches!(kind, UserKind::Guest) { ",\"kind\":\"guest\"" } else { "" }
}

/// Something was written in a room where the person has no socket. `event` is the JSON text of the stored event; if it is a nudge and
/// the person takes it, it is felt here as it would be there.
pub fn notification_json(event: &str, unread: u64, takes_nudge: bool) -> String {
    let nudge = event.strip_suffix(",\"effect\":\"line\",\"replay\":true}").filter(|_| takes_nudge);
    let felt = nudge.map(|head| format!("{head},\"effect\":\"shake\"}}"));
    let event = felt.as_deref().unwrap_or(event);
    format!("{{\"type\":\"message_notification\",\"message\":{event},\"unread\":{unread}}}")
}

/// The person deleted a message for themselves.
pub fn hidden_for_me_json(room: &str, message: &str) -> String {
    format!("{{\"type\":\"hidden_for_me\",\"roomId\":{},\"messageId\":{}}}", json_text(room), json_text(message))
}

/// A device has arranged something (`home.md` 3).
pub fn home_json(version: u64) -> String {
    format!("{{\"type\":\"home\",\"version\":{version}}}")
}

/// The address of the account is proved (`account.md` 3).
pub fn address_json() -> String {
    "{\"type\":\"address\",\"verified\":true}".to_owned()
}

/// Returns the number of unread messages in a room now, and up to where it was read.
pub fn unread_json(room: &str, unread: u64, read_seq: u64) -> String {
    format!("{{\"type\":\"unread\",\"roomId\":{},\"unread\":{unread},\"lastReadSeq\":{read_seq}}}", json_text(room))
}

/// Returns what is being written in a conversation: to other devices as a frame, else as a row.
pub fn draft_json(room: &str, content: &str, reply_to: Option<&str>, at: Millis, is_frame: bool) -> String {
    let kind = if is_frame { "\"type\":\"draft\"," } else { "" };
    let reply_to = reply_to.map(|id| format!(",\"replyTo\":{}", json_text(id))).unwrap_or_default();
    let (room, content) = (json_text(room), json_text(content));
    format!("{{{kind}\"roomId\":{room},\"content\":{content}{reply_to},\"at\":{at}}}")
}

/// Returns the answer to a device that wrote a draft: the time of what is kept now, and whether that is another one's.
pub fn draft_answer_json(at: Millis, is_stale: bool) -> String {
    format!("{{\"at\":{at}{}}}", if is_stale { ",\"stale\":true" } else { "" })
}

/// All drafts, each as JSON text.
pub fn drafts_json(items: &[String]) -> String {
    format!("{{\"items\":[{}]}}", items.join(","))
}

/// The person is in a new room. `room` is JSON text.
pub fn room_added_json(room: &str, by: &str) -> String {
    format!("{{\"type\":\"room_added\",\"room\":{room},\"by\":{}}}", json_text(by))
}

/// Something between the person and somebody else changed (`people.md` 1). `kind` is that of the other one, who may have come by an invite of
/// the person.
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

/// The person is asked into a group. `room` is JSON text.
pub fn room_invited_json(room: &str, by: &str, by_name: &str) -> String {
    let (by, by_name) = (json_text(by), json_text(by_name));
    format!("{{\"type\":\"room_added\",\"room\":{room},\"by\":{by},\"byName\":{by_name},\"pending\":true}}")
}

/// The person is not in a room any more.
pub fn room_removed_json(room: &str) -> String {
    format!("{{\"type\":\"room_removed\",\"roomId\":{}}}", json_text(room))
}

/// The session has ended.
pub fn signed_out_json(reason: &str) -> String {
    format!("{{\"type\":\"signed_out\",\"reason\":{}}}", json_text(reason))
}
