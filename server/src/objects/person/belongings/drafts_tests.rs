//! Promises of the rows of drafts (`settings.md` 3): the newest version of each conversation, for a limited time and number.

use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::objects::person::tables::{Fact, PersonSql};
use crate::objects::person::tests::{
    BOTH_KEYS, DIRECT, GROUP, NOW, OLD_KEY, TEXTS, is_safe_to_repeat, leaves_no_trace, opened, stored, tables,
};

fn draft(room: &str, content: &str, at: Millis) -> Draft {
    Draft { room: room.to_owned(), content: content.to_owned(), reply_to: None, at }
}

/// Rooms of the list, newest first.
fn listed(sql: &PersonSql) -> Vec<String> {
    let room = |item: String| {
        protocol::codec::json::Value::parse(&item).unwrap().get("roomId").unwrap().as_str().unwrap().to_owned()
    };
    items(&sql.0).unwrap().into_iter().map(room).collect()
}

#[test]
fn a_draft_reads_back_as_it_was_written() {
    for keys in ["", OLD_KEY] {
        let sql = opened(&Database::new(), keys);
        for text in TEXTS.into_iter().filter(|text| !text.is_empty()) {
            let written = Draft { reply_to: Some(text.to_owned()), ..draft(GROUP, text, SEQ_MAX) };
            save_draft(&sql.0, &written, NOW).unwrap();
            assert_eq!(known(&sql.0, GROUP), Ok(Some(written)));
        }
    }
}

#[test]
fn of_a_room_where_nothing_was_written_no_draft_is_known() {
    let sql = tables();
    save_draft(&sql.0, &draft(DIRECT, "elsewhere", 5), NOW).unwrap();
    assert_eq!(known(&sql.0, GROUP), Ok(None));
}

#[test]
fn a_draft_takes_the_place_of_the_one_before() {
    let sql = tables();
    save_draft(&sql.0, &draft(GROUP, "before", 5), NOW).unwrap();
    is_safe_to_repeat(&sql.0, || save_draft(&sql.0, &draft(GROUP, "after", 6), NOW).unwrap());
    assert_eq!((known(&sql.0, GROUP), stored(&sql.0, "drafts").len()), (Ok(Some(draft(GROUP, "after", 6))), 1));
}

#[test]
fn a_draft_that_was_taken_back_is_remembered_without_words_and_in_no_list() {
    let sql = tables();
    let answer = Draft { reply_to: Some("m1".to_owned()), ..draft(GROUP, "", 7) };
    save_draft(&sql.0, &draft(GROUP, "words", 5), NOW).unwrap();
    save_draft(&sql.0, &answer, NOW).unwrap();
    assert_eq!(known(&sql.0, GROUP), Ok(Some(draft(GROUP, "", 7))), "what it would have answered is nothing any more");
    assert_eq!(listed(&sql), Vec::<String>::new());
}

#[test]
fn the_list_has_the_newest_first_and_of_two_at_once_by_name() {
    let sql = tables();
    for (room, at) in [("b", 5), ("a", 5), ("c", 9), ("d", 1)] {
        save_draft(&sql.0, &draft(room, "words", at), NOW).unwrap();
    }
    assert_eq!(listed(&sql), ["c", "a", "b", "d"]);
}

#[test]
fn as_many_drafts_are_kept_as_the_limit_says_and_the_oldest_go() {
    let sql = tables();
    let most = DRAFTS_MAX as u64;
    for n in 0..most + 2 {
        save_draft(&sql.0, &draft(&format!("{n:04}"), "words", NOW + n), NOW).unwrap();
    }
    assert_eq!((listed(&sql).len() as u64, listed(&sql).last().map(String::as_str)), (most, Some("0002")));
}

