//! One page from the answers of many rooms, newest first, and the cursor of the next (`messenger.md` 3 *search*).
//!
//! The Worker asks a block of rooms at a time, in the order of their activity. Within a block the cursor is a time: every room returns older
//! messages. Messages with the same time stay on one page, so that none is lost between two.

use crate::words::event::Millis;
use crate::words::limits::SEARCH_OWED_MAX;

/// Messages that a room found before a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomHits<T> {
    /// Newest first.
    pub found: Vec<(Millis, T)>,
    /// Time from which on the result is complete, and before which more may be found; `None` if there is no more.
    pub done_to: Option<Millis>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPage<T> {
    /// Newest first.
    pub found: Vec<(Millis, T)>,
    /// Time before which the next page of these rooms begins; `None` if there is none.
    pub next: Option<Millis>,
}

/// Owed room, and the time before which it is asked; `None` means from the newest on.
pub type OwedRoom = (Option<Millis>, String);

/// Begin of the next page: before this time, in the rooms from this one on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchCursor {
    /// Exclusive time; `None` means from the newest on.
    pub before: Option<Millis>,
    /// First room of the block; empty if all blocks were asked and only owed rooms are left.
    pub room: String,
    /// Rooms that did not answer, and the times at which they go on after all others.
    pub owed: Vec<OwedRoom>,
}

/// Separator of the parts of a cursor; no room id contains it.
const BETWEEN: char = '~';

impl SearchCursor {
    /// Returns the text form: `<ms>.<room>`, with nothing before the point for the newest; each owed room follows after a `~`.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if !self.room.is_empty() {
            push_place(&mut text, self.before, &self.room);
        }
        for (before, room) in &self.owed {
            text.push(BETWEEN);
            push_place(&mut text, *before, room);
        }
        text
    }

    /// Parses the form of [`SearchCursor::text`]. Refuses more than [`SEARCH_OWED_MAX`] owed rooms, and the same room twice.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, owed) = match text.split_once(BETWEEN) {
            Some((first, owed)) => (first, owed.split(BETWEEN).map(place_of).collect::<Option<Vec<OwedRoom>>>()?),
            None => (text, Vec::new()),
        };
        let is_named_before = |at: usize, room: &str| owed.iter().take(at).any(|(_, other)| other == room);
        let is_repeated = owed.iter().enumerate().any(|(at, (_, room))| is_named_before(at, room));
        if is_repeated || owed.len() > SEARCH_OWED_MAX {
            return None;
        }
        let is_owed_alone = first.is_empty() && !owed.is_empty();
        let (before, room) = if is_owed_alone { OwedRoom::default() } else { place_of(first)? };
        Some(Self { before, room, owed })
    }
}

fn push_place(text: &mut String, before: Option<Millis>, room: &str) {
    let before = before.map(|at| at.to_string()).unwrap_or_default();
    text.push_str(&format!("{before}.{room}"));
}

fn place_of(text: &str) -> Option<OwedRoom> {
    let (before, room) = text.split_once('.')?;
    let before = if before.is_empty() {
        None
    } else {
        Some(before.parse().ok().filter(|_| before.bytes().all(|digit| digit.is_ascii_digit()))?)
    };
    (!room.is_empty()).then(|| (before, room.to_owned()))
}

