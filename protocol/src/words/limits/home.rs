//! Limits of what an account arranges on all of its devices (`home.md`).

/// Name of a field.
pub const HOME_NAME_BYTES_MAX: usize = 128;
/// Value of a field, as JSON text.
pub const HOME_VALUE_BYTES_MAX: usize = 2_048;
/// Letters and digits of the id by which a device signs its words.
pub const HOME_DEVICE_CHARS: usize = 16;
/// Fields of one person; the same number of removed fields is remembered.
pub const HOME_FIELDS_MAX: usize = 3_000;
/// Names and values of all fields of one person.
pub const HOME_BYTES_MAX: usize = 512 * 1024;
/// Fields of one call.
pub const HOME_AT_ONCE_MAX: usize = 200;
/// Fields of one call, as JSON text: the rest of its body is some bytes.
pub const HOME_CALL_BYTES_MAX: usize = super::REST_BODY_BYTES_MAX - 1_024;
/// Quick texts of one person (`ux.md` 2.11).
pub const QUICK_TEXTS_MAX: usize = 20;
/// A quick text, in graphemes.
pub const QUICK_TEXT_GRAPHEMES_MAX: usize = 200;
/// A quick text, in bytes: with all characters escaped it fits into the value of a field.
pub const QUICK_TEXT_BYTES_MAX: usize = 1_000;
/// Time by which a device's clock may be ahead of the server's.
pub const HOME_AHEAD_MS: u64 = 60_000;
/// Time for which a removed field is remembered.
pub const HOME_REMOVED_MS: u64 = 90 * 86_400_000;
