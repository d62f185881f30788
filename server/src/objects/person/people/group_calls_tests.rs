//! Promises of the calls to a person's groups: of two for a group none is lost. Those of repetition are in `kit::jobs`.

use super::*;
use crate::kit::jobs::all;
use crate::kit::sql::exec;
use crate::kit::sql::older::older;
use crate::objects::person::object::PersonMemory;
use crate::objects::person::schema::STEPS;
use crate::objects::person::tests::{NOW, mia, opened};

fn add_group(memory: &PersonMemory, room: &str, standing: &str, leads: u64) {
    let query = "INSERT INTO groups VALUES (?, 1, ?, '', '', '', 5, 0, 0, ?)";
    exec(&memory.sql.0, query, &[room.into(), standing.into(), leads.into()]).unwrap();
}

fn owed(sql: &Database) -> Vec<(String, Option<Millis>, Option<Millis>)> {
    all::<GroupCall>(sql).unwrap().into_iter().map(|(room, call)| (room, call.before, call.made_since)).collect()
}

#[test]
fn every_group_that_a_person_leads_is_told_that_what_they_made_ends() {
    let memory = mia();
    for (room, standing) in [("grp_a", "member"), ("grp_b", "kept"), ("grp_c", "invited"), ("grp_d", "gone")] {
        add_group(&memory, room, standing, 1);
    }
    add_group(&memory, "grp_e", "member", 0);
    enqueue_program_ends(&memory, (7, None), NOW).unwrap();
    assert_eq!(owed(&memory.sql.0), ["grp_a", "grp_b"].map(|room| (room.to_owned(), Some(7), None)));
    exec(&memory.sql.0, "UPDATE jobs SET tries = 1 WHERE key = 'grp_a'", &[]).unwrap();
    assert_eq!(memory.sql.count_backlog(), Ok(1));
}

#[test]
fn of_two_ends_that_are_owed_the_larger_one_is_and_no_end_is_taken_for_another() {
    for (first, further, wanted) in [
        (Some(5), Some(9), Some(5)),
        (Some(9), Some(5), Some(5)),
        (None, Some(5), None),
        (Some(5), None, None),
        (Some(5), Some(5), Some(5)),
    ] {
        let memory = mia();
        add_group(&memory, "grp_a", "member", 1);
        enqueue_program_ends(&memory, (2, first), NOW).unwrap();
        enqueue_program_ends(&memory, (1, further), NOW).unwrap();
        assert_eq!(owed(&memory.sql.0), [("grp_a".to_owned(), Some(2), wanted)], "{first:?} {further:?}");
    }
}

#[test]
fn an_end_takes_the_place_of_an_invitation_that_is_declined_and_asks_for_no_more_than_it_says() {
    let memory = mia();
    add_group(&memory, "grp_a", "member", 1);
    enqueue_decline(&memory, "grp_a", NOW).unwrap();
    enqueue_program_ends(&memory, (7, Some(5)), NOW).unwrap();
    assert_eq!(owed(&memory.sql.0), [("grp_a".to_owned(), Some(7), Some(5))]);
    forget_decline(&memory.sql.0, "grp_a").unwrap();
    assert_eq!(owed(&memory.sql.0).len(), 1, "it declines nothing");
}

#[test]
fn what_an_earlier_version_owed_is_owed_still_and_an_end_without_a_time_is_one_of_all() {
    let place = |wanted| STEPS.iter().position(|step| *step == wanted).unwrap();
    let rows = "INSERT INTO group_calls (room, before, due_at, tries) VALUES ('grp_a', 5, 6, 2), ('grp_b', NULL, 7, 0)";
    for known in [place(MADE_SINCE), place(AS_JOBS)] {
        let sql = opened(&older(&STEPS[..known], &[("group_calls", rows)]), "").0;
        assert_eq!(owed(&sql), [("grp_a".to_owned(), Some(5), None), ("grp_b".to_owned(), None, None)]);
        let times = crate::kit::sql::rows(&sql, "SELECT due_at, tries FROM jobs ORDER BY key", &[], |row| {
            Ok((row.number(0)?, row.number(1)?))
        });
        assert_eq!(times, Ok(vec![(6, 2), (7, 0)]));
    }
}
