//! Test that a page shows nothing of messages that their writers took back (`ux.md` 2.9), once it has the deletion.

use std::collections::BTreeMap;

use super::RoomClient;
use crate::client::Row;
use crate::client::effect::{Effect, Input, Saved, Show};
use crate::words::event::Millis;
use crate::words::limits::MESSAGE_TAKEN_BACK_MS;

/// Number of events in a log.
const LEN: u64 = 7;

/// Log of messages, one of which is deleted.
#[derive(Clone, Copy)]
struct Log {
    /// Position of the deleted message.
    message: u64,
    /// Position of its deletion.
    deletion: u64,
    /// User id of the person who deletes it.
    by: &'static str,
    /// Time between the two.
    after_ms: Millis,
}

impl Log {
    /// Returns the event at a position, in its state in a log that ends with `head`.
    fn event(self, seq: u64, head: u64) -> String {
        let Self { message, deletion, by, after_ms } = self;
        let at = if seq < deletion { seq } else { message + after_ms + (seq - deletion) };
        let (kind, id, sender, content) = match seq {
            _ if seq == deletion => ("delete", "d".to_owned(), by, format!("\"messageId\":\"m{message}\"")),
            _ if seq == message && head >= deletion => {
                ("chat", format!("m{seq}"), "writer", "\"deleted\":true".to_owned())
            }
            _ => ("chat", format!("m{seq}"), "writer", "\"content\":\"c\"".to_owned()),
        };
        format!(
            "{{\"type\":\"{kind}\",\"roomId\":\"r\",\"seq\":{seq},\"id\":\"{id}\",\"senderId\":\"{sender}\",\
             \"displayName\":\"N\",\"timestamp\":{at},{content}}}"
        )
    }

    /// Returns a page of the events `from ..= to`, from a log that ends with `head`.
    fn page(self, rid: Option<&str>, (from, to): (u64, u64), head: u64, more: bool) -> String {
        let rid = rid.map(|rid| format!("\"rid\":\"{rid}\",")).unwrap_or_default();
        let events: Vec<String> = (from..=to).map(|seq| self.event(seq, head)).collect();
        let next = if events.is_empty() { head } else { to };
        format!(
            "{{\"type\":\"history\",{rid}\"messages\":[{}],\"head\":{head},\"next\":{next},\"more\":{more},\
             \"epoch\":\"9f31c0aa\"}}",
            events.join(",")
        )
    }

    /// Returns the ids of the rows after everything up to `head` was loaded.
    fn left(self, head: u64) -> Vec<String> {
        let is_left = |seq: &u64| *seq != self.deletion && (*seq != self.message || head < self.deletion);
        (1..=head).filter(is_left).map(|seq| format!("m{seq}")).collect()
    }
}

/// Page with the rows that it shows.
struct Page {
    client: RoomClient,
    now: Millis,
    rows: BTreeMap<String, Row>,
    has_more: bool,
    /// Last requested page: its mark, and the position before which it ends.
    asked: Option<(String, u64)>,
}

impl Page {
    /// Makes a page that has joined a log with the last `size` of its `head` events.
    fn joined(log: Log, head: u64, size: u64) -> Self {
        let client = RoomClient::new("r", "me", Saved::default(), 1);
        let mut page = Self { client, now: 0, rows: BTreeMap::new(), has_more: false, asked: None };
        page.feed(Input::Open);
        page.welcome(head, false);
        let from = (head + 1).saturating_sub(size).max(1);
        page.text(&log.page(None, (from, head), head, from > 1));
        page
    }

    fn welcome(&mut self, head: u64, resumed: bool) {
        self.feed(Input::SocketOpened);
        self.text(&format!(
            "{{\"type\":\"welcome\",\"epoch\":\"9f31c0aa\",\"head\":{head},\"oldest\":1,\"timestamp\":0,\
             \"resumed\":{resumed}}}"
        ));
    }