#[test]
fn as_many_that_were_taken_back_are_remembered_and_neither_pushes_the_other_out() {
    let sql = tables();
    let most = DRAFTS_MAX as u64;
    for n in 0..most + 2 {
        save_draft(&sql.0, &draft(&format!("w{n:04}"), "words", NOW + n), NOW).unwrap();
        save_draft(&sql.0, &draft(&format!("e{n:04}"), "", NOW + most + n), NOW).unwrap();
    }
    assert_eq!((listed(&sql).len() as u64, stored(&sql.0, "drafts").len() as u64), (most, 2 * most));
    let first = ["e0000", "e0001", "e0002"].map(|room| known(&sql.0, room).unwrap().is_some());
    assert_eq!(first, [false, false, true]);
}

#[test]
fn as_many_sealed_drafts_are_kept_as_open_ones() {
    let sql = opened(&Database::new(), OLD_KEY);
    for n in 0..DRAFTS_MAX as u64 + 2 {
        save_draft(&sql.0, &draft(&format!("{n:04}"), "words", NOW + n), NOW).unwrap();
    }
    assert_eq!(listed(&sql).len(), DRAFTS_MAX);
}

#[test]
fn a_draft_goes_when_it_is_too_old() {
    let sql = tables();
    save_draft(&sql.0, &draft(DIRECT, "older", NOW - DRAFT_STORED_MS), NOW).unwrap();
    save_draft(&sql.0, &draft(GROUP, "newer", NOW - DRAFT_STORED_MS + 1), NOW).unwrap();
    assert_eq!(due_at(&sql.0), Ok(Some(NOW)));
    is_safe_to_repeat(&sql.0, || forget_old(&sql.0, NOW).unwrap());
    assert_eq!((listed(&sql), due_at(&sql.0)), (vec![GROUP.to_owned()], Ok(Some(NOW + 1))));
}

#[test]
fn what_is_young_stays_also_at_the_beginning_of_time() {
    let sql = tables();
    save_draft(&sql.0, &draft(GROUP, "words", 1), 1).unwrap();
    forget_old(&sql.0, 5).unwrap();
    assert_eq!(listed(&sql), [GROUP]);
}

#[test]
fn without_drafts_none_is_due() {
    assert_eq!(due_at(&tables().0), Ok(None));
}

#[test]
fn a_player_of_a_persona_does_not_find_what_one_before_had_begun_to_write() {
    let sql = tables();
    save_draft(&sql.0, &draft(DIRECT, "theirs", NOW + 50), NOW).unwrap();
    save_draft(&sql.0, &draft(GROUP, "own", NOW - 50), NOW + 1).unwrap();
    sql.set_fact(Fact::VisibleFrom, NOW).unwrap();
    forget_old(&sql.0, NOW + 1).unwrap();
    assert_eq!(listed(&sql), [GROUP], "the object's own clock counts");
}

#[test]
fn with_a_player_all_drafts_go() {
    let sql = tables();
    save_draft(&sql.0, &draft(GROUP, "words", NOW), NOW).unwrap();
    is_safe_to_repeat(&sql.0, || forget_all(&sql.0).unwrap());
    assert_eq!(stored(&sql.0, "drafts"), Vec::<String>::new());
}

#[test]
fn a_draft_is_sealed_and_opens_under_a_newer_key_and_not_without_one() {
    let sql = opened(&Database::new(), OLD_KEY);
    save_draft(&sql.0, &draft(GROUP, "kingfisher", NOW), NOW).unwrap();
    assert!(!stored(&sql.0, "drafts").concat().contains("kingfisher"));
    assert_eq!(known(&opened(&sql.0, BOTH_KEYS).0, GROUP), Ok(Some(draft(GROUP, "kingfisher", NOW))));
    let shut = opened(&sql.0, "");
    assert!(known(&shut.0, GROUP).is_err() && save_draft(&shut.0, &draft(DIRECT, "open", NOW), NOW).is_err());
}

#[test]
fn a_draft_that_does_not_commit_leaves_no_trace() {
    let sql = tables();
    save_draft(&sql.0, &draft(GROUP, "before", NOW), NOW).unwrap();
    leaves_no_trace(&sql.0, || save_draft(&sql.0, &draft(GROUP, "after", NOW + 1), NOW).unwrap());
}
