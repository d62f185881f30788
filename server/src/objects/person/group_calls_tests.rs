//! Promises of the calls to a person's groups: none is lost, and a newer one is not taken for an older one.

use super::*;
use crate::objects::person::PersonMemory;
use crate::objects::person::tests::{NOW, mia};

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
    owe_ends(&memory.sql.0, 7, NOW).unwrap();
    assert_eq!(owed(&memory), [("grp_a".to_owned(), Some(7)), ("grp_b".to_owned(), Some(7))]);
    assert_eq!(due_at(&memory.sql.0), Ok(Some(NOW)));
}

#[test]
fn a_call_stays_until_it_was_taken_and_a_newer_one_stays_after_that() {
    let memory = mia();
    add_group(&memory, "grp_a", "member", 1);
    owe_ends(&memory.sql.0, 7, NOW).unwrap();
    let first = due(&memory.sql.0, NOW).unwrap().remove(0);
    delay(&memory.sql.0, &first, NOW + 500).unwrap();
    assert_eq!((due(&memory.sql.0, NOW), due_at(&memory.sql.0)), (Ok(vec![]), Ok(Some(NOW + 500))));
    assert_eq!(memory.sql.count_backlog(), Ok(1));
    owe_ends(&memory.sql.0, 8, NOW).unwrap();
    done(&memory.sql.0, &first).unwrap();
    assert_eq!(owed(&memory), [("grp_a".to_owned(), Some(8))]);
    owe_decline(&memory.sql.0, "grp_e", NOW).unwrap();
    for call in due(&memory.sql.0, NOW).unwrap() {
        done(&memory.sql.0, &call).unwrap();
    }
    assert_eq!(due_at(&memory.sql.0), Ok(None));
}