    fn feed(&mut self, input: Input) {
        for effect in self.client.handle(self.now, input) {
            match effect {
                Effect::Show(show) => self.show(*show),
                Effect::Send(text) => {
                    let frame: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
                    if let (Some(rid), Some(before)) = (frame["rid"].as_str(), frame["before"].as_u64()) {
                        self.asked = Some((rid.to_owned(), before));
                    }
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.feed(Input::Text(text.to_owned()));
    }

    fn show(&mut self, show: Show) {
        match show {
            Show::Row(row) => self.rows.extend([(row.id.clone(), row)]),
            Show::Older { rows, more } => {
                self.has_more = more;
                self.rows.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
            }
            Show::Gone { id } => self.rows.retain(|known, _| *known != id),
            Show::Changed(change) => {
                if self.rows.get(&change.message).is_some_and(|row| row.is_taken_back_by(&change)) {
                    self.rows.remove(&change.message);
                } else if let Some(row) = self.rows.get_mut(&change.message) {
                    row.apply(&change);
                }
            }
            _ => {}
        }
    }

    fn load_all(&mut self, log: Log, head: u64, size: u64) {
        while self.has_more {
            self.feed(Input::LoadOlder);
            let (rid, before) = self.asked.take().expect("a page is asked for");
            let from = before.saturating_sub(size).max(1);
            self.text(&log.page(Some(&rid), (from, before - 1), head, from > 1));
        }
    }

    /// Receives the next events as they happen.
    fn live(&mut self, log: Log, seqs: std::ops::RangeInclusive<u64>) {
        seqs.for_each(|seq| self.text(&log.event(seq, seq)));
    }

    /// Loses the socket, and resumes in a log of [`LEN`] events by pages of `size`.
    fn resume(&mut self, log: Log, size: u64) {
        self.feed(Input::SocketClosed { code: 1006, reason: String::new() });
        self.now = self.client.wake_at().expect("it comes again");
        self.feed(Input::Time);
        self.welcome(LEN, true);
        let mut from = self.client.seq() + 1;
        while from <= LEN {
            let to = (from + size - 1).min(LEN);
            self.text(&log.page(None, (from, to), LEN, to < LEN));
            from = to + 1;
        }
    }

    fn ids(&self) -> Vec<String> {
        self.rows.keys().cloned().collect()
    }
}

/// Returns all logs in which a message was taken back at the last moment.
fn logs() -> impl Iterator<Item = Log> {
    let places = (1..LEN).flat_map(|message| (message + 1..=LEN).map(move |deletion| (message, deletion)));
    places.map(|(message, deletion)| Log { message, deletion, by: "writer", after_ms: MESSAGE_TAKEN_BACK_MS })
}

#[test]
fn a_page_that_joins_after_the_deletion_never_shows_the_message_whatever_the_size_of_its_pages() {
    for log in logs() {
        for (head, size) in (log.deletion..=LEN).flat_map(|head| (1..=head).map(move |size| (head, size))) {
            let mut page = Page::joined(log, head, size);
            assert!(!page.rows.contains_key(&format!("m{}", log.message)), "{} {head} {size}", log.message);
            page.load_all(log, head, size);
            assert_eq!(page.ids(), log.left(head), "{} {} {head} {size}", log.message, log.deletion);
            page.live(log, head + 1..=LEN);
            assert_eq!(page.ids(), log.left(LEN));
        }
    }
}

#[test]
fn a_page_that_saw_the_message_loses_it_live_and_when_it_comes_back() {
    for log in logs() {
        for (head, size) in (1..log.deletion).flat_map(|head| (1..=LEN).map(move |size| (head, size))) {
            let mut watcher = Page::joined(log, head, LEN);
            assert_eq!(watcher.ids(), log.left(head));
            watcher.live(log, head + 1..=LEN);
            assert_eq!(watcher.ids(), log.left(LEN), "{} {} {head}", log.message, log.deletion);
            let mut back = Page::joined(log, head, LEN);
            back.resume(log, size);
            assert_eq!(back.ids(), log.left(LEN), "{} {} {head} {size}", log.message, log.deletion);
        }
    }
}

#[test]
fn a_later_deletion_and_one_by_somebody_else_leave_a_tombstone() {
    let taken_back = Log { message: 2, deletion: 4, by: "writer", after_ms: MESSAGE_TAKEN_BACK_MS };
    for log in [Log { after_ms: MESSAGE_TAKEN_BACK_MS + 1, ..taken_back }, Log { by: "moderator", ..taken_back }] {
        let mut late = Page::joined(log, LEN, 2);
        late.load_all(log, LEN, 2);
        let mut watcher = Page::joined(log, 3, LEN);
        watcher.live(log, 4..=LEN);
        for page in [late, watcher] {
            assert!(page.rows.get("m2").is_some_and(|row| row.is_deleted), "{} {}", log.by, log.after_ms);
        }
    }
}
