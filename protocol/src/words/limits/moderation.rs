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
/// Rules for what people write.
pub const WRITING_RULES_MAX: usize = 200;
/// Characters of the pattern of a rule.
pub const WRITING_PATTERN_CHARS_MAX: usize = 64;
/// Messages that a room holds for review.
pub const HELD_MAX: usize = 200;
/// Messages of one person that a room holds.
pub const HELD_OF_PERSON_MAX: usize = 10;
/// Time for which a message is held.
pub const HELD_MS_MAX: u64 = 7 * 86_400_000;
/// Time for which the devices of its writer learn what became of a held message, counted from its write.
pub const REVIEWED_MS: u64 = 30 * 86_400_000;
/// Ends of reviews that one `welcome` names.
pub const REVIEWED_MAX: u32 = 100;
/// Wait that is told where no more messages are held.
pub const HELD_RETRY_MS: u64 = 60_000;
/// Time for which a message of a guest makes the next one no first message.
pub const FIRST_MESSAGE_MS: u64 = 86_400_000;
/// Time for which a copy of what stands is used.
pub const MODERATION_COPY_MS: u64 = 5_000;
/// Rows of the queue of reports, answered ones among them.
pub const OPEN_REPORTS_MAX: u64 = 2_000;
/// Reports that a page of the queue shows.
pub const REPORTS_SHOWN_MAX: usize = 50;
/// Acts on a reported person that are shown with a report.
pub const REPORT_ACTS_SHOWN_MAX: usize = 3;
/// Messages that are shown before a reported one, and after it …
pub const REPORT_NEIGHBOURS_MAX: usize = 2;
/// … out of so many events on each side.
pub const REPORT_WINDOW_EVENTS: u32 = 20;
/// Time after which an open report is an alarm.
pub const REPORT_OLD_MS: u64 = 86_400_000;
/// Reports that have waited so long: with one more there is an alarm.
pub const ALARM_REPORTS_OLD_MAX: u64 = 0;
/// Shorter mute that answers a report: an hour.
pub const REPORT_MUTE_HOUR_MINUTES: u64 = 60;
/// Longer mute that answers a report: a day.
pub const REPORT_MUTE_DAY_MINUTES: u64 = 1_440;
/// Ban that answers a report: seven days.
pub const REPORT_BAN_MINUTES: u64 = 10_080;
