//! Which rows of a log are in the document: those in view and so many around them (`docs/decisions/0012-windowed-transcript.md`).
//!
//! Pure. It knows rows by their place and nothing of heights: what is in view is told by `browser::scroll`.

use std::ops::Range;

/// So many rows that can be seen are there before and behind the view.
pub const MARGIN_ROWS: usize = 50;
/// Rows come and go by so many.
const BLOCK_ROWS: usize = 8;

/// The rows of a log of `len` of which those from `first` to `last` are in view.
pub fn rows_near(len: usize, first: usize, last: usize, is_seen: impl Fn(usize) -> bool) -> Range<usize> {
    let start = (0..first.min(len)).rev().filter(|at| is_seen(*at)).nth(MARGIN_ROWS - 1).unwrap_or(0);
    let end = (last.saturating_add(1)..len).filter(|at| is_seen(*at)).nth(MARGIN_ROWS - 1).unwrap_or(len);
    start - start % BLOCK_ROWS..(end + 1).next_multiple_of(BLOCK_ROWS).min(len)
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
    fn below_the_end_is_the_end() {
        let end = rows_near(5_000, usize::MAX, usize::MAX, |_| true);
        assert_eq!(end.end, 5_000);
        assert!((MARGIN_ROWS..MARGIN_ROWS + BLOCK_ROWS).contains(&end.len()), "{end:?}");
    }

    #[test]
    fn a_short_log_is_there_as_a_whole() {
        assert_eq!(near(30, 3), 0..30);
        assert_eq!(rows_near(0, usize::MAX, usize::MAX, |_| true), 0..0);
        assert_eq!(rows_near(1, 0, 0, |_| true), 0..1);
    }

    #[test]
    fn rows_that_cannot_be_seen_take_nobodys_place() {
        // A run of nudges is one line: the others are folded into it.
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
