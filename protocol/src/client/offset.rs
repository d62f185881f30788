//! Offset of the server's clock from this device's: the median of three probes (`messenger.md` 5.4 *wink*).

use crate::words::event::Millis;

const PROBES: usize = 3;

/// Server clock minus device clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Offset {
    known_ms: Option<i64>,
    is_probed: bool,
    asked_at: Option<Millis>,
    samples: Vec<i64>,
}

impl Offset {
    /// Returns the offset; 0 while it is unknown.
    pub fn ms(&self) -> i64 {
        self.known_ms.unwrap_or(0)
    }

    /// Converts `server` to this device's clock.
    pub fn local(&self, server: Millis) -> Millis {
        server.saturating_add_signed(self.ms().saturating_neg())
    }

    /// Estimates the offset from the time in `welcome`, which is late by half a round trip. Returns `true` if there was no offset yet.
    pub fn guess(&mut self, now: Millis, server: Millis) -> bool {
        let is_first = self.known_ms.is_none();
        if !self.is_probed {
            self.known_ms = Some(difference(server, now));
        }
        is_first
    }

    /// Begins the probes. Returns the first one to send.
    pub fn begin(&mut self, now: Millis) -> String {
        self.samples.clear();
        self.probe(now)
    }

    /// Handles the answer to a probe. Returns the next one to send, or `None` after the last one.
    pub fn answered(&mut self, now: Millis, t: Millis, server: Millis) -> Option<String> {
        if self.asked_at != Some(t) {
            return None;
        }
        self.asked_at = None;
        let middle = t + now.saturating_sub(t) / 2;
        let sample = difference(server, middle);
        // Sorted samples give the median.
        self.samples.insert(self.samples.partition_point(|other| *other < sample), sample);
        if self.samples.len() < PROBES {
            return Some(self.probe(now));
        }
        self.known_ms = self.samples.get(PROBES / 2).copied();
        self.is_probed = true;
        None
    }

    /// Handles the end of the socket, with which its probe is lost.
    pub fn lost(&mut self) {
        self.asked_at = None;
    }

    fn probe(&mut self, now: Millis) -> String {
        self.asked_at = Some(now);
        format!("{{\"type\":\"ping\",\"t\":{now}}}")
    }
}

fn difference(server: Millis, local: Millis) -> i64 {
    i64::try_from(server).unwrap_or(i64::MAX).saturating_sub(i64::try_from(local).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_three_beats_one_slow_probe() {
        let mut offset = Offset::default();
        assert!(offset.guess(1_000, 6_200));
        assert_eq!(offset.ms(), 5_200);
        offset.begin(1_000);
        assert!(offset.answered(1_100, 1_000, 6_050).is_some());
        assert!(offset.answered(5_100, 1_100, 6_120).is_some(), "4 s on the way back");
        assert!(offset.answered(5_200, 999, 0).is_none(), "not the probe asked for");
        assert!(offset.answered(5_200, 5_100, 10_151).is_none());
        assert_eq!(offset.ms(), 5_000);
        assert_eq!(offset.local(10_000), 5_000);
        assert!(!offset.guess(0, 0), "a guess never replaces a measurement");
        assert_eq!(offset.ms(), 5_000);
    }
}
