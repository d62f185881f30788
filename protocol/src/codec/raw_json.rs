//! Members of JSON objects as their source text, for doors whose bodies must come back byte for byte. As in JavaScript, the last of two
//! members with the same name counts, and half a surrogate pair does not make the whole object invalid.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Returns the value of a JSON string; `None` for another value, or for a text with half a surrogate pair.
pub fn text(value: &RawValue) -> Option<String> {
    // This check avoids parsing a large value that is not a string.
    let within = value.get().strip_prefix('"')?.strip_suffix('"')?;
    // A `RawValue` has a valid form, so a string without escapes is its own value.
    if within.contains('\\') { serde_json::from_str(value.get()).ok() } else { Some(within.to_owned()) }
}

/// Returns all members of a JSON object by name; the last of two with the same name counts. A name with half a surrogate pair is left out.
/// `None` when `json` is not one object.
///
/// The map copies every name. A reader that knows its names uses [`members`].
pub fn object(json: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str::<Object<'_>>(json).ok().map(|object| object.0)
}

/// Returns the members with these names, in their order. One walk skips all others without copying them. `None` when `json` is not one
/// object.
pub fn members<'a, const N: usize>(json: &'a str, names: &[&str; N]) -> Option<[Option<&'a RawValue>; N]> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let members = Wanted(names).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    members.try_into().ok()
}

/// Returns the members with these names of every object in a JSON list. `None` when `json` is not a list of objects.
pub fn members_of_all<'a>(json: &'a str, names: &[&str]) -> Option<Vec<Members<'a>>> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let all = reader.deserialize_seq(WantedOfAll(names)).ok()?;
    reader.end().ok()?;
    Some(all)
}

/// Values of the names that were asked for, in their order.
pub type Members<'a> = Vec<Option<&'a RawValue>>;

#[derive(Clone, Copy)]
struct Wanted<'n>(&'n [&'n str]);

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = Members<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Members<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = vec![None; self.0.len()];
        while let Some(place) = map.next_key_seed(PlaceOf(self.0))? {
            let value = map.next_value()?;
            if let Some(member) = place.and_then(|place| members.get_mut(place)) {
                *member = Some(value);
            }
        }
        Ok(members)
    }
}

struct WantedOfAll<'n>(&'n [&'n str]);

impl<'de> Visitor<'de> for WantedOfAll<'_> {
    type Value = Vec<Members<'de>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(members) = list.next_element_seed(Wanted(self.0))? {
            all.push(members);
        }
        Ok(all)
    }
}

/// Index of a name among the wanted ones. Names are read as bytes, as [`Name`] is.
struct PlaceOf<'n>(&'n [&'n str]);

impl<'de> DeserializeSeed<'de> for PlaceOf<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for PlaceOf<'_> {
    type Value = Option<usize>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| name.as_bytes() == bytes))
    }
}

struct Object<'a>(BTreeMap<String, &'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            if let Some(name) = name {
                members.insert(name, value);
            }
        }
        Ok(Object(members))
    }
}

/// Name of a member. Read as bytes, half a surrogate pair in it does not make the object invalid.
struct Name(Option<String>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Name, E> {
        Ok(Name(String::from_utf8(bytes.to_vec()).ok()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Name, E> {
        Ok(Name(Some(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 3] = ["a", "b\u{e9}", "__proto__"];

    fn got(members: &[Option<&RawValue>]) -> Vec<Option<String>> {
        members.iter().map(|value| value.map(|value| value.get().to_owned())).collect()
    }

    proptest! {
        /// Agrees with the members of the whole object.
        #[test]
        fn members_are_those_of_the_object(json in r#"[{]?("(a|b\u{e9}|b\\u00e9|x|\\ud800|__proto__)":(1|"t\\n"|null|\{"a":2\}|x),?){0,4}[}]? ?"#) {
            let whole = object(&json);
            let wanted = members(&json, &NAMES);
            prop_assert_eq!(whole.is_some(), wanted.is_some(), "{}", json);
            if let (Some(whole), Some(wanted)) = (whole, wanted) {
                let by_name: Vec<Option<String>> =
                    NAMES.iter().map(|name| whole.get(*name).map(|value| value.get().to_owned())).collect();
                prop_assert_eq!(by_name, got(&wanted));
                let twice = format!("[{json},{json}]");
                let all = members_of_all(&twice, &NAMES).unwrap();
                prop_assert_eq!(all.iter().map(|members| got(members)).collect::<Vec<_>>(), vec![got(&wanted); 2]);
            }
        }

        #[test]
        fn a_text_is_what_serde_reads(json in r#""([a-z\u{e9}]|\\[nu"\\]|\\ud83d\\ude00|\\ud800){0,6}""#) {
            if let Ok(value) = serde_json::from_str::<&RawValue>(&json) {
                prop_assert_eq!(text(value), serde_json::from_str::<String>(&json).ok());
            }
        }
    }

    #[test]
    fn a_list_of_anything_else_is_none() {
        for json in ["", "{}", "[1]", "[{},null]", "[{}]x", "[{\"a\":1}", "[[]]"] {
            assert!(members_of_all(json, &NAMES).is_none(), "{json}");
        }
        assert!(members_of_all(" [ ] ", &NAMES).is_some_and(|all| all.is_empty()));
        assert!(text(serde_json::from_str("1").unwrap()).is_none());
    }
}
