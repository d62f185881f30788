//! Values of fields with their stamps (`home.md` 2): the value with the later stamp wins.

use super::field::HomeField;
use crate::codec::json::{Read, Value, Write, push_json_text};
use crate::words::event::Millis;
use crate::words::limits::{HOME_AHEAD_MS, HOME_AT_ONCE_MAX, HOME_DEVICE_CHARS, HOME_VALUE_BYTES_MAX, SEQ_MAX};
use crate::words::refusal::Refusal;

crate::record! {
    /// Value of a field, with its stamp.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HomeWord {
        /// The value; `Null` removes the field.
        pub value: Value = "value",
        pub at: Millis = "at",
        /// Id of the device.
        pub by: String = "by",
    }
}

impl HomeWord {
    pub fn is_removal(&self) -> bool {
        self.value == Value::Null
    }

    /// Returns `true` if the stamp is later than that of `other`.
    pub fn is_later(&self, other: &Self) -> bool {
        (self.at, &self.by) > (other.at, &other.by)
    }

    /// Returns the value that replaces `stored`; `None` if `stored` stays. A time too far ahead of `now` is corrected, but stays later than
    /// an earlier stored time.
    pub fn over(mut self, stored: Option<&Self>, now: Millis) -> Option<Self> {
        let latest = now + HOME_AHEAD_MS;
        if self.at > latest {
            // The answer to an earlier call with this value may have been lost.
            if stored.is_some_and(|stored| stored.by == self.by && stored.value == self.value) {
                return None;
            }
            self.at = self.at.min(latest.max(stored.map_or(0, |stored| stored.at + 1)));
        }
        stored.is_none_or(|stored| self.is_later(stored)).then_some(self)
    }

    fn has_form(&self) -> bool {
        let is_id = self.by.len() == HOME_DEVICE_CHARS && self.by.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_id && self.at <= SEQ_MAX && self.value.to_string().len() <= HOME_VALUE_BYTES_MAX
    }
}

crate::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HomeEntry {
        pub name: String = "name",
        pub word: HomeWord = "word",
    }
}

/// Answer of the server with fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HomePage {
    /// Version up to which the answer reaches.
    pub version: u64,
    /// Version before a call that stored values; `None` in the answer to a read.
    pub before: Option<u64>,
    pub fields: Vec<HomeEntry>,
    pub more: bool,
}

impl HomePage {
    pub fn to_json(&self) -> String {
        let fields = fields_json(&self.fields);
        match self.before {
            Some(before) => format!("{{\"version\":{},\"before\":{before},\"fields\":{fields}}}", self.version),
            None => format!("{{\"version\":{},\"fields\":{fields},\"more\":{}}}", self.version, self.more),
        }
    }
}

/// Skips unreadable values, which are from another release.
impl Read for HomePage {
    fn read(value: &Value) -> Option<Self> {
        let members = value.get("fields")?.as_object()?;
        let entry =
            |(name, word): &(String, Value)| Some(HomeEntry { name: name.clone(), word: HomeWord::read(word)? });
        Some(Self {
            version: value.get("version")?.as_u64()?,
            before: value.get("before").and_then(Value::as_u64),
            fields: members.iter().filter_map(entry).collect(),
            more: value.get("more").and_then(Value::as_bool).unwrap_or(false),
        })
    }
}

pub fn fields_json(entries: &[HomeEntry]) -> String {
    let mut out = String::from("{");
    for HomeEntry { name, word } in entries {
        if out.len() > 1 {
            out.push(',');
        }
        push_json_text(&mut out, name);
        out.push(':');
        word.write(&mut out);
    }
    out.push('}');
    out
}

/// Reads the fields of a call that stores values.
/// Errors: `VALIDATION` on `fields` if they are missing, too many, or not in the form of `home.md` 1 and 2.
pub fn read_fields(body: &Value) -> Result<Vec<HomeEntry>, Refusal> {
    let members = body.get("fields").and_then(Value::as_object);
    let members = members.ok_or(Refusal::validation("fields", "fields is an object of fields and their words."))?;
    if members.len() > HOME_AT_ONCE_MAX {
        return Err(Refusal::over_limit("fields", "A call has at most 200 fields.", HOME_AT_ONCE_MAX));
    }
    members.iter().map(read_entry).collect()
}

