//! JSON objects as JavaScript reads them, without reading what is inside: members as the text they came as, of two with the
//! same name the last, half a surrogate pair no error of the whole. For doors whose bodies must come back byte for byte.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::sorted::SortedMap;

/// A JSON text's value, if it is a text that exists in Unicode.
pub fn text(value: &RawValue) -> Option<String> {
    // Asking the first byte spares the parser a walk through a large value that is no text.
    value.get().starts_with('"').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

/// The members of a JSON object by name, of two with the same name the last. A name with half a surrogate pair in it is no name
/// that anybody could ask for, and is left out. `None` when `json` is not one object.
pub fn object(json: &str) -> Option<SortedMap<String, &RawValue>> {
    serde_json::from_str::<Object<'_>>(json).ok().map(|object| object.0)
}

struct Object<'a>(SortedMap<String, &'a RawValue>);

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
        let mut members = SortedMap::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            if let Some(name) = name {
                members.insert(name, value);
            }
        }
        Ok(Object(members))
    }
}

/// Read as bytes: only there half a pair is not an error of the whole object.
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
