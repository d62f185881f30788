//! People who are shown as typing, with the end of each (`messenger.md` 5.4 *typing*).

use std::collections::BTreeMap;

use crate::words::event::Millis;
use crate::words::limits::TYPING_MS;

/// People who are shown as typing.
#[derive(Clone, Debug, Default)]
pub struct Typing {
    until: BTreeMap<String, Writer>,
}

#[derive(Clone, Debug)]
struct Writer {
    name: String,
    until: Millis,
    /// Time at which the others may be notified, if they were not yet.
    owed_at: Option<Millis>,
}

impl Typing {
    /// Notes that `user` types. Returns `true` if others did not know.
    pub fn begin(&mut self, user: &str, name: &str, now: Millis) -> bool {
        let owed_at = self.until.get(user).and_then(|writer| writer.owed_at);
        let writer = Writer { name: name.to_owned(), until: now + TYPING_MS, owed_at };
        self.until.insert(user.to_owned(), writer).is_none()
    }

    /// Sets the time before which others must not be notified of `user`; `None`: they know.
    pub(super) fn owe(&mut self, user: &str, at: Option<Millis>) {
        if let Some(writer) = self.until.get_mut(user) {
            writer.owed_at = at;
        }
    }

    /// Returns the people of whom others may be notified by now.
    pub(super) fn owed(&self, now: Millis) -> Vec<(String, String)> {
        let due = self.until.iter().filter(|(_, writer)| writer.owed_at.is_some_and(|at| at <= now));
        due.map(|(user, writer)| (user.clone(), writer.name.clone())).collect()
    }

    /// `user` stopped. The name under which others knew, if they did.
    pub fn end(&mut self, user: &str) -> Option<String> {
        self.until.remove(user).map(|writer| writer.name)
    }

    /// Returns everybody whose typing has expired, with their names.
    pub fn expire(&mut self, now: Millis) -> Vec<(String, String)> {
        let over: Vec<String> =
            self.until.iter().filter(|(_, writer)| writer.until <= now).map(|(user, _)| user.clone()).collect();
        over.into_iter().filter_map(|user| self.end(&user).map(|name| (user, name))).collect()
    }

    /// Takes over what was shown before the room slept.
    pub fn restore(&mut self, user: &str, name: &str, until: Millis) {
        self.until.insert(user.to_owned(), Writer { name: name.to_owned(), until, owed_at: None });
    }

    /// Returns the next time at which typing expires or may be reported.
    pub fn due_at(&self) -> Option<Millis> {
        self.until.values().map(|writer| writer.owed_at.map_or(writer.until, |at| at.min(writer.until))).min()
    }
}
