//! Times as texts: UTC with milliseconds, `2026-11-20T06:00:00.000Z`. For the doors whose wire has them; nothing else of a
//! calendar is known here.

use crate::event::Millis;

/// A day, in milliseconds.
pub const DAY_MS: u64 = 86_400_000;
/// Days of the 400 years after which the calendar repeats.
const ERA_DAYS: u64 = 146_097;
/// Days from the first of March of the year 0 to the first of January 1970.
const EPOCH_DAYS: u64 = 719_468;

/// `at` as text. Years have at least four digits.
pub fn iso_utc(at: Millis) -> String {
    let (year, month, day) = date_of(at / DAY_MS);
    let ms = at % DAY_MS;
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1_000)
}

/// Reverse of [`iso_utc`], for dates from 1970 on; seconds and milliseconds may be missing, a date alone is its midnight.
pub fn parse_iso_utc(text: &str) -> Option<Millis> {
    let (date, time) = match text.strip_suffix('Z') {
        Some(text) => text.split_once('T')?,
        None => (text, "00:00"),
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let (clock, second) = match time.len() {
        5 => (time, 0),
        _ => (time.get(..5)?, numbers(time.get(5..)?.strip_prefix(':')?, ':', [2])?[0]),
    };
    let [hour, minute] = numbers(clock, ':', [2, 2])?;
    let is_fraction = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|digit| digit.is_ascii_digit());
    let ms: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok().filter(|_| is_fraction)?;
    let days = days_of(year, month, day)?;
    // The round trip refuses the 31st of February.
    let is_date = date_of(days) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    is_date.then(|| days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1_000 + ms)
}

/// Any time of ISO 8601 with a date and figures apart: in UTC, with an offset, or without a zone, which is UTC as well.
pub fn parse_iso(text: &str) -> Option<Millis> {
    let Some((date, time)) = text.split_once('T') else {
        return parse_iso_utc(text);
    };
    let Some(at) = time.find(['+', '-']) else {
        let zone = if time.ends_with('Z') { "" } else { "Z" };
        return parse_iso_utc(&format!("{text}{zone}"));
    };
    let (time, offset) = time.split_at(at);
    let [hours, minutes] =
        numbers(offset.get(1..)?, ':', [2, 2]).filter(|[hours, minutes]| *hours < 24 && *minutes < 60)?;
    let (at, ahead_ms) = (parse_iso_utc(&format!("{date}T{time}Z"))?, (hours * 60 + minutes) * 60_000);
    if offset.starts_with('+') { at.checked_sub(ahead_ms) } else { Some(at + ahead_ms) }
}

fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[u64; N]> {
    let mut out = [0; N];
    let mut parts = text.split(between);
    for (number, digits) in out.iter_mut().zip(digits) {
        let part = parts.next()?;
        let is_number = part.len() == digits && part.bytes().all(|digit| digit.is_ascii_digit());
        *number = part.parse().ok().filter(|_| is_number)?;
    }
    parts.next().is_none().then_some(out)
}

/// Year, month and day of a number of days since 1970. Years begin in March here, so that the leap day is a year's last.
pub(crate) fn date_of(days: u64) -> (u64, u64, u64) {
    let days = days + EPOCH_DAYS;
    let (era, day_of_era) = (days / ERA_DAYS, days % ERA_DAYS);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// Days since 1970; `None` before.
fn days_of(year: u64, month: u64, day: u64) -> Option<u64> {
    let month_from_march = if month > 2 { month - 3 } else { (month + 9) % 12 };
    let year = if month > 2 { year } else { year.checked_sub(1)? };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * month_from_march + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * ERA_DAYS + day_of_era).checked_sub(EPOCH_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

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
