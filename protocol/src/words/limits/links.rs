//! Limits of links in mails (`account.md` 2).

/// Life of a link that proves an address.
pub const LINK_VERIFY_MS: u64 = 259_200_000;
/// Life of a link that leads to a new password.
pub const LINK_RESET_MS: u64 = 1_800_000;
/// Life of a link that takes back a change of address.
pub const LINK_UNDO_MS: u64 = 604_800_000;
/// Live links of one kind that an address has at most.
pub const LIVE_LINKS_MAX: usize = 3;
/// Mails of one kind that others can cause, and that an address gets at most in [`CAUSED_MAILS_MS`] (`account.md` 1.2).
pub const CAUSED_MAILS_MAX: usize = 5;
/// Mails of all kinds that an address gets at most in [`CAUSED_MAILS_MS`], but for notes to an address that is proved (`account.md` 1.2).
pub const MAILBOX_MAILS_MAX: usize = 15;
/// Notes among them: links always have places of their own.
pub const MAILBOX_NOTES_MAX: usize = 10;
/// Time in which these mails are counted.
pub const CAUSED_MAILS_MS: u64 = 3_600_000;
/// Number of times that an account may change while it leaves its address, before the alarm goes on.
pub const MOVE_MERGES_MAX: u32 = 3;
