//! Limits of bots and of the model that answers for them (`messenger.md` 7).

/// Chats that a model is given …
pub const BOT_INPUT_EVENTS_MAX: usize = 10;
/// … and characters of them.
pub const BOT_INPUT_CHARS_MAX: usize = 1_500;
/// Events among which those chats are looked for.
pub const BOT_CONTEXT_EVENTS_MAX: u32 = 50;
/// Longest answer of a model.
pub const BOT_OUTPUT_TOKENS_MAX: u32 = 256;
/// Bytes of a model's answer that are read.
pub const BOT_OUTPUT_BYTES_MAX: usize = 65_536;
/// Most neurons that a call can cost: a larger number is no such number.
pub const BOT_CALL_NEURONS_MAX: u32 = 1_000_000;
/// Longest time for which a model is waited for.
pub const BOT_CALL_MS_MAX: u64 = 10_000;
/// Time for which a bot writes: for each character …
pub const BOT_CHAR_MS: u64 = 40;
/// … at least …
pub const BOT_DELAY_MS_MIN: u64 = 1_000;
/// … and at most.
pub const BOT_DELAY_MS_MAX: u64 = 4_000;
/// Failures after which a model is left alone …
pub const BOT_BREAKER_FAILURES_MAX: usize = 5;
/// … within this time …
pub const BOT_BREAKER_WINDOW_MS: u64 = 60_000;
/// … for this long at first …
pub const BOT_BREAKER_MS: u64 = 60_000;
/// … and twice as long each time, up to this.
pub const BOT_BREAKER_MS_MAX: u64 = 900_000;
/// A probe of which nothing is heard for this long is given up.
pub const BOT_PROBE_MS_MAX: u64 = 20_000;
/// Answers on which one room works at once.
pub const BOT_ANSWERS_AT_ONCE: usize = 8;
/// Time after which a room looks again for answers that nobody works on.
pub const BOT_RETRY_MS: u64 = 20_000;
/// A line that says why there is no answer comes once per room in this time.
pub const BOT_LINE_EVERY_MS: u64 = 3_600_000;
