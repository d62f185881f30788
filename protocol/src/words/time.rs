//! Lengths of time, in milliseconds.

use super::event::Millis;

/// A minute.
pub const MINUTE_MS: Millis = 60_000;
/// An hour.
pub const HOUR_MS: Millis = 60 * MINUTE_MS;
/// A day.
pub const DAY_MS: Millis = 24 * HOUR_MS;
