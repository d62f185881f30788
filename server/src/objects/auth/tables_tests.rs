//! Tests of the tables of sessions and tickets (`core.md` 4, `sign-in.md` 2).

use protocol::testing::ODD_TEXTS;
use protocol::words::ids::UserId;
use protocol::words::limits::SEQ_MAX;
use protocol::words::principal::UserKind;

use super::super::session_end_tables::PlannedEnd;
use super::*;
use crate::kit::jobs::{Jobs, find, forgotten_tables};
use crate::kit::sql::older::contents;

fn empty() -> AuthSql {
    AuthSql::open(Database::new()).unwrap()
}

fn principal(session: &str) -> Principal {
    Principal {
        name: "Mia".to_owned(),
        avatar: "🦊".to_owned(),
        visible_from: 3,
        expires_at: 5_000,
        ..Principal::new(UserId::parse("user_1").unwrap(), UserKind::Persona, session.to_owned())
    }
}

/// Returns a session of `user_1` from 1,000 to 5,000, with the hash `hash of <id>`.
pub(super) fn stored_of(id: &str) -> StoredSession {
    StoredSession {
        hash: format!("hash of {id}"),
        principal: principal(id),
        card: Card { name: "Mia".to_owned(), avatar: "🦊".to_owned(), version: 2, ..Card::default() },
        csrf: "csrf".to_owned(),
        agent: "Firefox".to_owned(),
        life: Life { created_at: 1_000, slid_at: 2_000, expires_at: 5_000 },
        active_at: 3_000,
        cached_at: 4_000,
        warn_at: None,
        library: None,
    }
}

/// Returns tables with these sessions, which have no recent sign-in.
fn with(ids: &[&str]) -> AuthSql {
    let sql = empty();
    for id in ids {
        sql.insert(&stored_of(id), None).unwrap();
    }
    sql
}

pub(super) fn text_of(stored: impl Into<Option<StoredSession>>) -> String {
    format!("{:?}", stored.into())
}

pub(super) fn read(sql: &AuthSql, id: &str) -> StoredSession {
    sql.by_id(id).unwrap().unwrap()
}

// ---- sessions

#[test]
fn a_session_reads_as_it_was_stored_by_its_hash_and_by_its_id() {
    let sql = empty();
    let library = LibraryRecord {
        email: "a@x".to_owned(),
        image: Some("picture".to_owned()),
        account_created_at: 7,
        address: "net".to_owned(),
        is_short: true,
        email_verified: true,
    };
    for (id, library) in [("s1", None), ("s2", Some(library)), ("s3", Some(LibraryRecord::default()))] {
        let stored = StoredSession { library, ..stored_of(id) };
        sql.insert(&stored, Some(7)).unwrap();
        let wanted = text_of(stored.clone());
        assert_eq!(
            (text_of(sql.by_id(id).unwrap()), text_of(sql.by_hash(&stored.hash).unwrap())),
            (wanted.clone(), wanted)
        );
    }
}

#[test]
fn a_session_with_another_token_is_found_by_that_one_alone_and_is_the_same_otherwise() {
    let sql = with(&["s1", "s2"]);
    ["s1", "s2"].iter().for_each(|id| sql.add_ticket(&format!("ticket of {id}"), id, 9).unwrap());
    sql.save_hash("s1", "another").unwrap();
    let wanted = StoredSession { hash: "another".to_owned(), ..stored_of("s1") };
    assert_eq!(text_of(sql.by_hash("another").unwrap()), text_of(wanted));
    assert_eq!(text_of(sql.by_hash("hash of s1").unwrap()), "None");
    assert_eq!(text_of(read(&sql, "s2")), text_of(stored_of("s2")));
    assert_eq!(sql.take_ticket("ticket of s1", 1), Ok(None), "it was asked for with the token of before");
    assert_eq!(sql.take_ticket("ticket of s2", 1), Ok(Some("s2".to_owned())));
    assert!(sql.save_hash("s1", "hash of s2").is_err(), "a token opens one session");
}

