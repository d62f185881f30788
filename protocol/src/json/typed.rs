//! Types with derived readers, read through the one tree of [`Value`] instead of a parser of their own: what objects and the
//! Worker tell each other, and what an object kept in its tables.
//!
//! `serde_json::from_str` compiles a parser for every type, and with it the way to read a struct from a list, which nobody
//! here writes. Through the tree a struct is read from a record only; that is about half the code, and the Worker's size is
//! a budget (docs/performance.md, "Sizes"). What strangers send is still read by `serde_json`, which refuses early.

use std::fmt;
use std::vec;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::Value;
use super::value::float;

/// Why a text is not what was expected: for a log, not for people outside.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable: {0}")]
pub struct Unreadable(String);

impl Error for Unreadable {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self(what.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self("a value of another type".to_owned())
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self("a value out of bounds".to_owned())
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self("a list of another length".to_owned())
    }

    fn unknown_variant(variant: &str, _: &'static [&'static str]) -> Self {
        Self(["no such word: ", variant].concat())
    }

    fn unknown_field(name: &str, _: &'static [&'static str]) -> Self {
        Self(["no such member: ", name].concat())
    }

    fn missing_field(name: &'static str) -> Self {
        Self(["it lacks ", name].concat())
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self(["it has twice: ", name].concat())
    }
}

/// Reads a JSON text as a `T`.
///
/// # Errors
/// The text is no JSON, or not of that shape.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    T::deserialize(Value::parse(text).ok_or_else(|| Unreadable("no JSON".to_owned()))?)
}

#[cold]
fn other_type<T>() -> Result<T, Unreadable> {
    Err(Unreadable("a value of another type".to_owned()))
}

/// Numbers: `$digits` says how the value writes one. What does not fit is of another type.
macro_rules! numbers {
    ($digits:expr; $($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
            let Some(number) = $digits(self).and_then(|digits: String| digits.parse().ok()) else { return other_type() };
            visitor.$visit(number)
        }
    )*};
}

