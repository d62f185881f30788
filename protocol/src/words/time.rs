//! Lengths of time, in milliseconds, and zones by their offsets.

use super::event::Millis;

pub const MINUTE_MS: Millis = 60_000;
pub const HOUR_MS: Millis = 60 * MINUTE_MS;
pub const DAY_MS: Millis = 24 * HOUR_MS;

/// Returns the milliseconds from `now` until a stored time that was at most `longest_ms` ahead when it was stored. A time further ahead was
/// stored before the clock was set back, and counts as past: nothing waits for as long as the clock was wrong (`core.md` 1.8).
pub fn remaining_ms(until: Millis, now: Millis, longest_ms: Millis) -> Millis {
    Some(until.saturating_sub(now)).filter(|wait| *wait <= longest_ms).unwrap_or(0)
}

/// Name with which a browser says that it does not know its time zone.
pub const UNKNOWN_ZONE: &str = "Etc/Unknown";

/// Returns the name of the zone that is so many minutes behind UTC, as browsers count; parts of an hour are rounded. The names of these
/// zones count in the same direction.
pub fn zone_of_offset(minutes_behind: i32) -> String {
    match (f64::from(minutes_behind) / 60.0).round() as i32 {
        0 => "Etc/GMT".to_owned(),
        hours => format!("Etc/GMT{:+}", hours.clamp(-14, 12)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_without_a_name_is_that_of_its_offset() {
        let zones = [0, -120, 300, -330, -840, 9_000].map(zone_of_offset);
        assert_eq!(zones, ["Etc/GMT", "Etc/GMT-2", "Etc/GMT+5", "Etc/GMT-6", "Etc/GMT-14", "Etc/GMT+12"]);
    }
}
