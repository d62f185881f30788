//! Whole seconds of a countdown.

use protocol::words::event::Millis;

/// Returns the next moment at which the whole seconds until `at` change; `None` once they are 0.
pub(super) fn next_second(now: Millis, at: Millis) -> Option<Millis> {
    let left_ms = at.checked_sub(now).filter(|left_ms| *left_ms > 0)?;
    Some(now + (left_ms - 1) % 1_000 + 1)
}

/// Returns the whole seconds until `at`, rounded up.
pub(super) fn seconds_left(now: Millis, at: Millis) -> u32 {
    at.saturating_sub(now).div_ceil(1_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_wakes_once_a_second_and_ends() {
        let (mut now, mut wakes) = (100, Vec::new());
        while let Some(next) = next_second(now, 3_500) {
            assert!(next > now);
            now = next;
            wakes.push(seconds_left(now, 3_500));
        }
        assert_eq!(wakes, [3, 2, 1, 0]);
    }
}
