//! Helpers that tests share, and suites of promises that every store keeps: rows in memory here, and tables where objects have them.
//!
//! A suite is a file with one function for each promise. Its macro makes a test of each, for the stores that it is given.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is for tests, also where it is compiled for those of another crate"
)]

pub mod chain;
pub mod channel;
pub mod families;
pub mod hub;
pub mod ledger;

use crate::people::account::family::Family;
use crate::words::ids::UserId;
use crate::words::principal::{Principal, UserKind};

/// Returns how many cases an expensive property runs: what `PROPTEST_CASES` says, as in the nightly run, else `otherwise`.
pub fn cases(otherwise: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Makes a test of each promise of a suite, for the stores that `$new` makes, and one that sees to it that none is left out.
#[macro_export]
macro_rules! promises {
    ($suite:ident, $new:expr, [$($promise:ident),* $(,)?]) => {
        $(
            #[test]
            fn $promise() {
                $crate::testing::$suite::$promise($new);
            }
        )*

        #[test]
        fn every_promise_of_the_suite_is_tested() {
            let written = $crate::testing::$suite::SOURCE.matches("\npub fn ").count();
            assert_eq!([$(stringify!($promise)),*].len(), written);
        }
    };
}

/// Texts that are stored like any other.
pub const ODD_TEXTS: [&str; 16] = [
    "",
    " ",
    "'); DROP TABLE events; --",
    "\"",
    "\\",
    "%_*?",
    "NULL",
    "1",
    "-0.0",
    "\u{1}cfm:a:AAAA",
    "\u{1}cfm:=",
    "a\r\n\tb",
    "\u{feff}",
    "שלום \u{202e}עולם",
    "👩🏽‍🚀🏳️‍🌈 e\u{301}",
    "𝄞𐍈\u{10ffff}",
];

/// A browser of `user_1`, remembered at 1,000 for as long again.
pub fn family_of(id: &str, session: &str) -> Family {
    let principal = Principal {
        user: UserId::parse("user_1").unwrap(),
        kind: UserKind::User,
        session: session.to_owned(),
        name: "Mia".to_owned(),
        avatar: "🦊".to_owned(),
        visible_from: 3,
        expires_at: 1_500,
    };
    let (id, agent) = (id.to_owned(), "Firefox".to_owned());
    Family { id, principal, agent, created_at: 1_000, used_at: 1_000, expires_at: 2_000 }
}