#[test]
fn a_session_is_found_by_its_whole_hash_and_its_whole_id_alone() {
    let sql = with(&["s1"]);
    for other in ["hash of s", "Hash of s1", "hash of s1 ", "s1", "%", ""] {
        assert_eq!(text_of(sql.by_hash(other).unwrap()), "None", "{other}");
    }
    for other in ["s", "S1", "s11", "hash of s1", ""] {
        assert_eq!(text_of(sql.by_id(other).unwrap()), "None", "{other}");
    }
}

#[test]
fn an_id_and_a_hash_are_each_of_one_session() {
    let sql = with(&["s1"]);
    let before = contents(&sql.0);
    assert!(sql.insert(&StoredSession { hash: "other".to_owned(), ..stored_of("s1") }, None).is_err());
    assert!(sql.insert(&StoredSession { hash: "hash of s1".to_owned(), ..stored_of("s2") }, None).is_err());
    assert_eq!(contents(&sql.0), before);
}

#[test]
fn texts_of_a_session_are_kept_to_the_letter() {
    for text in ODD_TEXTS {
        let sql = empty();
        let text = || text.to_owned();
        let library = LibraryRecord { email: text(), image: Some(text()), address: text(), ..LibraryRecord::default() };
        let card = Card { name: text(), avatar: text(), ..Card::default() };
        let principal = Principal { name: text(), avatar: text(), ..principal(&text()) };
        let stored = StoredSession {
            hash: text(),
            principal,
            card,
            csrf: text(),
            agent: text(),
            library: Some(library),
            ..stored_of("")
        };
        sql.insert(&stored, None).unwrap();
        assert_eq!(text_of(sql.by_hash(&text()).unwrap()), text_of(stored));
    }
}

#[test]
fn the_largest_times_of_a_session_are_kept() {
    let sql = empty();
    let mut stored = stored_of("s1");
    stored.life = Life { created_at: SEQ_MAX - 2, slid_at: SEQ_MAX - 1, expires_at: SEQ_MAX };
    (stored.active_at, stored.cached_at, stored.principal.expires_at) = (SEQ_MAX - 3, SEQ_MAX - 4, SEQ_MAX);
    (stored.principal.visible_from, stored.card.version) = (SEQ_MAX, SEQ_MAX);
    sql.insert(&stored, Some(SEQ_MAX)).unwrap();
    sql.save_life("s1", &stored.life, Some(SEQ_MAX)).unwrap();
    stored.warn_at = Some(SEQ_MAX);
    assert_eq!(text_of(read(&sql, "s1")), text_of(stored));
    assert!(sql.check_fresh("s1", SEQ_MAX - 1).is_ok());
}

#[test]
fn a_session_ends_when_its_life_does_whatever_its_principal_says() {
    let sql = empty();
    let mut stored = stored_of("s1");
    stored.principal.expires_at = 99;
    sql.insert(&stored, None).unwrap();
    assert_eq!(read(&sql, "s1").principal.expires_at, 5_000);
    sql.save_life("s1", &Life { created_at: 1_000, slid_at: 4_000, expires_at: 6_000 }, None).unwrap();
    assert_eq!(read(&sql, "s1").principal.expires_at, 6_000);
}

#[test]
fn an_end_that_moved_is_read_with_the_warning_before_it() {
    let sql = with(&["s1", "s2"]);
    let other = text_of(read(&sql, "s2"));
    for (warn_at, expires_at) in [(None, 6_000), (Some(6_500), 7_000), (Some(1), 8_000), (None, 9_000)] {
        let life = Life { created_at: 1_000, slid_at: expires_at - 500, expires_at };
        sql.save_life("s1", &life, warn_at).unwrap();
        assert_eq!((read(&sql, "s1").life, read(&sql, "s1").warn_at), (life, warn_at));
    }
    assert_eq!(text_of(read(&sql, "s2")), other);
}

#[test]
fn uses_and_what_the_edge_was_told_are_kept_apart() {
    let sql = with(&["s1", "s2"]);
    sql.save_active("s1", 11).unwrap();
    sql.save_cached("s1", 12).unwrap();
    let wanted = StoredSession { active_at: 11, cached_at: 12, ..stored_of("s1") };
    assert_eq!([text_of(read(&sql, "s1")), text_of(read(&sql, "s2"))], [text_of(wanted), text_of(stored_of("s2"))]);
}

