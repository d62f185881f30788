//! Limits of push messages (`push.md`).

use super::PRESENCE_SILENCE_MS_MAX;

/// Minutes of a day.
pub const DAY_MINUTES: u16 = 24 * 60;
/// Push subscriptions of one person (`push.md`).
pub const PUSH_SUBSCRIPTIONS_MAX: usize = 10;
/// Letters that are kept of what the browser of a push subscription says it is.
pub const PUSH_AGENT_CHARS_MAX: usize = 256;
/// Longest address of a push subscription.
pub const PUSH_ENDPOINT_BYTES_MAX: usize = 1_024;
/// Longest message to a browser, before it is sealed. Every service takes 4,096 bytes of a sealed one (RFC 8030, 7.2).
pub const PUSH_BODY_BYTES_MAX: usize = 3_600;
/// Letters of a title in it.
pub const PUSH_TITLE_CHARS_MAX: usize = 100;
/// Letters of a message in it.
pub const PUSH_WORDS_CHARS_MAX: usize = 240;
/// Time for which a push service keeps the message, and for which it is tried.
pub const PUSH_TTL_S: u64 = 86_400;
/// Life of the token that says who sends.
pub const PUSH_TOKEN_MS: u64 = 12 * 3_600_000;
/// Longest time for one attempt.
pub const PUSH_ATTEMPT_MS_MAX: u64 = 10_000;
/// Time for which a push is withheld while the person looks at a device: a device that was gone by then is known to be.
pub const PUSH_WITHHELD_MS: u64 = PRESENCE_SILENCE_MS_MAX + 1_000;
/// First wait before another attempt; doubles up to `PUSH_RETRY_MS_MAX`.
pub const PUSH_RETRY_MS: u64 = 5_000;
/// Longest wait between two attempts of which the service says nothing.
pub const PUSH_RETRY_MS_MAX: u64 = 3_600_000;
/// Failures in a row after which a subscription is shown as failing.
pub const PUSH_FAILURES_MAX: u32 = 10;
/// Conversations with a level of their own, per person.
pub const PUSH_LEVELS_MAX: usize = 1_000;
