//! Device side of the home sync (`home.md` 4): the known value of each field, and values that the server has not confirmed. This file decides
//! which values to send and to apply; the page stores what people see.

use super::field::HomeField;
use super::word::{HomeEntry, HomePage, HomeWord, fields_json};
use crate::codec::json::{Read, Value, Write, member, push_member};
use crate::codec::sorted::SortedMap;
use crate::words::event::Millis;
use crate::words::limits::{HOME_AT_ONCE_MAX, HOME_CALL_BYTES_MAX, HOME_VALUE_BYTES_MAX};

/// Home state of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeDevice {
    /// Random id with which the device signs its values.
    by: String,
    /// Version up to which the device knows all values.
    version: u64,
    /// `true` once the arrangement from before fields was converted.
    pub is_moved: bool,
    words: SortedMap<String, Known>,
    /// Number of fields in the next call: smaller after a refusal.
    at_once: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    word: HomeWord,
    /// `true` until the server has confirmed the value.
    is_pending: bool,
}

crate::record! {
    /// Known value as it is stored on the device.
    struct Saved {
        entry: HomeEntry = "entry",
        is_pending: bool = "pending" or false,
    }
}

impl HomeDevice {
    /// Makes a device without known values. `by` is random: 16 letters and digits.
    pub fn new(by: String) -> Self {
        Self { by, version: 0, is_moved: false, words: SortedMap::new(), at_once: HOME_AT_ONCE_MAX }
    }

    /// Returns the version up to which the device knows all values.
    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn value(&self, name: &str) -> Option<&Value> {
        self.words.get(name).map(|known| &known.word.value)
    }

    pub fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.words.iter().map(|(name, known)| (name.as_str(), &known.word.value))
    }

    /// Returns the known value of each field with its stamp.
    pub fn words(&self) -> impl Iterator<Item = (&str, &HomeWord)> {
        self.words.iter().map(|(name, known)| (name.as_str(), &known.word))
    }

    pub fn has_pending(&self) -> bool {
        self.words.values().any(|known| known.is_pending)
    }

    /// Sets a field at `now`, with a later stamp than every known one. A value that the server cannot store is ignored.
    pub fn say(&mut self, name: &str, value: Value, now: Millis) {
        if HomeField::parse(name).is_none() || value.to_string().len() > HOME_VALUE_BYTES_MAX {
            return;
        }
        let at = self.words.get(name).map_or(now, |known| now.max(known.word.at + 1));
        let word = HomeWord { value, at, by: self.by.clone() };
        self.words.insert(name.to_owned(), Known { word, is_pending: true });
    }

    /// Returns the values of the next call.
    pub fn to_send(&self) -> Vec<HomeEntry> {
        let mut bytes = 2;
        let pending = self.words.iter().filter(|(_, known)| known.is_pending);
        let entries = pending.map(|(name, known)| HomeEntry { name: name.clone(), word: known.word.clone() });
        let fits = |entry: &HomeEntry| {
            bytes += fields_json(std::slice::from_ref(entry)).len();
            bytes <= HOME_CALL_BYTES_MAX
        };
        entries.take(self.at_once).take_while(fits).collect()
    }

    /// Handles the values of a read. Returns the fields with new values, which the page has to apply.
    pub fn receive(&mut self, page: HomePage) -> Vec<(String, Value)> {
        // A server with a lower version has begun anew, and the device follows it.
        self.version = page.version;
        let later = page.fields.into_iter().filter_map(|entry| self.take_later(entry));
        later.collect()
    }

    /// Handles the answer to a call with the values `sent`. Returns the fields with new values, which the page has to apply.
    pub fn answered(&mut self, sent: &[HomeEntry], page: HomePage) -> Vec<(String, Value)> {
        self.at_once = HOME_AT_ONCE_MAX;
        if page.before == Some(self.version) {
            self.version = page.version;
        }
        let mut confirmed = Vec::new();
        for HomeEntry { name, word } in sent {
            if let Some(known) = self.words.get_mut(name).filter(|known| known.word == *word) {
                known.is_pending = false;
                confirmed.push(name.as_str());
            }
        }
        let mut news = Vec::new();
        for entry in page.fields {
            // The server's answer about a sent field wins, even if it only corrects the time.
            if !confirmed.contains(&entry.name.as_str()) {
                news.extend(self.take_later(entry));
                continue;
            }
            let was_later = self.words.get(&entry.name).is_some_and(|known| known.word.is_later(&entry.word));
            if was_later {
                // The device may have ignored values between the two times, so it reads them again.
                self.version = self.version.min(page.before.unwrap_or_default());
            }
            news.extend(self.take(entry));
        }
        news
    }

    /// Handles the refusal of a call, after which calls are smaller. A single refused value stays on the device.
    pub fn refused(&mut self, sent: &[HomeEntry]) {
        self.at_once = (sent.len() / 2).max(1);
        if let [HomeEntry { name, word }] = sent
            && let Some(known) = self.words.get_mut(name).filter(|known| known.word == *word)
        {
            known.is_pending = false;
        }
    }

    fn take_later(&mut self, entry: HomeEntry) -> Option<(String, Value)> {
        match self.words.get_mut(&entry.name) {
            Some(known) if known.word == entry.word => {
                known.is_pending = false;
                None
            }
            Some(known) if !entry.word.is_later(&known.word) => None,
            _ => self.take(entry),
        }
    }

    fn take(&mut self, HomeEntry { name, word }: HomeEntry) -> Option<(String, Value)> {
        let value = word.value.clone();
        let before = self.words.insert(name.clone(), Known { word, is_pending: false });
        before.is_none_or(|before| before.word.value != value).then_some((name, value))
    }
}