#[test]
fn a_card_is_read_as_it_was_saved_last_with_who_it_shows() {
    let sql = with(&["s1", "s2"]);
    let card = Card { name: "Mia 🌙".to_owned(), version: 9, crowded: true, elsewhere_since: 7, ..Card::default() };
    let principal = Principal { name: "Mia 🌙".to_owned(), avatar: String::new(), ..principal("s1") };
    for _ in 0..2 {
        sql.save_card(&principal, &card).unwrap();
        let wanted = StoredSession { principal: principal.clone(), card: card.clone(), ..stored_of("s1") };
        assert_eq!([text_of(read(&sql, "s1")), text_of(read(&sql, "s2"))], [text_of(wanted), text_of(stored_of("s2"))]);
    }
}

#[test]
fn a_change_of_a_session_that_is_over_is_none() {
    let sql = with(&["s2"]);
    let before = contents(&sql.0);
    sql.save_life("s1", &stored_of("s1").life, Some(7)).unwrap();
    sql.save_active("s1", 7).unwrap();
    sql.save_cached("s1", 7).unwrap();
    sql.save_card(&principal("s1"), &Card::default()).unwrap();
    sql.warned("s1").unwrap();
    assert_eq!(contents(&sql.0), before);
}

#[test]
fn a_session_that_is_removed_takes_its_calls_and_tickets_with_it_and_nothing_of_others() {
    let sql = with(&["s1", "s2"]);
    for id in ["s1", "s2"] {
        sql.save_calls(id, "1,2").unwrap();
        sql.add_ticket(&format!("ticket of {id}"), id, 9).unwrap();
    }
    for _ in 0..2 {
        sql.remove("s1").unwrap();
        assert_eq!(text_of(sql.by_id("s1").unwrap()), "None");
        assert_eq!((sql.calls("s1"), sql.calls("s2")), (Ok(None), Ok(Some("1,2".to_owned()))));
    }
    assert_eq!(text_of(read(&sql, "s2")), text_of(stored_of("s2")));
    assert_eq!(
        (sql.take_ticket("ticket of s1", 1), sql.take_ticket("ticket of s2", 1)),
        (Ok(None), Ok(Some("s2".to_owned())))
    );
}

#[test]
fn only_somebody_who_proved_who_they_are_a_moment_ago_is_fresh() {
    let sql = with(&["s1"]);
    sql.insert(&stored_of("s2"), Some(100)).unwrap();
    let is_fresh = |id: &str, oldest| match sql.check_fresh(id, oldest) {
        Ok(()) => true,
        Err(CallError::Refused(Refusal::ReauthRequired)) => false,
        Err(error) => panic!("{error:?}"),
    };
    assert_eq!([0, 99, 100, 101].map(|oldest| is_fresh("s2", oldest)), [true, true, false, false]);
    assert_eq!(["s1", "s3", ""].map(|id| is_fresh(id, 0)), [false; 3], "nothing was proved");
}

#[test]
fn calls_are_read_as_they_were_saved_last() {
    let sql = empty();
    assert_eq!(sql.calls("s1"), Ok(None));
    for used in ["1,2;3", "", "9007199254740991,0,5"] {
        sql.save_calls("s1", used).unwrap();
        sql.save_calls("s2", "7").unwrap();
        assert_eq!((sql.calls("s1"), sql.calls("s2")), (Ok(Some(used.to_owned())), Ok(Some("7".to_owned()))));
    }
    for _ in 0..2 {
        sql.forget_calls("s1").unwrap();
        assert_eq!((sql.calls("s1"), sql.calls("s2")), (Ok(None), Ok(Some("7".to_owned()))));
    }
}

// ---- time

/// Returns sessions that expire at 50, 60 and 70; the last two are warned at 40 and 55.
fn ending() -> AuthSql {
    let sql = with(&["s1", "s2", "s3"]);
    for (id, warn_at, expires_at) in [("s1", None, 50), ("s2", Some(40), 60), ("s3", Some(55), 70)] {
        sql.save_life(id, &Life { created_at: 1, slid_at: 1, expires_at }, warn_at).unwrap();
    }
    sql
}

