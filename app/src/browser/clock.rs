//! Time in the browser: clock, local days, dates in words, and ids. The server must not call these functions while rendering, because it
//! knows neither the reader's time zone nor the language: without a window all times are 0, and all texts are empty.

use std::cell::{Cell, RefCell};

use js_sys::{Date, Function, Intl, Object, Reflect};
use leptos::prelude::{ArcRwSignal, Get, GetUntracked, Set};
use protocol::words::event::Millis;
use protocol::words::time::{UNKNOWN_ZONE, zone_of_offset};
use protocol::words::{ids, language};
use wasm_bindgen::JsValue;

use super::device::{object, window};

/// Options of a format of dates, each with its value.
type Parts = &'static [(&'static str, &'static str)];

/// Function that formats a time in milliseconds, with what it was made for.
struct Format {
    language: String,
    parts: Parts,
    /// Offset of the device when the format was made: a format keeps its time zone, and devices travel.
    offset_min: f64,
    format: Function,
}

const DAY_MS: f64 = 86_400_000.0;
const MINUTE_MS: f64 = 60_000.0;

/// Returns the milliseconds since 1970.
pub fn now_ms() -> Millis {
    window().map_or(0, |_| Date::now() as Millis)
}

/// Returns the number of the local day of `at`. Only differences between such numbers have a meaning.
pub fn day_of(at: Millis) -> i64 {
    if window().is_none() {
        return 0;
    }
    let offset_ms = Date::new(&JsValue::from_f64(at as f64)).get_timezone_offset() * MINUTE_MS;
    ((at as f64 - offset_ms) / DAY_MS).floor() as i64
}

thread_local! {
    /// Local day that the page shows.
    static TODAY: ArcRwSignal<i64> = ArcRwSignal::new(day_of(now_ms()));
    /// Server clock minus device clock, in milliseconds.
    static SERVER_AHEAD_MS: Cell<i64> = const { Cell::new(0) };
    /// Formats that were needed so far. A browser makes one in 0.2 ms, and each row of a log needs one.
    static FORMATS: RefCell<Vec<Format>> = const { RefCell::new(Vec::new()) };
}

/// Counts the local days since `at`: 0 = today, 1 = yesterday. A view that calls it renders again when the day ends.
pub fn days_ago(at: Millis) -> i64 {
    window().map_or(0, |_| TODAY.with(|today| today.get()) - day_of(at))
}

/// Renders all views of days again if a new day has begun.
pub fn turn_day() {
    let now = day_of(now_ms());
    TODAY.with(|today| {
        if today.get_untracked() != now {
            today.set(now);
        }
    });
}

/// Returns the time of the server's clock, which the times of messages use.
pub fn server_now_ms() -> Millis {
    now_ms().saturating_add_signed(SERVER_AHEAD_MS.get())
}

/// Sets the lead of the server's clock.
pub fn note_server_ahead(ms: i64) {
    SERVER_AHEAD_MS.set(ms);
}

/// Returns `14:03` in the format of the language.
pub fn time_text(at: Millis, language: &str) -> String {
    formatted(at, language, &[("hour", "2-digit"), ("minute", "2-digit")])
}

/// Returns `20 November`, in French `1er décembre`, with the year if it is not the present one.
pub fn date_text(at: Millis, language: &str) -> String {
    if window().is_none() {
        return String::new();
    }
    let year_of = |at: Millis| Date::new(&JsValue::from_f64(at as f64)).get_full_year();
    let parts: Parts = match year_of(at) == year_of(now_ms()) {
        true => &[("day", "numeric"), ("month", "long")],
        false => &[("day", "numeric"), ("month", "long"), ("year", "numeric")],
    };
    language::with_first_day(&formatted(at, language, parts), language)
}

/// Returns the words of a day like `2026-11-20`, if there is such a day.
pub fn day_text(day: &str, language: &str) -> Option<String> {
    window()?;
    // A time without a zone is a local one.
    let at = Date::parse(&format!("{day}T00:00"));
    at.is_finite().then(|| date_text(at as Millis, language))
}

