//! Tests of sealed columns (`docs/decisions/0018-sealed-bodies.md`), over tables with every sort of key; and helpers for tests of stores.

use protocol::testing::ODD_TEXTS;
use protocol::trust::sealing::is_about_keys;

use super::*;
use crate::kit::sql::older::{contents, tables};

/// Entries of rings.
pub const A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
pub const B: &str = "b:HxAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Returns the keys of a ring in the operator's form; empty for no keys.
pub fn ring(text: &str) -> &'static ContentKeys {
    let keys = if text.is_empty() { ContentKeys::default() } else { ContentKeys::parse(text).unwrap() };
    Box::leak(Box::new(keys))
}

/// Sweeps until nothing is left. Returns the number of steps.
pub fn sweep_all(db: &Db) -> usize {
    (1..1_000).find(|_| !db.sweep_next().unwrap()).expect("a sweep comes to its end")
}

/// Returns the columns in which these words are readable without a key.
pub fn readable(sql: &Database, words: &str) -> Vec<String> {
    let columns_of = |table: String| {
        let columns =
            sql::rows(sql, "SELECT name FROM pragma_table_info(?)", &[table.as_str().into()], |row| row.text(0));
        columns.unwrap().into_iter().map(move |column| (table.clone(), column))
    };
    let columns: Vec<(String, String)> = tables(sql).into_iter().flat_map(columns_of).collect();
    let holds = |(table, column): &(String, String)| {
        let query = format!("SELECT 1 FROM {table} WHERE instr(CAST(\"{column}\" AS BLOB), ?) > 0 LIMIT 1");
        !sql::rows(sql, &query, &[words.as_bytes().into()], |_| Ok(())).unwrap().is_empty()
    };
    columns.iter().filter(|column| holds(column)).map(|(table, column)| format!("{table}.{column}")).collect()
}

pub(super) const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE said (seq INTEGER PRIMARY KEY, words TEXT, bytes BLOB) STRICT",
        "CREATE TABLE named (room TEXT NOT NULL, no INTEGER NOT NULL, words TEXT NOT NULL, PRIMARY KEY (room, no)) STRICT",
        "CREATE TABLE one (words TEXT NOT NULL) STRICT",
    ],
    STEP,
    TRIED,
];
const SAID: Column =
    Column { table: "said", name: "words", key: &[KeyColumn::Number("seq")], but: "-", is_bytes: false };
const BYTES: Column = Column { name: "bytes", but: "", is_bytes: true, ..SAID };
const NAMED: Column = Column {
    table: "named",
    name: "words",
    key: &[KeyColumn::Text("room"), KeyColumn::Number("no")],
    but: "",
    is_bytes: false,
};
const ONE: Column = Column { table: "one", name: "words", key: &[], but: "", is_bytes: false };
pub(super) const WORDS: &[Column] = &[SAID, BYTES, NAMED, ONE];

fn open_with(sql: &Database, keys: &'static ContentKeys) -> Db {
    Db::of(sql.clone(), "object", keys, STEPS, WORDS).unwrap()
}

pub(super) fn open(sql: &Database, keys: &str) -> Db {
    open_with(sql, ring(keys))
}

pub(super) fn say(db: &Db, seq: u64, words: &str) -> Result<(), Fault> {
    let text = db.seal(&SAID, seq, words)?;
    let bytes = db.seal_bytes(&BYTES, seq, words.as_bytes())?;
    sql::exec(
        db,
        "INSERT OR REPLACE INTO said VALUES (?, ?, ?)",
        &[seq.into(), text.as_str().into(), bytes.as_slice().into()],
    )
}

pub(super) fn name(db: &Db, room: &str, no: u64, words: &str) {
    let text = db.seal(&NAMED, row_of(room, no), words).unwrap();
    sql::exec(db, "INSERT OR REPLACE INTO named VALUES (?, ?, ?)", &[room.into(), no.into(), text.as_str().into()])
        .unwrap();
}

fn set_one(db: &Db, words: &str) {
    sql::exec(db, "DELETE FROM one", &[]).unwrap();
    let text = db.seal(&ONE, "", words).unwrap();
    sql::exec(db, "INSERT INTO one VALUES (?)", &[text.as_str().into()]).unwrap();
}

pub(super) fn stored(sql: &Database, seq: u64) -> (String, Vec<u8>) {
    let read = |row: &SqlRow| Ok((row.text(0)?, row.bytes(1)));
    sql::rows(sql, "SELECT words, bytes FROM said WHERE seq = ?", &[seq.into()], read).unwrap().pop().unwrap()
}

