//! Set-up that the tests of a person's tables share: a database with rows, and the person that they belong to.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use protocol::machines::presence::{Person, Record};
use protocol::people::contacts::{ContactIntent, Pair, Relation};
use protocol::trust::sealing::ContentKeys;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::SEQ_MAX;
use protocol::words::principal::UserKind;
use protocol::words::rate::Counter;
use protocol::words::status::Visible;

use super::duties::{KINDS, RETRIES};
use super::object::{Misses, PersonMemory};
use super::schema::{STEPS, WORDS};
use super::tables::PersonSql;
use super::tables::contact_tables::{Contact, IS_UNSENT};
use crate::calls::InboxEvent;
use crate::kit::alarm::bring_forward;
use crate::kit::jobs::{Jobs, forgotten_tables};
use crate::kit::sealed::Db;
use crate::kit::sql::older::{contents, tables as names_of_tables};
use crate::kit::sql::{Database, exec, number, rows};

pub(super) const NOW: Millis = 1_795_000_000_000;
pub(super) const DIRECT: &str = "dm_u_bo____u_mia";
pub(super) const GROUP: &str = "grp_0123456789abc";
/// Rings of keys: one key, a newer one before it, and the newer one alone.
pub(super) const OLD_KEY: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub(super) const BOTH_KEYS: &str =
    "new:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA,old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub(super) const NEW_KEY: &str = "new:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA";

/// Texts that have to read back as they were written.
pub(super) const TEXTS: [&str; 8] = [
    "",
    " ",
    "it's \"quoted\" -- ; DROP TABLE person",
    "👩‍👩‍👧‍👦 🇩🇪 e\u{301}",
    "שלום \u{202e}עולם",
    "a\nb\r\n\tc\\",
    "\u{1}cfm:not sealed",
    "{}",
];

