//! Schedule of calls: the times at which a call is made again, and the end of the tries (`messagehub.md` 7.2).

use crate::words::event::Millis;
use crate::words::iso::parse_iso_utc;
use crate::words::limits::{
    HOOK_ATTEMPTS_MAX, HOOK_DEAD_MAX, HOOK_LEASE_MS, HOOK_POSTPONED_MS_MAX, HOOK_RETRY_AFTER_MS_MAX,
    HOOK_SOON_ATTEMPTS_MAX,
};
use crate::words::time::remaining_ms;

/// Waits after the first failure, the second, …
const WAITS_MS: [Millis; 8] = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 86_400_000];
/// Largest difference of a wait from the table, in thousandths: so that many hooks do not come back together.
const SPREAD: u64 = 200;

const _: () = assert!(WAITS_MS.len() + 1 == HOOK_ATTEMPTS_MAX as usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// An answer with this status; what it asks for in `Retry-After`.
    Status {
        status: u16,
        /// Milliseconds of the header `Retry-After`.
        retry_after_ms: Option<Millis>,
    },
    /// No answer in time, no connection, or an address that is not called.
    Failed,
    /// No attempt was made: the receiver or the account has had its calls (`messagehub.md` 7.2).
    Postponed {
        /// Milliseconds until there is a call again.
        wait_ms: Millis,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookDisposition {
    Done,
    Retry {
        wait_ms: Millis,
    },
    /// The same attempt again, after this time.
    Postponed {
        wait_ms: Millis,
    },
    /// Parked as a dead letter.
    Dead,
    /// The receiver has unsubscribed: the hook is disabled, and this is a dead letter.
    Gone,
}

impl HookDisposition {
    /// Returns the number of attempts that count after attempt number `attempt`: a postponed one was not made.
    pub fn attempts_after(self, attempt: u32) -> u32 {
        if matches!(self, Self::Postponed { .. }) { attempt - 1 } else { attempt }
    }

    /// Returns the number of messages that were given up in a row, of which there were `before`, and `true` if the receiver ends over it.
    pub fn in_a_row(self, before: u32) -> (u32, bool) {
        let given_up = match self {
            Self::Done => 0,
            Self::Dead => (before + 1).min(HOOK_DEAD_MAX),
            Self::Retry { .. } | Self::Postponed { .. } | Self::Gone => before,
        };
        (given_up, self == Self::Gone || given_up >= HOOK_DEAD_MAX)
    }
}

/// Returns the step after attempt number `attempts` (the first is 1). `random` is any number.
pub fn after_attempt(attempts: u32, outcome: AttemptOutcome, random: u64) -> HookDisposition {
    let asked_ms = match outcome {
        AttemptOutcome::Status { status: 200..=299, .. } => return HookDisposition::Done,
        AttemptOutcome::Status { status: 410, .. } => return HookDisposition::Gone,
        AttemptOutcome::Status { status: 429 | 503, retry_after_ms } => retry_after_ms.unwrap_or(0),
        AttemptOutcome::Postponed { wait_ms } => {
            return HookDisposition::Postponed { wait_ms: wait_ms.min(HOOK_POSTPONED_MS_MAX) };
        }
        // A redirect is not followed: it would lead past the guard.
        AttemptOutcome::Status { .. } | AttemptOutcome::Failed => 0,
    };
    let Some(wait_ms) = WAITS_MS.get(attempts.saturating_sub(1) as usize) else {
        return HookDisposition::Dead;
    };
    let thousandths = 1_000 - SPREAD + random % (2 * SPREAD + 1);
    let spread_ms = wait_ms * thousandths / 1_000;
    HookDisposition::Retry { wait_ms: spread_ms.max(asked_ms.min(HOOK_RETRY_AFTER_MS_MAX)) }
}

/// Returns the milliseconds until a message may leave that is due at `due_at`, after so many `attempts`, the last of which may be under way
/// until `busy_until`.
pub fn delivery_wait_ms((due_at, busy_until): (Millis, Millis), attempts: u32, now: Millis) -> Millis {
    // Before the first attempt only a postponement makes a message wait.
    let longest_ms = attempts.checked_sub(1).map_or(HOOK_POSTPONED_MS_MAX, |failed| {
        let own_ms = WAITS_MS.get(failed as usize).map_or(0, |wait_ms| wait_ms * (1_000 + SPREAD) / 1_000);
        own_ms.max(HOOK_RETRY_AFTER_MS_MAX)
    });
    remaining_ms(due_at, now, longest_ms).max(remaining_ms(busy_until, now, HOOK_LEASE_MS))
}

/// Returns `true` if the room makes attempt number `attempt` itself (`messagehub.md` 7.2): the queue would make it late.
pub fn is_soon(attempt: u32) -> bool {
    attempt <= HOOK_SOON_ATTEMPTS_MAX
}

/// `Retry-After` in milliseconds: seconds, or a date in the form that servers send (RFC 9110 10.2.3).
pub fn retry_after_ms(header: Option<&str>, now: Millis) -> Option<Millis> {
    let text = header?.trim();
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if is_number {
        return Some(text.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1_000));
    }
    let mut words = text.strip_suffix(" GMT")?.split_once(", ")?.1.split(' ');
    let (day, month, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = "JanFebMarAprMayJunJulAugSepOctNovDec".find(month).filter(|_| month.len() == 3)? / 3 + 1;
    Some(parse_iso_utc(&format!("{year}-{month:02}-{day}T{time}Z"))?.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_message_waits_as_long_as_its_attempt_says_and_no_longer(
            attempts in 1..HOOK_ATTEMPTS_MAX,
            asked_ms in prop::option::of(0..3 * HOOK_RETRY_AFTER_MS_MAX),
            random: u64,
            step_ms in 0..3_u64 * 86_400_000,
        ) {
            let now = 1_700_000_000_000;
            let outcome = AttemptOutcome::Status { status: 503, retry_after_ms: asked_ms };
            let HookDisposition::Retry { wait_ms } = after_attempt(attempts, outcome, random) else { panic!("not the last") };
            prop_assert_eq!(delivery_wait_ms((now + wait_ms, 0), attempts, now), wait_ms);
            let longest_ms = wait_ms.max(HOOK_RETRY_AFTER_MS_MAX).max(WAITS_MS[attempts as usize - 1] * 6 / 5);
            prop_assert!(delivery_wait_ms((now + wait_ms, 0), attempts, now - step_ms) <= longest_ms);
            prop_assert!(delivery_wait_ms((now, 0), 0, now - step_ms) <= HOOK_POSTPONED_MS_MAX, "nothing was tried");
        }

        #[test]
        fn a_postponed_attempt_is_not_due_before_its_time(attempt in 1..=HOOK_ATTEMPTS_MAX, asked_ms: u64) {
            let (now, outcome) = (1_700_000_000_000, AttemptOutcome::Postponed { wait_ms: asked_ms });
            let HookDisposition::Postponed { wait_ms } = after_attempt(attempt, outcome, 0) else { panic!("postponed") };
            prop_assert_eq!(wait_ms, asked_ms.min(HOOK_POSTPONED_MS_MAX));
            prop_assert_eq!(delivery_wait_ms((now + wait_ms, 0), attempt - 1, now), wait_ms);
        }
    }

    fn status(status: u16) -> AttemptOutcome {
        AttemptOutcome::Status { status, retry_after_ms: None }
    }

    #[test]
    fn nine_attempts_over_a_day_and_then_a_dead_letter() {
        for (attempts, wait_ms) in (1..).zip(WAITS_MS) {
            assert_eq!(after_attempt(attempts, status(500), SPREAD), HookDisposition::Retry { wait_ms }, "{attempts}");
        }
        assert_eq!(after_attempt(9, status(500), 0), HookDisposition::Dead);
        assert_eq!(after_attempt(10, AttemptOutcome::Failed, 0), HookDisposition::Dead);
        let (outcome, after) = (AttemptOutcome::Postponed { wait_ms: 7 }, HookDisposition::Postponed { wait_ms: 7 });
        assert_eq!(after_attempt(10, outcome, 0), after, "no attempt was made");
    }

    #[test]
    fn twenty_that_were_given_up_in_a_row_end_a_receiver() {
        let after = |all: &[HookDisposition]| all.iter().fold((0, false), |(before, _), after| after.in_a_row(before));
        let dead = [HookDisposition::Dead; 20];
        assert_eq!(after(&dead[1..]), (19, false));
        assert_eq!(after(&dead), (20, true));
        assert_eq!(after(&[&dead[1..], &[HookDisposition::Done, HookDisposition::Dead]].concat()), (1, false));
        assert_eq!(after(&[HookDisposition::Dead, HookDisposition::Gone]), (1, true), "it has unsubscribed");
    }

    #[test]
    fn waits_differ_by_a_fifth_at_most() {
        for random in 0..2_000 {
            let HookDisposition::Retry { wait_ms } = after_attempt(1, AttemptOutcome::Failed, random) else {
                panic!("again")
            };
            assert!((800..=1_200).contains(&wait_ms), "{wait_ms}");
        }
        assert_eq!(after_attempt(1, AttemptOutcome::Failed, 0), HookDisposition::Retry { wait_ms: 800 });
        assert_eq!(after_attempt(1, AttemptOutcome::Failed, 400), HookDisposition::Retry { wait_ms: 1_200 });
    }

    #[test]
    fn the_queue_carries_what_it_does_not_make_late() {
        /// Milliseconds for which the queue gathers what it carries.
        const GATHERS_MS: Millis = 5_000;
        let is_late = |wait_ms: Millis| wait_ms * SPREAD / 1_000 < GATHERS_MS;
        let soon: Vec<u32> = (1..=HOOK_ATTEMPTS_MAX).filter(|attempt| is_soon(*attempt)).collect();
        assert_eq!(soon, [1, 2, 3], "at once, and 1 s and 5 s after a failure");
        let late = WAITS_MS.iter().filter(|wait_ms| is_late(**wait_ms)).count();
        assert_eq!(late + 1, soon.len(), "the first, and those that the queue would bring too late");
    }

    #[test]
    fn what_a_status_means() {
        for done in [200, 202, 204, 299] {
            assert_eq!(after_attempt(1, status(done), 0), HookDisposition::Done);
        }
        for again in [100, 199, 301, 302, 307, 400, 401, 404, 429, 500, 503] {
            assert_eq!(after_attempt(1, status(again), SPREAD), HookDisposition::Retry { wait_ms: 1_000 }, "{again}");
        }
        assert_eq!(after_attempt(1, status(410), 0), HookDisposition::Gone);
    }

    #[test]
    fn a_receiver_may_ask_for_an_hour_of_patience() {
        let asked = |status, ms| after_attempt(1, AttemptOutcome::Status { status, retry_after_ms: Some(ms) }, SPREAD);
        assert_eq!(asked(429, 60_000), HookDisposition::Retry { wait_ms: 60_000 });
        assert_eq!(asked(503, u64::MAX), HookDisposition::Retry { wait_ms: 3_600_000 });
        assert_eq!(asked(503, 10), HookDisposition::Retry { wait_ms: 1_000 }, "not less than the table");
        assert_eq!(asked(500, 60_000), HookDisposition::Retry { wait_ms: 1_000 }, "only with these two");
        assert_eq!(retry_after_ms(Some(" 5 "), 0), Some(5_000));
        let now = parse_iso_utc("2026-11-20T05:59:30Z").unwrap();
        assert_eq!(retry_after_ms(Some("Fri, 20 Nov 2026 06:00:00 GMT"), now), Some(30_000));
        assert_eq!(retry_after_ms(Some("Fri, 20 Nov 2026 05:00:00 GMT"), now), Some(0), "it is over");
        let dates =
            ["Fri, 20 Nov 2026 06:00:00", "20 Nov 2026 06:00:00 GMT", "Fri, 20 Nix 2026 06:00:00 GMT", "x, y GMT"];
        for bad in [None, Some(""), Some("-1"), Some("1.5")].into_iter().chain(dates.map(Some)) {
            assert_eq!(retry_after_ms(bad, now), None, "{bad:?}");
        }
    }
}
