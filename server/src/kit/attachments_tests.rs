//! Tests of long texts that sockets keep.

use protocol::testing::ODD_TEXTS;
use protocol::trust::sealing::is_about_keys;

use super::*;
use crate::kit::sealed;
use crate::kit::sealed::tests::{A, B, readable, ring, sweep_all};
use crate::kit::sql::older::contents;

const STEPS: &[&[&str]] = &[STEP, sealed::STEP, sealed::TRIED];

fn open(sql: &Database, keys: &str) -> Db {
    Db::of(sql.clone(), "object", ring(keys), STEPS, &[TEXT]).unwrap()
}

fn count(sql: &Database) -> u64 {
    sql::rows(sql, "SELECT count(*) FROM carried", &[], |row| row.number(0)).unwrap()[0]
}

fn attached(id: &str) -> String {
    format!("{ELSEWHERE}{id}")
}

#[test]
fn a_long_text_comes_back_as_it_was_carried() {
    let db = open(&Database::new(), "");
    let long = |letter: &str| letter.repeat(2 * PART_BYTES_MAX / letter.len() + 5);
    for (id, text) in ["a", "ä", "€", "👩‍🚀"].map(|letter| (letter, long(letter))) {
        insert_parts(&db, id, &text).unwrap();
        assert!(load_parts(&db, id).unwrap().as_ref() == Some(&text), "{id}");
    }
}

#[test]
fn a_row_holds_no_more_than_it_can_and_no_letter_is_cut() {
    let text = "👩‍🚀".repeat(PART_BYTES_MAX / 4);
    let parts: Vec<&str> = parts(&text).collect();
    assert!(parts.iter().all(|part| (1..=PART_BYTES_MAX).contains(&part.len())));
    assert!(parts.concat() == text);
    assert_eq!(super::parts("").count(), 0);
}

#[test]
fn texts_of_any_sort_come_back() {
    let db = open(&Database::new(), A);
    for odd in ODD_TEXTS.into_iter().filter(|odd| !odd.is_empty()) {
        insert_parts(&db, odd, odd).unwrap();
        assert_eq!(load_parts(&db, odd), Ok(Some(odd.to_owned())));
    }
}

#[test]
fn who_carries_nothing_has_none() {
    let db = open(&Database::new(), "");
    insert_parts(&db, "a", "[1]").unwrap();
    assert_eq!(load_parts(&db, "b"), Ok(None));
}

#[test]
fn what_one_carried_is_dropped_and_of_nobody_else() {
    let db = open(&Database::new(), "");
    for id in ["a", "b"] {
        insert_parts(&db, id, &"x".repeat(PART_BYTES_MAX + 1)).unwrap();
    }
    for _ in 0..2 {
        delete_parts(&db, "a").unwrap();
        assert_eq!((load_parts(&db, "a"), count(&db)), (Ok(None), 2));
    }
}

#[test]
fn what_the_dead_carried_is_dropped_and_that_of_the_living_stays() {
    let db = open(&Database::new(), "");
    for id in ["a", "b", "c"] {
        insert_parts(&db, id, "[1]").unwrap();
    }
    let living = || vec![attached("b"), "[\"short\"]".to_owned(), attached("of another object"), "c".to_owned()];
    for _ in 0..2 {
        delete_others(&db, living).unwrap();
        assert_eq!((load_parts(&db, "b"), count(&db)), (Ok(Some("[1]".into())), 1));
    }
    delete_others(&db, Vec::new).unwrap();
    assert_eq!(count(&db), 0);
}

#[test]
fn nobody_is_looked_at_where_nothing_is_carried() {
    let db = open(&Database::new(), "");
    assert_eq!(delete_others(&db, || panic!("somebody was looked at")), Ok(()));
}

#[test]
fn what_is_carried_is_sealed_comes_under_a_newer_key_and_is_shut_without_one() {
    let sql = Database::new();
    let text = "kingfisher ".repeat(PART_BYTES_MAX / 5);
    insert_parts(&open(&sql, A), "a", &text).unwrap();
    assert_eq!(readable(&sql, "kingfisher"), [""; 0]);
    sweep_all(&open(&sql, &format!("{B},{A}")));
    assert!(load_parts(&open(&sql, B), "a").unwrap().as_ref() == Some(&text));
    let shut = open(&sql, "");
    assert!(
        is_about_keys(&load_parts(&shut, "a").unwrap_err())
            && is_about_keys(&insert_parts(&shut, "b", &text).unwrap_err())
    );
}

#[test]
fn a_part_in_the_place_of_another_does_not_open() {
    let sql = Database::new();
    let db = open(&sql, A);
    insert_parts(&db, "a", &"x".repeat(2 * PART_BYTES_MAX)).unwrap();
    sql::exec(&sql, "UPDATE carried SET text = (SELECT text FROM carried WHERE part = 1)", &[]).unwrap();
    assert!(is_about_keys(&load_parts(&db, "a").unwrap_err()));
}

#[test]
fn what_is_carried_in_an_undone_step_leaves_no_trace() {
    let sql = Database::new();
    let db = open(&sql, "");
    insert_parts(&db, "a", "[1]").unwrap();
    let before = contents(&sql);
    let step = || insert_parts(&db, "b", "[2]").is_ok() && delete_parts(&db, "a").is_ok();
    assert!(!sql.in_transaction(|| !step()));
    assert_eq!(contents(&sql), before);
}
