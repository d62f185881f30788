//! Switches that an operator changes without a deployment (`messagehub.md` 8.2).

use std::collections::BTreeMap;

use super::exceptions::{Exception, Exceptions, whole_name};
use crate::codec::json::{Value, json_text};
use crate::machines::hub::HubLimits;
use crate::words::limits::HUB_EXCEPTIONS_MAX;
use crate::words::refusal::Refusal;

/// A switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    Websocket,
    /// Event streams.
    Sse,
    Longpoll,
    Webhooks,
    /// Reads of trimmed messages from the archive.
    ArchiveReplay,
    BotEnabled,
    /// Read-only mode: no one can write.
    Maintenance,
}

/// All flags, with their names and defaults.
pub const FLAGS: [(Flag, &str, bool); 7] = [
    (Flag::Websocket, "websocket", true),
    (Flag::Sse, "sse", true),
    (Flag::Longpoll, "longpoll", true),
    (Flag::Webhooks, "webhooks", true),
    (Flag::ArchiveReplay, "archive_replay", false),
    (Flag::BotEnabled, "bot_enabled", true),
    (Flag::Maintenance, "maintenance", false),
];

/// Change of a flag or of an exception, for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagChange {
    Turned(bool),
    /// The limit of a room now has this value.
    Set(u32),
    /// The exception of a room was removed.
    Removed,
}

/// Changed flags, and exceptions of rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    turned: BTreeMap<Flag, bool>,
    exceptions: Exceptions,
}

impl Flags {
    pub const fn new() -> Self {
        Self { turned: BTreeMap::new(), exceptions: Exceptions::new() }
    }

    pub fn is_on(&self, flag: Flag) -> bool {
        let default = row_of(flag).is_some_and(|(_, _, is_on)| is_on);
        self.turned.get(&flag).copied().unwrap_or(default)
    }

    /// Returns `true` if a flag is on in this room: by the room's exception, or else by the deployment's flag.
    pub fn is_on_in(&self, flag: Flag, room: &str) -> bool {
        let exception = row_of(flag).and_then(|(_, name, _)| self.exceptions.switch(room, name));
        exception.unwrap_or_else(|| self.is_on(flag))
    }

    pub fn limits_of(&self, room: &str) -> HubLimits {
        self.exceptions.limits_of(room)
    }

    /// Returns the exceptions of rooms: room, name and value.
    pub fn exceptions(&self) -> impl Iterator<Item = (&str, &'static str, Exception)> {
        self.exceptions.of_rooms()
    }

    /// Returns the change that removes an exception, for [`Flags::apply`].
    pub fn end_of_exception(room: &str, name: &str) -> String {
        format!("{{{}:null}}", json_text(&whole_name(room, name)))
    }

    /// Reads a text that [`Flags::json`] wrote. Names that only other versions know are ignored.
    pub fn of_stored(json: &str) -> Self {
        let mut flags = Self::new();
        let stored = Value::parse(json);
        for (name, value) in stored.as_ref().and_then(Value::as_object).into_iter().flatten() {
            // A name or value that is refused is ignored.
            let _ = flags.set(name, value);
        }
        flags
    }

    /// Applies a change atomically: a JSON object of names and values; `null` restores the default.
    /// Errors: An unknown flag, a value that it cannot have, or too many exceptions of rooms.
    pub fn apply(&mut self, change: &str) -> Result<(), Refusal> {
        let change = Value::parse(change).ok_or(Refusal::BadJson)?;
        let mut next = self.clone();
        for (name, value) in change.as_object().ok_or(Refusal::BadJson)? {
            next.set(name, value)?;
        }
        if next.exceptions.count() > HUB_EXCEPTIONS_MAX {
            return Err(Refusal::over_limit("flag", "There are too many exceptions for rooms.", HUB_EXCEPTIONS_MAX));
        }
        *self = next;
        Ok(())
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), Refusal> {
        let Some(flag) = flag_of(name) else { return self.exceptions.set(name, value) };
        match value {
            Value::Null => drop(self.turned.remove(&flag)),
            Value::Bool(is_on) => drop(self.turned.insert(flag, *is_on)),
            _ => return Err(Refusal::validation("flag", "A flag is true, false or null.")),
        }
        Ok(())
    }

