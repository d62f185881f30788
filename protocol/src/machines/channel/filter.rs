//! Filters of a socket: exact matches, nothing else (`hopeflow.md` 3.3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::members::Members;
use crate::content::text::trimmed;
use crate::words::limits::{FILTER_KEY_BYTES_MAX, FILTER_VALUE_BYTES_MAX, SOCKET_FILTERS_MAX};

/// One filter. Its `type` is trimmed; all other members are compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    kind: String,
    members: BTreeMap<String, String>,
}

/// The filters of one socket, without doubles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filters(Vec<Filter>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    New,
    Known,
    Full,
}

impl Filter {
    /// A filter, or `None` when it cannot be one. `members` are all members but `type`.
    pub fn new(kind: &str, members: BTreeMap<String, String>) -> Option<Self> {
        let kind = trimmed(kind);
        let is_short = |(key, value): (&String, &String)| {
            key.len() <= FILTER_KEY_BYTES_MAX && value.len() <= FILTER_VALUE_BYTES_MAX
        };
        let fits = !kind.is_empty() && kind.len() <= FILTER_VALUE_BYTES_MAX && members.iter().all(is_short);
        fits.then(|| Self { kind: kind.to_owned(), members })
    }

    /// Returns `true` when the filter wants an envelope. `kind` is trimmed.
    pub fn matches(&self, kind: &str, payload: &Members) -> bool {
        self.kind == kind && self.members.iter().all(|(key, value)| payload.get(key) == Some(value))
    }

    /// Returns `true` when a match depends on the payload.
    pub fn looks_at_payload(&self) -> bool {
        !self.members.is_empty()
    }
}

impl Filters {
    pub fn add(&mut self, filter: Filter) -> Added {
        if self.0.contains(&filter) {
            return Added::Known;
        }
        if self.0.len() >= SOCKET_FILTERS_MAX {
            return Added::Full;
        }
        self.0.push(filter);
        Added::New
    }

    pub fn remove(&mut self, filter: &Filter) {
        self.0.retain(|own| own != filter);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if there are no filters: such a socket receives nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn matches(&self, kind: &str, payload: &Members) -> bool {
        self.0.iter().any(|filter| filter.matches(kind, payload))
    }

    /// Returns `true` when some match depends on the payload of an envelope of this kind.
    pub fn looks_at_payload(&self, kind: &str) -> bool {
        self.0.iter().any(|filter| filter.kind == kind && filter.looks_at_payload())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn filter(kind: &str, pairs: &[(&str, &str)]) -> Filter {
        Filter::new(kind, members(pairs)).unwrap()
    }

    #[test]
    fn a_filter_matches_exactly() {
        let pairs = [("questId", "q1"), ("empty", ""), ("deep.a", "x"), ("type", "chat"), ("accent", "\u{e9}")];
        let payload = Members::Object(members(&pairs));
        for (pairs, matches) in [
            (vec![], true),
            (vec![("questId", "q1")], true),
            (vec![("questId", "q1 ")], false),
            (vec![("questId", "Q1")], false),
            (vec![("empty", "")], true),
            (vec![("absent", "")], false),
            (vec![("deep.a", "x")], true),
            (vec![("questId", "q1"), ("absent", "x")], false),
            (vec![("__proto__", "x")], false),
            (vec![("toString", "x")], false),
            (vec![("accent", "\u{e9}")], true),
            (vec![("accent", "e\u{301}")], false),
        ] {
            assert_eq!(filter(" chat ", &pairs).matches("chat", &payload), matches, "{pairs:?}");
        }
        assert!(!filter("chat", &[]).matches("Chat", &payload));
        assert!(filter("chat", &[]).matches("chat", &Members::None));
        assert!(!filter("chat", &[("a", "b")]).matches("chat", &Members::None));
    }

    #[test]
    fn limits_of_one_filter() {
        assert!(Filter::new(" \t", BTreeMap::new()).is_none());
        assert!(Filter::new("m", members(&[(&"k".repeat(128), &"v".repeat(1_024))])).is_some());
        assert!(Filter::new("m", members(&[(&"k".repeat(129), "")])).is_none());
        assert!(Filter::new("m", members(&[("k", &"v".repeat(1_025))])).is_none());
    }

    #[test]
    fn a_socket_has_each_filter_once_and_at_most_500() {
        let mut filters = Filters::default();
        assert_eq!(filters.add(filter("m", &[("a", "1"), ("b", "2")])), Added::New);
        assert_eq!(filters.add(filter(" m ", &[("b", "2"), ("a", "1")])), Added::Known);
        for n in 1..SOCKET_FILTERS_MAX {
            assert_eq!(filters.add(filter("m", &[("n", &n.to_string())])), Added::New);
        }
        assert_eq!(filters.add(filter("other", &[])), Added::Full);
        assert_eq!(filters.add(filter("m", &[("n", "7")])), Added::Known);
        filters.remove(&filter("m", &[]));
        assert_eq!(filters.len(), SOCKET_FILTERS_MAX);
        filters.remove(&filter("m", &[("n", "7")]));
        assert!(!filters.matches("m", &Members::Object(members(&[("n", "7")]))));
        assert!(filters.matches("m", &Members::Object(members(&[("n", "8")]))));
    }
}
