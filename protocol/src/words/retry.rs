//! Pause before something that failed is tried again.

use super::event::Millis;
use super::limits::{OUTBOX_RETRY_MS, OUTBOX_RETRY_MS_MAX};

pub fn retry_delay_ms(tries: u32) -> Millis {
    (OUTBOX_RETRY_MS << tries.min(16)).min(OUTBOX_RETRY_MS_MAX)
}

/// Returns the sum of the pauses after so many failed attempts.
pub fn retried_ms(tries: u32) -> Millis {
    let growing = tries.min(16);
    (0..growing).map(retry_delay_ms).sum::<Millis>() + Millis::from(tries - growing) * OUTBOX_RETRY_MS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_add_up() {
        let sum = |tries: u32| (0..tries).map(retry_delay_ms).sum::<Millis>();
        for tries in [0, 1, 2, 7, 8, 16, 17, 100] {
            assert_eq!(retried_ms(tries), sum(tries), "{tries}");
        }
        assert!(retried_ms(u32::MAX) > retried_ms(100));
    }
}
