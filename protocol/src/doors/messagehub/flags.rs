//! Switches that an operator turns without a deployment (`messagehub.md` 8): transports, and exceptions for single rooms.

use crate::sorted::SortedMap;

use crate::limits::HUB_ROOM_BYTES_MAX;
use crate::refusal::Refusal;

/// A switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// Sockets.
    Websocket,
    /// Event streams.
    Sse,
    /// Waiting pages.
    Longpoll,
    /// Calls to other servers.
    Webhooks,
    /// Reading what was trimmed from the archive.
    ArchiveReplay,
    /// Bots answer.
    BotEnabled,
    /// Nobody writes.
    Maintenance,
}

/// All of them, with their names and what they are as long as nobody turned them.
pub const FLAGS: [(Flag, &str, bool); 7] = [
    (Flag::Websocket, "websocket", true),
    (Flag::Sse, "sse", true),
    (Flag::Longpoll, "longpoll", true),
    (Flag::Webhooks, "webhooks", true),
    (Flag::ArchiveReplay, "archive_replay", false),
    (Flag::BotEnabled, "bot_enabled", true),
    (Flag::Maintenance, "maintenance", false),
];

/// What was turned, for everybody and for single rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    global: SortedMap<Flag, bool>,
    rooms: SortedMap<(String, Flag), bool>,
}

impl Flags {
    /// Whether a flag is on; in a room, the room's own word counts.
    pub fn is_on(&self, flag: Flag, room: Option<&str>) -> bool {
        let own = room.and_then(|room| self.rooms.get(&(room.to_owned(), flag)));
        let default = FLAGS.iter().find(|(known, _, _)| *known == flag).is_some_and(|(_, _, is_on)| *is_on);
        own.or_else(|| self.global.get(&flag)).copied().unwrap_or(default)
    }

    /// Takes a change: a JSON object of names and `true`, `false`, or `null` for "as if nobody had turned it". All or nothing.
    pub fn apply(&mut self, change: &str) -> Result<(), Refusal> {
        let change: SortedMap<String, Option<bool>> = serde_json::from_str(change).map_err(|_| Refusal::BadJson)?;
        let mut next = self.clone();
        for (name, is_on) in change {
            let (room, flag) = read_name(&name).ok_or(Refusal::validation("flag", "This flag is not known."))?;
            match (room, is_on) {
                (None, Some(is_on)) => drop(next.global.insert(flag, is_on)),
                (None, None) => drop(next.global.remove(&flag)),
                (Some(room), Some(is_on)) => drop(next.rooms.insert((room, flag), is_on)),
                (Some(room), None) => drop(next.rooms.remove(&(room, flag))),
            }
        }
        *self = next;
        Ok(())
    }

    /// All flags as they are, then the rooms' own. [`Flags::apply`] of it gives the same.
    pub fn json(&self) -> String {
        let global = FLAGS.iter().map(|(flag, name, _)| format!("\"{name}\":{}", self.is_on(*flag, None)));
        let rooms = self.rooms.iter().map(|((room, flag), is_on)| {
            let name = format!("room:{room}:{}", name_of(*flag));
            format!("{}:{is_on}", crate::doors::messenger::json_text(&name))
        });
        format!("{{{}}}", global.chain(rooms).collect::<Vec<String>>().join(","))
    }
}

fn name_of(flag: Flag) -> &'static str {
    FLAGS.iter().find(|(known, _, _)| *known == flag).map_or("", |(_, name, _)| name)
}

/// `<flag>` or `room:<id>:<flag>`; a room's id may have colons.
fn read_name(name: &str) -> Option<(Option<String>, Flag)> {
    let flag_of = |name: &str| FLAGS.iter().find(|(_, known, _)| *known == name).map(|(flag, _, _)| *flag);
    match name.strip_prefix("room:").and_then(|rest| rest.rsplit_once(':')) {
        None => flag_of(name).map(|flag| (None, flag)),
        Some((room, flag)) => {
            let is_room = (1..=HUB_ROOM_BYTES_MAX).contains(&room.len());
            flag_of(flag).filter(|_| is_room).map(|flag| (Some(room.to_owned()), flag))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_has_the_last_word() {
        let mut flags = Flags::default();
        assert!(flags.is_on(Flag::Sse, Some("a:b")) && !flags.is_on(Flag::Maintenance, None));
        flags.apply(r#"{"sse":false,"room:a:b:sse":true,"maintenance":true}"#).unwrap();
        assert!(!flags.is_on(Flag::Sse, None) && !flags.is_on(Flag::Sse, Some("x")));
        assert!(flags.is_on(Flag::Sse, Some("a:b")) && flags.is_on(Flag::Maintenance, Some("a:b")));
        flags.apply(r#"{"room:a:b:sse":null,"maintenance":null}"#).unwrap();
        assert!(!flags.is_on(Flag::Sse, Some("a:b")) && !flags.is_on(Flag::Maintenance, None));
    }

    #[test]
    fn a_change_that_is_not_understood_changes_nothing() {
        let mut flags = Flags::default();
        for bad in [
            "",
            "[]",
            r#"{"sse":"no"}"#,
            r#"{"sse":false,"later":true}"#,
            r#"{"room::sse":true}"#,
            r#"{"room:a":true}"#,
        ] {
            assert!(flags.apply(bad).is_err(), "{bad}");
            assert_eq!(flags, Flags::default());
        }
    }

    #[test]
    fn what_is_shown_can_be_given_back() {
        let mut flags = Flags::default();
        flags.apply(r#"{"websocket":false,"room:\"x\":longpoll":false}"#).unwrap();
        let shown = flags.json();
        assert!(
            shown.starts_with(r#"{"websocket":false,"sse":true,"#)
                && shown.ends_with(r#""room:\"x\":longpoll":false}"#),
            "{shown}"
        );
        let mut again = Flags::default();
        again.apply(&shown).unwrap();
        assert_eq!(again.json(), shown);
    }
}
