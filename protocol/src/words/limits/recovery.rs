//! Limits of the ways back into an account that need no mail (`account.md` 5).

/// Recovery codes that are made at once.
pub const RECOVERY_CODES: usize = 10;
/// Life of a link to a new password that an operator makes.
pub const OPERATOR_LINK_MS: u64 = 86_400_000;
