//! Tests of the sweep that reseals rows under the newest key (`docs/decisions/0018-sealed-bodies.md`), in batches.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::testing::{ODD_TEXTS, cases};
use protocol::trust::sealing::is_about_keys;

use super::tests::*;
use super::*;
use crate::kit::sql::older::contents;

/// Another key with the id of the first.
const OTHER_A: &str = "a:HyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn what_stood_open_comes_under_the_first_key() {
    let sql = full("");
    let db = open(&sql, A);
    assert_full(&db);
    sweep_all(&db);
    assert_eq!(readable(&sql, "kingfisher"), [""; 0]);
    assert_full(&open(&sql, A));
    assert_eq!(db.unreadable(), Ok(0));
}

#[test]
fn what_stands_under_a_former_key_comes_under_the_newest_and_the_former_can_go() {
    let sql = full(A);
    let both = format!("{B},{A}");
    let db = open(&sql, &both);
    assert_full(&db);
    say(&db, 3, "kingfisher new").unwrap();
    assert_eq!((under(&sql, "a"), under(&sql, "b")), (2, 1), "what is written meanwhile is under the newest");
    sweep_all(&db);
    assert_eq!((under(&sql, "a"), under(&sql, "b")), (0, 3));
    assert_full(&open(&sql, B));
}

#[test]
fn rows_whose_key_is_lost_stay_as_they_are_are_counted_and_keep_nobody_else_waiting() {
    let sql = Database::new();
    say(&open(&sql, A), 1, "of the lost key").unwrap();
    say(&open(&sql, B), 2, "of the one that is there").unwrap();
    let lost = stored(&sql, 1);
    let db = open(&sql, B);
    sweep_all(&db);
    assert_eq!((stored(&sql, 1), db.unreadable()), (lost, Ok(2)), "a text and bytes");
    assert!(is_about_keys(&said(&db, 1).unwrap_err()));
    assert_eq!(said(&db, 2), Ok("of the one that is there".into()));
    assert_eq!(say(&db, 3, "and now"), Ok(()));
}

#[test]
fn rows_that_nobody_could_open_are_tried_again_with_other_keys() {
    let sql = full(A);
    sweep_all(&open(&sql, B));
    assert_eq!(open(&sql, B).unreadable(), Ok(6));
    assert_eq!(sweep_all(&open(&sql, B)), 1, "the same keys open the same rows");
    let db = open(&sql, &format!("{B},{A}"));
    sweep_all(&db);
    assert_eq!(db.unreadable(), Ok(0));
    assert_full(&open(&sql, B));
}

#[test]
fn rows_that_nobody_could_open_are_tried_again_after_days_as_their_key_may_be_back_under_its_name() {
    let sql = full(A);
    let with_other = format!("{B},{OTHER_A}");
    sweep_all(&open(&sql, &with_other));
    let with_right = format!("{B},{A}");
    sweep_all(&open(&sql, &with_right));
    assert_eq!(open(&sql, &with_right).unreadable(), Ok(6), "nobody sees that it is another key");
    sql::exec(&sql, "UPDATE sealing SET began_at = began_at - ?", &[SWEEP_LOOK_MS.into()]).unwrap();
    let db = open(&sql, &with_right);
    sweep_all(&db);
    assert_eq!(db.unreadable(), Ok(0));
    assert_full(&open(&sql, B));
}

#[test]
fn a_portion_has_so_many_rows_and_the_next_goes_on_behind_it() {
    let sql = Database::new();
    let db = open(&sql, "");
    let count = 2 * SWEEP_ROWS + 50;
    for seq in 0..count {
        say(&db, 3 * seq, "words").unwrap();
    }
    let db = open(&sql, A);
    let mut after_each = Vec::new();
    for _ in 0..4 {
        assert_eq!(db.sweep_next(), Ok(true));
        after_each.push(under(&sql, "a") as u64);
    }
    assert_eq!(after_each, [SWEEP_ROWS, 2 * SWEEP_ROWS, count, count], "the last is the one that finds no more");
}

