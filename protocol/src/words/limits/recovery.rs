//! Limits of the ways back into an account that need no mail (`account.md` 5), and of its second factor (12).

/// Recovery codes that are made at once.
pub const RECOVERY_CODES: usize = 10;
/// Life of a link to a new password that an operator makes.
pub const OPERATOR_LINK_MS: u64 = 86_400_000;
/// Time for which the first code of a second factor is awaited.
pub const SECOND_FACTOR_BEGUN_MS: u64 = 600_000;