/// Returns the text of a row, which is stored in two ways.
pub(super) fn said(db: &Db, seq: u64) -> Result<String, Fault> {
    let (text, bytes) = stored(db, seq);
    let (text, bytes) = (db.open_text(&SAID, seq, text)?, db.open_bytes(&BYTES, seq, bytes)?);
    assert_eq!(text.as_bytes(), bytes);
    Ok(text)
}

pub(super) fn named(db: &Db, room: &str, no: u64) -> String {
    let query = "SELECT words FROM named WHERE room = ? AND no = ?";
    let text = sql::rows(db, query, &[room.into(), no.into()], |row| row.text(0)).unwrap().pop().unwrap();
    db.open_text(&NAMED, row_of(room, no), text).unwrap()
}

fn one(db: &Db) -> String {
    let text = sql::rows(db, "SELECT words FROM one", &[], |row| row.text(0)).unwrap().pop().unwrap();
    db.open_text(&ONE, "", text).unwrap()
}

/// Returns the rows whose text is sealed under this key.
pub(super) fn under(sql: &Database, id: &str) -> usize {
    let query = "SELECT 1 FROM said WHERE substr(words, 1, ?) = ?";
    let mark = format!("\u{1}cfm:{id}:");
    sql::rows(sql, query, &[(mark.len() as u64).into(), mark.as_str().into()], |_| Ok(())).unwrap().len()
}

/// Returns tables with a value in each column, sealed with these keys.
pub(super) fn full(keys: &str) -> Database {
    let sql = Database::new();
    let db = open(&sql, keys);
    say(&db, 1, "kingfisher one").unwrap();
    say(&db, 2, "kingfisher two").unwrap();
    name(&db, "room", 7, "kingfisher three");
    set_one(&db, "kingfisher four");
    sql
}

pub(super) fn assert_full(db: &Db) {
    assert_eq!((said(db, 1).unwrap(), said(db, 2).unwrap()), ("kingfisher one".into(), "kingfisher two".into()));
    assert_eq!((named(db, "room", 7), one(db)), ("kingfisher three".into(), "kingfisher four".into()));
}

const ALL_COLUMNS: [&str; 4] = ["named.words", "one.words", "said.words", "said.bytes"];

#[test]
fn without_keys_words_stand_as_they_are() {
    let sql = full("");
    assert_eq!(readable(&sql, "kingfisher"), ALL_COLUMNS);
    assert_full(&open(&sql, ""));
}

#[test]
fn with_a_key_no_word_stands_in_the_file_and_all_are_read_as_they_were() {
    let sql = full(A);
    assert_eq!(readable(&sql, "kingfisher"), [""; 0]);
    assert_full(&open(&sql, A));
}

#[test]
fn the_same_words_look_otherwise_each_time() {
    let sql = Database::new();
    let db = open(&sql, A);
    say(&db, 1, "kingfisher").unwrap();
    let first = stored(&sql, 1);
    say(&db, 1, "kingfisher").unwrap();
    let (text, bytes) = stored(&sql, 1);
    assert!(text != first.0 && bytes != first.1);
}

#[test]
fn texts_of_any_sort_are_read_as_they_were_with_and_without_a_key() {
    for keys in ["", A] {
        let sql = Database::new();
        let db = open(&sql, keys);
        for (seq, odd) in (1..).zip(ODD_TEXTS) {
            say(&db, seq, odd).unwrap();
            name(&db, odd, seq, odd);
        }
        for (seq, odd) in (1..).zip(ODD_TEXTS) {
            assert_eq!((said(&db, seq), named(&db, odd, seq)), (Ok(odd.to_owned()), odd.to_owned()), "{keys}");
        }
    }
}

#[test]
fn an_empty_text_and_the_text_that_is_looked_for_stand_as_they_are_under_any_key() {
    let sql = Database::new();
    for keys in [A, &format!("{B},{A}")] {
        let db = open(&sql, keys);
        for (seq, text) in [(1, ""), (2, "-")] {
            say(&db, seq, text).unwrap();
            assert_eq!((stored(&sql, seq).0.as_str(), said(&db, seq)), (text, Ok(text.to_owned())));
        }
        sweep_all(&db);
        assert_eq!((stored(&sql, 1).0.as_str(), stored(&sql, 2).0.as_str()), ("", "-"));
    }
}

