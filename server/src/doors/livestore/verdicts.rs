//! Verdicts of the owner's server that count again (`livestore.md` 14.1). An isolate keeps them in memory; time is an argument.

use std::collections::BTreeMap;

use protocol::words::event::Millis;
use protocol::words::limits::STORE_AUTH_CACHED_MAX;

/// Key of a verdict: a digest of all that the owner's server was told.
pub type VerdictKey = [u8; 32];

/// A client may open a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Time at which its socket is closed.
    pub expires_at: Option<Millis>,
    /// Time until which the verdict counts.
    pub until: Millis,
}

impl Verdict {
    fn counts(&self, now: Millis) -> bool {
        now < self.until && self.expires_at.is_none_or(|at| now < at)
    }
}

#[derive(Default)]
pub struct Verdicts(BTreeMap<VerdictKey, Verdict>);

impl Verdicts {
    /// Returns the verdict for a question, if it still counts.
    pub fn find(&self, key: &VerdictKey, now: Millis) -> Option<Verdict> {
        self.0.get(key).filter(|verdict| verdict.counts(now)).copied()
    }

    /// Keeps a verdict. Where there are too many, those that have ended go, and if that is not enough, all.
    pub fn keep(&mut self, key: VerdictKey, verdict: Verdict, now: Millis) {
        if self.0.len() >= STORE_AUTH_CACHED_MAX {
            self.0.retain(|_, known| known.counts(now));
        }
        if self.0.len() >= STORE_AUTH_CACHED_MAX {
            self.0.clear();
        }
        self.0.insert(key, verdict);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> VerdictKey {
        let digits = number.to_be_bytes();
        std::array::from_fn(|at| digits.get(at).copied().unwrap_or(0))
    }

    #[test]
    fn a_verdict_counts_until_its_end_or_that_of_the_permission() {
        let mut verdicts = Verdicts::default();
        let (lasting, ending) =
            (Verdict { expires_at: None, until: 100 }, Verdict { expires_at: Some(50), until: 100 });
        verdicts.keep(key(1), lasting, 0);
        verdicts.keep(key(2), ending, 0);
        assert_eq!((verdicts.find(&key(1), 99), verdicts.find(&key(1), 100)), (Some(lasting), None));
        assert_eq!((verdicts.find(&key(2), 49), verdicts.find(&key(2), 50)), (Some(ending), None));
        assert_eq!(verdicts.find(&key(3), 0), None);
    }

    #[test]
    fn an_isolate_keeps_so_many() {
        let mut verdicts = Verdicts::default();
        for number in 0..STORE_AUTH_CACHED_MAX {
            let until = if number % 2 == 0 { 10 } else { 100 };
            verdicts.keep(key(number), Verdict { expires_at: None, until }, 0);
        }
        verdicts.keep(key(STORE_AUTH_CACHED_MAX), Verdict { expires_at: None, until: 100 }, 10);
        assert_eq!(verdicts.0.len(), STORE_AUTH_CACHED_MAX / 2 + 1, "those that have ended went");
        for number in 0..3 * STORE_AUTH_CACHED_MAX {
            verdicts.keep(key(number), Verdict { expires_at: None, until: 100 }, 10);
            assert!(verdicts.0.len() <= STORE_AUTH_CACHED_MAX);
        }
    }
}
