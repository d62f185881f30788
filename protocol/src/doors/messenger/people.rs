//! How people find each other (`docs/protocol/people.md`).

use crate::event::Millis;
use crate::json::json_text;
use crate::principal::UserKind;

/// One's own handle, and when it can be changed.
pub fn handle_json(handle: Option<&str>, changeable_at: Millis) -> String {
    let handle = handle.map_or_else(|| "null".to_owned(), json_text);
    format!("{{\"handle\":{handle},\"changeableAt\":{changeable_at}}}")
}

/// Somebody who was found.
pub fn person_json(id: &str, name: &str, avatar: &str, kind: UserKind) -> String {
    let (id, name, avatar, kind) = (json_text(id), json_text(name), json_text(avatar), kind.as_str());
    format!("{{\"id\":{id},\"displayName\":{name},\"avatarId\":{avatar},\"kind\":\"{kind}\"}}")
}
