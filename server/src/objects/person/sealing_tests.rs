//! Promises of sealed data of a person (`docs/decisions/0018-sealed-bodies.md`): tables with a key contain no readable text, a new key
//! replaces an old one, and without its key a text stays sealed.

use protocol::machines::presence::Record;
use protocol::people::contacts::Relation;
use protocol::trust::sealing::is_about_keys;
use protocol::words::principal::UserKind;

use super::belongings::{drafts, emoticons};
use super::schema::{STEPS, WORDS};
use super::tables::contact_tables::Contact;
use super::tables::{PersonSql, push_tables};
use super::tests::{
    BOTH_KEYS, DIRECT, NEW_KEY, NOW, OLD_KEY, ROWS, TEXTS, full_tables, message, opened, pair, ring, stored, visible_as,
};
use crate::calls::person::VersionedView;
use crate::kit::sealed::{Column, Db};
use crate::kit::sql::older::contents;
use crate::kit::sql::{Database, exec, migrate, rows};

/// A word that is in every text of the person and of others.
const WORD: &str = "kingfisher";

/// Writes every column that has words, by the methods of the tables.
fn write_words(sql: &PersonSql) {
    sql.save_record(&Record::new("u_mia", UserKind::User, "Mia", "cat", WORD)).unwrap();
    sql.set_wishes("device", &["u_bo".to_owned()]).unwrap();
    sql.save_seen("u_bo", &VersionedView { visible: visible_as("u_bo", "busy", WORD), version: 1 }, NOW, true).unwrap();
    sql.add_entry(DIRECT, &message(1, "u_bo", "before the change")).unwrap();
    sql.change_entry(DIRECT, 1, &message(1, "u_bo", WORD).json).unwrap();
    sql.add_entry(DIRECT, &message(2, "u_bo", WORD)).unwrap();
    let mut both = pair(Relation::Request);
    both.theirs.note = WORD.to_owned();
    sql.save_contact("u_bo", &Contact { name: "Bo".to_owned(), pair: both, since: NOW, ..Contact::default() }, NOW)
        .unwrap();
    let (seen, as_stranger) = (visible_as("u_mia", "offline", WORD), visible_as("u_mia", "offline", ""));
    sql.save_block("u_eve", &seen, &as_stranger, NOW).unwrap();
    sql.save_block("u_kai", &as_stranger, &seen, NOW).unwrap();
    sql.narrow_block("u_kai").unwrap();
}

/// Reads these columns, as text.
fn read_words(sql: &PersonSql) -> Vec<String> {
    let inbox = sql.inbox().unwrap();
    vec![
        sql.record().unwrap().unwrap().message,
        sql.seen("u_bo").unwrap().unwrap().visible.personal_message,
        inbox[0].last.clone(),
        sql.contact("u_bo").unwrap().pair.theirs.note,
        sql.hidden_views().unwrap()["u_eve"].personal_message.clone(),
        sql.hidden_views().unwrap()["u_kai"].personal_message.clone(),
    ]
}

/// Texts of a column as they stand in its table.
fn stored_in(sql: &Database, column: &Column) -> Vec<String> {
    let query = format!("SELECT CAST({} AS BLOB) FROM {}", column.name, column.table);
    rows(sql, &query, &[], |row| Ok(String::from_utf8_lossy(&row.bytes(0)).into_owned())).unwrap()
}

/// Sweeps until nothing is left to do.
fn sweep_all(sql: &PersonSql) {
    while sql.0.sweep_next().unwrap() {}
}

/// The rows of every table but the one with the position of the sweep.
fn all_but_the_sweep(sql: &PersonSql) -> Vec<String> {
    contents(&sql.0).into_iter().filter(|row| !row.starts_with("sealing: ")).collect()
}

/// A full database that was brought under the keys.
fn swept(sql: &Database, keys: &str) -> PersonSql {
    let sql = opened(sql, keys);
    sweep_all(&sql);
    sql
}

/// Ids of the keys under which the values of each column are; `-` where one is not sealed.
fn keys_of(sql: &Database) -> Vec<Vec<String>> {
    let id = |text: &String| {
        text.strip_prefix("\u{1}cfm:").and_then(|rest| rest.split(':').next()).unwrap_or("-").to_owned()
    };
    WORDS.iter().map(|column| stored_in(sql, column).iter().map(id).collect()).collect()
}