    /// Returns the names that differ from `before`, with their new values.
    pub fn changes(&self, before: &Self) -> Vec<(String, FlagChange)> {
        let turned = FLAGS.iter().filter(|(flag, _, _)| self.is_on(*flag) != before.is_on(*flag));
        let turned = turned.map(|(flag, name, _)| ((*name).to_owned(), FlagChange::Turned(self.is_on(*flag))));
        let (now, known): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (self.exceptions.all().collect(), before.exceptions.all().collect());
        let set = now.iter().filter(|(name, exception)| known.get(*name) != Some(*exception));
        let set = set.map(|(name, exception)| {
            let change = match exception {
                Exception::Switch(is_on) => FlagChange::Turned(*is_on),
                Exception::Number(number) => FlagChange::Set(*number),
            };
            (name.clone(), change)
        });
        let removed = known.keys().filter(|name| !now.contains_key(*name));
        let removed = removed.map(|name| (name.clone(), FlagChange::Removed));
        turned.chain(set).chain(removed).collect()
    }

    /// Returns all flags and the exceptions of rooms. [`Flags::apply`] of the text gives the same flags.
    pub fn json(&self) -> String {
        let flags = FLAGS.iter().map(|(flag, name, _)| format!("\"{name}\":{}", self.is_on(*flag)));
        format!("{{{}{}}}", flags.collect::<Vec<String>>().join(","), self.exceptions.json_members())
    }
}

fn row_of(flag: Flag) -> Option<(Flag, &'static str, bool)> {
    FLAGS.into_iter().find(|(known, _, _)| *known == flag)
}

