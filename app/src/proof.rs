//! Counters of received events for readers of a log: total, duplicates, and reorders. And quantiles of samples. Pure.

/// Counters of one reader, see the module's description. Counting starts at a position of the log, and can start again.
#[derive(Debug, Default)]
pub struct ReceptionCounters {
    /// Positions received since the start, ascending.
    places: Vec<u64>,
    /// Ids received since the start.
    ids: Vec<String>,
    /// Only events behind this position count.
    after: u64,
    /// Last received position, counted or not.
    last: Option<u64>,
    /// Number of events that were received more than once.
    pub duplicates: u64,
    /// Number of events that were received after a later one.
    pub reorders: u64,
}

impl ReceptionCounters {
    /// Starts counting the events behind `after`.
    pub fn begin(&mut self, after: u64) {
        *self = Self { after, last: self.last, ..Self::default() };
    }

    /// Counts an event, live or from a page of history.
    pub fn note_received(&mut self, place: u64, id: Option<&str>) {
        let is_behind = self.last.is_none_or(|last| place > last);
        self.last = self.last.max(Some(place));
        if place <= self.after {
            return;
        }
        let is_known_id = id.is_some_and(|id| self.ids.iter().any(|known| known == id));
        match self.places.binary_search(&place) {
            Err(at) if !is_known_id => {
                self.places.insert(at, place);
                self.ids.extend(id.map(str::to_owned));
                self.reorders += u64::from(!is_behind);
            }
            _ => self.duplicates += 1,
        }
    }

    /// Returns the number of different events up to this position.
    pub fn received(&self, through: u64) -> u64 {
        self.places.iter().take_while(|place| **place <= through).count() as u64
    }

    /// Returns the last received position.
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    /// Clears everything, because the log has a new epoch and positions have another meaning.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// Returns the position from which all readers can count: the latest last position of all readers. Events before it may have reached one
/// reader before it started to count.
pub fn beginning(lasts: &[Option<u64>]) -> Option<u64> {
    lasts.iter().copied().max()?
}

/// Returns the value with this percentage of the samples at or below it.
pub fn quantile(samples: &[f64], percent: usize) -> Option<f64> {
    let mut ascending: Vec<f64> = Vec::with_capacity(samples.len());
    for sample in samples {
        let at = ascending.partition_point(|other| other <= sample);
        ascending.insert(at, *sample);
    }
    let rank = (ascending.len() * percent).div_ceil(100).max(1);
    ascending.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_once_and_in_order_is_whole() {
        let mut counters = ReceptionCounters::default();
        counters.note_received(3, Some("before"));
        counters.begin(3);
        for place in 4..=9 {
            counters.note_received(place, Some(&format!("id {place}")));
        }
        assert_eq!((counters.received(9), counters.received(6), counters.duplicates, counters.reorders), (6, 3, 0, 0));
    }

    #[test]
    fn twice_is_a_duplicate_whether_by_place_or_by_id() {
        let mut counters = ReceptionCounters::default();
        counters.note_received(1, Some("a"));
        counters.note_received(1, Some("a"));
        counters.note_received(2, Some("a"));
        assert_eq!((counters.received(9), counters.duplicates, counters.reorders), (1, 2, 0));
        // A message without an id is identified by its position.
        counters.note_received(3, None);
        counters.note_received(3, None);
        assert_eq!((counters.received(9), counters.duplicates), (2, 3));
    }

    #[test]
    fn what_comes_late_is_a_reorder_and_what_is_missing_is_not_received() {
        let mut counters = ReceptionCounters::default();
        counters.begin(10);
        for place in [11, 13, 12, 15] {
            counters.note_received(place, None);
        }
        assert_eq!((counters.received(15), counters.duplicates, counters.reorders), (4, 0, 1));
        // Events before the start neither count nor are reorders.
        counters.note_received(9, None);
        assert_eq!((counters.received(15), counters.reorders), (4, 1));
    }

    #[test]
    fn counting_again_forgets_what_was_counted_and_not_where_it_was() {
        let mut counters = ReceptionCounters::default();
        counters.note_received(5, None);
        counters.note_received(5, None);
        counters.begin(5);
        assert_eq!((counters.last(), counters.duplicates), (Some(5), 0));
        counters.forget();
        assert_eq!(counters.last(), None);
    }

    #[test]
    fn all_receive_the_same_wherever_they_were_when_counting_began() {
        let mut readers = [ReceptionCounters::default(), ReceptionCounters::default()];
        // One reader has received an event that is still on its way to the other.
        readers[0].note_received(10, None);
        readers[0].note_received(11, None);
        readers[1].note_received(10, None);
        let from = beginning(&readers.each_ref().map(ReceptionCounters::last)).unwrap();
        for reader in &mut readers {
            reader.begin(from);
        }
        readers[1].note_received(11, None);
        for reader in &mut readers {
            (12..=14).for_each(|place| reader.note_received(place, None));
            assert_eq!((reader.received(14), reader.duplicates, reader.reorders), (14 - from, 0, 0));
        }
        assert_eq!(beginning(&[None, None]), None);
    }

    #[test]
    fn quantiles_are_samples() {
        assert_eq!(quantile(&[], 50), None);
        assert_eq!(quantile(&[7.0], 95), Some(7.0));
        let samples: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert_eq!((quantile(&samples, 50), quantile(&samples, 95)), (Some(10.0), Some(19.0)));
    }
}