#[test]
fn without_keys_words_stand_as_they_are_and_read_back() {
    let sql = opened(&Database::new(), "");
    write_words(&sql);
    assert!(read_words(&sql).iter().all(|text| text.contains(WORD)));
    assert!(contents(&sql.0).concat().contains(WORD));
}

#[test]
fn with_a_key_nothing_that_somebody_wrote_can_be_read_in_a_table() {
    let sql = opened(&Database::new(), OLD_KEY);
    write_words(&sql);
    assert!(read_words(&sql).iter().all(|text| text.contains(WORD)));
    for row in contents(&sql.0) {
        assert!(!row.contains(WORD), "{row}");
    }
}

#[test]
fn every_text_reads_back_sealed_or_not() {
    for keys in ["", OLD_KEY] {
        let sql = opened(&Database::new(), keys);
        for (text, seq) in TEXTS.iter().zip(1..) {
            sql.save_record(&Record::new("u_mia", UserKind::User, text, text, text)).unwrap();
            let record = sql.record().unwrap().unwrap();
            assert_eq!((record.name.as_str(), record.message.as_str()), (*text, *text));
            let entry = message(seq, "u_bo", text);
            sql.add_entry(DIRECT, &entry).unwrap();
            assert_eq!(sql.inbox().unwrap()[0].last, entry.json);
        }
    }
}

#[test]
fn the_same_words_are_sealed_otherwise_each_time() {
    let sql = opened(&Database::new(), OLD_KEY);
    sql.set_wishes("device", &["u_bo".to_owned(), "u_kai".to_owned()]).unwrap();
    for user in ["u_bo", "u_kai"] {
        sql.save_seen(user, &VersionedView { visible: visible_as("u_bo", "busy", WORD), version: 1 }, NOW, true)
            .unwrap();
    }
    let sealed = rows(&sql.0, "SELECT DISTINCT seen FROM watched", &[], |row| row.text(0)).unwrap();
    assert_eq!(sealed.len(), 2);
}

#[test]
fn rows_from_before_there_was_a_key_are_read_at_once() {
    let sql = full_tables();
    let before = (sql.record(), sql.inbox().unwrap()[0].last.clone(), sql.contacts().unwrap()[0].name.clone());
    let keyed = opened(&sql.0, OLD_KEY);
    let now = (keyed.record(), keyed.inbox().unwrap()[0].last.clone(), keyed.contacts().unwrap()[0].name.clone());
    assert_eq!(now, before);
}

#[test]
fn a_sweep_brings_every_column_with_words_under_the_key() {
    let sql = full_tables();
    assert!(keys_of(&sql.0).concat().iter().all(|id| id == "-"));
    let sealed = swept(&sql.0, OLD_KEY);
    for (column, keys) in WORDS.iter().zip(keys_of(&sealed.0)) {
        assert!(!keys.is_empty() && keys.iter().all(|id| id == "old"), "{}.{}: {keys:?}", column.table, column.name);
    }
    assert_eq!(sealed.0.unreadable(), Ok(0));
}

#[test]
fn a_sweep_changes_nothing_beside_the_columns_with_words() {
    let sql = full_tables();
    let plain = all_but_the_sweep(&sql);
    swept(&sql.0, OLD_KEY);
    swept(&sql.0, &format!("plain,{OLD_KEY}"));
    assert_eq!(all_but_the_sweep(&sql), plain);
}

#[test]
fn what_is_swept_reads_as_before() {
    let sql = full_tables();
    let read = |sql: &PersonSql| {
        let waiting = push_tables::waiting(&sql.0, &("s1".to_owned(), DIRECT.to_owned())).unwrap().unwrap();
        let texts = vec![
            sql.inbox().unwrap()[0].last.clone(),
            drafts::items(&sql.0).unwrap().concat(),
            emoticons::all(&sql.0).unwrap()[0].alt.clone(),
            waiting.words,
            sql.seen("u_bo").unwrap().unwrap().visible.personal_message,
            sql.view_of_blocked("u_eve").unwrap().unwrap().0.personal_message,
        ];
        (texts, sql.record().unwrap(), sql.contact("u_bo").unwrap().pair)
    };
    let before = read(&sql);
    assert_eq!(read(&swept(&sql.0, OLD_KEY)), before);
}