/// Returns `Friday 20 November 2026`.
pub fn full_date_text(at: Millis, language: &str) -> String {
    language::with_first_day(&formatted(at, language, &[("dateStyle", "full")]), language)
}

/// Returns the name of this device's time zone. A browser that does not know it has the zone of its present offset.
pub fn own_zone() -> String {
    if window().is_none() {
        return String::new();
    }
    let format = Intl::DateTimeFormat::new(&js_sys::Array::new(), &Object::new());
    let zone = Reflect::get(&format.resolved_options(), &"timeZone".into());
    let zone = zone.ok().and_then(|zone| zone.as_string()).filter(|zone| !zone.is_empty() && zone != UNKNOWN_ZONE);
    zone.unwrap_or_else(|| zone_of_offset(Date::new_0().get_timezone_offset() as i32))
}

/// Returns `14:03` in a time zone, if the browser knows the zone.
pub fn time_in(at: Millis, zone: &str, language: &str) -> Option<String> {
    window()?;
    let options =
        [("timeZone", zone), ("hour", "2-digit"), ("minute", "2-digit")].map(|(name, value)| (name, value.into()));
    let date = Date::new(&JsValue::from_f64(at as f64));
    // The browser throws for a zone that it does not know.
    let text = Function::from(Reflect::get(&date, &"toLocaleTimeString".into()).ok()?);
    text.call2(&date, &tag_of(language).into(), &object(&options)).ok()?.as_string()
}

/// Returns the next moment at which the local clock shows `time` (`14:00`).
pub fn next_at(time: &str) -> Option<Millis> {
    window()?;
    let (hours, minutes) = time.split_once(':')?;
    let (hours, minutes) = (hours.parse().ok()?, minutes.parse().ok()?);
    let at = Date::new_0();
    at.set_hours(hours);
    at.set_minutes(minutes);
    at.set_seconds(0);
    if at.get_time() <= Date::now() {
        at.set_date(at.get_date() + 1);
    }
    Some(at.get_time() as Millis)
}

/// Formats a time as RFC 3339, for `<time datetime>`.
pub fn iso_text(at: Millis) -> String {
    window().map(|_| Date::new(&JsValue::from_f64(at as f64)).to_iso_string().into()).unwrap_or_default()
}

/// Makes a UUIDv7 of this moment.
pub fn new_id() -> String {
    ids::uuid_v7(now_ms(), random_bytes())
}

/// Returns random bits for jitter, which need not be secret.
pub fn random_seed() -> u64 {
    u64::from_le_bytes(random_bytes())
}

fn random_bytes<const COUNT: usize>() -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    if let Some(crypto) = window().and_then(|window| window.crypto().ok()) {
        // The browser refuses only more than 65,536 bytes at once.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

fn formatted(at: Millis, language: &str, parts: Parts) -> String {
    if window().is_none() {
        return String::new();
    }
    let offset_min = Date::new_0().get_timezone_offset();
    let format = FORMATS.with_borrow_mut(|formats| {
        formats.retain(|known| known.offset_min == offset_min);
        let known = formats.iter().find(|known| known.language == language && known.parts == parts);
        known.map(|known| known.format.clone()).unwrap_or_else(|| {
            let format = format_of(language, parts);
            formats.push(Format { language: language.to_owned(), parts, offset_min, format: format.clone() });
            format
        })
    });
    let text = format.call1(&JsValue::UNDEFINED, &JsValue::from_f64(at as f64));
    text.ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// Makes the function that formats a time in milliseconds.
fn format_of(language: &str, parts: Parts) -> Function {
    let options: Vec<(&str, JsValue)> = parts.iter().map(|(name, value)| (*name, (*value).into())).collect();
    Intl::DateTimeFormat::new(&js_sys::Array::of1(&tag_of(language).into()), &object(&options)).format()
}

/// Returns the tag of the format that a language of the page uses; most languages use their own.
fn tag_of(language: &str) -> &str {
    language::find(language).map_or(language, |known| known.dates)
}