fn flag_of(name: &str) -> Option<Flag> {
    FLAGS.iter().find(|(_, known, _)| *known == name).map(|(flag, _, _)| *flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_turned_counts_until_it_is_turned_back() {
        let mut flags = Flags::default();
        assert!(flags.is_on(Flag::Sse) && !flags.is_on(Flag::Maintenance));
        flags.apply(r#"{"sse":false,"maintenance":true,"archive_replay":true}"#).unwrap();
        assert!(!flags.is_on(Flag::Sse) && flags.is_on(Flag::Maintenance) && flags.is_on(Flag::ArchiveReplay));
        let turned = |name: &str, is_on| (name.to_owned(), FlagChange::Turned(is_on));
        let changes = [turned("sse", false), turned("archive_replay", true), turned("maintenance", true)];
        assert_eq!(flags.changes(&Flags::new()), changes);
        flags.apply(r#"{"sse":null,"maintenance":null,"archive_replay":null,"webhooks":true}"#).unwrap();
        assert!(flags.is_on(Flag::Sse) && !flags.is_on(Flag::Maintenance));
        assert_eq!(flags.changes(&Flags::new()), [], "what is said to be as it is was not turned");
    }

    #[test]
    fn an_exception_counts_in_its_room_in_both_directions_and_everywhere_else_the_flag_does() {
        let mut flags = Flags::default();
        flags.apply(r#"{"sse":false,"room:a:sse":true,"room:a:websocket":false,"room:a:rate":5}"#).unwrap();
        let is_on = |flags: &Flags, room| [Flag::Sse, Flag::Websocket].map(|flag| flags.is_on_in(flag, room));
        assert_eq!((is_on(&flags, "a"), is_on(&flags, "b")), ([true, false], [false, true]));
        assert_eq!((flags.limits_of("a").rate, flags.limits_of("b").rate), (Some(5), None));
        let before = flags.clone();
        flags.apply(r#"{"sse":null,"room:a:sse":false,"room:a:rate":6,"room:a:websocket":null}"#).unwrap();
        assert_eq!((is_on(&flags, "a"), is_on(&flags, "b")), ([false, true], [true, true]));
        let changed = |name: &str, change| (name.to_owned(), change);
        let changes = [
            changed("sse", FlagChange::Turned(true)),
            changed("room:a:rate", FlagChange::Set(6)),
            changed("room:a:sse", FlagChange::Turned(false)),
            changed("room:a:websocket", FlagChange::Removed),
        ];
        assert_eq!(flags.changes(&before), changes);
    }

    #[test]
    fn an_exception_that_is_listed_can_be_ended() {
        let mut flags = Flags::default();
        flags.apply(r#"{"sse":false,"room:a \"b\":c:sse":true,"room:a:rate":5}"#).unwrap();
        let listed: Vec<(String, &str, Exception)> =
            flags.exceptions().map(|(room, name, value)| (room.to_owned(), name, value)).collect();
        let expected = [("a", "rate", Exception::Number(5)), ("a \"b\":c", "sse", Exception::Switch(true))];
        assert_eq!(listed, expected.map(|(room, name, value)| (room.to_owned(), name, value)));
        for (room, name, _) in listed {
            flags.apply(&Flags::end_of_exception(&room, name)).unwrap();
        }
        assert_eq!((flags.exceptions().count(), flags.is_on(Flag::Sse)), (0, false));
        assert!(flags.apply(&Flags::end_of_exception("a", "maintenance")).is_err(), "no room has this one");
    }

    #[test]
    fn exceptions_are_limited_in_number() {
        let mut flags = Flags::default();
        for n in 0..HUB_EXCEPTIONS_MAX {
            flags.apply(&format!(r#"{{"room:r{n}:sse":false}}"#)).unwrap();
        }
        let before = flags.clone();
        assert!(matches!(flags.apply(r#"{"room:more:sse":false}"#), Err(Refusal::Validation { limit: Some(200), .. })));
        assert_eq!(flags, before);
        flags.apply(r#"{"room:more:sse":false,"room:r0:sse":null}"#).unwrap();
        assert!(!flags.is_on_in(Flag::Sse, "more") && flags.is_on_in(Flag::Sse, "r0"));
    }

    #[test]
    fn a_change_that_is_not_understood_or_not_felt_changes_nothing() {
        let mut flags = Flags::default();
        for bad in [
            "",
            "[]",
            r#"{"sse":"no"}"#,
            r#"{"sse":false,"later":true}"#,
            r#"{"sse":false,"room:a:maintenance":true}"#,
            r#"{"sse":false,"room:a:rate":0}"#,
            r#"{"room:a":true}"#,
        ] {
            assert!(flags.apply(bad).is_err(), "{bad}");
            assert_eq!(flags, Flags::default());
        }
    }

    #[test]
    fn what_is_shown_can_be_given_back() {
        let mut flags = Flags::default();
        flags.apply(r#"{"websocket":false,"room:a \"b\":sse":true,"room:c:retention_days":30}"#).unwrap();
        let shown = flags.json();
        assert!(shown.starts_with(r#"{"websocket":false,"sse":true,"#), "{shown}");
        assert!(shown.ends_with(r#","room:a \"b\":sse":true,"room:c:retention_days":30}"#), "{shown}");
        let mut again = Flags::default();
        again.apply(&shown).unwrap();
        assert_eq!(again.json(), shown);
        assert_eq!(Flags::of_stored(&shown).json(), shown);
        let of_another_version = r#"{"websocket":false,"gone":true,"sse":7,"room:a:gone":false,"room:a:rate":"x"}"#;
        let stored = Flags::of_stored(of_another_version);
        assert_eq!(stored.changes(&Flags::new()), [("websocket".to_owned(), FlagChange::Turned(false))]);
    }
}
