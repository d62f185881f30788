//! One page out of the answers of many rooms, newest first, and the cursor of the next (`messenger.md` 3 *search*).
//!
//! The Worker asks a block of rooms at a time, in the order in which they were active. Within a block the cursor is a moment:
//! every room answers what is older. Messages of one moment stay on one page, so that none is lost between two.

use crate::event::Millis;
use crate::sorting::sort_by_key;

/// What a room found before a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finds<T> {
    /// Newest first.
    pub found: Vec<(Millis, T)>,
    /// Everything from here on is among them, older may be left; `None` when nothing is.
    pub done_to: Option<Millis>,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged<T> {
    /// Newest first.
    pub found: Vec<(Millis, T)>,
    /// The next page of these rooms is what is older than this; `None` when there is none.
    pub next: Option<Millis>,
}

/// Where the next page begins: before this moment, in the rooms from this one on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchCursor {
    /// Exclusive; `None` from the newest on.
    pub before: Option<Millis>,
    /// First room of the block.
    pub room: String,
}

impl SearchCursor {
    /// The text form: `<ms>.<room>`, with nothing before the point for the newest.
    pub fn text(&self) -> String {
        let before = self.before.map(|at| at.to_string()).unwrap_or_default();
        format!("{before}.{}", self.room)
    }

    /// Reverse of [`SearchCursor::text`].
    pub fn parse(text: &str) -> Option<Self> {
        let (before, room) = text.split_once('.')?;
        let before = if before.is_empty() {
            None
        } else {
            Some(before.parse().ok().filter(|_| before.bytes().all(|digit| digit.is_ascii_digit()))?)
        };
        (!room.is_empty()).then(|| Self { before, room: room.to_owned() })
    }
}

/// Puts the answers of rooms together: at least `limit` of what they found, if there is as much, and no more than the messages
/// that share the last one's moment.
pub fn merge<T>(answers: Vec<Finds<T>>, limit: usize) -> Merged<T> {
    // Before this some room may have more than it has said.
    let done_to = answers.iter().filter_map(|finds| finds.done_to).max();
    let mut found: Vec<(Millis, T)> = answers.into_iter().flat_map(|finds| finds.found).collect();
    found.retain(|(at, _)| done_to.is_none_or(|done| *at >= done));
    sort_by_key(&mut found, |(at, _)| std::cmp::Reverse(*at));
    let last_at = limit.checked_sub(1).and_then(|last| found.get(last)).map(|(at, _)| *at);
    let kept = last_at.map_or(found.len(), |last| found.partition_point(|(at, _)| *at >= last));
    let is_cut = kept < found.len();
    found.truncate(kept);
    let next = if is_cut { last_at } else { done_to };
    Merged { found, next }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A room as it answers: at least `limit` of what is before `before`, whole moments.
    fn ask(room: &[(Millis, u32)], before: Option<Millis>, limit: usize) -> Finds<u32> {
        let older: Vec<(Millis, u32)> = room.iter().copied().filter(|(at, _)| before.is_none_or(|b| *at < b)).collect();
        let Some((last, _)) = older.get(limit - 1) else {
            return Finds { found: older, done_to: None };
        };
        let kept: Vec<(Millis, u32)> = older.iter().copied().filter(|(at, _)| at >= last).collect();
        let done_to = (kept.len() < older.len()).then_some(*last);
        Finds { found: kept, done_to }
    }

    proptest! {
        #[test]
        fn pages_hold_everything_once_and_in_order(
            times in proptest::collection::vec(proptest::collection::vec(0_u64..30, 0..25), 1..5),
            limit in 1_usize..6,
        ) {
            let mut name = 0;
            let rooms: Vec<Vec<(Millis, u32)>> = times.into_iter().map(|mut room| {
                room.sort_unstable_by_key(|at| std::cmp::Reverse(*at));
                room.into_iter().map(|at| { name += 1; (at, name) }).collect()
            }).collect();
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
        fn cursors_come_back_as_they_were(before in proptest::option::of(0_u64..1 << 53), room in "[a-z0-9_.]{1,40}") {
            let cursor = SearchCursor { before, room };
            prop_assert_eq!(SearchCursor::parse(&cursor.text()), Some(cursor));
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "5", "5.", "-1.a", "+1.a", "1e3.a", "99999999999999999999.a"] {
            assert_eq!(SearchCursor::parse(text), None, "{text}");
        }
    }
}
