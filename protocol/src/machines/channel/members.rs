//! The top level of a payload, as far as filters can see it (`hopeflow.md` 3.3): its own members that are texts.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::codec::raw_json::{object, text};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Members {
    /// Neither an object nor a list, or no payload at all.
    None,
    Object(BTreeMap<String, String>),
    /// A list; what is not a text is a gap.
    List(Vec<Option<String>>),
}

impl Members {
    /// Parses the JSON text of a payload.
    pub fn of(payload: Option<&str>) -> Self {
        let Some(payload) = payload else {
            return Self::None;
        };
        match payload.trim_start().bytes().next() {
            Some(b'{') => object(payload).map_or(Self::None, |members| {
                Self::Object(members.into_iter().filter_map(|(key, value)| Some((key, text(value)?))).collect())
            }),
            Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(payload)
                .map_or(Self::None, |items| Self::List(items.into_iter().map(text).collect())),
            _ => Self::None,
        }
    }

    /// The text of a member; an item of a list has its index as key.
    pub fn get(&self, key: &str) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Object(members) => members.get(key).map(String::as_str),
            Self::List(items) => {
                // "0" is the first; "00" and "+0" are no index.
                let index = key.parse::<usize>().ok().filter(|index| index.to_string() == key)?;
                items.get(index)?.as_deref()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_texts_of_the_top_level_are_seen() {
        let payload =
            r#" {"a":"x","n":1,"nil":null,"deep":{"a":"y"},"list":["z"],"a":"last","u":"\u00e9","__proto__":"p"} "#;
        let members = Members::of(Some(payload));
        for (key, value) in [
            ("a", Some("last")),
            ("u", Some("\u{e9}")),
            ("__proto__", Some("p")),
            ("n", None),
            ("nil", None),
            ("deep", None),
            ("deep.a", None),
            ("list", None),
            ("toString", None),
        ] {
            assert_eq!(members.get(key), value, "{key}");
        }
    }

    #[test]
    fn items_of_a_list_have_their_index_as_key() {
        let members = Members::of(Some(r#"["a",1,"c"]"#));
        for (key, value) in
            [("0", Some("a")), ("1", None), ("2", Some("c")), ("3", None), ("00", None), ("+0", None), ("length", None)]
        {
            assert_eq!(members.get(key), value, "{key}");
        }
    }

    #[test]
    fn what_has_no_members_has_none() {
        for payload in [None, Some("null"), Some("5"), Some("\"text\""), Some("true")] {
            assert_eq!(Members::of(payload), Members::None);
        }
    }

    #[test]
    fn half_a_pair_costs_its_own_member_only() {
        let members = Members::of(Some(r#"{"\ud800":"x","b":"\udc00","c":"ok"}"#));
        assert_eq!((members.get("b"), members.get("c")), (None, Some("ok")));
        assert_eq!(Members::of(Some(r#"["\ud800","ok"]"#)).get("1"), Some("ok"));
    }
}
