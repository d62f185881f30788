//! Promises of the calls to a person's groups: none is lost, and a newer one is not taken for an older one.

use super::*;
use crate::objects::person::PersonMemory;
use crate::objects::person::tests::{NOW, full_tables, mia};

fn add_group(memory: &PersonMemory, room: &str, standing: &str, leads: u64) {
    let query = "INSERT INTO groups VALUES (?, 1, ?, '', '', '', 5, 0, 0, ?)";
    exec(&memory.sql.0, query, &[room.into(), standing.into(), leads.into()]).unwrap();
}

fn owed(memory: &PersonMemory) -> Vec<(String, Option<Millis>)> {
    due(&memory.sql.0, NOW + 10).unwrap().into_iter().map(|call| (call.room, call.before)).collect()
}

#[test]
fn every_group_that_a_person_leads_is_told_that_what_they_made_ends() {
    let memory = mia();
    for (room, standing) in [("grp_a", "member"), ("grp_b", "kept"), ("grp_c", "invited"), ("grp_d", "gone")] {
        add_group(&memory, room, standing, 1);
    }
    add_group(&memory, "grp_e", "member", 0);
    owe_ends(&memory.sql.0, (7, None), NOW).unwrap();
    assert_eq!(owed(&memory), [("grp_a".to_owned(), Some(7)), ("grp_b".to_owned(), Some(7))]);
    assert_eq!(due_at(&memory.sql.0), Ok(Some(NOW)));
}

#[test]
fn a_call_stays_until_it_was_taken_and_a_newer_one_stays_after_that() {
    let memory = mia();
    add_group(&memory, "grp_a", "member", 1);
    owe_ends(&memory.sql.0, (7, None), NOW).unwrap();
    let first = due(&memory.sql.0, NOW).unwrap().remove(0);
    delay(&memory.sql.0, &first, NOW + 500).unwrap();
    assert_eq!((due(&memory.sql.0, NOW), due_at(&memory.sql.0)), (Ok(vec![]), Ok(Some(NOW + 500))));
    assert_eq!(memory.sql.count_backlog(), Ok(1));
    owe_ends(&memory.sql.0, (8, None), NOW).unwrap();
    done(&memory.sql.0, &first).unwrap();
    assert_eq!(owed(&memory), [("grp_a".to_owned(), Some(8))]);
    owe_decline(&memory.sql.0, "grp_e", NOW).unwrap();
    for call in due(&memory.sql.0, NOW).unwrap() {
        done(&memory.sql.0, &call).unwrap();
    }
    assert_eq!(due_at(&memory.sql.0), Ok(None));
}

#[test]
fn of_two_ends_that_are_owed_the_larger_one_is_and_no_end_is_taken_for_another() {
    for (owed, further, wanted) in [
        (Some(5), Some(9), Some(5)),
        (Some(9), Some(5), Some(5)),
        (None, Some(5), None),
        (Some(5), None, None),
        (Some(5), Some(5), Some(5)),
    ] {
        let memory = mia();
        let sql = &memory.sql.0;
        add_group(&memory, "grp_a", "member", 1);
        owe_ends(sql, (1, owed), NOW).unwrap();
        let first = due(sql, NOW).unwrap().remove(0);
        owe_ends(sql, (1, further), NOW).unwrap();
        let since: Vec<Option<Millis>> = due(sql, NOW).unwrap().into_iter().map(|call| call.made_since).collect();
        assert_eq!(since, [wanted], "{owed:?} {further:?}");
        done(sql, &first).unwrap();
        let is_left = owed != wanted;
        assert_eq!(due(sql, NOW).unwrap().len(), usize::from(is_left), "{owed:?} {further:?}");
    }
}

#[test]
fn an_end_takes_the_place_of_an_invitation_that_is_declined_and_asks_for_no_more_than_it_says() {
    let memory = mia();
    add_group(&memory, "grp_a", "member", 1);
    owe_decline(&memory.sql.0, "grp_a", NOW).unwrap();
    owe_ends(&memory.sql.0, (7, Some(5)), NOW).unwrap();
    let calls = due(&memory.sql.0, NOW).unwrap();
    assert_eq!(calls, [GroupCall { room: "grp_a".to_owned(), before: Some(7), made_since: Some(5), tries: 0 }]);
}

#[test]
fn an_end_that_an_earlier_version_owed_is_one_of_all() {
    let sql = full_tables().0;
    let calls = due(&sql, NOW).unwrap();
    assert_eq!(calls.into_iter().map(|call| (call.before, call.made_since)).collect::<Vec<_>>(), [(Some(5), None)]);
}
