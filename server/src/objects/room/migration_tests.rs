//! A room that slept since any earlier version wakes with all of its data (`docs/deploy.md`).

use protocol::log::{LogMeta, LogStore};
use protocol::machines::room::{
    ChangeStore, GroupStore, Membership, OutboxEntry, PeopleStore, PinStore, Receipt, RoomStore, SearchStore,
    StoredReaction, Unread,
};
use protocol::testing::{body, id, said};
use protocol::words::event::Event;
use protocol::words::limits::SEQ_MAX;

use super::schema::STEPS;
use super::tables::RoomSql;
use super::tests::{A, WORD, count, number, readable, ring, sweep, texts, woken};
use crate::kit::sql::older::{contents, older, tables};
use crate::kit::sql::{Database, exec};

/// Rows as each version wrote them, behind the number of steps that its tables had had.
const ROWS: &[(usize, &str)] = &[
    (1, "INSERT INTO room (one, id, epoch, oldest) VALUES (1, 'general', 77, 1)"),
    (
        1,
        r#"INSERT INTO events (seq, id, ts, actor, session, name, kind, body) VALUES
           (1, 'm1', 10, 'user_1', 's', 'Nora', 'chat', '{"content":"zebrafish tea"}'),
           (2, 'm2', 20, 'user_2', NULL, 'Bo', 'chat', '{"content":"coffee"}'),
           (3, 'm3', 9007199254740991, NULL, NULL, '', 'system', '{"code":"x"}')"#,
    ),
    (1, "INSERT INTO outbox (user, from_seq, to_seq, due_at, tries) VALUES ('user_5', 2, 3, 99, 2)"),
    (2, r#"INSERT INTO people VALUES ('user_1', '{"privacy":{"version":3,"settings":{"receipts":false}}}')"#),
    (
        3,
        "INSERT INTO group_record (one, name, topic, visibility, is_deleted, version) VALUES (1, 'Crew', 'zebrafish', 'private', 0, 4)",
    ),
    (3, "INSERT INTO members VALUES ('user_1', 'Nora', 'owner', 'member', 'user_1', 1, 2, 1)"),
    (3, "INSERT INTO news VALUES ('user_1', 4, 5, 6)"),
    (4, r#"UPDATE events SET view = '{"content":"zebrafish milk"}' WHERE seq = 1"#),
    (4, "INSERT INTO changes VALUES (1, 2)"),
    (4, "INSERT INTO reactions VALUES (2, 'user_1', 'heart', 3)"),
    (4, "INSERT INTO hidden VALUES ('user_1', 2)"),
    (5, "INSERT INTO receipts VALUES ('user_1', 4, 3, 2, 1)"),
    (5, "INSERT INTO told VALUES ('user_1', 3)"),
    (6, "INSERT INTO words (rowid, tokens) VALUES (1, 'tea')"),
    (7, "UPDATE room SET told_seq = 2"),
    (8, "INSERT INTO clearings VALUES ('user_1', 3, 4, 5)"),
    (
        9,
        "INSERT INTO audit (ts, actor, action, target, address, request, result) VALUES (1, 'a', 'b', 'c', 'd', 'e', 'ok')",
    ),
    (10, "UPDATE room SET indexed_seq = 3"),
    (11, "INSERT INTO outbox (user, from_seq, to_seq, due_at, tries, kept_to) VALUES ('user_6', 2, 3, 99, 0, 0)"),
    (12, "UPDATE audit SET is_told = 1"),
    (13, "UPDATE room SET told_bound = 2"),
    (16, "UPDATE group_record SET made_of = 'digest'"),
    (17, "INSERT INTO attachments VALUES (1, 'user_1.f')"),
    (18, "INSERT INTO limits VALUES ('history', 'user_1', '1,2')"),
    (21, "INSERT INTO pin VALUES (1, 2, 'm2', 'user_2', 20, 'user_1', 30)"),
    (25, "INSERT INTO bot_answers VALUES ('x', 'bot_ada', 1, 'user_1', 's', 0, 5, 0)"),
    (25, "INSERT INTO bot_lines VALUES ('sleeping', 7)"),
    (26, "INSERT INTO demo VALUES (1, 'state')"),
    (28, "INSERT INTO held VALUES ('h1', 7, 'user_1', NULL, 'Nora', '{\"content\":\"zebrafish ale\"}', 'word ale')"),
    (28, "INSERT INTO held_files VALUES ('h1', 'user_1.g')"),
    (29, "INSERT INTO reviews VALUES ('h2', 'user_1', 7, 1)"),
    (30, "INSERT INTO integrations (id, name, secret_hash, made_at) VALUES ('hook_a', 'Builds', '5e', 7)"),
    (31, "INSERT INTO embedding VALUES (1, 'https://a.example', 'read')"),
    (
        32,
        "INSERT INTO own_bots (id, name, secret_hash, scopes, commands, url, secret, given_up, made_at, floor) \
         VALUES ('hook_b', 'Ops', '5e', 'read', '[]', 'https://a.com', 'whsec_x', 0, 7, 1)",
    ),
    (32, "INSERT INTO bot_deliveries VALUES ('hook_b', 2, 7, 1, 9)"),
    (33, "INSERT INTO dead VALUES ('hook_b', 1, 500, 'x', 9, 7)"),
];

/// Counters of a room, as versions from the first number of steps to before the second wrote them, and as later versions do.
const COUNTED: (usize, &str) = (15, "INSERT INTO counts VALUES ('m', 5)");
const COUNTED_IN_ONE_ROW: (usize, &str) = (34, "UPDATE numbers SET unreported = '{\"m\":5}'");

/// Work of a room, as versions wrote it before they had all steps, and as later versions do.
const WORK: [(usize, &str, &str); 2] = [
    (
        17,
        "INSERT INTO file_news VALUES ('user_1.f', 0, 1)",
        "INSERT INTO jobs (kind, key, body, due_at, tries) VALUES ('file_news', 'user_1.f', '{}', 0, 1)",
    ),
    (
        20,
        "INSERT INTO hidings VALUES ('user_1', 'm2', 3, 4)",
        r#"INSERT INTO jobs (kind, key, body, due_at, tries)
           VALUES ('hidings', 'user_1 m2', '{"user":"user_1","message":"m2"}', 3, 4)"#,
    ),
];
const IN_JOBS: usize = 38;

/// Number of steps with the last one that has every message indexed anew.
const INDEXED_ANEW: usize = 27;

/// A room in the state of the version that had these steps.
fn left_by(steps: usize) -> Database {
    let counted = if steps < COUNTED_IN_ONE_ROW.0 { COUNTED } else { COUNTED_IN_ONE_ROW };
    written(&STEPS[..steps], steps, counted)
}

/// The same rows, written into tables that had all steps before.
fn written_today(steps: usize) -> Database {
    written(STEPS, steps, (COUNTED.0, COUNTED_IN_ONE_ROW.1))
}

/// Tables that had these steps, with the rows of a version that had `steps`.
fn written(made_by: &[&[&str]], steps: usize, counted: (usize, &str)) -> Database {
    let sql = older(made_by, &[]);
    let work = WORK.map(|(first, before, after)| (first, if made_by.len() < IN_JOBS { before } else { after }));
    for (_, insert) in ROWS.iter().chain(&work).chain([&counted]).filter(|(first, _)| *first <= steps) {
        exec(&sql, insert, &[]).unwrap();
    }
    sql
}

/// All rows but those of the index, which is built anew.
fn rows_beside_index(store: &RoomSql) -> Vec<String> {
    exec(&store.sql, "UPDATE room SET indexed_seq = 0", &[]).unwrap();
    contents(&store.sql).into_iter().filter(|row| !row.starts_with("words")).collect()
}

#[test]
fn whichever_version_left_a_room_its_rows_are_as_if_they_were_written_today() {
    for steps in 1..=STEPS.len() {
        let (before, today) = (woken(&left_by(steps), ring("")), woken(&written_today(steps), ring("")));
        assert_eq!(rows_beside_index(&before), rows_beside_index(&today), "{steps} steps");
    }
}

#[test]
fn whichever_version_made_the_tables_they_are_the_same_now() {
    let schema = |sql: &Database| {
        let query = "SELECT coalesce(sql, name) FROM sqlite_master ORDER BY name";
        crate::kit::sql::rows(sql, query, &[], |row| row.text(0)).unwrap()
    };
    let fresh = Database::new();
    woken(&fresh, ring(""));
    for steps in 0..=STEPS.len() {
        let sql = left_by(steps);
        woken(&sql, ring(""));
        assert_eq!(schema(&sql), schema(&fresh), "{steps} steps");
    }
}

#[test]
fn every_table_of_today_has_a_row_in_these_tests() {
    let sql = left_by(STEPS.len());
    let store = woken(&sql, ring(""));
    let empty: Vec<String> = tables(&sql).into_iter().filter(|table| count(&store, table) == 0).collect();
    let of_the_index: Vec<String> = tables(&sql).into_iter().filter(|table| table.starts_with("words")).collect();
    let beside: Vec<&String> = empty.iter().filter(|table| !of_the_index.contains(table)).collect();
    assert_eq!(
        beside,
        ["counts", "file_news", "hidings", "sealing"],
        "earlier versions left tables, and there has been no key"
    );
}

#[test]
fn a_room_of_the_first_version_reads_as_it_was_left() {
    let store = woken(&left_by(1), ring(""));
    assert_eq!(store.meta(), Ok(Some(LogMeta { epoch: 77, head: 3, oldest: 1, ts: SEQ_MAX })));
    let nora = Event {
        id: "m1".to_owned(),
        ts: 10,
        session: Some("s".to_owned()),
        name: "Nora".to_owned(),
        ..said(1, "user_1", "zebrafish tea")
    };
    assert_eq!(store.read(1, 1, 1), Ok(vec![nora]));
    assert_eq!(store.find("m3").unwrap().unwrap().actor, None);
    // Rows of that time all belong to people who were not in the room.
    let waits =
        OutboxEntry { user: "user_5".to_owned(), from_seq: 2, to_seq: 3, stored_to: SEQ_MAX, due_at: 99, tries: 2 };
    assert_eq!(store.outbox(), Ok(vec![waits]));
    let nothing = (store.group(), store.known(), store.pin(), store.receipts());
    assert_eq!(nothing, (Ok(None), Ok(vec![]), Ok(None), Ok(vec![])));
    assert_eq!((store.projected(), store.sent_bound(), store.indexed_to()), (Ok(0), Ok(1), Ok(0)));
}

#[test]
fn a_room_of_the_first_version_goes_on() {
    let mut store = woken(&left_by(1), ring(""));
    store.insert(&said(4, "user_2", "and now")).unwrap();
    store.set_view(1, &body("edited")).unwrap();
    store.add_reaction(1, &StoredReaction { user: "user_2".to_owned(), reaction: "heart".to_owned() }, 5).unwrap();
    store.index(4, "now").unwrap();
    store.outbox_add("user_5", 4, false, 1).unwrap();
    assert_eq!(store.read(1, 1, 1).unwrap()[0].body, body("edited"));
    assert_eq!((store.meta().unwrap().unwrap().head, store.find(&id(4)).unwrap().unwrap().seq), (4, 4));
    assert_eq!(store.unread("user_1", 1, 9), Ok(vec![unread(2, 20), unread(4, said(4, "user_2", "").ts)]));
    assert_eq!((store.outbox().unwrap()[0].to_seq, count(&store, "words")), (4, 1));
}

fn unread(seq: u64, ts: u64) -> Unread {
    Unread { seq, ts, actor: "user_2".to_owned() }
}

#[test]
fn a_room_of_yesterday_reads_as_it_was_left() {
    let store = woken(&left_by(STEPS.len() - 1), ring(""));
    assert_eq!(store.read(1, 1, 1).unwrap()[0].body, body("zebrafish milk"));
    assert_eq!(store.find("m1").unwrap().unwrap().body, body("zebrafish tea"));
    let group = store.group().unwrap().unwrap();
    assert_eq!((group.record.topic.as_str(), group.record.made_of.as_str()), ("zebrafish", "digest"));
    let nora = group.find("user_1").unwrap();
    assert_eq!((nora.floor, nora.order, nora.is_shown, nora.standing), (1, 2, true, Membership::Member));
    assert_eq!(
        store.reactions(2),
        Ok(vec![StoredReaction { user: "user_1".to_owned(), reaction: "heart".to_owned() }])
    );
    let receipt = Receipt { delivered: 4, read: 3, shown_delivered: 2, shown_read: 1 };
    assert_eq!((store.receipt("user_1"), store.hidden("user_1", 0, 9)), (Ok(Some(receipt)), Ok(vec![2])));
    let known = store.known().unwrap().remove(0).1;
    assert_eq!((known.privacy.version, known.privacy.settings.receipts, known.is_told), (3, false, false));
    assert_eq!(store.pin().unwrap().map(|pin| (pin.seq, pin.by)), Some((2, "user_1".to_owned())));
    assert_eq!(store.limits("history"), Ok(vec![("user_1".to_owned(), "1,2".to_owned())]));
    assert_eq!((store.projected(), store.sent_bound()), (Ok(2), Ok(2)));
    assert!(store.was_sent("user_1").unwrap());
}

#[test]
fn every_message_comes_into_the_index_anew_where_it_was_made_otherwise() {
    for steps in 1..=STEPS.len() {
        let expected = if steps < INDEXED_ANEW { 0 } else { 3 };
        assert_eq!(woken(&left_by(steps), ring("")).indexed_to(), Ok(expected), "{steps} steps");
    }
}

#[test]
fn what_was_said_before_there_were_keys_comes_under_the_key_whichever_version_left_it() {
    for steps in 1..=STEPS.len() {
        let (sql, open) = (left_by(steps), woken(&left_by(steps), ring("")));
        let store = woken(&sql, ring(A));
        sweep(&store);
        assert_eq!(readable(&store, WORD), [""; 0], "{steps} steps");
        assert_eq!(
            (store.read(0, 9, 9), store.find("m1"), store.group()),
            (open.read(0, 9, 9), open.find("m1"), open.group())
        );
    }
}

#[test]
fn a_wake_that_brings_no_name_brings_the_tables_up_to_date() {
    let sql = left_by(1);
    assert_eq!(RoomSql::room_in(&sql), Ok(Some("general".to_owned())));
    let store = woken(&sql, ring(""));
    assert_eq!(number(&store, "SELECT version FROM schema", &[]), STEPS.len() as u64);
    assert_eq!(texts(&store, "SELECT id FROM room"), ["general"]);
}