#[test]
fn under_a_new_key_words_read_before_and_after_the_sweep() {
    let sql = opened(&Database::new(), OLD_KEY);
    write_words(&sql);
    let words = read_words(&sql);
    let rotated = opened(&sql.0, BOTH_KEYS);
    assert_eq!(read_words(&rotated), words);
    sweep_all(&rotated);
    assert_eq!(read_words(&rotated), words);
}

#[test]
fn when_a_sweep_is_over_the_older_key_is_not_needed_any_more() {
    let sql = full_tables();
    swept(&sql.0, OLD_KEY);
    swept(&sql.0, BOTH_KEYS);
    assert!(keys_of(&sql.0).concat().iter().all(|id| id == "new"));
    let newest = opened(&sql.0, NEW_KEY);
    assert_eq!(newest.inbox().unwrap()[0].last, "{\"id\":\"m\",\"content\":\"it waits\"}");
    assert_eq!(newest.0.unreadable(), Ok(0));
}

#[test]
fn what_is_written_while_a_sweep_goes_on_is_under_the_newest_key() {
    let sql = full_tables();
    swept(&sql.0, OLD_KEY);
    let rotated = opened(&sql.0, BOTH_KEYS);
    assert_eq!(rotated.0.sweep_next(), Ok(true), "one column of many");
    rotated.add_entry(DIRECT, &message(13, "u_bo", WORD)).unwrap();
    let query = "SELECT event FROM inbox WHERE seq = 13";
    let sealed = rows(&sql.0, query, &[], |row| row.text(0)).unwrap().concat();
    assert!(sealed.starts_with("\u{1}cfm:new:"));
}

#[test]
fn a_sweep_goes_on_where_it_was_when_its_object_sleeps() {
    let sql = full_tables();
    let keyed = opened(&sql.0, OLD_KEY);
    let mut portions = 1;
    while opened(&keyed.0, OLD_KEY).0.sweep_next().unwrap() {
        portions += 1;
    }
    assert!(portions >= WORDS.len(), "{portions} portions");
    assert!(keys_of(&sql.0).concat().iter().all(|id| id == "old"));
}

#[test]
fn without_their_key_sealed_rows_stay_shut_and_nothing_is_written() {
    let sql = opened(&Database::new(), OLD_KEY);
    write_words(&sql);
    let before = contents(&sql.0);
    let shut = opened(&sql.0, "");
    assert!(is_about_keys(&shut.record().unwrap_err()));
    assert!(shut.inbox().is_err() && shut.contact("u_bo").is_err() && shut.hidden_views().is_err());
    assert!(is_about_keys(&shut.add_entry(DIRECT, &message(3, "u_bo", "for everybody")).unwrap_err()));
    assert!(shut.save_record(&Record::new("u_mia", UserKind::User, "Mia", "cat", "for everybody")).is_err());
    assert_eq!(contents(&sql.0), before);
}

#[test]
fn without_a_key_what_is_no_words_is_read_all_the_same() {
    let sql = full_tables();
    swept(&sql.0, OLD_KEY);
    let shut = opened(&sql.0, "");
    assert_eq!(shut.sessions().map(|sessions| sessions.len()), Ok(1));
    assert_eq!(shut.contact_ids(), Ok(vec!["u_bo".to_owned()]));
    assert_eq!(shut.groups().map(|groups| groups.len()), Ok(1));
}

#[test]
fn the_key_that_comes_back_opens_what_was_shut() {
    let sql = opened(&Database::new(), OLD_KEY);
    write_words(&sql);
    let words = read_words(&sql);
    opened(&sql.0, "");
    assert_eq!(read_words(&opened(&sql.0, OLD_KEY)), words);
}

#[test]
fn under_another_key_alone_rows_are_counted_as_unreadable_and_stay_as_they_are() {
    let sql = full_tables();
    swept(&sql.0, OLD_KEY);
    let before = all_but_the_sweep(&sql);
    let other = swept(&sql.0, NEW_KEY);
    assert_eq!(all_but_the_sweep(&other), before);
    assert_eq!(other.0.unreadable(), Ok(keys_of(&sql.0).concat().len() as u64));
    assert!(is_about_keys(&other.record().unwrap_err()));
}

