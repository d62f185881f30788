//! Cursors of lists (`messenger.md` 3). A cursor is a position, not a row, so the next page is right even if the row was deleted or moved.

use std::fmt;
use std::ops::Range;

use crate::words::limits::SEQ_MAX;

/// Position of a row, by which lists are sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPlace {
    /// Part of a list with several parts.
    pub part: u8,
    /// Sort key within the part, ascending.
    pub rank: u64,
    /// Id of the row, which orders equal ranks.
    pub id: String,
}

impl ListPlace {
    /// Returns a position in a list of one part.
    pub fn new(rank: u64, id: &str) -> Self {
        Self::in_part(0, rank, id)
    }

    pub fn in_part(part: u8, rank: u64, id: &str) -> Self {
        Self { part, rank, id: id.to_owned() }
    }

    /// Returns the rank of a row in a descending order.
    pub fn falling(key: u64) -> u64 {
        SEQ_MAX.saturating_sub(key)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (part, rest) = text.split_once('.')?;
        let (rank, id) = rest.split_once('.')?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        let rank = Some(rank).filter(|rank| is_number(rank))?.parse().ok().filter(|rank| *rank <= SEQ_MAX)?;
        Some(Self::in_part(Some(part).filter(|part| is_number(part))?.parse().ok()?, rank, id))
    }
}

impl fmt::Display for ListPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.part, self.rank, self.id)
    }
}

/// Returns the range of at most `limit` rows after `after`, and `true` if more follow.
pub fn page_of(places: &[ListPlace], after: Option<&ListPlace>, limit: usize) -> (Range<usize>, bool) {
    let first = after.map_or(0, |after| places.partition_point(|place| place <= after));
    let end = places.len().min(first.saturating_add(limit));
    (first..end, end < places.len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn places() -> impl Strategy<Value = BTreeSet<ListPlace>> {
        let place = (0..3_u8, prop::sample::select(vec![0, 1, 7, SEQ_MAX]), "[a-c.]{1,3}");
        prop::collection::btree_set(place.prop_map(|(part, rank, id)| ListPlace::in_part(part, rank, &id)), 0..24)
    }

    proptest! {
        /// Rows are added, removed and moved while a reader pages through. Rows that do not move appear once each, in order.
        #[test]
        fn rows_that_stay_are_in_one_page_whatever_becomes_of_the_others(
            staying in places(), changing in prop::collection::vec(places(), 1..8), limit in 1_usize..6,
        ) {
            let (mut shown, mut after) = (Vec::new(), None);
            for turn in 0.. {
                let others = changing.get(turn).into_iter().flatten().cloned();
                let list: Vec<ListPlace> = staying.iter().cloned().chain(others).collect::<BTreeSet<_>>().into_iter().collect();
                let (rows, more) = page_of(&list, after.as_ref(), limit);
                shown.extend(list[rows.clone()].iter().filter(|place| staying.contains(place)).cloned());
                prop_assert_eq!(rows.len() == limit || !more, true);
                let Some(last) = list[rows].last().filter(|_| more || turn < changing.len()) else { break };
                after = ListPlace::parse(&last.to_string());
                prop_assert_eq!(after.as_ref(), Some(last));
            }
            prop_assert_eq!(shown, staying.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_is_no_place_is_no_cursor() {
        for text in
            ["", "0", "0.1", "x.1.a", "0.x.a", "256.1.a", "0.9007199254740992.a", "-1.1.a", "+1.1.a", "0..a", "u_mia"]
        {
            assert_eq!(ListPlace::parse(text), None, "{text}");
        }
        assert_eq!(ListPlace::parse("2.0.a.b"), Some(ListPlace::in_part(2, 0, "a.b")));
    }
}
