//! Helpers that tests share, and suites of promises that every store keeps: rows in memory here, and tables where objects have them.
//!
//! A suite is a file with one function for each promise. Its macro makes a test of each, for the stores that it is given.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is for tests, also where it is compiled for those of another crate"
)]

pub mod chain;
pub mod changes;
pub mod channel;
pub mod families;
pub mod group;
pub mod hub;
pub mod leaving;
pub mod ledger;
pub mod log;
pub mod retention;
pub mod room;
pub mod search;

use crate::codec::json::json_text;
use crate::content::kinds::ChangeEvent;
use crate::content::search::{Clause, Query};
use crate::machines::room::{GroupRecord, Member, Membership, Pin, Role, Visibility};
use crate::people::account::family::Family;
use crate::people::contacts::{Privacy, PrivacyRecord};
use crate::words::event::{Event, Kind, Millis};
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
        player_session: None,
        room: None,
        has_second_factor: false,
        expires_at: 1_500,
    };
    let (id, agent) = (id.to_owned(), "Firefox".to_owned());
    Family { id, principal, agent, created_at: 1_000, used_at: 1_000, expires_at: 2_000 }
}

/// The time of the event at this place, in [`said`].
pub fn at(seq: u64) -> Millis {
    1_700_000_000_000 + seq * 1_000
}

/// Id of the event at this place, in [`said`].
pub fn id(seq: u64) -> String {
    format!("00000000-0000-7000-8000-{seq:012}")
}

/// A message with these words, a second after the one before.
pub fn said(seq: u64, user: &str, words: &str) -> Event {
    Event {
        seq,
        id: id(seq),
        ts: at(seq),
        actor: Some(user.to_owned()),
        session: Some(format!("0-{user}")),
        name: format!("Name of {user}"),
        kind: Kind::Chat,
        body: body(words),
    }
}

/// Body of a message with these words.
pub fn body(words: &str) -> String {
    format!("{{\"content\":{}}}", json_text(words))
}

/// Body of a message that shows these files and, for their codes, these pictures.
pub fn body_with_files(words: &str, files: &[&str], pictures: &[&str]) -> String {
    let files: Vec<String> = files.iter().map(|id| format!("{{\"id\":\"{id}\",\"name\":\"n\"}}")).collect();
    let picture = |id: &&str| format!("{{\"code\":\":{id}:\",\"fileId\":\"{id}\",\"alt\":\"a\"}}");
    let pictures: Vec<String> = pictures.iter().map(picture).collect();
    let mut body = format!("{{\"content\":{}", json_text(words));
    for (name, list) in [("files", files), ("emoticons", pictures)].iter().filter(|(_, list)| !list.is_empty()) {
        body.push_str(&format!(",\"{name}\":[{}]", list.join(",")));
    }
    body + "}"
}

/// An event at this place that changes the message at `target`.
pub fn change(seq: u64, user: &str, kind: Kind, target: u64) -> Event {
    let more = match kind.change() {
        Some(ChangeEvent::Edit) => ",\"content\":\"other words\"",
        Some(ChangeEvent::Reaction) => ",\"reaction\":\"heart\",\"op\":\"add\",\"count\":1",
        Some(ChangeEvent::Delete) | None => "",
    };
    let body = format!("{{\"messageId\":\"{}\"{more}}}", id(target));
    Event { kind, body, ..said(seq, user, "") }
}

/// A private group.
pub fn record() -> GroupRecord {
    GroupRecord {
        name: "Crew".to_owned(),
        topic: "Boats".to_owned(),
        visibility: Visibility::Private,
        is_deleted: false,
        version: 1,
        made_of: String::new(),
    }
}

/// Somebody who is in it.
pub fn member(user: &str) -> Member {
    Member {
        user: UserId::parse(user).unwrap(),
        name: format!("Name of {user}"),
        role: Role::Member,
        standing: Membership::Member,
        by: "user_1".to_owned(),
        floor: 0,
        order: 1,
        is_shown: false,
    }
}

/// Privacy settings of this version.
pub fn known(version: u64) -> PrivacyRecord {
    let mut privacy = Privacy::of_kind(UserKind::User);
    privacy.version = version;
    PrivacyRecord::unasked(privacy)
}

/// A pin of the message at this place.
pub fn pin(seq: u64) -> Pin {
    Pin {
        seq,
        message: id(seq),
        author: "user_1".to_owned(),
        said_at: at(seq),
        by: "user_2".to_owned(),
        at: at(seq) + 1,
    }
}

/// The clauses of what somebody types.
pub fn clauses(text: &str) -> Vec<Clause> {
    text.parse::<Query>().unwrap().clauses()
}