#[test]
fn with_plain_in_front_all_is_opened_for_good_and_no_key_is_asked_for() {
    let sql = full(A);
    let db = open(&sql, &format!("plain,{A}"));
    assert!(!db.seals() && !db.has_keys());
    sweep_all(&db);
    assert_eq!(readable(&sql, "kingfisher"), ALL_COLUMNS);
    assert_eq!(
        sql::rows(&sql, "SELECT 1 FROM sealing", &[], |_| Ok(())),
        Ok(vec![]),
        "as if there had never been keys"
    );
    let db = open(&sql, "");
    assert_full(&db);
    assert_eq!(say(&db, 3, "and now"), Ok(()));
}

#[test]
fn without_its_key_an_object_with_sealed_words_is_shut_and_loses_nothing() {
    let sql = full(A);
    let before = contents(&sql);
    let unusable: &'static ContentKeys = Box::leak(Box::new(ContentKeys::unusable()));
    for keys in [ring(""), unusable] {
        let db = open_with(&sql, keys);
        let faults = [say(&db, 3, "what came now").unwrap_err(), said(&db, 1).unwrap_err()];
        assert!(faults.iter().all(is_about_keys), "{faults:?}");
        assert!(db.seals() && !db.has_keys(), "there is no index of words");
        assert_eq!((db.unreadable(), db.sweep_at(5)), (Ok(1), None));
        assert_eq!(db.sweep_next(), Ok(false));
        assert_eq!(contents(&sql), before);
    }
    assert_full(&open(&sql, A));
}

#[test]
fn an_object_that_never_sealed_anything_needs_no_key() {
    let sql = full("");
    let db = open(&sql, "");
    assert_eq!((say(&db, 3, "and now"), db.unreadable(), db.sweep_at(5)), (Ok(()), Ok(0), None));
}

#[test]
fn an_unusable_ring_stores_nothing_in_a_new_object_either() {
    let sql = Database::new();
    let db = open_with(&sql, Box::leak(Box::new(ContentKeys::unusable())));
    assert!(is_about_keys(&say(&db, 1, "kingfisher").unwrap_err()));
    assert_eq!(readable(&sql, "kingfisher"), [""; 0]);
}

#[test]
fn a_sealed_value_opens_in_its_own_place_and_nowhere_else() {
    let sql = full(A);
    let db = open(&sql, A);
    let (text, bytes) = stored(&sql, 1);
    assert!(db.open_text(&SAID, 1, text.clone()).is_ok() && db.open_bytes(&BYTES, 1, bytes.clone()).is_ok());
    let moved = [
        db.open_text(&SAID, 2, text.clone()),
        db.open_text(&NAMED, 1, text.clone()),
        Db::of(sql.clone(), "another object", ring(A), STEPS, WORDS).unwrap().open_text(&SAID, 1, text.clone()),
        db.open_bytes(&BYTES, 2, bytes).map(|_| String::new()),
    ];
    assert!(moved.iter().all(|opened| opened.as_ref().is_err_and(is_about_keys)), "{moved:?}");
}

#[test]
fn a_column_that_came_later_asks_for_a_key_only_where_something_is_sealed_in_it() {
    let opened_by_a_version_with_one_column = "INSERT INTO sealing VALUES (1, 'plain', 1, '', 0, '', 0)";
    for (keys, is_shut) in [("", false), (A, true)] {
        let sql = full(keys);
        sql::exec(&sql, "DELETE FROM sealing", &[]).unwrap();
        sql::exec(&sql, opened_by_a_version_with_one_column, &[]).unwrap();
        assert_eq!(say(&open(&sql, ""), 3, "and now").is_err(), is_shut, "{keys}");
    }
}

#[test]
fn an_object_has_words_when_any_of_its_columns_has_a_row() {
    let sql = Database::new();
    assert_eq!(open(&sql, "").has_words(), Ok(false));
    set_one(&open(&sql, ""), "words");
    assert_eq!(open(&sql, "").has_words(), Ok(true));
}

#[test]
fn words_that_leave_the_object_open_for_their_place_alone() {
    let sql = Database::new();
    let place = AssociatedData { log: "rm:general", table: "queue", column: "body", row: "1" };
    let db = open(&sql, A);
    let (text, bytes) = (db.seal_for(place, "words").unwrap(), db.seal_bytes_for(place, b"words").unwrap());
    assert_eq!(
        (ring(A).open(place, text.clone()), ring(A).open_bytes(place, bytes)),
        (Ok("words".into()), Ok(b"words".into()))
    );
    assert!(ring(A).open(AssociatedData { row: "2", ..place }, text).is_err());
    assert_eq!(open(&Database::new(), "").seal_for(place, "words"), Ok("words".into()));
}
