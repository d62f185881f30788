//! Turn of a search: the rooms that one page asks, and the place where the next page goes on (`messenger.md` 3 *search*), even if some rooms
//! cannot be read.
//!
//! A room that does not answer does not hide the results of the others. The cursor keeps it as owed, and it is asked again after all others.
//! So no page skips unread messages, and none repeats messages.

use super::merge::{OwedRoom, SearchCursor};
use crate::words::event::Millis;
use crate::words::limits::SEARCH_ROOMS_MAX;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Rooms to ask: index in the list, and the time from which on each is asked.
    pub asked: Vec<(usize, Option<Millis>)>,
    /// Number of rooms of the list that were asked so far, including this page. Owed rooms are among them.
    pub reached: usize,
    /// Begin and end of the block of rooms that the page asks; `None` if owed rooms are asked again.
    block: Option<(usize, usize)>,
    owed: Vec<OwedRoom>,
}

impl Turn {
    /// Returns the page of a cursor, or the first one. `rooms` are those of the person, in their order. Returns `None` for a cursor of
    /// another room.
    pub fn of(cursor: Option<SearchCursor>, rooms: &[&str]) -> Option<Self> {
        let SearchCursor { before, room, owed } = cursor.unwrap_or_default();
        let place = |room: &str| rooms.iter().position(|known| *known == room);
        if room.is_empty() && !owed.is_empty() {
            // A room that the person has left in the meantime is not owed any more.
            let asked = owed.iter().filter_map(|(before, room)| Some((place(room)?, *before))).collect();
            return Some(Self { asked, reached: rooms.len(), block: None, owed: Vec::new() });
        }
        let first = if room.is_empty() { 0 } else { place(&room)? };
        let end = rooms.len().min(first + SEARCH_ROOMS_MAX);
        let is_owed = |at: &usize| rooms.get(*at).is_some_and(|name| owed.iter().any(|(_, room)| room == name));
        let asked = (first..end).filter(|at| !is_owed(at)).map(|at| (at, before)).collect();
        Some(Self { asked, reached: end, block: Some((first, end)), owed })
    }

    /// Returns `true` if this page asks everything that is left.
    pub fn is_last(&self, rooms: usize) -> bool {
        self.block.is_none_or(|(_, end)| end == rooms && self.owed.is_empty())
    }

    /// Returns the cursor of the next page. `failed` are the indices of rooms of `asked` that did not answer; the merged results of the
    /// others go on before `next`.
    pub fn then(&self, next: Option<Millis>, failed: &[usize], rooms: &[&str]) -> Option<SearchCursor> {
        let name = |at: usize| rooms.get(at).map(|room| (*room).to_owned()).unwrap_or_default();
        let mut owed = self.owed.clone();
        for (at, (place, before)) in self.asked.iter().enumerate() {
            match next {
                _ if failed.contains(&at) => owed.push((*before, name(*place))),
                Some(next) if self.block.is_none() => {
                    owed.push((Some(before.map_or(next, |before| before.min(next))), name(*place)));
                }
                _ => {}
            }
        }
        let (before, room) = match (self.block, next) {
            (Some((first, _)), Some(_)) => (next, name(first)),
            (Some((_, end)), None) => (None, name(end)),
            (None, _) => OwedRoom::default(),
        };
        let is_over = room.is_empty() && owed.is_empty();
        (!is_over).then_some(SearchCursor { before, room, owed })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::search::merge;
    use crate::content::search::merge::tests::{ask, logs_of};

    proptest! {
        #[test]
        fn pages_hold_everything_once_whatever_does_not_answer(
            times in proptest::collection::vec(proptest::collection::vec(0_u64..30, 0..6), 0..120),
            fails in proptest::collection::vec(proptest::collection::vec(0_usize..120, 0..4), 0..5),
            limit in 1_usize..6,
        ) {
            let (logs, name) = logs_of(times);
            let names: Vec<String> = (0..logs.len()).map(|at| format!("r{at}")).collect();
            let rooms: Vec<&str> = names.iter().map(String::as_str).collect();
            let (mut seen, mut cursor, mut is_over) = (Vec::new(), None, false);
            for page in 0..2_000 {
                let turn = Turn::of(cursor, &rooms).unwrap();
                let fails = fails.get(page).map(Vec::as_slice).unwrap_or_default();
                let asked = || turn.asked.iter().enumerate();
                let failed: Vec<usize> = asked().filter(|(_, (at, _))| fails.contains(at)).map(|(at, _)| at).collect();
                let answers = asked().filter(|(at, _)| !failed.contains(at));
                let merged = merge(answers.map(|(_, (at, before))| ask(&logs[*at], *before, limit)).collect(), limit);
                seen.extend(merged.found.into_iter().map(|(_, name)| name));
                let next = turn.then(merged.next, &failed, &rooms);
                prop_assert!(next.is_some() || failed.is_empty(), "what did not answer is not over");
                is_over = next.is_none();
                let Some(next) = next else { break };
                cursor = SearchCursor::parse(&next.text());
                prop_assert_eq!(cursor.as_ref(), Some(&next));
            }
            prop_assert!(is_over);
            seen.sort_unstable();
            prop_assert_eq!(seen, (1..=name).collect::<Vec<u32>>());
        }
    }

    #[test]
    fn a_room_that_never_answers_is_left_for_the_end_and_keeps_nothing_of_the_others_back() {
        let rooms = ["a", "b", "c"];
        let turn = Turn::of(None, &rooms).unwrap();
        assert_eq!(turn.asked, [(0, None), (1, None), (2, None)]);
        let next = turn.then(Some(70), &[0], &rooms).unwrap();
        assert_eq!(next.text(), "70.a~.a", "the block goes on, without the one that is owed");
        assert!(turn.is_last(3) && !turn.is_last(4), "three rooms are one block");
        let turn = Turn::of(Some(next), &rooms).unwrap();
        assert!(!turn.is_last(3), "one is owed");
        assert_eq!(turn.asked, [(1, Some(70)), (2, Some(70))]);
        let next = turn.then(None, &[1], &rooms).unwrap();
        assert_eq!(next.text(), "~.a~70.c");
        let turn = Turn::of(Some(next.clone()), &rooms).unwrap();
        assert_eq!(turn.asked, [(0, None), (2, Some(70))]);
        assert!(turn.is_last(3));
        assert_eq!(turn.then(None, &[0, 1], &rooms), Some(next.clone()), "neither answers: nothing goes on");
        assert_eq!(turn.then(Some(60), &[], &rooms).unwrap().text(), "~60.a~60.c");
        assert_eq!(turn.then(None, &[], &rooms), None);
        let turn = Turn::of(Some(next), &["b", "c"]).unwrap();
        assert_eq!(turn.asked, [(1, Some(70))], "somebody left the first meanwhile");
    }

    #[test]
    fn a_cursor_names_a_room_of_ones_own() {
        let cursor = SearchCursor { room: "x".to_owned(), ..SearchCursor::default() };
        assert_eq!(Turn::of(Some(cursor), &["a"]), None);
        let turn = Turn::of(None, &[]).unwrap();
        assert_eq!((turn.asked.len(), turn.then(None, &[], &[])), (0, None));
    }
}
