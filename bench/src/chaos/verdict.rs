//! Compares the written and acknowledged messages with the history and with every page, and prints a table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::chat::Page;
use super::storm::Storm;
use crate::marker::Marker;

/// Counts of one room. The last three are broken promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    written: u64,
    acked: u64,
    stored: u64,
    rows: u64,
    lost: u64,
    doubled: u64,
    reordered: u64,
}

/// Counts of all rooms.
#[derive(Debug)]
pub struct Verdict {
    storm: Storm,
    rooms: Vec<(String, Counts)>,
}

impl Verdict {
    /// Makes a verdict before the first comparison.
    pub fn new(storm: Storm) -> Self {
        Self { storm, rooms: Vec::new() }
    }

    /// Compares one room. `history` is in the order of `seq`, and is known to have no gap.
    pub fn add(&mut self, room: &str, history: &[Marker], pages: &[Page]) {
        self.rooms.push((room.to_owned(), compare(history, pages)));
    }

    /// Returns true if there was a storm, messages were stored in it, and every promise was kept.
    pub fn is_good(&self) -> bool {
        let Counts { acked, lost, doubled, reordered, .. } = self.total();
        self.storm.is_one() && acked > 0 && lost + doubled + reordered == 0
    }

    fn total(&self) -> Counts {
        self.rooms.iter().fold(Counts::default(), |sum, (_, room)| Counts {
            written: sum.written + room.written,
            acked: sum.acked + room.acked,
            stored: sum.stored + room.stored,
            rows: sum.rows + room.rows,
            lost: sum.lost + room.lost,
            doubled: sum.doubled + room.doubled,
            reordered: sum.reordered + room.reordered,
        })
    }
}

fn compare(history: &[Marker], pages: &[Page]) -> Counts {
    let mut counts = Counts { stored: history.len() as u64, ..Counts::default() };
    let mut places: BTreeMap<Marker, u64> = BTreeMap::new();
    let mut last_of_sender: BTreeMap<u16, u32> = BTreeMap::new();
    for (seq, marker) in (1..).zip(history) {
        counts.doubled += u64::from(places.insert(*marker, seq).is_some());
        let last = last_of_sender.insert(marker.sender, marker.number);
        counts.reordered += u64::from(last.is_some_and(|last| last > marker.number));
    }
    for page in pages {
        counts.written += u64::from(page.written);
        counts.rows += page.rows.len() as u64;
        // The outbox keeps a message until it is stored, so every written message must be stored, acknowledged or not.
        let is_stored =
            |number: &u32| places.keys().any(|marker| (marker.sender, marker.number) == (page.sender, *number));
        counts.lost += (0..page.written).filter(|number| !is_stored(number)).count() as u64;
        let acked: BTreeSet<Marker> = page.acks.iter().map(|(marker, _)| *marker).collect();
        counts.acked += acked.len() as u64;
        for (marker, seq) in &page.acks {
            counts.reordered += u64::from(places.get(marker).is_some_and(|place| place != seq));
        }
        let mut shown = BTreeSet::new();
        for (seq, marker) in (1..).zip(history) {
            match page.rows.get(&seq) {
                None => counts.lost += 1,
                Some(row) => counts.reordered += u64::from(row != marker),
            }
        }
        counts.doubled += page.rows.values().filter(|marker| !shown.insert(**marker)).count() as u64;
        counts.reordered += page.moved;
    }
    counts
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Storm { lasted, kills, cuts, reloads } = self.storm;
        writeln!(f, "{} s, {kills} kills, {cuts} sockets cut, {reloads} reloads", lasted.as_secs())?;
        let heads = ["room", "written", "acked", "stored", "rows", "lost", "doubled", "reordered"];
        writeln!(
            f,
            "{:<18}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>11}",
            heads[0], heads[1], heads[2], heads[3], heads[4], heads[5], heads[6], heads[7]
        )?;
        let all = ("all".to_owned(), self.total());
        for (room, counts) in self.rooms.iter().chain([&all]) {
            let Counts { written, acked, stored, rows, lost, doubled, reordered } = counts;
            writeln!(f, "{room:<18}{written:>9}{acked:>9}{stored:>9}{rows:>9}{lost:>9}{doubled:>9}{reordered:>11}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn marker(number: u32) -> Marker {
        Marker { run: 1, sender: 0, number }
    }

    fn page(rows: &[u32], acks: &[(u32, u64)]) -> Page {
        Page {
            sender: 0,
            written: 3,
            acks: acks.iter().map(|(number, seq)| (marker(*number), *seq)).collect(),
            rows: (1..).zip(rows).map(|(seq, number)| (seq, marker(*number))).collect(),
            moved: 0,
        }
    }

    #[test]
    fn a_storm_that_hardly_killed_proves_nothing() {
        let verdict = |seconds, kills, cuts, reloads| {
            let mut verdict = Verdict::new(Storm { lasted: Duration::from_secs(seconds), kills, cuts, reloads });
            verdict.add("room", &[0, 1, 2].map(marker), &[page(&[0, 1, 2], &[(0, 1)])]);
            verdict.is_good()
        };
        assert!(verdict(60, 12, 9, 9) && verdict(60, 10, 9, 9), "a runtime takes its time to come back");
        assert!(!verdict(60, 9, 9, 9) && !verdict(60, 1, 9, 9));
        assert!(verdict(15, 1, 9, 9) && !verdict(15, 0, 9, 9) && !verdict(9, 0, 9, 9));
        assert!(!verdict(60, 12, 0, 9) && !verdict(60, 12, 9, 0));
    }

    #[test]
    fn kept_promises_are_no_faults() {
        let counts = compare(&[0, 1, 2].map(marker), &[page(&[0, 1, 2], &[(0, 1), (2, 3), (2, 3)])]);
        assert_eq!(counts, Counts { written: 3, acked: 2, stored: 3, rows: 3, ..Counts::default() });
    }

    #[test]
    fn every_broken_promise_is_seen() {
        let faults = |history: &[u32], page: Page| {
            let history: Vec<Marker> = history.iter().copied().map(marker).collect();
            let Counts { lost, doubled, reordered, .. } = compare(&history, &[page]);
            (lost, doubled, reordered)
        };
        assert_eq!(faults(&[0, 1], page(&[0, 1], &[(2, 3)])), (1, 0, 0), "written, acknowledged, gone");
        assert_eq!(faults(&[0, 1, 1, 2], page(&[0, 1, 1, 2], &[])), (0, 2, 0), "stored and shown twice");
        assert_eq!(faults(&[0, 2, 1], page(&[0, 2, 1], &[])), (0, 0, 1), "overtaken");
        assert_eq!(faults(&[0, 1, 2], page(&[0, 1, 2], &[(1, 3)])), (0, 0, 1), "acknowledged for another place");
        assert_eq!(faults(&[0, 1, 2], page(&[0, 1], &[])), (1, 0, 0), "missing on a page");
        assert_eq!(faults(&[0, 1, 2], page(&[0, 2, 1], &[])), (0, 0, 2), "another order on a page");
    }
}
