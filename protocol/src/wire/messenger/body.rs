//! JSON bodies of REST calls (`messenger.md` 1): objects in which each known member stands at most once. Unknown members are ignored.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::words::refusal::Refusal;

/// The members of a body, in order of appearance.
#[derive(Debug)]
pub struct Members {
    text: String,
    members: Vec<(String, Value)>,
}

impl Members {
    /// Returns the members of an absent body.
    pub fn none() -> Self {
        Self { text: "{}".to_owned(), members: Vec::new() }
    }

    /// Reads a body with the members `known`. Refuses with `BAD_JSON` a body that is no object or repeats one of them, and with
    /// `INVALID_TEXT` one with half a surrogate pair.
    pub fn read(text: String, known: &[&str]) -> Result<Self, Refusal> {
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        let parsed = deserializer.deserialize_map(Pairs).and_then(|members| deserializer.end().map(|()| members));
        let members = parsed.map_err(|error| refusal_of(&error))?;
        let is_repeated = |name: &&str| members.iter().filter(|(key, _)| key == name).count() > 1;
        if known.iter().any(is_repeated) {
            return Err(Refusal::BadJson);
        }
        Ok(Self { text, members })
    }

    pub fn source(&self) -> &str {
        &self.text
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        self.of_form(name, "This member is a text.", Value::as_str)
    }

    /// Returns a text member; refuses its absence.
    pub fn needed_text(&self, name: &'static str) -> Result<&str, Refusal> {
        self.text(name)?.ok_or(Refusal::validation(name, "This member is missing."))
    }

    /// Returns a Boolean member; absent means false.
    pub fn flag(&self, name: &'static str) -> Result<bool, Refusal> {
        Ok(self.of_form(name, "This member is true or false.", Value::as_bool)?.unwrap_or(false))
    }

    pub fn optional_flag(&self, name: &'static str) -> Result<Option<bool>, Refusal> {
        self.of_form(name, "This member is true or false.", Value::as_bool)
    }

    pub fn number(&self, name: &'static str) -> Result<Option<i64>, Refusal> {
        self.of_form(name, "This member is a whole number.", Value::as_i64)
    }

    pub fn list(&self, name: &'static str) -> Result<Option<&Vec<Value>>, Refusal> {
        self.of_form(name, "This member is a list.", Value::as_array)
    }

    fn of_form<'a, T>(
        &'a self,
        name: &'static str,
        expected: &'static str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        self.value(name).map(|value| read(value).ok_or(Refusal::validation(name, expected))).transpose()
    }
}

fn refusal_of(error: &serde_json::Error) -> Refusal {
    if error.to_string().contains("hex escape") { Refusal::InvalidText } else { Refusal::BadJson }
}

/// Members of an object with repeated names kept.
struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}
