//! Rows of a log that are in the document: the visible ones and a margin around them (`docs/decisions/0012-windowed-transcript.md`).
//!
//! Pure. It knows rows by index and no heights; `browser::scroll` reports the visible rows.

use std::ops::Range;

/// Number of unhidden rows in the document above the view, and below it.
pub const MARGIN_ROWS: usize = 50;
/// Number of rows up to which the whole log is in the document: it is fast enough, and the browser's own search finds everything.
const WHOLE_ROWS_MAX: usize = 256;
/// Number of rows that are added and removed at once.
const BLOCK_ROWS: usize = 8;

/// Returns the rows of the document for a log of `len` rows, of which `first` to `last` are visible.
pub fn rows_near(len: usize, first: usize, last: usize, is_seen: impl Fn(usize) -> bool) -> Range<usize> {
    if len <= WHOLE_ROWS_MAX {
        return 0..len;
    }
    let start = (0..first.min(len)).rev().filter(|at| is_seen(*at)).nth(MARGIN_ROWS - 1).unwrap_or(0);
    let end = (last.saturating_add(1)..len).filter(|at| is_seen(*at)).nth(MARGIN_ROWS - 1).unwrap_or(len);
    start - start % BLOCK_ROWS..(end + 1).next_multiple_of(BLOCK_ROWS).min(len)
}

/// Returns `true` if the margin of this many rows may stay; `is_all` means that there are no more rows. A new margin has 50 to 58 rows, so
/// a single row at the edge of the view changes nothing. Otherwise the change would move that edge again, for ever.
pub fn is_enough(rows: usize, is_all: bool) -> bool {
    let enough = MARGIN_ROWS / 2..=MARGIN_ROWS + 2 * BLOCK_ROWS;
    enough.contains(&rows) || is_all && rows <= *enough.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW_ROWS: usize = 24;

    fn near(len: usize, first: usize) -> Range<usize> {
        rows_near(len, first, first + VIEW_ROWS, |_| true)
    }

    #[test]
    fn what_is_in_view_is_there_with_a_margin_and_not_much_more() {
        for first in 0..5_000 - VIEW_ROWS {
            let near = near(5_000, first);
            assert!(near.start == 0 || near.start + MARGIN_ROWS <= first, "{first}: {near:?}");
            assert!(near.end == 5_000 || near.end > first + VIEW_ROWS + MARGIN_ROWS, "{first}: {near:?}");
            assert!(near.len() <= VIEW_ROWS + 2 * (MARGIN_ROWS + BLOCK_ROWS), "{first}: {near:?}");
        }
    }

    #[test]
    fn a_row_that_comes_and_goes_at_the_edge_of_the_view_moves_nothing() {
        for first in 0..5_000 - VIEW_ROWS - 1 {
            let near = near(5_000, first);
            for first in [first.saturating_sub(1), first, first + 1] {
                let (above, below) = (first - near.start, near.end - (first + VIEW_ROWS + 1));
                assert!(is_enough(above, near.start == 0), "{first}: {near:?}");
                assert!(is_enough(below, near.end == 5_000), "{first}: {near:?}");
            }
        }
        assert!(!is_enough(MARGIN_ROWS / 2 - 1, false) && !is_enough(2 * MARGIN_ROWS, true));
    }

    #[test]
    fn below_the_end_is_the_end() {
        let end = rows_near(5_000, usize::MAX, usize::MAX, |_| true);
        assert_eq!(end.end, 5_000);
        assert!((MARGIN_ROWS..MARGIN_ROWS + BLOCK_ROWS).contains(&end.len()), "{end:?}");
    }

    #[test]
    fn a_short_log_is_there_as_a_whole() {
        assert_eq!(near(30, 3), 0..30);
        assert_eq!(near(WHOLE_ROWS_MAX, 0), 0..WHOLE_ROWS_MAX);
        assert!(near(WHOLE_ROWS_MAX + 1, 0).len() < WHOLE_ROWS_MAX);
        assert_eq!(rows_near(0, usize::MAX, usize::MAX, |_| true), 0..0);
        assert_eq!(rows_near(1, 0, 0, |_| true), 0..1);
    }

    #[test]
    fn rows_that_cannot_be_seen_take_nobodys_place() {
        // A run of nudges is one line: the other rows of it are hidden.
        let is_seen = |at: usize| !(1_000..1_400).contains(&at);
        let below = rows_near(5_000, 1_410, 1_430, is_seen);
        assert_eq!((below.start..1_410).filter(|at| is_seen(*at)).count() / BLOCK_ROWS, MARGIN_ROWS / BLOCK_ROWS);
        assert!(below.start < 1_000, "{below:?}");
        assert!(rows_near(5_000, 970, 990, is_seen).end > 1_400);
    }

    #[test]
    fn rows_come_and_go_in_blocks() {
        let mut seen: Vec<Range<usize>> = (1_000..1_800).map(|first| near(5_000, first)).collect();
        seen.dedup();
        assert!(seen.len() <= 2 * 800 / BLOCK_ROWS + 2, "{}", seen.len());
    }
}