#[test]
fn a_portion_has_so_many_bytes_beyond_its_first_row() {
    let sql = Database::new();
    let db = open(&sql, "");
    let third = "x".repeat(SWEEP_BYTES as usize / 3);
    for seq in 1..=4 {
        say(&db, seq, &third).unwrap();
    }
    say(&db, 5, &"x".repeat(SWEEP_BYTES as usize + 1)).unwrap();
    say(&db, 6, "short").unwrap();
    let db = open(&sql, A);
    let mut after_each = Vec::new();
    for _ in 0..4 {
        assert_eq!(db.sweep_next(), Ok(true));
        after_each.push(under(&sql, "a"));
    }
    assert_eq!(after_each, [3, 4, 5, 6]);
}

#[test]
fn a_sweep_that_was_cut_off_goes_on_where_it_was() {
    let sql = Database::new();
    let db = open(&sql, "");
    for seq in 0..SWEEP_ROWS + 10 {
        say(&db, seq, "words").unwrap();
    }
    assert_eq!(open(&sql, A).sweep_next(), Ok(true));
    let first = stored(&sql, 0).0;
    let db = open(&sql, A);
    assert_eq!(db.sweep_next(), Ok(true));
    assert_eq!((under(&sql, "a") as u64, stored(&sql, 0).0), (SWEEP_ROWS + 10, first), "nothing is done twice");
}

#[test]
fn a_sweep_whose_key_is_lost_waits_for_it() {
    let sql = full("");
    drop(open(&sql, A));
    let before = contents(&sql);
    assert_eq!(open(&sql, "").sweep_next(), Ok(false));
    assert_eq!(contents(&sql), before, "rows that cannot be sealed are not counted as unreadable");
    sweep_all(&open(&sql, A));
    assert_eq!(readable(&sql, "kingfisher"), [""; 0]);
}

#[test]
fn a_portion_that_is_undone_leaves_rows_and_place_as_they_were() {
    let sql = full("");
    let db = open(&sql, A);
    let before = contents(&sql);
    assert!(!sql.in_transaction(|| {
        db.sweep_next().unwrap();
        false
    }));
    assert_eq!(contents(&sql), before);
    sweep_all(&db);
    assert_full(&open(&sql, A));
}

#[test]
fn rows_of_two_names_are_swept_in_the_order_of_both() {
    let sql = Database::new();
    let db = open(&sql, "");
    let rooms = ["", "a", "a\u{1e}", "b", "ä", "👩‍🚀"];
    for room in rooms {
        for no in [0, 9, 10, 1 << 40] {
            name(&db, room, no, &format!("{room} {no}"));
        }
    }
    let db = open(&sql, A);
    sweep_all(&db);
    let query = "SELECT count(*) FROM named WHERE substr(words, 1, 7) = ?";
    assert_eq!(sql::rows(&sql, query, &["\u{1}cfm:a:".into()], |row| row.number(0)), Ok(vec![24]));
    for room in rooms {
        assert_eq!(named(&db, room, 1 << 40), format!("{room} {}", 1_u64 << 40));
    }
}

#[test]
fn a_row_without_words_has_none_after_a_sweep() {
    let sql = Database::new();
    let db = open(&sql, "");
    sql::exec(&db, "INSERT INTO said VALUES (1, NULL, NULL)", &[]).unwrap();
    let db = open(&sql, A);
    sweep_all(&db);
    let found = sql::rows(&sql, "SELECT words, bytes FROM said", &[], |row| Ok(row.is_null(0) && row.is_null(1)));
    assert_eq!((found, db.unreadable()), (Ok(vec![true]), Ok(0)));
}

#[test]
fn an_object_with_keys_looks_for_newer_ones_from_time_to_time_and_soon_while_something_is_left() {
    let sql = full(A);
    let db = open(&sql, A);
    sweep_all(&db);
    assert_eq!(db.sweep_at(10), Some(10 + SWEEP_LOOK_MS));
    let db = open(&sql, &format!("{B},{A}"));
    assert_eq!(db.sweep_at(10), Some(10 + SWEEP_PACE_MS));
    let plain = open(&sql, &format!("plain,{A}"));
    sweep_all(&plain);
    assert_eq!(plain.sweep_at(10), None, "nothing is sealed any more");
}

