//! JSON of handles, invites and people who were found (`people.md` 4).

use crate::codec::json::json_text;
use crate::words::event::Millis;
use crate::words::principal::UserKind;

/// Returns a person's own handle, and the time from which it can be changed.
pub fn handle_json(handle: Option<&str>, changeable_at: Millis) -> String {
    let handle = handle.map_or_else(|| "null".to_owned(), json_text);
    format!("{{\"handle\":{handle},\"changeableAt\":{changeable_at}}}")
}

/// Returns an invite for its creator. Its code is not stored.
pub fn invite_json(
    id: &str,
    room: Option<&str>,
    takes_guests: bool,
    uses_left: u64,
    expires_at: Millis,
    made_at: Millis,
) -> String {
    let room = room.map(|room| format!(",\"roomId\":{}", json_text(room))).unwrap_or_default();
    let guests = guests_member(takes_guests);
    format!(
        "{{\"id\":\"{id}\",\"usesLeft\":{uses_left},\"expiresAt\":{expires_at},\"createdAt\":{made_at}{room}{guests}}}"
    )
}

fn guests_member(takes_guests: bool) -> &'static str {
    if takes_guests { ",\"guests\":true" } else { "" }
}

/// Returns an invite for a person who has its code.
pub fn invite_shown_json(
    name: &str,
    avatar: &str,
    room: Option<&str>,
    takes_guests: bool,
    expires_at: Millis,
) -> String {
    let room = room.map(|room| format!(",\"room\":{{\"name\":{}}}", json_text(room))).unwrap_or_default();
    let (name, avatar, guests) = (json_text(name), json_text(avatar), guests_member(takes_guests));
    format!("{{\"from\":{{\"displayName\":{name},\"avatarId\":{avatar}}},\"expiresAt\":{expires_at}{room}{guests}}}")
}

pub fn person_json(id: &str, name: &str, avatar: &str, kind: UserKind) -> String {
    let (id, name, avatar, kind) = (json_text(id), json_text(name), json_text(avatar), kind.as_str());
    format!("{{\"id\":{id},\"displayName\":{name},\"avatarId\":{avatar},\"kind\":\"{kind}\"}}")
}
