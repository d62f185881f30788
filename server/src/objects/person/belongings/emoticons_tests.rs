//! Promises of the list of own emoticons (`files.md` 4): each code once, and pictures that stay as long as they are in it.

use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::kit::sql::Database;
use crate::objects::person::tables::PersonSql;
use crate::objects::person::tests::{BOTH_KEYS, NOW, OLD_KEY, TEXTS, leaves_no_trace, opened, stored, tables};

const FREE_AT: Millis = NOW + 1_000;

fn one(n: u64, alt: &str) -> EmoticonEntry {
    EmoticonEntry {
        id: format!("i{n}"),
        code: format!(":{n}:"),
        file: "f1".to_owned(),
        alt: alt.to_owned(),
        may_keep: n.is_multiple_of(2),
        added_at: NOW + n,
    }
}

/// Tables with a file that is not linked anywhere yet.
fn with_unsealed_file() -> PersonSql {
    let sql = tables();
    exec(&sql.0, "INSERT INTO files VALUES ('files/1', 'f1', '', 5, 9)", &[]).unwrap();
    sql
}

/// Time of the file's removal; `None` while it is shown.
fn free_at(sql: &PersonSql) -> Option<Millis> {
    files::due_at(&sql.0).unwrap()
}

fn ids(sql: &PersonSql) -> Vec<String> {
    all(&sql.0).unwrap().into_iter().map(|one| one.id).collect()
}

#[test]
fn an_emoticon_reads_back_as_it_was_added() {
    for keys in ["", OLD_KEY] {
        let sql = opened(&Database::new(), keys);
        for (n, text) in (1..).zip(TEXTS) {
            let added = EmoticonEntry { added_at: SEQ_MAX, code: format!(":{text}{n}:"), ..one(n, text) };
            insert(&sql.0, &added, FREE_AT).unwrap();
            assert!(all(&sql.0).unwrap().contains(&added), "{text}");
        }
    }
}

#[test]
fn the_list_is_in_the_order_of_coming() {
    let sql = tables();
    for (n, added_at) in [(2, 9), (3, 5), (1, 9)] {
        insert(&sql.0, &EmoticonEntry { added_at, ..one(n, "") }, FREE_AT).unwrap();
    }
    assert_eq!(ids(&sql), ["i3", "i1", "i2"]);
}

#[test]
fn a_code_stands_once_in_the_list() {
    let sql = tables();
    insert(&sql.0, &one(1, ""), FREE_AT).unwrap();
    assert!(insert(&sql.0, &EmoticonEntry { code: ":1:".to_owned(), ..one(2, "") }, FREE_AT).is_err());
    insert(&sql.0, &one(3, ""), FREE_AT).unwrap();
    assert!(update(&sql.0, &EmoticonEntry { code: ":1:".to_owned(), ..one(3, "") }).is_err());
    assert_eq!(ids(&sql), ["i1", "i3"]);
}

#[test]
fn a_change_touches_one_emoticon_and_never_its_picture_or_place() {
    let sql = tables();
    for n in [1, 2] {
        insert(&sql.0, &one(n, "before"), FREE_AT).unwrap();
    }
    let asked = EmoticonEntry {
        code: ":new:".to_owned(),
        alt: "after".to_owned(),
        may_keep: true,
        file: "other".to_owned(),
        added_at: 1,
        ..one(1, "")
    };
    update(&sql.0, &asked).unwrap();
    let changed = EmoticonEntry { code: ":new:".to_owned(), alt: "after".to_owned(), may_keep: true, ..one(1, "") };
    assert_eq!(all(&sql.0), Ok(vec![changed, one(2, "before")]));
}

#[test]
fn a_picture_stays_while_an_emoticon_of_the_list_has_it() {
    let sql = with_unsealed_file();
    for n in [1, 2] {
        insert(&sql.0, &one(n, ""), FREE_AT).unwrap();
    }
    assert_eq!(free_at(&sql), None);
    delete(&sql.0, &one(1, ""), FREE_AT).unwrap();
    assert_eq!(free_at(&sql), None, "another one has it");
    delete(&sql.0, &one(2, ""), FREE_AT).unwrap();
    assert_eq!((free_at(&sql), ids(&sql).len()), (Some(FREE_AT), 0));
}

#[test]
fn a_picture_that_a_room_shows_outlives_the_list() {
    let sql = with_unsealed_file();
    exec(&sql.0, "INSERT INTO file_rooms VALUES ('f1', 'general')", &[]).unwrap();
    insert(&sql.0, &one(1, ""), FREE_AT).unwrap();
    delete(&sql.0, &one(1, ""), FREE_AT).unwrap();
    assert_eq!(free_at(&sql), None);
}

#[test]
fn what_is_removed_again_keeps_the_time_at_which_its_picture_goes() {
    let sql = with_unsealed_file();
    insert(&sql.0, &one(1, ""), FREE_AT).unwrap();
    delete(&sql.0, &one(1, ""), FREE_AT).unwrap();
    delete(&sql.0, &one(1, ""), FREE_AT + 50).unwrap();
    assert_eq!(free_at(&sql), Some(FREE_AT));
}

#[test]
fn words_for_a_picture_are_sealed_and_open_under_a_newer_key_and_not_without_one() {
    let sql = opened(&Database::new(), OLD_KEY);
    insert(&sql.0, &one(1, "before"), FREE_AT).unwrap();
    update(&sql.0, &one(1, "kingfisher")).unwrap();
    assert!(!stored(&sql.0, "emoticons").concat().contains("kingfisher"));
    assert_eq!(all(&opened(&sql.0, BOTH_KEYS).0), Ok(vec![one(1, "kingfisher")]));
    let shut = opened(&sql.0, "");
    assert!(all(&shut.0).is_err() && insert(&shut.0, &one(2, "open"), FREE_AT).is_err());
}

#[test]
fn a_change_of_the_list_that_does_not_commit_leaves_no_trace() {
    let sql = with_unsealed_file();
    leaves_no_trace(&sql.0, || insert(&sql.0, &one(1, "words"), FREE_AT).unwrap());
    insert(&sql.0, &one(1, "words"), FREE_AT).unwrap();
    leaves_no_trace(&sql.0, || delete(&sql.0, &one(1, ""), FREE_AT).unwrap());
}