fn read_entry((name, word): &(String, Value)) -> Result<HomeEntry, Refusal> {
    if HomeField::parse(name).is_none() {
        return Err(Refusal::validation(
            "fields",
            "A name of fields is a group, a slash and an id, at most 128 bytes.",
        ));
    }
    let word = HomeWord::read(word).filter(HomeWord::has_form);
    let expected = "A word has a value of at most 2 KiB, a time at and the id by of its device.";
    let word = word.ok_or(Refusal::validation("fields", expected))?;
    Ok(HomeEntry { name: name.clone(), word })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;

    const NOW: Millis = 1_000_000;

    fn word(value: &str, at: Millis, by: char) -> HomeWord {
        HomeWord { value: Value::Text(value.to_owned()), at, by: by.to_string().repeat(HOME_DEVICE_CHARS) }
    }

    #[test]
    fn the_later_word_counts_and_of_two_at_once_that_of_the_greater_device() {
        let stored = word("a", 5, 'b');
        for (said, counts) in [
            (word("b", 6, 'a'), true),
            (word("b", 5, 'c'), true),
            (word("b", 5, 'a'), false),
            (word("b", 4, 'c'), false),
        ] {
            assert_eq!(said.clone().over(Some(&stored), NOW), counts.then_some(said));
        }
        assert_eq!(stored.clone().over(Some(&stored), NOW), None, "the same word again");
        assert_eq!(stored.clone().over(None, NOW), Some(stored));
    }

    #[test]
    fn a_clock_that_is_ahead_counts_from_its_arrival() {
        let latest = NOW + HOME_AHEAD_MS;
        assert_eq!(word("a", latest, 'a').over(None, NOW), Some(word("a", latest, 'a')));
        let first = word("a", SEQ_MAX, 'a').over(None, NOW).unwrap();
        assert_eq!(first, word("a", latest, 'a'));
        assert_eq!(word("a", SEQ_MAX, 'a').over(Some(&first), NOW + 5), None, "the answer was lost");
        let second = word("b", SEQ_MAX, 'a').over(Some(&first), NOW).unwrap();
        assert_eq!(second, word("b", latest + 1, 'a'), "within the same millisecond");
        assert_eq!(word("c", latest + 2, 'b').over(Some(&second), NOW + 2), Some(word("c", latest + 2, 'b')));
    }

    #[test]
    fn a_page_reads_back_as_it_was_written() {
        let fields = vec![
            HomeEntry { name: "nickname/u_bo".to_owned(), word: word("B\"o", 7, 'a') },
            HomeEntry { name: "favourite/u_bo".to_owned(), word: HomeWord { value: Value::Null, ..word("", 8, 'b') } },
        ];
        for (before, more) in [(None, true), (None, false), (Some(3), false)] {
            let page = HomePage { version: 9, before, fields: fields.clone(), more };
            assert_eq!(json::read(&page.to_json()), Some(page));
        }
    }

    #[test]
    fn bodies_are_of_their_form() {
        let read = |body: &str| {
            read_fields(&Value::parse(body).unwrap()).map_err(|refusal| refusal.field().map(str::to_owned))
        };
        let by = "a".repeat(HOME_DEVICE_CHARS);
        let good = format!(r#"{{"fields":{{"look/theme":{{"value":null,"at":5,"by":"{by}","more":1}}}}}}"#);
        assert_eq!(read(&good).unwrap().len(), 1);
        assert_eq!(read(r#"{"fields":{}}"#), Ok(Vec::new()));
        let long = "x".repeat(HOME_VALUE_BYTES_MAX - 1);
        for bad in [
            "{}".to_owned(),
            r#"{"fields":[]}"#.to_owned(),
            good.replace("look/theme", "look"),
            good.replace("\"value\":null,", ""),
            good.replace("null", &format!("\"{long}\"")),
            good.replace(":5", ":-5"),
            good.replace(":5", ":9007199254740992"),
            good.replace(&by, "short"),
            good.replace(&by, &"ä".repeat(HOME_DEVICE_CHARS / 2)),
        ] {
            assert_eq!(read(&bad), Err(Some("fields".to_owned())), "{bad}");
        }
        assert!(read(&good.replace("null", &format!("\"{}\"", &long[1..]))).is_ok());
    }
}
