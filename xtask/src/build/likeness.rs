//! In which order pieces of bytes stand best when what compresses them looks for repetitions near by: each piece next to what it has
//! most in common with.
//!
//! Greedy. What two pieces have in common is counted in runs of a few bytes. Of what is left, the piece comes next of whose runs, as far as
//! any other piece has them, the largest part was written just now.

use std::collections::{HashMap, VecDeque};

/// What is known of the compressor.
#[derive(Clone, Copy)]
pub struct Reach {
    /// How many bytes repeat at least, for a repetition to be worth anything.
    pub run_bytes: usize,
    /// How much of what was written is compared with.
    pub window_bytes: usize,
}

/// gzip remembers 32 KiB.
pub const GZIP: Reach = Reach { run_bytes: 7, window_bytes: 32_000 };
/// brotli remembers megabytes; what stands next to its like costs a shorter distance, and shares the code for its bytes.
pub const BROTLI: Reach = Reach { run_bytes: 6, window_bytes: 3_000 };

/// Runs that a piece has in thought and that nobody repeats: without them the smallest pieces would always seem to fit best.
const STRANGE_RUNS: u64 = 32;

/// The numbers of `pieces`, in the order in which they stand best. The same pieces always have the same order.
pub fn alike_together(pieces: &[&[u8]], reach: Reach) -> Vec<usize> {
    let mut near = Near::new(pieces, reach);
    let mut order = Vec::with_capacity(pieces.len());
    // The smallest first: where nothing fits, not much is lost.
    let mut starts: Vec<usize> = (0..pieces.len()).collect();
    starts.sort_by_key(|&piece| (pieces[piece].len(), piece));
    let mut starts = starts.into_iter();
    let mut left: Vec<usize> = (0..pieces.len()).collect();
    let mut places = left.clone();
    let mut is_placed = vec![false; pieces.len()];
    while !left.is_empty() {
        let best = near.best_of(&left).or_else(|| starts.find(|&start| !is_placed[start]));
        let Some(next) = best else { break };
        // The last one takes its place.
        let place = places[next];
        left.swap_remove(place);
        if let Some(&moved) = left.get(place) {
            places[moved] = place;
        }
        is_placed[next] = true;
        order.push(next);
        near.write(next, pieces[next].len());
    }
    order
}

/// What was written just now, and what each piece has in common with it.
struct Near {
    window_bytes: usize,
    /// For each piece, the runs that others have as well.
    runs: Vec<Vec<u32>>,
    /// For each such run, who has it.
    holders: Vec<Vec<u32>>,
    /// For each such run, how many pieces of the window have it.
    seen: Vec<u32>,
    /// For each piece, how many of its runs are in the window.
    common: Vec<u32>,
    window: VecDeque<(usize, usize)>,
    bytes: usize,
}

impl Near {
    fn new(pieces: &[&[u8]], reach: Reach) -> Self {
        let hashes: Vec<Vec<u64>> = pieces.iter().map(|piece| runs_of(piece, reach.run_bytes)).collect();
        let mut counts: HashMap<u64, u32> = HashMap::new();
        hashes.iter().flatten().for_each(|run| *counts.entry(*run).or_default() += 1);
        let (mut numbers, mut holders) = (HashMap::new(), Vec::<Vec<u32>>::new());
        let mut runs = Vec::with_capacity(pieces.len());
        for (piece, hashes) in (0..).zip(&hashes) {
            let shared = hashes.iter().filter(|run| counts.get(run).is_some_and(|count| *count > 1));
            let number = |run: &u64| {
                let number = *numbers.entry(*run).or_insert(holders.len());
                if number == holders.len() {
                    holders.push(Vec::new());
                }
                holders[number].push(piece);
                number as u32
            };
            runs.push(shared.map(number).collect());
        }
        let (seen, common) = (vec![0; holders.len()], vec![0; pieces.len()]);
        Self { window_bytes: reach.window_bytes, runs, holders, seen, common, window: VecDeque::new(), bytes: 0 }
    }

    /// Which of `left` has the largest part of its runs here; the first of equals, and nobody where nothing is in common.
    fn best_of(&self, left: &[usize]) -> Option<usize> {
        let part = |piece: usize| (u64::from(self.common[piece]), self.runs[piece].len() as u64 + STRANGE_RUNS);
        let (mut best, mut best_part) = (None, (0, 1));
        for &piece in left {
            let part = part(piece);
            let (mine, other) = (part.0 * best_part.1, best_part.0 * part.1);
            if mine > other || mine == other && best.is_some_and(|best| piece < best) {
                (best, best_part) = (Some(piece), part);
            }
        }
        best
    }

    fn write(&mut self, piece: usize, length: usize) {
        for &run in &self.runs[piece] {
            self.seen[run as usize] += 1;
            if self.seen[run as usize] == 1 {
                self.holders[run as usize].iter().for_each(|holder| self.common[*holder as usize] += 1);
            }
        }
        self.window.push_back((piece, length));
        self.bytes += length;
        while self.bytes > self.window_bytes && self.window.len() > 1 {
            let Some((piece, length)) = self.window.pop_front() else { break };
            self.bytes -= length;
            for &run in &self.runs[piece] {
                self.seen[run as usize] -= 1;
                if self.seen[run as usize] == 0 {
                    self.holders[run as usize].iter().for_each(|holder| self.common[*holder as usize] -= 1);
                }
            }
        }
    }
}

/// A number for each run of a piece, each once.
fn runs_of(piece: &[u8], run_bytes: usize) -> Vec<u64> {
    let mut runs: Vec<u64> = piece.windows(run_bytes).map(number_of).collect();
    runs.sort_unstable();
    runs.dedup();
    runs
}

/// A run fits its number: it has eight bytes at most.
fn number_of(run: &[u8]) -> u64 {
    run.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces of three families, each with a beginning of its own, in turns.
    fn families() -> Vec<Vec<u8>> {
        let piece = |number: u8| {
            let family = (number % 3) * 70;
            (0..60).map(|at| family + at).chain([number; 9]).collect()
        };
        (0..30).map(piece).collect()
    }

    #[test]
    fn families_stand_together_and_nobody_is_lost() {
        let pieces = families();
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        for reach in [GZIP, BROTLI] {
            let order = alike_together(&pieces, reach);
            let mut all = order.clone();
            all.sort_unstable();
            assert_eq!(all, (0..30).collect::<Vec<usize>>());
            let changes = order.windows(2).filter(|two| two[0] % 3 != two[1] % 3).count();
            assert_eq!(changes, 2, "{order:?}");
            assert_eq!(alike_together(&pieces, reach), order);
        }
    }

    #[test]
    fn pieces_without_a_run_have_an_order_too() {
        assert_eq!(alike_together(&[b"abc", b"", b"ab"], GZIP), [1, 2, 0]);
        assert!(alike_together(&[], GZIP).is_empty());
    }

    #[test]
    fn what_has_left_the_window_counts_no_more() {
        let reach = Reach { run_bytes: 2, window_bytes: 4 };
        let mut near = Near::new(&[b"abab", b"ab..", b"....", b"abba"], reach);
        near.write(0, 4);
        assert_eq!(near.best_of(&[1, 2, 3]), Some(3));
        near.write(2, 4);
        assert_eq!(near.best_of(&[1, 3]), Some(1));
        assert_eq!(near.best_of(&[3]), None);
    }
}