impl<'de> Deserializer<'de> for Value {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Value::Null => visitor.visit_unit(),
            Value::Bool(is_so) => visitor.visit_bool(is_so),
            Value::Number(digits) => match (digits.parse::<u64>(), digits.parse::<i64>()) {
                (Ok(number), _) => visitor.visit_u64(number),
                (_, Ok(number)) => visitor.visit_i64(number),
                _ => visitor.visit_f64(float(&digits)),
            },
            Value::Text(text) => visitor.visit_string(text),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Record(_) => self.deserialize_map(visitor),
        }
    }

    numbers! { Value::into_digits;
        deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32 deserialize_u64 visit_u64
        deserialize_i8 visit_i8 deserialize_i16 visit_i16 deserialize_i32 visit_i32 deserialize_i64 visit_i64
        deserialize_f32 visit_f32 deserialize_f64 visit_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if let Value::Bool(is_so) = self { visitor.visit_bool(is_so) } else { other_type() }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if let Value::Text(text) = self { visitor.visit_string(text) } else { other_type() }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if let Value::Null = self { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if let Value::Null = self { visitor.visit_unit() } else { other_type() }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let Value::List(values) = self else { return other_type() };
        let mut elements = Elements(values.into_iter());
        let list = visitor.visit_seq(&mut elements)?;
        if elements.0.len() == 0 { Ok(list) } else { Err(Error::custom("a list of another length")) }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let Value::Record(members) = self else { return other_type() };
        visitor.visit_map(Members { rest: members.into_iter(), value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        match self {
            Value::Text(name) => visitor.visit_enum(Variant { name, value: None }),
            Value::Record(members) => match <[_; 1]>::try_from(members) {
                Ok([(name, value)]) => visitor.visit_enum(Variant { name, value: Some(value) }),
                Err(_) => other_type(),
            },
            _ => other_type(),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf }
}

impl Value {
    /// What it is written with, if it is a number.
    fn into_digits(self) -> Option<String> {
        if let Self::Number(digits) = self { Some(digits) } else { None }
    }
}

struct Elements(vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for &mut Elements {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unreadable> {
        self.0.next().map(|value| seed.deserialize(value)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Members {
    rest: vec::IntoIter<(String, Value)>,
    /// Of the member whose name was read last.
    value: Option<Value>,
}

impl<'de> MapAccess<'de> for Members {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Name(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Unreadable> {
        seed.deserialize(self.value.take().unwrap_or(Value::Null))
    }
}

/// Whether a name is a number as JSON writes it: no sign of a plus, no zero in front.
fn is_written_once(name: &str) -> bool {
    name == "0" || !name.strip_prefix('-').unwrap_or(name).starts_with(['0', '+'])
}

/// The name of a member; where numbers are names, they are written as texts.
struct Name(String);

impl<'de> Deserializer<'de> for Name {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_string(self.0)
    }

    numbers! { |name: Name| Some(name.0).filter(|name| is_written_once(name));
        deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32 deserialize_u64 visit_u64
        deserialize_i8 visit_i8 deserialize_i16 visit_i16 deserialize_i32 visit_i32 deserialize_i64 visit_i64
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_enum(Variant { name: self.0, value: None })
    }

    forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

struct Variant {
    name: String,
    /// What it carries.
    value: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Unreadable;
    type Variant = Content;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content), Unreadable> {
        Ok((seed.deserialize(Name(self.name))?, Content(self.value)))
    }
}

/// What a word of an enum carries.
struct Content(Option<Value>);

impl Content {
    fn value(self) -> Result<Value, Unreadable> {
        self.0.map_or_else(other_type, Ok)
    }
}

impl<'de> VariantAccess<'de> for Content {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        if let None | Some(Value::Null) = self.0 { Ok(()) } else { other_type() }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unreadable> {
        seed.deserialize(self.value()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.value()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Unreadable> {
        self.value()?.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Word {
        One,
        TwoWords,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(transparent)]
    struct Id(String);

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Carrying {
        Nothing,
        Text(String),
        Pair(u8, i64),
        Named { first_part: Option<u32>, rest: Vec<Word> },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind", rename_all = "camelCase")]
    enum Tagged {
        Empty,
        Full { count: u64, list: Vec<(Id, bool)> },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Fraction(f64),
        Texts(Vec<String>),
        Record { a: bool },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Everything {
        id: Id,
        small: u8,
        signed: i32,
        fraction: f64,
        maybe: Option<Box<Everything>>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        carried: Vec<Carrying>,
        tagged: Tagged,
        either: Either,
        by_number: BTreeMap<u64, Word>,
        by_word: BTreeMap<Word, (u16, String)>,
        unit: (),
        letter: char,
    }

    fn word() -> impl Strategy<Value = Word> {
        prop_oneof![Just(Word::One), Just(Word::TwoWords)]
    }

    fn carrying() -> impl Strategy<Value = Carrying> {
        prop_oneof![
            Just(Carrying::Nothing),
            any::<String>().prop_map(Carrying::Text),
            any::<(u8, i64)>().prop_map(|(small, large)| Carrying::Pair(small, large)),
            (any::<Option<u32>>(), prop::collection::vec(word(), 0..3))
                .prop_map(|(first_part, rest)| Carrying::Named { first_part, rest }),
        ]
    }

    fn tagged() -> impl Strategy<Value = Tagged> {
        let list = prop::collection::vec((any::<String>().prop_map(Id), any::<bool>()), 0..3);
        prop_oneof![Just(Tagged::Empty), (any::<u64>(), list).prop_map(|(count, list)| Tagged::Full { count, list })]
    }

    /// Quarters: serde_json reads others with an error in the last bit.
    fn fraction() -> impl Strategy<Value = f64> {
        any::<i32>().prop_map(|number| f64::from(number) / 4.0)
    }

    fn either() -> impl Strategy<Value = Either> {
        prop_oneof![
            any::<i64>().prop_map(Either::Number),
            fraction().prop_map(|number| Either::Fraction(number + 0.125)),
            prop::collection::vec(any::<String>(), 0..3).prop_map(Either::Texts),
            any::<bool>().prop_map(|a| Either::Record { a }),
        ]
    }

    fn everything() -> impl Strategy<Value = Everything> {
        let numbers = (any::<u8>(), any::<i32>(), fraction(), any::<char>());
        let maps = (
            prop::collection::btree_map(any::<u64>(), word(), 0..3),
            prop::collection::btree_map(word(), any::<(u16, String)>(), 0..3),
        );
        let parts = (any::<String>(), numbers, prop::collection::vec(carrying(), 0..4), tagged(), either(), maps);
        let leaf =
            parts.prop_map(|(id, (small, signed, fraction, letter), carried, tagged, either, maps)| Everything {
                id: Id(id),
                small,
                signed,
                fraction,
                maybe: None,
                carried,
                tagged,
                either,
                by_number: maps.0,
                by_word: maps.1,
                unit: (),
                letter,
            });
        prop::collection::vec(leaf, 1..3).prop_map(|mut leaves| {
            let inner = leaves.pop().map(Box::new);
            match leaves.pop() {
                Some(outer) => Everything { maybe: inner, ..outer },
                None => *inner.unwrap(),
            }
        })
    }

    proptest! {
        #[test]
        fn what_serde_writes_is_read_back(value in everything()) {
            let json = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(from_json::<Everything>(&json), Ok(value));
        }

        #[test]
        fn what_was_tampered_with_is_read_as_serde_reads_it_or_refused(
            value in everything(),
            at in any::<prop::sample::Index>(),
            with in "[\\[\\]{}\":,0-9ntf]",
        ) {
            let mut json = serde_json::to_string(&value).unwrap();
            let places: Vec<usize> = json.char_indices().filter(|(_, c)| c.is_ascii()).map(|(at, _)| at).collect();
            let at = places[at.index(places.len())];
            json.replace_range(at..=at, &with);
            match (from_json::<Everything>(&json), serde_json::from_str::<Everything>(&json)) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
                (Ok(_), Err(error)) => prop_assert!(false, "serde refuses: {}: {}", error, json),
                // Lists for structs are what we leave out; all the rest is refused by both.
                (Err(_), _) => {}
            }
        }
    }

    #[test]
    fn a_name_that_is_a_number_is_written_in_one_way() {
        type Names = BTreeMap<i64, u8>;
        for (name, is_one) in [
            ("0", true),
            ("10", true),
            ("-7", true),
            ("00", false),
            ("01", false),
            ("+1", false),
            ("-0", false),
            ("-01", false),
            ("", false),
        ] {
            let json = format!("{{\"{name}\":1}}");
            assert_eq!(from_json::<Names>(&json).is_ok(), is_one, "{json}");
            assert_eq!(serde_json::from_str::<Names>(&json).is_ok(), is_one, "{json}");
        }
    }

    #[test]
    fn it_says_what_is_wrong() {
        let why = |json| from_json::<Everything>(json).unwrap_err().to_string();
        assert_eq!(why("{"), "unreadable: no JSON");
        assert_eq!(why("{}"), "unreadable: it lacks id");
        assert_eq!(why(r#"{"id":1}"#), "unreadable: a value of another type");
        assert_eq!(why(r#"{"id":"a","id":"b"}"#), "unreadable: it has twice: id");
        assert_eq!(why(r#"{"small":256}"#), "unreadable: a value of another type");
        assert_eq!(from_json::<Word>("\"three\"").unwrap_err().to_string(), "unreadable: no such word: three");
        assert_eq!(from_json::<(u8, u8)>("[1,2,3]").unwrap_err().to_string(), "unreadable: a list of another length");
        assert_eq!(from_json::<(u8, u8)>("[1]").unwrap_err().to_string(), "unreadable: a list of another length");
    }
}