/// Merges the answers of rooms: at least `limit` of their messages, if there are as many, plus those with the same time as the last one.
pub fn merge<T>(answers: Vec<RoomHits<T>>, limit: usize) -> SearchPage<T> {
    // Before this time some room may have more results.
    let done_to = answers.iter().filter_map(|finds| finds.done_to).max();
    let mut found: Vec<(Millis, T)> = answers.into_iter().flat_map(|finds| finds.found).collect();
    found.retain(|(at, _)| done_to.is_none_or(|done| *at >= done));
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let last_at = limit.checked_sub(1).and_then(|last| found.get(last)).map(|(at, _)| *at);
    let kept = last_at.map_or(found.len(), |last| found.partition_point(|(at, _)| *at >= last));
    let is_cut = kept < found.len();
    found.truncate(kept);
    let next = if is_cut { last_at } else { done_to };
    SearchPage { found, next }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rooms with messages at these times, newest first, numbered from 1 on; and the number of messages.
    pub(crate) fn logs_of(times: Vec<Vec<Millis>>) -> (Vec<Vec<(Millis, u32)>>, u32) {
        let mut count = 0;
        let log = |mut times: Vec<Millis>| {
            times.sort_unstable_by_key(|at| std::cmp::Reverse(*at));
            let numbered = |at| {
                count += 1;
                (at, count)
            };
            times.into_iter().map(numbered).collect()
        };
        (times.into_iter().map(log).collect(), count)
    }

    /// Answer of a room: at least `limit` of its messages before `before`, and all with the same time.
    pub(crate) fn ask(room: &[(Millis, u32)], before: Option<Millis>, limit: usize) -> RoomHits<u32> {
        let older: Vec<(Millis, u32)> = room.iter().copied().filter(|(at, _)| before.is_none_or(|b| *at < b)).collect();
        let Some((last, _)) = older.get(limit - 1) else {
            return RoomHits { found: older, done_to: None };
        };
        let kept: Vec<(Millis, u32)> = older.iter().copied().filter(|(at, _)| at >= last).collect();
        let done_to = (kept.len() < older.len()).then_some(*last);
        RoomHits { found: kept, done_to }
    }

    fn place() -> impl Strategy<Value = OwedRoom> {
        (proptest::option::of(0_u64..1 << 53), "[a-z0-9_.]{1,40}")
    }

    proptest! {
        #[test]
        fn pages_hold_everything_once_and_in_order(
            times in proptest::collection::vec(proptest::collection::vec(0_u64..30, 0..25), 1..5),
            limit in 1_usize..6,
        ) {
            let (rooms, name) = logs_of(times);
            let (mut seen, mut before) = (Vec::new(), None);
            for _ in 0..200 {
                let page = merge(rooms.iter().map(|room| ask(room, before, limit)).collect(), limit);
                seen.extend(page.found);
                match page.next {
                    Some(next) => {
                        prop_assert!(before.is_none_or(|before| next < before), "a page goes on");
                        before = Some(next);
                    }
                    None => break,
                }
            }
            prop_assert!(seen.windows(2).all(|pair| pair[0].0 >= pair[1].0));
            let mut names: Vec<u32> = seen.iter().map(|(_, name)| *name).collect();
            names.sort_unstable();
            prop_assert_eq!(names, (1..=name).collect::<Vec<u32>>());
        }

        #[test]
        fn cursors_come_back_as_they_were(
            (before, room) in place(),
            owed in proptest::collection::btree_map("[a-z0-9_.]{1,40}", proptest::option::of(0_u64..1 << 53), 0..4),
            is_last in proptest::bool::ANY,
        ) {
            let owed: Vec<OwedRoom> = owed.into_iter().map(|(room, before)| (before, room)).collect();
            let cursor = if is_last && !owed.is_empty() {
                SearchCursor { owed, ..SearchCursor::default() }
            } else {
                SearchCursor { before, room, owed }
            };
            prop_assert_eq!(SearchCursor::parse(&cursor.text()), Some(cursor));
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let too_many: String = (0..=SEARCH_OWED_MAX).map(|room| format!("~.r{room}")).collect();
        assert!(SearchCursor::parse(too_many.strip_suffix(&format!("~.r{SEARCH_OWED_MAX}")).unwrap()).is_some());
        for text in [
            "",
            "x",
            "5",
            "5.",
            "-1.a",
            "+1.a",
            "1e3.a",
            "99999999999999999999.a",
            "~",
            "5.a~",
            "~5",
            "5.a~x~.b",
            "~.a~5.a",
            &too_many,
        ] {
            assert_eq!(SearchCursor::parse(text), None, "{text}");
        }
    }
}
