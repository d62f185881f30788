//! Switches that an operator turns without a deployment (`messagehub.md` 8).

use std::collections::BTreeMap;

use crate::words::refusal::Refusal;

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

/// Flags that were turned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags(BTreeMap<Flag, bool>);

impl Flags {
    /// Returns the flags as nobody turned anything.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Returns `true` if a flag is on.
    pub fn is_on(&self, flag: Flag) -> bool {
        let default = FLAGS.iter().find(|(known, _, _)| *known == flag).is_some_and(|(_, _, is_on)| *is_on);
        self.0.get(&flag).copied().unwrap_or(default)
    }

    /// Reads what [`Flags::json`] wrote once; flags of other versions and `archive_replay`, which has no effect yet, are left out.
    pub fn of_stored(json: &str) -> Self {
        let stored: BTreeMap<String, bool> = serde_json::from_str(json).unwrap_or_default();
        let mut flags = Self::new();
        for (name, is_on) in stored {
            if let Some(flag) = flag_of(&name).filter(|flag| *flag != Flag::ArchiveReplay) {
                flags.0.insert(flag, is_on);
            }
        }
        flags
    }

    /// Takes a change: a JSON object of names and `true`, `false`, or `null` for "as if nobody had turned it". All or nothing.
    ///
    /// # Errors
    ///
    /// A flag that is not known, or that nothing would come of: exceptions for single rooms (`room:<id>:<flag>`) and replay from
    /// the archive may wait (`messagehub.md` 8).
    pub fn apply(&mut self, change: &str) -> Result<(), Refusal> {
        let change: BTreeMap<String, Option<bool>> = serde_json::from_str(change).map_err(|_| Refusal::BadJson)?;
        let mut next = self.clone();
        for (name, is_on) in change {
            let waits = match flag_of(&name) {
                Some(flag) => flag == Flag::ArchiveReplay && is_on == Some(true),
                None if name.starts_with("room:") => true,
                None => return Err(Refusal::validation("flag", "This flag is not known.")),
            };
            if waits {
                return Err(Refusal::validation("flag", "This flag has no effect yet."));
            }
            match (flag_of(&name), is_on) {
                (Some(flag), Some(is_on)) => drop(next.0.insert(flag, is_on)),
                (Some(flag), None) => drop(next.0.remove(&flag)),
                (None, _) => {}
            }
        }
        *self = next;
        Ok(())
    }

    /// Flags that are other than they were, and whether they are on now.
    pub fn turned(&self, before: &Self) -> Vec<(&'static str, bool)> {
        let turned = FLAGS.iter().filter(|(flag, _, _)| self.is_on(*flag) != before.is_on(*flag));
        turned.map(|(flag, name, _)| (*name, self.is_on(*flag))).collect()
    }

    /// All flags as they are. [`Flags::apply`] of it gives the same.
    pub fn json(&self) -> String {
        let flags = FLAGS.iter().map(|(flag, name, _)| format!("\"{name}\":{}", self.is_on(*flag)));
        format!("{{{}}}", flags.collect::<Vec<String>>().join(","))
    }
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
        flags.apply(r#"{"sse":false,"maintenance":true}"#).unwrap();
        assert!(!flags.is_on(Flag::Sse) && flags.is_on(Flag::Maintenance));
        assert_eq!(flags.turned(&Flags::new()), [("sse", false), ("maintenance", true)]);
        flags.apply(r#"{"sse":null,"maintenance":null,"webhooks":true}"#).unwrap();
        assert!(flags.is_on(Flag::Sse) && !flags.is_on(Flag::Maintenance));
        assert_eq!(flags.turned(&Flags::new()), [], "what is said to be as it is was not turned");
    }

    #[test]
    fn a_change_that_is_not_understood_or_not_felt_changes_nothing() {
        let mut flags = Flags::default();
        for bad in [
            "",
            "[]",
            r#"{"sse":"no"}"#,
            r#"{"sse":false,"later":true}"#,
            r#"{"sse":false,"room:a:sse":true}"#,
            r#"{"room:a":true}"#,
            r#"{"archive_replay":true}"#,
        ] {
            assert!(flags.apply(bad).is_err(), "{bad}");
            assert_eq!(flags, Flags::default());
        }
    }

    #[test]
    fn what_is_shown_can_be_given_back() {
        let mut flags = Flags::default();
        flags.apply(r#"{"websocket":false}"#).unwrap();
        let shown = flags.json();
        assert!(shown.starts_with(r#"{"websocket":false,"sse":true,"#), "{shown}");
        let mut again = Flags::default();
        again.apply(&shown).unwrap();
        assert_eq!(again.json(), shown);
        assert_eq!(Flags::of_stored(&shown).json(), shown);
        let older = r#"{"websocket":false,"archive_replay":true,"gone":true,"room:a:sse":false}"#;
        assert!(!Flags::of_stored(older).is_on(Flag::Websocket));
    }
}
