//! Telemetry: pseudonyms in log lines and data points, continued traces, and the daily budget of data points (`messagehub.md` 9,
//! `messenger.md` 11).

use crate::trust::jwt::hmac_sha256;
use crate::words::event::Millis;
use crate::words::limits::{ANALYTICS_MESSAGES_MAX, ANALYTICS_POINTS_MAX};
use crate::words::time::DAY_MS;

const HASH_DIGITS: usize = 32;

/// Generator of pseudonyms. A plain hash of a user id could be guessed, so the hash is keyed. It changes every day.
#[derive(Clone)]
pub struct Pseudonyms([u8; 32]);

impl core::fmt::Debug for Pseudonyms {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Pseudonyms")
    }
}

impl Pseudonyms {
    /// Derives the key of pseudonyms from a secret with other uses.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac_sha256(secret, b"cf-messenger telemetry"))
    }

    /// Returns the pseudonym of `person` on the day of `now`.
    pub fn of(&self, now: Millis, person: &str) -> String {
        let hash = hmac_sha256(&self.0, format!("{}:{person}", now / DAY_MS).as_bytes());
        hash.iter().map(|byte| format!("{byte:02x}")).take(HASH_DIGITS / 2).collect()
    }
}

/// Returns the header `traceparent` (W3C Trace Context) for calls that follow a request: the same trace with a parent id of our own. `None`
/// if the header cannot be parsed.
pub fn continued(traceparent: &str, part: [u8; 8]) -> Option<String> {
    let fields: Vec<&str> = traceparent.trim().split('-').collect();
    let is_hex = |field: &str, length: usize| {
        field.len() == length && field.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_set = |field: &str| field.bytes().any(|byte| byte != b'0');
    let (version, trace, parent, flags) = match fields.as_slice() {
        [version, trace, parent, flags] => (*version, *trace, *parent, *flags),
        // Later versions may have more fields.
        [version, trace, parent, flags, ..] if *version != "00" => (*version, *trace, *parent, *flags),
        _ => return None,
    };
    let is_form = is_hex(version, 2) && is_hex(trace, 32) && is_hex(parent, 16) && is_hex(flags, 2);
    let is_good = is_form && version != "ff" && is_set(trace) && is_set(parent);
    is_good.then(|| format!("00-{trace}-{:016x}-{flags}", u64::from_be_bytes(part).max(1)))
}

/// Data points that were written today. Each isolate counts for itself, because a common counter would be an object that every request needs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    day: Millis,
    points: u32,
    /// Messages since sampling began today.
    chosen_from: u32,
}

impl Budget {
    pub const fn new() -> Self {
        Self { day: 0, points: 0, chosen_from: 0 }
    }

    /// Returns `true`, and counts, if one more point may be written. After many points, only one message in `keep_one_in` is admitted.
    pub fn admits(&mut self, now: Millis, is_message: bool, keep_one_in: u32) -> bool {
        let day = now / DAY_MS;
        if self.day != day {
            *self = Self { day, ..Self::new() };
        }
        if self.points >= ANALYTICS_POINTS_MAX {
            return false;
        }
        if is_message && self.points >= ANALYTICS_MESSAGES_MAX {
            self.chosen_from += 1;
            if !self.chosen_from.is_multiple_of(keep_one_in.max(1)) {
                return false;
            }
        }
        self.points += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_another_name_every_day_and_in_every_deployment() {
        let (ours, theirs) = (Pseudonyms::new(b"one"), Pseudonyms::new(b"two"));
        let today = 20_000 * DAY_MS;
        let name = ours.of(today, "mia");
        assert!(name.len() == HASH_DIGITS && name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        assert_eq!(name, ours.of(today + DAY_MS - 1, "mia"), "the same all day");
        for other in [ours.of(today + DAY_MS, "mia"), ours.of(today, "mib"), theirs.of(today, "mia")] {
            assert_ne!(name, other);
        }
        assert!(!name.starts_with(&crate::people::session::hash_hex(&format!("{}:mia", today / DAY_MS))[..8]));
    }

    #[test]
    fn a_trace_goes_on_with_a_part_of_our_own() {
        let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let header = |version: &str, flags: &str| format!("{version}-{trace}-{parent}-{flags}");
        let ours = [0, 0, 0, 0, 0, 0, 0, 7];
        let expected = format!("00-{trace}-0000000000000007-01");
        assert_eq!(continued(&header("00", "01"), ours), Some(expected.clone()));
        assert_eq!(continued(&format!("{}-more", header("cc", "01")), ours), Some(expected));
        let zeros = "0".repeat(32);
        for bad in [
            String::new(),
            header("ff", "01"),
            header("00", "1"),
            format!("{}-more", header("00", "01")),
            header("00", "01").to_uppercase(),
            format!("00-{zeros}-{parent}-01"),
            format!("00-{trace}-{}-01", &zeros[..16]),
        ] {
            assert_eq!(continued(&bad, ours), None, "{bad}");
        }
    }

    #[test]
    fn many_messages_are_sampled_and_a_day_has_an_end() {
        let (mut budget, now) = (Budget::new(), 5 * DAY_MS);
        let admitted = |budget: &mut Budget, is_message, times| {
            (0..times).filter(|_| budget.admits(now, is_message, 10)).count() as u32
        };
        assert_eq!(admitted(&mut budget, true, ANALYTICS_MESSAGES_MAX), ANALYTICS_MESSAGES_MAX);
        assert_eq!(admitted(&mut budget, true, 1_000), 100, "one in ten");
        assert_eq!(admitted(&mut budget, false, 200_000), ANALYTICS_POINTS_MAX - ANALYTICS_MESSAGES_MAX - 100);
        assert_eq!(admitted(&mut budget, true, 1_000), 0);
        assert!(budget.admits(now + DAY_MS, true, 10), "tomorrow is another day");
    }
}
