//! Set-up that the tests of a room's tables share: tables in memory.

use std::rc::Rc;

use protocol::log::{LogMeta, LogStore};
use protocol::machines::room::{ChangeStore, GroupRecord, GroupStore, SearchStore};
use protocol::testing::{body, change, record, said};
use protocol::trust::sealing::ContentKeys;
use protocol::words::event::Kind;

use super::duties::{KINDS, RETRIES};
use super::schema::{STEPS, WORDS};
use super::tables::RoomSql;
use crate::kit::jobs::{Jobs, forgotten_tables};
use crate::kit::sealed::Db;
use crate::kit::sql::older::{older, tables};
use crate::kit::sql::{Database, Value, rows};

/// Entries of rings.
pub const A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
pub const B: &str = "b:HxAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// A word that occurs in no name of a table or a person.
pub const WORD: &str = "zebrafish";

/// The ring that its owner wrote so; an empty text: none.
pub fn ring(text: &str) -> &'static ContentKeys {
    let keys = if text.is_empty() { ContentKeys::default() } else { ContentKeys::parse(text).unwrap() };
    Box::leak(Box::new(keys))
}

/// The room in these tables, as its object wakes with these keys.
pub fn woken(sql: &Database, keys: &'static ContentKeys) -> RoomSql {
    let db = Db::of(sql.clone(), "object", keys, STEPS, WORDS).unwrap();
    RoomSql::on(db, "general".to_owned(), Rc::new(Jobs::of(KINDS))).unwrap()
}

/// The tables as the version that had so many steps left them, without a row.
pub fn left_by(steps: usize) -> Database {
    older(&STEPS[..steps], &[])
}

/// A room without a log, of which nothing is sealed.
pub fn room() -> RoomSql {
    woken(&Database::new(), ring(""))
}

/// The same, of which everything is sealed.
pub fn sealed_room() -> RoomSql {
    woken(&Database::new(), ring(A))
}

/// The same room after a sleep.
pub fn slept(store: &RoomSql) -> RoomSql {
    woken(&store.sql, ring(""))
}

/// Makes the log, with a message of `user_1` at each of the first places.
pub fn log_of(mut store: RoomSql, count: u64) -> RoomSql {
    store.create(&LogMeta { epoch: 7, head: 0, oldest: 1, ts: 0 }).unwrap();
    for seq in 1..=count {
        assert!(store.insert(&said(seq, "user_1", "hi")).unwrap());
    }
    store
}

/// A room that has [`WORD`] wherever it keeps words: in a message, in an edited one, in the edit, in the topic.
pub fn wordy(store: RoomSql) -> RoomSql {
    let mut store = log_of(store, 0);
    for seq in 1..=2 {
        store.insert(&said(seq, "user_1", &format!("{WORD} {seq}"))).unwrap();
    }
    let mut edit = change(3, "user_1", Kind::Edit, 2);
    edit.body = edit.body.replace("other words", WORD);
    store.insert(&edit).unwrap();
    store.note_change(2, 3).unwrap();
    store.set_view(2, &body(&format!("{WORD} edited"))).unwrap();
    store.index(1, WORD).unwrap();
    store.save_group(&GroupRecord { topic: format!("All of {WORD}"), ..record() }).unwrap();
    store
}

/// Brings everything under the newest key.
pub fn sweep(store: &RoomSql) {
    while store.sql.sweep_next().unwrap() {}
}

/// Number of rows of a table.
pub fn count(store: &RoomSql, table: &str) -> u64 {
    number(store, &format!("SELECT count(*) FROM {table}"), &[])
}

/// The one number that a query finds.
pub fn number(store: &RoomSql, query: &str, values: &[Value]) -> u64 {
    rows(&store.sql, query, values, |row| row.number(0)).unwrap().remove(0)
}

/// The texts that a query finds.
pub fn texts(store: &RoomSql, query: &str) -> Vec<String> {
    rows(&store.sql, query, &[], |row| row.text(0)).unwrap()
}

/// Files of whose owners some have yet to be notified.
pub fn file_news(store: &RoomSql) -> Vec<String> {
    texts(store, "SELECT key FROM jobs WHERE kind = 'file_news' ORDER BY key")
}

/// Columns in which somebody who has the file can read `word`.
pub fn readable(store: &RoomSql, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for table in tables(&store.sql) {
        for column in texts(store, &format!("SELECT name FROM pragma_table_info('{table}')")) {
            let query = format!("SELECT count(*) FROM {table} WHERE instr(CAST(\"{column}\" AS BLOB), ?) > 0");
            if number(store, &query, &[word.as_bytes().into()]) > 0 {
                found.push(format!("{table}.{column}"));
            }
        }
    }
    found
}

#[test]
fn every_table_of_work_is_brought_forward_after_a_step_back() {
    assert_eq!(forgotten_tables(&room().sql, RETRIES), ["file_news", "hidings"], "they are empty");
}
