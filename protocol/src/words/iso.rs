//! Times as texts: UTC with milliseconds, `2026-11-20T06:00:00.000Z`. For the doors whose wire has them. `chrono` knows the calendar; the
//! shorter forms that clients send are completed here.

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::event::Millis;

/// Digits of a second's fraction, at most.
const FRACTION_DIGITS_MAX: usize = 9;

/// Returns `at` as text. Years have at least four digits.
pub fn iso_utc(at: Millis) -> String {
    let time = utc(at);
    let (year, month, day) = (time.year(), time.month(), time.day());
    let (hour, minute, second, ms) = (time.hour(), time.minute(), time.second(), time.timestamp_subsec_millis());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Reverses [`iso_utc`], for dates from 1970 on; seconds and milliseconds may be missing, a date alone is its midnight.
pub fn parse_iso_utc(text: &str) -> Option<Millis> {
    let Some(time) = text.strip_suffix('Z') else {
        // RFC 3339 knows other separators and zones: a date alone has neither.
        return (text.len() == 10).then(|| parse(&format!("{text}T00:00:00Z")))?;
    };
    parse(&format!("{}Z", with_seconds(time)?))
}

/// Reads any time of ISO 8601 with a date and figures apart: in UTC, with an offset, or without a zone, which is UTC as well.
pub fn parse_iso(text: &str) -> Option<Millis> {
    let Some((_, time)) = text.split_once('T') else {
        return parse_iso_utc(text);
    };
    let Some(at) = time.find(['+', '-']) else {
        let zone = if time.ends_with('Z') { "" } else { "Z" };
        return parse_iso_utc(&format!("{text}{zone}"));
    };
    let (time, offset) = text.split_at_checked(text.len() - time.len() + at)?;
    // RFC 3339 does not need the colon of an offset everywhere; here it is needed.
    if offset.len() != 6 {
        return None;
    }
    parse(&format!("{}{offset}", with_seconds(time)?))
}

/// Completes date and time without a zone, `2026-11-20T06:00`, with the seconds that it lacks; `None` for what cannot be RFC 3339.
fn with_seconds(time: &str) -> Option<String> {
    let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let is_fraction = fraction.len() <= FRACTION_DIGITS_MAX && !fraction.is_empty();
    let seconds = match whole.len() {
        16 => ":00",
        19 => "",
        _ => return None,
    };
    (is_fraction && whole.as_bytes().get(10) == Some(&b'T')).then(|| format!("{whole}{seconds}.{fraction}"))
}

/// Reads a whole time of RFC 3339 that is not before 1970 and not a leap second.
fn parse(text: &str) -> Option<Millis> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    let is_leap_second = time.timestamp_subsec_millis() >= 1_000;
    u64::try_from(time.timestamp_millis()).ok().filter(|_| text.is_ascii() && !is_leap_second)
}

/// Returns the calendar's time; what lies beyond the end of the calendar is its end.
pub(crate) fn utc(at: Millis) -> DateTime<Utc> {
    i64::try_from(at).ok().and_then(DateTime::from_timestamp_millis).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::time::DAY_MS;

    #[test]
    fn known_times() {
        for (at, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_132_800_000, "2026-11-20T00:00:00.000Z"),
            (1_795_154_400_123, "2026-11-20T06:00:00.123Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(iso_utc(at), text);
            assert_eq!(parse_iso_utc(text), Some(at));
        }
    }

    #[test]
    fn every_day_of_a_long_time_has_a_name_of_its_own() {
        let mut before = String::new();
        for day in 0..100_000 {
            let text = iso_utc(day * DAY_MS + 1);
            assert!(text > before);
            assert_eq!(parse_iso_utc(&text), Some(day * DAY_MS + 1));
            before = text;
        }
    }

    #[test]
    fn offsets_are_taken_off_and_no_zone_is_utc() {
        for text in [
            "2026-11-20T06:00:00Z",
            "2026-11-20T06:00:00.000",
            "2026-11-20T06:00",
            "2026-11-20T07:00:00+01:00",
            "2026-11-20T11:30:00.000+05:30",
            "2026-11-19T21:00-09:00",
        ] {
            assert_eq!(parse_iso(text), Some(1_795_154_400_000), "{text}");
        }
        assert_eq!(parse_iso("2026-11-20"), parse_iso_utc("2026-11-20"));
        for bad in ["T", "2026-11-20T", "2026-11-20T06:00+1:00", "2026-11-20T06:00+24:00", "2026-11-20T06:00Z+01:00"] {
            assert_eq!(parse_iso(bad), None, "{bad}");
        }
        assert_eq!(parse_iso("1970-01-01T00:00+01:00"), None, "before the first moment");
    }

    #[test]
    fn shorter_forms_are_read_and_nonsense_is_not() {
        assert_eq!(parse_iso_utc("2026-11-20"), Some(1_795_132_800_000));
        assert_eq!(parse_iso_utc("2026-11-20T06:00Z"), Some(1_795_154_400_000));
        assert_eq!(parse_iso_utc("2026-11-20T06:00:01.5Z"), Some(1_795_154_401_500));
        for bad in [
            "",
            "Z",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-00-01",
            "2026-01-00",
            "1969-12-31",
            "2026-11-20T24:00Z",
            "2026-11-20T06:00",
            "2026-11-20T06:00:00.Z",
            "2026-11-20T06:00:60Z",
            "+026-11-20",
            "2026-11-20T6:00Z",
            "2026-11-20T06:00:00.000+01:00",
            "\u{e9}026-11-20",
            "2026-11-20T\u{e9}\u{e9}\u{e9}Z",
        ] {
            assert_eq!(parse_iso_utc(bad), None, "{bad}");
        }
    }
}