/// One row for each table, with a statement after the name of the table. It names the columns of the table's first version, so that later
/// steps have to preserve the data.
pub(super) const ROWS: &[(&str, &str)] = &[
    (
        "person",
        "INSERT INTO person (record) VALUES ('{\"user\":\"u_mia\",\"kind\":\"user\",\"name\":\"Mia\",\"avatar\":\"cat\",\
         \"message\":\"from long ago 🐈\",\"choice\":\"busy\",\"until\":null,\"rest_until\":0,\"shown\":{\"id\":\"u_mia\",\
         \"displayName\":\"Mia\",\"status\":\"offline\",\"personalMessage\":\"from long ago 🐈\",\"avatarId\":\"cat\",\
         \"since\":7},\"version\":9007199254740991}')",
    ),
    ("facts", "INSERT INTO facts (name, value) VALUES ('visible_from', 9007199254740991)"),
    ("asked", "INSERT INTO asked VALUES ('u_bo', 'grp_0123456789abc', 5, 1)"),
    (
        "jobs",
        "INSERT INTO jobs (kind, key, body, due_at, tries) VALUES ('group_calls', 'grp_0123456789abc', \
         '{\"before\":5,\"made_since\":null}', 6, 0)",
    ),
    ("sessions", "INSERT INTO sessions (id, began_at) VALUES ('0abc', 5)"),
    ("wishes", "INSERT INTO wishes (connection, user) VALUES ('device', 'u_bo')"),
    (
        "watched",
        "INSERT INTO watched (user, seen, version, renewed_at) VALUES ('u_bo', '{\"id\":\"u_bo\",\"displayName\":\"Bo\",\
         \"status\":\"away\",\"personalMessage\":\"שלום\",\"avatarId\":\"dog\",\"since\":8}', 3, 4)",
    ),
    (
        "listeners",
        "INSERT INTO listeners (kind, name, until, told, due_at, tries) VALUES ('watcher', 'u_bo', 9007199254740991, 1, 2, 3)",
    ),
    ("directs", "INSERT INTO directs (room, added_at) VALUES ('dm_u_bo____u_mia', 6)"),
    (
        "inbox",
        "INSERT INTO inbox (room, seq, ts, event) VALUES ('dm_u_bo____u_mia', 9007199254740991, 11, '{\"id\":\"m\",\"content\":\"it waits\"}')",
    ),
    ("read_marks", "INSERT INTO read_marks (room, seq) VALUES ('dm_u_bo____u_mia', 12)"),
    (
        "contacts",
        "INSERT INTO contacts (user, name, pair, relation, since, told, due_at, tries) VALUES ('u_bo', 'Bo', \
         '{\"mine\":{\"wants\":true,\"rev\":1,\"reset\":0},\"theirs\":{\"wants\":true,\"rev\":1,\"reset\":0}}', 'contact', 13, 1, \
         9007199254740991, 0)",
    ),
    (
        "blocks",
        "INSERT INTO blocks (user, view, since) VALUES ('u_eve', '{\"id\":\"u_mia\",\"displayName\":\"Mia\",\"status\":\"offline\",\
         \"personalMessage\":\"then\",\"avatarId\":\"cat\",\"since\":14}', 15)",
    ),
    ("kept", "INSERT INTO kept (name, value) VALUES ('settings', '{\"receipts\":false}')"),
    ("privacy_rooms", "INSERT INTO privacy_rooms (room, told, due_at, tries) VALUES ('general', 1, 2, 3)"),
    (
        "groups",
        "INSERT INTO groups (room, version, standing, name, brought_by, by_name, changed_at) VALUES ('grp_0123456789abc', 2, \
         'member', 'Crew', 'u_bo', 'Bo', 16)",
    ),
    ("live", "INSERT INTO live (session, room) VALUES ('0abc', 'general')"),
    ("returns", "INSERT INTO returns (device, began_at, times) VALUES ('01980000-0001-7fff-bfff-ffffffffffff', 18, 2)"),
    ("activity", "INSERT INTO activity (room, at) VALUES ('general', 17)"),
    (
        "audit",
        "INSERT INTO audit (place, ts, actor, action, target, address, request, result) VALUES (1, 18, 'u_mia', 'block', 'u_eve', \
         '', '', 'ok')",
    ),
    ("files", "INSERT INTO files (key, id, name, at, free_at) VALUES ('files/1', 'f1', 'holiday.png', 19, 20)"),
    ("file_rooms", "INSERT INTO file_rooms (id, room) VALUES ('f1', 'general')"),
    ("charges", "INSERT INTO charges (what, at, bytes) VALUES ('file', 21, 22)"),
    (
        "exports",
        "INSERT INTO exports (id, at, who, state, upload, written, due_at, tries) VALUES ('e1', 23, '{}', 'ready', '', 24, 25, 0)",
    ),
    (
        "export_items",
        "INSERT INTO export_items (no, what, name, about) VALUES (1, 'file', 'files/1-holiday.png', 'files/1')",
    ),
    ("export_bytes", "INSERT INTO export_bytes (place, data) VALUES (1, x'504b')"),
    ("export_parts", "INSERT INTO export_parts (no, etag) VALUES (1, 'etag')"),
    (
        "leaving",
        "INSERT INTO leaving (one, keeps_words, at, step, due_at, tries, address, request) VALUES (1, 1, 26, 0, 26, 0, '', '')",
    ),
    ("leaving_rooms", "INSERT INTO leaving_rooms (room, after, was_here) VALUES ('general', 27, 1)"),
    (
        "invites",
        "INSERT INTO invites (hash, room, uses_left, expires_at, made_at) VALUES ('0123456789abcdef01', NULL, 2, 28, 29)",
    ),
    ("invite_uses", "INSERT INTO invite_uses (hash, user, is_open) VALUES ('0123456789abcdef01', 'u_bo', 1)"),
    ("drafts", "INSERT INTO drafts (room, content, reply_to, at, kept_at) VALUES ('general', 'begun', NULL, 30, 31)"),
    (
        "emoticons",
        "INSERT INTO emoticons (id, code, file, alt, may_keep, added_at) VALUES ('i1', ':cat:', 'f1', 'a cat', 1, 32)",
    ),
    (
        "home",
        "INSERT INTO home (field, value, at, author, version, bytes, kept_at) VALUES ('nickname/u_bo', '\"Bobby\"', 39, \
         'aaaaaaaaaaaaaaaa', 1, 20, 40)",
    ),
    (
        "upgrade",
        "INSERT INTO upgrade (one, session, email_hash, is_pending, at) VALUES (1, '0abc', '0123456789abcdef', 1, 41)",
    ),
    (
        "push_subscriptions",
        "INSERT INTO push_subscriptions (id, endpoint, p256dh, auth, owner, language, agent, created_at, ok_at, failures) VALUES \
         ('s1', 'https://push.example/1', 'p', 'a', '0abc', 'en', 'Firefox', 33, NULL, 0)",
    ),
    ("push_browsers", "INSERT INTO push_browsers (family, session) VALUES ('family', '0abc')"),
    ("push_levels", "INSERT INTO push_levels (room, level, until, at) VALUES ('general', 'mentions', NULL, 34)"),
    ("push_marks", "INSERT INTO push_marks (room, seq) VALUES ('general', 35)"),
    (
        "push_outbox",
        "INSERT INTO push_outbox (subscription, about, seq, message, sender, what, title, words, is_called, unread, made_at, due_at, \
         tries) VALUES ('s1', 'dm_u_bo____u_mia', 36, 'm', 'u_bo', 'message', 'Bo', 'pushed words', 0, 1, 37, 38, 0)",
    ),
];

/// A ring of keys for the life of the test.
pub(super) fn ring(text: &str) -> &'static ContentKeys {
    let keys = if text.is_empty() { ContentKeys::default() } else { ContentKeys::parse(text).unwrap() };
    Box::leak(Box::new(keys))
}

/// The tables of a database, brought up to date and opened with these keys; an empty text means none.
pub(super) fn opened(sql: &Database, keys: &str) -> PersonSql {
    PersonSql(Db::of(sql.clone(), "an object", ring(keys), STEPS, WORDS).unwrap())
}

/// Empty tables in which nothing is sealed.
pub(super) fn tables() -> PersonSql {
    opened(&Database::new(), "")
}