impl Read for HomeDevice {
    fn read(value: &Value) -> Option<Self> {
        let saved: Vec<Saved> = member(value, "words")?;
        let known = |saved: Saved| {
            let Saved { entry: HomeEntry { name, word }, is_pending } = saved;
            (name, Known { word, is_pending })
        };
        let (by, version, is_moved) = (member(value, "by")?, member(value, "version")?, member(value, "moved")?);
        Some(Self { by, version, is_moved, words: saved.into_iter().map(known).collect(), at_once: HOME_AT_ONCE_MAX })
    }
}

impl Write for HomeDevice {
    fn write(&self, out: &mut String) {
        let saved = self.words.iter().map(|(name, known)| Saved {
            entry: HomeEntry { name: name.clone(), word: known.word.clone() },
            is_pending: known.is_pending,
        });
        out.push('{');
        push_member(out, "by", &self.by);
        push_member(out, "version", &self.version);
        push_member(out, "moved", &self.is_moved);
        push_member(out, "words", &saved.collect::<Vec<Saved>>());
        out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;

    fn device(by: char) -> HomeDevice {
        HomeDevice::new(by.to_string().repeat(16))
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn entry(name: &str, value: Value, at: Millis, by: char) -> HomeEntry {
        HomeEntry { name: name.to_owned(), word: HomeWord { value, at, by: by.to_string().repeat(16) } }
    }

    fn page(version: u64, fields: Vec<HomeEntry>) -> HomePage {
        HomePage { version, fields, ..HomePage::default() }
    }

    #[test]
    fn a_word_is_sent_until_it_is_confirmed_and_a_newer_one_goes_on() {
        let mut one = device('a');
        one.say("nickname/u_bo", text("Bo"), 5);
        let sent = one.to_send();
        one.say("nickname/u_bo", text("Bobby"), 5);
        one.answered(&sent, HomePage { before: Some(0), ..page(1, Vec::new()) });
        assert_eq!((one.version(), one.has_pending()), (1, true), "it was changed meanwhile");
        let sent = one.to_send();
        assert_eq!(sent, [entry("nickname/u_bo", text("Bobby"), 6, 'a')]);
        assert_eq!(one.answered(&sent, HomePage { before: Some(1), ..page(2, Vec::new()) }), []);
        assert!(!one.has_pending() && one.to_send().is_empty());
    }

    #[test]
    fn a_later_word_of_another_device_is_applied_and_an_earlier_one_is_not() {
        let mut one = device('a');
        one.say("nickname/u_bo", text("Bo"), 5);
        assert_eq!(one.receive(page(1, vec![entry("nickname/u_bo", text("late"), 4, 'b')])), []);
        assert!(one.has_pending());
        let later =
            page(2, vec![entry("nickname/u_bo", text("new"), 5, 'b'), entry("look/theme", Value::Null, 1, 'b')]);
        let applied = one.receive(later.clone());
        assert_eq!(applied, [("nickname/u_bo".to_owned(), text("new")), ("look/theme".to_owned(), Value::Null)]);
        assert_eq!((one.receive(later), one.has_pending(), one.version()), (Vec::new(), false, 2));
        one.say("nickname/u_bo", text("newest"), 1);
        assert_eq!(one.to_send()[0].word.at, 6, "later than all that it knows");
    }

    #[test]
    fn a_device_that_knows_more_than_the_server_begins_again_with_it() {
        let mut one = device('a');
        one.receive(page(90, vec![entry("nickname/u_bo", text("Bo"), 5, 'b')]));
        assert_eq!(one.receive(page(2, vec![entry("nickname/u_bo", text("Bo"), 5, 'b')])), []);
        assert_eq!((one.version(), one.value("nickname/u_bo")), (2, Some(&text("Bo"))));
    }

    #[test]
    fn the_answer_corrects_a_time_and_tells_a_later_word() {
        let mut one = device('a');
        one.say("nickname/u_bo", text("Bo"), 9_000_000);
        one.say("nickname/u_al", text("Al"), 5);
        let sent = one.to_send();
        let answer =
            vec![entry("nickname/u_bo", text("Bo"), 60_000, 'a'), entry("nickname/u_al", text("Alba"), 7, 'b')];
        let applied = one.answered(&sent, HomePage { before: Some(3), ..page(4, answer) });
        assert_eq!(applied, [("nickname/u_al".to_owned(), text("Alba"))]);
        assert_eq!((one.version(), one.has_pending()), (0, false), "there are words that it does not know");
        let other = page(5, vec![entry("nickname/u_bo", text("Bob"), 60_001, 'b')]);
        assert_eq!(one.receive(other), [("nickname/u_bo".to_owned(), text("Bob"))]);
    }

    #[test]
    fn calls_are_small_and_a_refusal_makes_them_smaller() {
        let mut one = device('a');
        for number in 0..300 {
            one.say(&format!("favourite/u_{number}"), Value::Bool(true), 5);
        }
        let sent = one.to_send();
        assert!(sent.len() <= HOME_AT_ONCE_MAX && fields_json(&sent).len() <= HOME_CALL_BYTES_MAX && sent.len() > 100);
        one.refused(&sent);
        assert_eq!(one.to_send().len(), sent.len() / 2);
        while one.to_send().len() > 1 {
            one.refused(&one.to_send());
        }
        let single = one.to_send();
        one.refused(&single);
        assert_ne!(one.to_send(), single, "it stays here");
        one.answered(&[], page(0, Vec::new()));
        assert!(one.to_send().len() > 100);
    }

    #[test]
    fn what_no_server_takes_is_not_said() {
        let mut one = device('a');
        one.say("nickname/b o", text("Bo"), 5);
        one.say("nickname/u_bo", text(&"x".repeat(HOME_VALUE_BYTES_MAX)), 5);
        assert_eq!((one.has_pending(), one.value("nickname/u_bo")), (false, None));
    }

    #[test]
    fn what_is_stored_reads_back() {
        let mut one = device('a');
        one.say("nickname/u_bo", text("Bo"), 5);
        one.is_moved = true;
        one.receive(page(7, vec![entry("favourite/u_al", Value::Null, 1, 'b')]));
        assert_eq!(json::read(&json::write(&one)), Some(one));
    }
}