#[test]
fn a_sealed_row_opens_in_its_own_place_alone() {
    let sql = opened(&Database::new(), OLD_KEY);
    sql.set_wishes("device", &["u_bo".to_owned(), "u_kai".to_owned()]).unwrap();
    for user in ["u_bo", "u_kai"] {
        sql.save_seen(user, &VersionedView { visible: visible_as(user, "busy", WORD), version: 1 }, NOW, true).unwrap();
    }
    exec(&sql.0, "UPDATE watched SET seen = (SELECT seen FROM watched WHERE user = 'u_bo')", &[]).unwrap();
    assert!(sql.seen("u_bo").is_ok());
    assert!(is_about_keys(&sql.seen("u_kai").unwrap_err()));
}

#[test]
fn a_sealed_row_opens_in_its_own_object_alone() {
    let sql = opened(&Database::new(), OLD_KEY);
    write_words(&sql);
    let other = Db::of((*sql.0).clone(), "another object", ring(OLD_KEY), STEPS, WORDS).unwrap();
    assert!(is_about_keys(&PersonSql(other).record().unwrap_err()));
}

#[test]
fn entries_that_are_sealed_are_found_by_their_message_and_by_their_sender() {
    let sql = opened(&Database::new(), OLD_KEY);
    for (seq, sender) in [(1, "u_bo"), (2, "u_kai"), (3, "u_bo"), (4, "u_kai")] {
        sql.add_entry(DIRECT, &message(seq, sender, WORD)).unwrap();
    }
    sql.forget_entry(DIRECT, "m2").unwrap();
    sql.forget_entries_of(DIRECT, "u_bo", 0).unwrap();
    let left = rows(&sql.0, "SELECT seq FROM inbox", &[], |row| row.number(0));
    assert_eq!(left, Ok(vec![4]));
}

#[test]
fn what_was_seen_is_a_mark_that_no_key_seals() {
    let sql = opened(&Database::new(), OLD_KEY);
    sql.add_entry(DIRECT, &message(1, "u_bo", WORD)).unwrap();
    sql.see(DIRECT, 1).unwrap();
    let swept = swept(&sql.0, BOTH_KEYS);
    assert_eq!(rows(&swept.0, "SELECT event FROM inbox", &[], |row| row.text(0)), Ok(vec!["{}".to_owned()]));
    assert_eq!(swept.inbox().map(|rooms| rooms.len()), Ok(0));
}

#[test]
fn a_draft_that_was_taken_back_is_never_sealed() {
    let sql = full_tables();
    exec(&sql.0, "UPDATE drafts SET content = ''", &[]).unwrap();
    swept(&sql.0, OLD_KEY);
    assert_eq!(rows(&sql.0, "SELECT content FROM drafts", &[], |row| row.text(0)), Ok(vec![String::new()]));
}

#[test]
fn an_object_that_was_sealed_before_later_columns_came_sweeps_those_too() {
    let sql = Database::new();
    // The steps that a sweep needs, and the columns from before web push.
    let (steps, columns) = (STEPS.get(..20).unwrap(), WORDS.get(..9).unwrap());
    migrate(&sql, steps).unwrap();
    let db = Db::of(sql.clone(), "an object", ring(OLD_KEY), steps, columns).unwrap();
    while db.sweep_next().unwrap() {}
    let newest = opened(&sql, OLD_KEY);
    for (_, row) in ROWS {
        exec(&newest.0, row, &[]).unwrap();
    }
    swept(&sql, OLD_KEY);
    for column in WORDS.get(9..).unwrap() {
        assert!(stored_in(&sql, column).iter().all(|text| text.starts_with("\u{1}cfm:old:")), "{}", column.table);
    }
}

#[test]
fn an_object_that_is_open_has_no_row_about_keys() {
    assert_eq!(stored(&full_tables().0, "sealing"), Vec::<String>::new());
}

#[test]
fn a_step_with_sealed_words_leaves_no_trace_when_it_fails() {
    let sql = opened(&Database::new(), OLD_KEY);
    super::tests::leaves_no_trace(&sql.0, || write_words(&sql));
}
