//! Tests of the tables of switches and of operator sessions (`messagehub.md` 8).

use protocol::testing::ODD_TEXTS;
use protocol::wire::messagehub::Flag;
use protocol::words::limits::SEQ_MAX;
use protocol::words::refusal::Refusal;

use super::super::watch;
use super::*;
use crate::kit::sql::SqlRow;
use crate::kit::sql::older::{contents, older};

fn empty() -> OperatorSql {
    OperatorSql::open(Database::new()).unwrap()
}

fn act(what: &str) -> OwnerAct {
    let [actor, address, request, what] = ["owner", "198.51.100.0/24", "r1", what].map(str::to_owned);
    OwnerAct { actor, address, request, what }
}

fn is_on(sql: &OperatorSql, flags: &[Flag]) -> Vec<bool> {
    let stored = sql.stored().unwrap();
    flags.iter().map(|flag| stored.is_on(*flag)).collect()
}

/// Returns audit rows: action and target.
fn acts(sql: &OperatorSql) -> Vec<String> {
    rows(&sql.0, "SELECT action || ' ' || target FROM audit ORDER BY place", &[], |row| row.text(0)).unwrap()
}

// ---- switches

#[test]
fn switches_are_as_nobody_turned_them_until_somebody_does_and_again_when_they_turn_them_back() {
    let sql = empty();
    assert_eq!(sql.stored(), Ok(Switches::new()));
    let flags = [Flag::Sse, Flag::Maintenance, Flag::Webhooks];
    for (what, wanted) in [
        (r#"{"sse":false,"maintenance":true}"#, [false, true, true]),
        (r#"{"maintenance":false}"#, [false, false, true]),
        (r#"{"sse":null}"#, [true, false, true]),
    ] {
        let json = sql.change(&act(what), 7).unwrap();
        assert_eq!((is_on(&sql, &flags), sql.stored().unwrap().json()), (wanted.to_vec(), json), "{what}");
    }
}

#[test]
fn a_switch_that_is_turned_is_written_down_and_one_that_was_so_before_is_not() {
    let sql = empty();
    for what in [r#"{"sse":false,"maintenance":true,"webhooks":true}"#, r#"{"sse":false}"#, r#"{"sse":true}"#, "{}"] {
        sql.change(&act(what), 7).unwrap();
    }
    assert_eq!(acts(&sql), ["flag_off sse", "flag_on maintenance", "flag_on sse"]);
}

#[test]
fn an_exception_of_a_room_is_written_down_when_it_is_set_changed_and_removed() {
    let sql = empty();
    for what in [
        r#"{"room:a:sse":false,"room:a:rate":5}"#,
        r#"{"room:a:sse":false,"room:a:rate":6}"#,
        r#"{"room:a:sse":null,"room:a:rate":null,"room:b:rate":null}"#,
    ] {
        sql.change(&act(what), 7).unwrap();
    }
    let query = "SELECT action || ' ' || target || ' ' || result FROM audit ORDER BY place";
    let acts = rows(&sql.0, query, &[], |row| row.text(0)).unwrap();
    let set = ["flag_set room:a:rate 5", "flag_off room:a:sse ok", "flag_set room:a:rate 6"];
    let removed = ["flag_default room:a:rate ok", "flag_default room:a:sse ok"];
    assert_eq!(acts, [&set[..], &removed[..]].concat());
    assert_eq!(sql.stored().unwrap().json(), Switches::new().json());
}

#[test]
fn a_change_that_is_not_understood_changes_nothing_and_is_not_written_down() {
    let sql = empty();
    sql.change(&act(r#"{"sse":false}"#), 7).unwrap();
    let before = contents(&sql.0);
    for what in ["", "[]", r#"{"sse":"no"}"#, r#"{"sse":true,"later":true}"#, r#"{"room:a:rate":true}"#] {
        assert!(matches!(sql.change(&act(what), 8), Err(CallError::Refused(_))), "{what}");
        assert_eq!(contents(&sql.0), before, "{what}");
    }
    assert!(matches!(sql.change(&act("{"), 8), Err(CallError::Refused(Refusal::BadJson))));
}

#[test]
fn a_change_that_does_not_commit_is_none() {
    let sql = empty();
    let before = contents(&sql.0);
    assert!(!sql.0.in_transaction(|| {
        assert!(sql.change(&act(r#"{"sse":false}"#), 7).is_ok());
        false
    }));
    assert_eq!((contents(&sql.0), is_on(&sql, &[Flag::Sse])), (before, vec![true]));
}

#[test]
fn there_is_one_row_of_switches_and_what_it_says_of_others_is_left_out() {
    let sql = empty();
    sql.change(&act("{}"), 7).unwrap();
    assert!(exec(&sql.0, "INSERT INTO flags VALUES (2, '{}')", &[]).is_err());
    for json in [r#"{"sse":false,"of_another_version":true}"#, "not JSON", ""] {
        exec(&sql.0, "UPDATE flags SET json = ?", &[json.into()]).unwrap();
        assert_eq!(is_on(&sql, &[Flag::Sse, Flag::Webhooks]), [!json.contains("sse"), true], "{json}");
    }
}

#[test]
fn an_act_says_who_did_it_when_and_from_where() {
    let sql = empty();
    for (text, now) in ODD_TEXTS.iter().zip((0..).chain([SEQ_MAX])) {
        let text = || (*text).to_owned();
        let call = OwnerAct { actor: text(), address: text(), request: text(), what: text() };
        sql.write(&call, "admin_login", &text(), &text(), now).unwrap();
        let query = "SELECT actor, target, address, request, result, action, ts FROM audit ORDER BY place DESC LIMIT 1";
        let read = |row: &SqlRow| {
            Ok(((0..5).map(|at| row.text(at)).collect::<Result<Vec<_>, _>>()?, row.text(5)?, row.number(6)?))
        };
        assert_eq!(rows(&sql.0, query, &[], read), Ok(vec![(vec![text(); 5], "admin_login".to_owned(), now)]));
    }
}

// ---- sessions of the owner

fn session(hash: &str, until_ms: Millis) -> OwnerSession {
    OwnerSession { hash: hash.to_owned(), until_ms }
}

#[test]
fn a_session_is_open_until_its_end() {
    let sql = empty();
    sql.enter(&session("h1", 100), 7).unwrap();
    sql.enter(&session("h2", SEQ_MAX), 7).unwrap();
    assert_eq!([99, 100].map(|now| sql.is_open("h1", now).unwrap()), [true, false]);
    assert_eq!(
        ["h2", "h", "H2", "%", ""].map(|hash| sql.is_open(hash, SEQ_MAX - 1).unwrap()),
        [true, false, false, false, false]
    );
}

#[test]
fn a_hash_is_one_session() {
    let sql = empty();
    sql.enter(&session("h1", 100), 7).unwrap();
    assert!(sql.enter(&session("h1", 200), 8).is_err());
    assert_eq!(sql.is_open("h1", 100), Ok(false));
}

#[test]
fn sessions_that_are_over_are_forgotten_with_the_next_one() {
    let sql = empty();
    for (hash, until) in [("over", 9), ("open", 10)] {
        sql.enter(&session(hash, until), 7).unwrap();
    }
    sql.enter(&session("new", 100), 9).unwrap();
    let left = rows(&sql.0, "SELECT hash FROM owners ORDER BY hash", &[], |row| row.text(0));
    assert_eq!(left, Ok(vec!["new".to_owned(), "open".to_owned()]));
}

#[test]
fn whoever_leaves_is_gone_and_that_is_written_down_once() {
    let sql = empty();
    for hash in ["h1", "h2"] {
        sql.enter(&session(hash, 100), 7).unwrap();
    }
    for hash in ["h1", "h1", "h3", ""] {
        sql.leave(&act(hash), 8).unwrap();
    }
    assert_eq!(
        (["h1", "h2"].map(|hash| sql.is_open(hash, 9).unwrap()), acts(&sql)),
        ([false, true], vec!["admin_logout ".to_owned()])
    );
}

#[test]
fn leaving_that_does_not_commit_is_none() {
    let sql = empty();
    sql.enter(&session("h1", 100), 7).unwrap();
    assert!(!sql.0.in_transaction(|| {
        assert!(sql.leave(&act("h1"), 8).is_ok());
        false
    }));
    assert_eq!((sql.is_open("h1", 9), acts(&sql).len()), (Ok(true), 0));
}

// ---- earlier versions

const INSERTS: &[(&str, &str)] = &[
    ("flags", "INSERT INTO flags VALUES (1, '{\"sse\":false}')"),
    (
        "audit",
        "INSERT INTO audit (place, ts, actor, action, target, address, request, result) \
         VALUES (4, 7, 'owner', 'flag_off', 'sse', 'net', 'r', 'ok')",
    ),
    ("alarms", "INSERT INTO alarms VALUES ('outbox', 7, 9)"),
    ("alerts", "INSERT INTO alerts VALUES (3, 'outbox', 1, 7, 9)"),
    ("readings", "INSERT INTO readings (at, sockets, messages, refused) VALUES (7, 1, 2, 3)"),
    ("owners", "INSERT INTO owners VALUES ('h1', 100)"),
    ("roles", "INSERT INTO roles VALUES ('u_1', 'owner', 7)"),
    ("acts", "INSERT INTO acts VALUES (1, 'a', 7, 'mute', 'u_1', 'u_2', '', '', 100, 0, 'Spam.')"),
    ("mutes", "INSERT INTO mutes VALUES ('u_2', 100, 'a')"),
    ("bans", "INSERT INTO bans VALUES ('u_3', 0, 'b', 'Spam.')"),
    ("room_rules", "INSERT INTO room_rules VALUES ('general', 30, 1)"),
    ("objections", "INSERT INTO objections VALUES ('a', 8, 'No.', '')"),
    ("writing_rules", "INSERT INTO writing_rules VALUES ('word', 'spam', 'hold', 7)"),
    ("first_message", "INSERT INTO first_message VALUES (1, 7)"),
    ("session_ends", "INSERT INTO session_ends VALUES ('u_3', 'b', 7, 0)"),
    ("reports", "INSERT INTO reports VALUES (1, 'r', 7, 'u_1', 'spam', 'u_2', 'general', 'm-1', '', 0)"),
];

#[test]
fn an_object_of_every_earlier_version_knows_what_it_knew() {
    for version in 1..=STEPS.len() {
        let sql = OperatorSql::open(older(&STEPS[..version], INSERTS)).unwrap();
        assert_eq!(is_on(&sql, &[Flag::Sse]), [false], "{version}");
        sql.change(&act(r#"{"sse":true}"#), 8).unwrap();
        let wanted = ["flag_off sse", "flag_on sse"];
        assert_eq!(acts(&sql), wanted[usize::from(version < 2)..], "{version}");
        let unsent = rows(&sql.0, "SELECT count(*) FROM audit WHERE is_told = 0", &[], |row| row.number(0));
        assert_eq!(unsent, Ok(vec![if version < 2 { 1 } else { 2 }]), "{version}");
        let watched = watch::state(&sql.0).unwrap();
        let count = u64::from(version >= 4);
        assert_eq!(
            (watched.alarms.len() as u64, watched.unsent, watched.readings.len() as u64),
            (count, count, count),
            "{version}"
        );
        assert_eq!(sql.is_open("h1", 9), Ok(version >= 5), "{version}");
        let standing = super::super::moderation::standing(&sql.0, 9).unwrap();
        let known = [standing.roles.len(), standing.mutes.len(), standing.bans.len(), standing.rooms.len()];
        assert_eq!(known, [usize::from(version >= 6); 4], "{version}");
        let writing = (standing.writing.rules.len(), standing.writing.holds_first);
        assert_eq!(writing, (usize::from(version >= 9), version >= 9), "{version}");
        assert_eq!(super::super::reports::counts(&sql.0, 9).unwrap().open, u64::from(version >= 10), "{version}");
    }
}

#[test]
fn another_wake_changes_nothing() {
    for version in 1..=STEPS.len() {
        let sql = OperatorSql::open(older(&STEPS[..version], INSERTS)).unwrap().0;
        let before = contents(&sql);
        OperatorSql::open(sql.clone()).unwrap();
        assert_eq!(contents(&sql), before);
    }
}