pub(super) fn due(sql: &AuthSql, now: Millis) -> [Vec<String>; 2] {
    let (ended, warned) = sql.due(now).unwrap();
    [ended, warned].map(|due| {
        let mut ids: Vec<String> = due.into_iter().map(|stored| stored.principal.session).collect();
        ids.sort();
        ids
    })
}

#[test]
fn sessions_end_when_their_time_is_over_and_are_warned_before_it() {
    let sql = ending();
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<String>>();
    for (now, ended, warned) in [
        (39, ids(&[]), ids(&[])),
        (40, ids(&[]), ids(&["s2"])),
        (50, ids(&["s1"]), ids(&["s2"])),
        (59, ids(&["s1"]), ids(&["s2", "s3"])),
        (60, ids(&["s1", "s2"]), ids(&["s3"])),
        (SEQ_MAX, ids(&["s1", "s2", "s3"]), ids(&[])),
    ] {
        assert_eq!(due(&sql, now), [ended, warned], "{now}");
    }
}

#[test]
fn nobody_is_warned_twice() {
    let sql = ending();
    for _ in 0..2 {
        sql.warned("s2").unwrap();
        assert_eq!(due(&sql, 55)[1], ["s3"]);
        assert_eq!(read(&sql, "s2").warn_at, None);
    }
}

#[test]
fn the_alarm_rings_for_whatever_comes_first() {
    let sql = ending();
    assert_eq!((empty().next_due(), sql.next_due()), (Ok(None), Ok(Some(40))));
    sql.warned("s2").unwrap();
    assert_eq!(sql.next_due(), Ok(Some(50)));
    sql.remove("s1").unwrap();
    assert_eq!(sql.next_due(), Ok(Some(55)));
}

// ---- tickets

#[test]
fn a_ticket_is_taken_once() {
    let sql = empty();
    sql.add_ticket("t1", "s1", 9).unwrap();
    assert_eq!([8, 8].map(|now| sql.take_ticket("t1", now).unwrap()), [Some("s1".to_owned()), None]);
}

#[test]
fn a_ticket_is_good_until_its_end_and_then_forgotten_with_all_that_are_over() {
    let sql = empty();
    for (hash, expires_at) in [("t1", 9), ("t2", 8), ("t3", 10), ("t4", SEQ_MAX)] {
        sql.add_ticket(hash, "s1", expires_at).unwrap();
    }
    assert_eq!(sql.take_ticket("t1", 9), Ok(None));
    let left = sql::rows(&sql.0, "SELECT hash FROM tickets ORDER BY hash", &[], |row| row.text(0));
    assert_eq!(left, Ok(vec!["t3".to_owned(), "t4".to_owned()]));
}

#[test]
fn a_ticket_is_one_sessions_and_another_text_is_none() {
    let sql = empty();
    sql.add_ticket("t1", "s1", 9).unwrap();
    assert!(sql.add_ticket("t1", "s2", 9).is_err());
    assert_eq!(["t", "T1", "s1", "%", ""].map(|other| sql.take_ticket(other, 1).unwrap()), [const { None }; 5]);
    assert_eq!(sql.take_ticket("t1", 1), Ok(Some("s1".to_owned())));
}

// ---- steps

#[test]
fn an_end_that_does_not_commit_leaves_the_session_and_tells_nobody() {
    let sql = with(&["s1"]);
    sql.add_ticket("t1", "s1", 9).unwrap();
    let (before, jobs) = (contents(&sql.0), Jobs::of(&[]));
    let end = || jobs.add(&sql.0, "s1", &PlannedEnd::default(), 7).and_then(|()| sql.remove("s1")).is_ok();
    assert!(!sql.0.in_transaction(|| {
        end();
        false
    }));
    assert_eq!(contents(&sql.0), before);
    assert!(sql.0.in_transaction(end));
    assert_eq!(
        (text_of(sql.by_id("s1").unwrap()).as_str(), find(&sql.0, "s1")),
        ("None", Ok(Some(PlannedEnd::default())))
    );
}

#[test]
fn no_table_of_work_is_beside_the_jobs_but_those_that_earlier_versions_left() {
    assert_eq!(forgotten_tables(&empty().0, &[]), ["news", "mails", "session_ends", "address_moves"]);
}
