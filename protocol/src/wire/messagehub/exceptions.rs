//! Exceptions of single rooms from the flags and limits of the deployment (`messagehub.md` 8.2), under names `room:<id>:<name>`.

use std::collections::BTreeMap;

use super::request::is_room;
use crate::codec::json::{Value, json_text};
use crate::machines::hub::HubLimits;
use crate::words::limits::{HUB_PRINCIPAL_MESSAGES_MAX, HUB_ROOM_RETENTION_DAYS_MAX};
use crate::words::refusal::Refusal;

const PREFIX: &str = "room:";
const RATE: &str = "rate";
const RETENTION_DAYS: &str = "retention_days";

/// Names of exceptions, and for numbers the largest value. Switches have the names of flags.
const NAMES: [(&str, Option<u32>); 6] = [
    ("websocket", None),
    ("sse", None),
    ("longpoll", None),
    ("webhooks", None),
    (RATE, Some(HUB_PRINCIPAL_MESSAGES_MAX)),
    (RETENTION_DAYS, Some(HUB_ROOM_RETENTION_DAYS_MAX)),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    Switch(bool),
    Number(u32),
}

/// Exceptions by room, and by name in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceptions(BTreeMap<String, BTreeMap<&'static str, Exception>>);

impl Exceptions {
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub fn count(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Returns all exceptions as room, name and value.
    pub fn of_rooms(&self) -> impl Iterator<Item = (&str, &'static str, Exception)> {
        self.0.iter().flat_map(|(room, set)| set.iter().map(move |(name, value)| (room.as_str(), *name, *value)))
    }

    /// Returns all exceptions with their full names.
    pub fn all(&self) -> impl Iterator<Item = (String, Exception)> + '_ {
        self.of_rooms().map(|(room, name, exception)| (whole_name(room, name), exception))
    }

    fn of_room(&self, room: &str, name: &str) -> Option<Exception> {
        self.0.get(room)?.get(name).copied()
    }

    /// Returns the switch of a room with the name of a flag; `None` where there is no exception.
    pub fn switch(&self, room: &str, name: &str) -> Option<bool> {
        match self.of_room(room, name)? {
            Exception::Switch(is_on) => Some(is_on),
            Exception::Number(_) => None,
        }
    }

    pub fn limits_of(&self, room: &str) -> HubLimits {
        let number = |name| match self.of_room(room, name)? {
            Exception::Number(number) => Some(number),
            Exception::Switch(_) => None,
        };
        HubLimits { rate: number(RATE), retention_days: number(RETENTION_DAYS) }
    }

    /// Sets the exception with this full name; `null` removes it.
    /// Errors: An unknown name, or a value that the exception cannot have.
    pub fn set(&mut self, whole_name: &str, value: &Value) -> Result<(), Refusal> {
        let (room, name, number_max) =
            parts_of(whole_name).ok_or_else(|| Refusal::validation("flag", "This flag is not known."))?;
        let Some(exception) = exception_of(value, number_max)? else {
            if let Some(set) = self.0.get_mut(room) {
                set.remove(name);
            }
            self.0.retain(|_, set| !set.is_empty());
            return Ok(());
        };
        self.0.entry(room.to_owned()).or_default().insert(name, exception);
        Ok(())
    }

    /// Returns all exceptions as members of a JSON object, each behind a comma.
    pub fn json_members(&self) -> String {
        let member = |(name, exception): (String, Exception)| {
            let value = match exception {
                Exception::Switch(is_on) => is_on.to_string(),
                Exception::Number(number) => number.to_string(),
            };
            format!(",{}:{value}", json_text(&name))
        };
        self.all().map(member).collect()
    }
}

pub fn whole_name(room: &str, name: &str) -> String {
    format!("{PREFIX}{room}:{name}")
}

/// Splits a full name into room, name, and for a number the largest value. Ids of rooms may have colons; names have none.
fn parts_of(whole_name: &str) -> Option<(&str, &'static str, Option<u32>)> {
    let (room, name) = whole_name.strip_prefix(PREFIX)?.rsplit_once(':')?;
    let (name, number_max) = NAMES.into_iter().find(|(known, _)| *known == name)?;
    is_room(room).then_some((room, name, number_max))
}

fn exception_of(value: &Value, number_max: Option<u32>) -> Result<Option<Exception>, Refusal> {
    let Some(number_max) = number_max else {
        return match value {
            Value::Null => Ok(None),
            Value::Bool(is_on) => Ok(Some(Exception::Switch(*is_on))),
            _ => Err(Refusal::validation("flag", "A flag is true, false or null.")),
        };
    };
    if *value == Value::Null {
        return Ok(None);
    }
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    match number.filter(|number| (1..=number_max).contains(number)) {
        Some(number) => Ok(Some(Exception::Number(number))),
        None => Err(Refusal::over_limit("flag", "A limit is a whole number from 1 on, or null.", number_max as usize)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: &str) -> Value {
        Value::Number(digits.to_owned())
    }

    #[test]
    fn an_exception_is_of_one_room_whatever_its_name() {
        let mut exceptions = Exceptions::new();
        for (name, value) in [
            ("room:a:sse", Value::Bool(false)),
            ("room:a:b:sse", Value::Bool(true)),
            ("room:a:rate", number("5")),
            ("room:rate:retention_days", number("36500")),
        ] {
            exceptions.set(name, &value).unwrap();
        }
        assert_eq!(["a", "a:b", "b"].map(|room| exceptions.switch(room, "sse")), [Some(false), Some(true), None]);
        assert_eq!(exceptions.limits_of("a"), HubLimits { rate: Some(5), retention_days: None });
        assert_eq!(exceptions.limits_of("rate"), HubLimits { rate: None, retention_days: Some(36_500) });
        assert_eq!((exceptions.limits_of("b"), exceptions.count()), (HubLimits::default(), 4));
        let members = r#","room:a:rate":5,"room:a:sse":false,"room:a:b:sse":true,"room:rate:retention_days":36500"#;
        assert_eq!(exceptions.json_members(), members);
        for name in ["room:a:sse", "room:a:rate", "room:a:b:sse", "room:rate:retention_days", "room:c:sse"] {
            exceptions.set(name, &Value::Null).unwrap();
        }
        assert_eq!(exceptions, Exceptions::new(), "nothing is left of a room without exceptions");
    }

    #[test]
    fn names_that_are_not_known_and_values_that_do_not_fit_are_refused() {
        let mut exceptions = Exceptions::new();
        let long = format!("room:{}:sse", "x".repeat(257));
        let unknown = ["room:", "room:sse", "room::sse", "room:.:sse", "room:a:maintenance", "room:a:", "sse", &long];
        for name in unknown {
            assert!(exceptions.set(name, &Value::Bool(true)).is_err(), "{name}");
        }
        for value in [number("1"), Value::Text("true".into()), Value::List(Vec::new())] {
            assert!(exceptions.set("room:a:sse", &value).is_err(), "{value:?}");
        }
        for value in [number("0"), number("6001"), number("-1"), number("1.5"), Value::Bool(true)] {
            assert!(exceptions.set("room:a:rate", &value).is_err(), "{value:?}");
        }
        assert_eq!(exceptions, Exceptions::new());
    }
}
