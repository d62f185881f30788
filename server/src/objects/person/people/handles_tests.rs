//! Promises of the row about a person's handle: it survives a sleep, and the alarm has the pending calls to shards.

use protocol::people::handle::{HandleRelease, PersonHandles};

use super::*;
use crate::objects::person::tests::{NOW, is_safe_to_repeat, leaves_no_trace, opened, stored, tables};

const WAIT_MS: Millis = 30 * 86_400_000;

/// A person with this handle.
fn owner(handle: &str) -> PersonHandles {
    let mut own = PersonHandles::default();
    let rev = own.claim(handle, NOW, WAIT_MS).unwrap().unwrap();
    own.got(handle, rev, NOW, WAIT_MS).unwrap();
    own
}

#[test]
fn whoever_never_wished_for_one_has_no_handle_and_nothing_to_tell() {
    let sql = tables();
    assert_eq!((own(&sql.0), due_at(&sql.0, NOW)), (Ok(PersonHandles::default()), Ok(None)));
}

#[test]
fn what_is_known_of_a_handle_survives_a_sleep() {
    let sql = tables();
    let mut known = owner("mia");
    known.claim("mia_noor", NOW + WAIT_MS, WAIT_MS).unwrap();
    is_safe_to_repeat(&sql.0, || save(&sql.0, &known).unwrap());
    assert_eq!(own(&opened(&sql.0, "").0), Ok(known));
}

#[test]
fn a_wish_that_was_not_answered_is_given_back_by_the_alarm() {
    let sql = tables();
    let mut known = PersonHandles::default();
    known.claim("mia", NOW, WAIT_MS).unwrap();
    save(&sql.0, &known).unwrap();
    let due = due_at(&sql.0, NOW).unwrap().unwrap();
    assert!(due > NOW, "whoever asked may still have the answer");
    let lost = own(&sql.0).unwrap().due(due);
    assert_eq!(lost.iter().map(|HandleRelease { handle, .. }| handle.as_str()).collect::<Vec<_>>(), ["mia"]);
}

#[test]
fn a_handle_that_is_kept_is_told_to_nobody() {
    let sql = tables();
    save(&sql.0, &owner("mia")).unwrap();
    assert_eq!(due_at(&sql.0, NOW), Ok(None));
}

#[test]
fn a_handle_that_was_given_up_is_due_until_its_shard_has_heard() {
    let sql = tables();
    let mut known = owner("mia");
    known.give_up(NOW + 5);
    save(&sql.0, &known).unwrap();
    assert_eq!(due_at(&sql.0, NOW), Ok(Some(NOW + 5)));
    let mut known = own(&sql.0).unwrap();
    let due = known.due(NOW + 5).pop().unwrap();
    save(&sql.0, &known).unwrap();
    assert!(due_at(&sql.0, NOW).unwrap().unwrap() > NOW + 5, "the next try is later");
    known.mark_released(&due.handle, due.rev);
    save(&sql.0, &known).unwrap();
    assert_eq!((due_at(&sql.0, NOW), own(&sql.0).unwrap().handle), (Ok(None), None));
}

#[test]
fn a_row_that_nobody_can_read_is_no_handle() {
    let sql = tables();
    exec(&sql.0, "INSERT INTO kept VALUES ('handle', 'no json')", &[]).unwrap();
    assert_eq!(own(&sql.0), Ok(PersonHandles::default()));
}

#[test]
fn a_handle_is_one_row_among_what_else_is_kept() {
    let sql = tables();
    sql.save_zone("Europe/Berlin").unwrap();
    for handle in ["mia", "mia_noor"] {
        save(&sql.0, &owner(handle)).unwrap();
    }
    assert_eq!((stored(&sql.0, "kept").len(), sql.zone()), (2, Ok("Europe/Berlin".to_owned())));
}

#[test]
fn a_word_about_a_handle_that_does_not_commit_leaves_no_trace() {
    let sql = tables();
    leaves_no_trace(&sql.0, || save(&sql.0, &owner("mia")).unwrap());
}