/// Tables with a row in each of them.
pub(super) fn full_tables() -> PersonSql {
    let sql = tables();
    for (_, row) in ROWS {
        exec(&sql.0, row, &[]).unwrap();
    }
    sql
}

/// All rows of a table, as literals of SQL.
pub(super) fn stored(sql: &Database, table: &str) -> Vec<String> {
    let query =
        format!("SELECT group_concat('quote(' || name || ')', ' || '', '' || ') FROM pragma_table_info('{table}')");
    let columns = rows(sql, &query, &[], |row| row.text(0)).unwrap().concat();
    rows(sql, &format!("SELECT {columns} FROM {table} ORDER BY 1"), &[], |row| row.text(0)).unwrap()
}

/// Asserts that `step` leaves no trace when it ends with `false`.
pub(super) fn leaves_no_trace(sql: &Database, step: impl FnOnce()) {
    let before = contents(sql);
    let mut during = Vec::new();
    assert!(!sql.in_transaction(|| {
        step();
        during = contents(sql);
        false
    }));
    assert_ne!(during, before, "the step did nothing");
    assert_eq!(contents(sql), before);
}

/// Asserts that `step` changes something, and that a repetition changes nothing more.
pub(super) fn is_safe_to_repeat(sql: &Database, step: impl Fn()) {
    let before = contents(sql);
    step();
    let once = contents(sql);
    assert_ne!(once, before, "the step did nothing");
    step();
    assert_eq!(contents(sql), once);
}

/// View of a person.
pub(super) fn visible_as(user: &str, status: &str, words: &str) -> Visible {
    Visible {
        id: user.to_owned(),
        display_name: format!("{user} by name"),
        status: status.to_owned(),
        personal_message: words.to_owned(),
        avatar_id: "cat".to_owned(),
        since: SEQ_MAX,
        is_account: false,
    }
}

pub(super) fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

/// A message of `sender` in a room's log.
pub(super) fn message(seq: u64, sender: &str, content: &str) -> InboxEvent {
    let content = serde_json::to_string(content).unwrap();
    let json = format!(
        "{{\"type\":\"chat\",\"id\":\"m{seq}\",\"senderId\":\"{sender}\",\"displayName\":\"Bo\",\"content\":{content}}}"
    );
    InboxEvent { seq, ts: NOW + seq, sender: sender.to_owned(), json, target: None, unread: 1, was_here: false }
}

/// Pair with this relation for one of the two people.
pub(super) fn pair(relation: Relation) -> Pair {
    let asked = |note: &str| ContactIntent { wants: true, rev: 1, reset: 0, note: note.to_owned() };
    let (mine, theirs) = match relation {
        Relation::Stranger => (ContactIntent::default(), ContactIntent::default()),
        Relation::Requested => (asked("from me"), ContactIntent::default()),
        Relation::Request => (ContactIntent::default(), asked("from them")),
        Relation::Contact => (asked("from me"), asked("from them")),
    };
    Pair { mine, theirs, declined: false }
}

/// Gives another person this relation to the person.
pub(super) fn relate(sql: &PersonSql, other: &str, relation: Relation) {
    let contact = Contact { name: format!("{other} by name"), pair: pair(relation), since: NOW, is_account: false };
    sql.save_contact(other, &contact, NOW).unwrap();
}

/// A person of this kind over these tables, as their object has them in memory without a device.
pub(super) fn remembered(sql: PersonSql, id: &str) -> PersonMemory {
    let record = Record::new(id, UserKind::of_id(id), "Mia", "cat", "hello");
    sql.save_record(&record).unwrap();
    PersonMemory {
        person: Person::restore(record.clone(), Vec::new(), NOW),
        sql,
        devices: BTreeMap::new(),
        next_key: 1,
        changes: Counter::default(),
        drafts: Counter::default(),
        misses: Misses::default(),
        emoticons: Counter::default(),
        reserved_places: Vec::new(),
        doubted_at: 0,
        stored: Some(record),
        jobs: Rc::new(Jobs::of(KINDS)),
    }
}

/// An account over empty tables.
pub(super) fn mia() -> PersonMemory {
    remembered(tables(), "u_mia")
}

pub(super) fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Texts as a set.
pub(super) fn set(texts: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    texts.into_iter().collect()
}

#[test]
fn there_is_a_row_for_every_table_of_today_but_the_one_about_keys() {
    let sql = full_tables();
    let empty: Vec<String> =
        names_of_tables(&sql.0).into_iter().filter(|table| stored(&sql.0, table).is_empty()).collect();
    assert_eq!(empty, ["group_calls", "sealing"], "an earlier version left one table");
}

#[test]
fn every_table_of_work_is_brought_forward_after_a_step_back() {
    let sql = full_tables().0;
    assert_eq!(forgotten_tables(&sql, RETRIES), ["group_calls"], "it is empty");
    bring_forward(&sql, RETRIES, 0).unwrap();
    for (table, is_waiting) in [("listeners", "1"), ("contacts", IS_UNSENT), ("leaving", "tries = 0")] {
        let ahead = format!("SELECT count(*) FROM {table} WHERE due_at > 60000 AND {is_waiting}");
        assert_eq!(number(&sql, &ahead, &[]), Ok(0), "{table}");
    }
}
