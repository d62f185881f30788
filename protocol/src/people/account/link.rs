//! Links in mails (`account.md` 2): their kinds, and the refusal of an invalid token.
//!
//! A link has a random token, which belongs to the `auth` shard of its address. Rows of links belong to the `auth` objects.

use serde::{Deserialize, Serialize};

use crate::words::event::Millis;
pub use crate::words::limits::LIVE_LINKS_MAX;
use crate::words::limits::{LINK_RESET_MS, LINK_UNDO_MS, LINK_VERIFY_MS};
use crate::words::refusal::Refusal;

crate::words! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum LinkPurpose {
        /// Verifies the address of an account.
        Verify = "verify",
        /// Leads to a new password.
        Reset = "reset",
        /// Verifies the new address of an account.
        Change = "change",
        /// Undoes a change of address.
        Undo = "undo",
    }
}

impl LinkPurpose {
    pub const fn life_ms(self) -> Millis {
        match self {
            Self::Verify | Self::Change => LINK_VERIFY_MS,
            Self::Reset => LINK_RESET_MS,
            Self::Undo => LINK_UNDO_MS,
        }
    }

    /// Returns the path of the page that the link opens.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Verify | Self::Change => "/verify",
            Self::Reset => "/reset",
            Self::Undo => "/undo",
        }
    }
}

/// Returns the refusal of an unknown, used or expired token. All three get the same answer.
pub fn unknown_token() -> Refusal {
    Refusal::validation("token", "This link has already been used, or has expired.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::time::{DAY_MS, MINUTE_MS};

    #[test]
    fn a_purpose_reads_as_it_is_written() {
        for purpose in LinkPurpose::ALL {
            assert_eq!(LinkPurpose::parse(purpose.as_str()), Some(purpose));
            assert_eq!(serde_json::to_string(&purpose).unwrap(), format!("\"{}\"", purpose.as_str()));
        }
        for other in ["", "Verify", "verify ", "operator"] {
            assert_eq!(LinkPurpose::parse(other), None, "{other}");
        }
    }

    #[test]
    fn links_live_as_long_as_the_specification_says_and_open_their_pages() {
        let told = LinkPurpose::ALL.map(|purpose| (purpose.path(), purpose.life_ms()));
        let wanted =
            [("/verify", 3 * DAY_MS), ("/reset", 30 * MINUTE_MS), ("/verify", 3 * DAY_MS), ("/undo", 7 * DAY_MS)];
        assert_eq!((told, LIVE_LINKS_MAX), (wanted, 3));
    }

    #[test]
    fn a_token_that_is_worth_nothing_is_named_as_the_member_at_fault() {
        let refusal = unknown_token();
        assert_eq!((refusal.code(), refusal.status(), refusal.field()), ("VALIDATION", 400, Some("token")));
    }
}
