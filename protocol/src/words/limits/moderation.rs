//! Limits of moderation (`moderation.md`).

/// Accounts that have a role.
pub const MODERATORS_MAX: usize = 100;
/// Mutes, and bans, that stand at a time.
pub const MODERATION_ROWS_MAX: usize = 2_000;
/// Characters of the reason for an act.
pub const MODERATION_REASON_CHARS_MAX: usize = 500;
/// Characters of an objection.
pub const OBJECTION_CHARS_MAX: usize = 1_000;
/// Shortest mute or ban.
pub const MODERATION_MINUTES_MIN: u64 = 10;
/// Longest mute: seven days.
pub const MUTE_MINUTES_MAX: u64 = 10_080;
/// Longest ban that has an end: a year.
pub const BAN_MINUTES_MAX: u64 = 525_600;
/// Longest interval of slow mode.
pub const SLOW_MODE_S_MAX: u64 = 300;
/// Time for which the person concerned is shown an act, and may object to it.
pub const OBJECTION_MS: u64 = 30 * 86_400_000;
/// Acts that the person concerned is shown.
pub const OWN_ACTS_MAX: usize = 50;
/// Networks of a guest that one ban reaches, for each shard with sessions.
pub const BANNED_NETWORKS_MAX: usize = 4;
/// Objections that `/admin` shows at a time.
pub const OBJECTIONS_SHOWN_MAX: usize = 100;
/// Time for which a copy of what stands is used.
pub const MODERATION_COPY_MS: u64 = 5_000;