#[test]
fn a_new_object_with_a_key_has_nothing_to_sweep() {
    assert_eq!(open(&Database::new(), A).sweep_at(10), Some(10 + SWEEP_LOOK_MS));
}

#[test]
fn a_column_that_came_later_is_swept_like_the_others() {
    let sql = Database::new();
    let older = Db::of(sql.clone(), "object", ring(A), STEPS, &WORDS[..1]).unwrap();
    say(&older, 1, "words").unwrap();
    sweep_all(&older);
    sql::exec(&sql, "INSERT INTO named VALUES ('room', 1, 'stood open')", &[]).unwrap();
    sweep_all(&open(&sql, A));
    assert_eq!(readable(&sql, "stood open"), [""; 0]);
}

#[derive(Clone, Debug)]
enum SweepStep {
    Say {
        seq: u64,
        words: String,
    },
    Name {
        room: String,
        no: u64,
        words: String,
    },
    Remove {
        seq: u64,
    },
    Portion,
    /// Wakes the object with this ring.
    Wake(&'static str),
}

fn act() -> impl Strategy<Value = SweepStep> {
    let words =
        || prop_oneof![2 => "[a-z]{0,12}", 1 => prop::sample::select(ODD_TEXTS.to_vec()).prop_map(str::to_owned)];
    prop_oneof![
        4 => (0..8_u64, words()).prop_map(|(seq, words)| SweepStep::Say { seq, words }),
        2 => ("[ab]", 0..3_u64, words()).prop_map(|(room, no, words)| SweepStep::Name { room, no, words }),
        1 => (0..8_u64).prop_map(|seq| SweepStep::Remove { seq }),
        3 => Just(SweepStep::Portion),
        3 => prop::sample::select(vec!["a", "b,a", "b", "plain,b,a", "a,b"]).prop_map(SweepStep::Wake),
    ]
}

/// Returns the ring of these ids.
fn ring_of(ids: &str) -> String {
    ids.split(',')
        .map(|id| match id {
            "a" => A,
            "b" => B,
            other => other,
        })
        .collect::<Vec<_>>()
        .join(",")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(64), failure_persistence: None, ..ProptestConfig::default() })]

    /// Every row reads as it was written while keys change, unless a key that a row needs is removed.
    #[test]
    fn words_read_as_they_were_written_whatever_keys_came_and_went(acts in vec(act(), 1..60)) {
        let sql = Database::new();
        let mut ids = "a";
        let (mut db, mut words, mut names) = (open(&sql, &ring_of(ids)), BTreeMap::new(), BTreeMap::new());
        for act in acts {
            match act {
                SweepStep::Say { seq, words: text } => {
                    say(&db, seq, &text).unwrap();
                    words.insert(seq, text);
                }
                SweepStep::Name { room, no, words: text } => {
                    name(&db, &room, no, &text);
                    names.insert((room, no), text);
                }
                SweepStep::Remove { seq } => {
                    sql::exec(&sql, "DELETE FROM said WHERE seq = ?", &[seq.into()]).unwrap();
                    words.remove(&seq);
                }
                SweepStep::Portion => _ = db.sweep_next().unwrap(),
                SweepStep::Wake(next) => {
                    let seals = ids.split(',').next().unwrap();
                    if seals != "plain" && next.split(',').all(|id| id != seals) {
                        continue;
                    }
                    sweep_all(&db);
                    ids = next;
                    db = open(&sql, &ring_of(ids));
                }
            }
            for (seq, text) in &words {
                prop_assert_eq!(said(&db, *seq), Ok(text.clone()));
            }
            for ((room, no), text) in &names {
                prop_assert_eq!(&named(&db, room, *no), text);
            }
        }
        sweep_all(&db);
        prop_assert_eq!(db.unreadable(), Ok(0));
    }
}
