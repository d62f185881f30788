//! Promises of the limits on what a person asks of others.

use super::*;
use crate::objects::person::tests::{NOW, relate, tables, user};

const DAY_MS: Millis = 86_400_000;

fn rule() -> Rule {
    Rule::parse("3/86400").unwrap()
}

/// Asks, and returns the time to wait where that was refused.
fn ask(sql: &Database, other: &str, about: &str, now: Millis) -> Option<Millis> {
    match note(sql, other, about, &rule(), now).unwrap() {
        Ok(()) => None,
        Err(Refusal::RateLimited { retry_after_ms }) => Some(retry_after_ms),
        Err(refusal) => panic!("{refusal:?}"),
    }
}

#[test]
fn one_person_is_asked_three_times_a_day_for_whatever_it_is() {
    let sql = tables().0;
    let waits: Vec<_> = [("grp_a", 0), ("", 1), ("grp_b", 2), ("grp_c", 3), ("", 4)]
        .map(|(about, later)| ask(&sql, "u_bo", about, NOW + later))
        .into();
    assert_eq!(waits, [None, None, None, Some(DAY_MS - 3), Some(DAY_MS - 4)]);
    assert_eq!(ask(&sql, "u_kai", "grp_c", NOW), None, "others are asked all the same");
    assert_eq!(ask(&sql, "u_bo", "grp_c", NOW + DAY_MS), None);
}

#[test]
fn a_persona_asks_a_person_three_times_a_day_whoever_plays_it() {
    let sql = tables();
    for later in 0..3 {
        assert_eq!(ask(&sql.0, "u_bo", "", NOW + later), None);
        sql.forget_wishes_of_player(NOW + later).unwrap();
    }
    assert_eq!(ask(&sql.0, "u_bo", "", NOW + 3), Some(DAY_MS - 3));
    assert_eq!(ask(&sql.0, "u_bo", "grp_a", NOW + DAY_MS), None);
    sql.forget_wishes_of_player(NOW + DAY_MS).unwrap();
    assert_eq!(count_open(&sql.0), Ok(1), "an invitation waits for its answer all the same");
}

#[test]
fn an_invitation_is_open_until_its_group_says_that_it_is_not() {
    let sql = tables().0;
    for (other, about) in [("u_bo", "grp_a"), ("u_kai", "grp_a"), ("u_bo", "grp_b"), ("u_kai", ""), ("u_bo", "grp_a")] {
        assert_eq!(ask(&sql, other, about, NOW), None);
    }
    assert_eq!((count_open(&sql), open_groups(&sql).unwrap().len()), (Ok(3), 2), "who is asked twice counts once");
    let invited = BTreeSet::from([user("u_kai")]);
    close_answered(&sql, "grp_a", &invited, NOW + ON_ITS_WAY_MS - 1).unwrap();
    assert_eq!(count_open(&sql), Ok(3), "the group may not know of it yet");
    close_answered(&sql, "grp_a", &invited, NOW + ON_ITS_WAY_MS).unwrap();
    assert_eq!(count_open(&sql), Ok(2));
    close_answered(&sql, "grp_b", &BTreeSet::new(), NOW + ON_ITS_WAY_MS).unwrap();
    assert_eq!((count_open(&sql), open_groups(&sql)), (Ok(1), Ok(vec!["grp_a".to_owned()])));
}

#[test]
fn what_is_open_is_kept_and_the_rest_for_a_day() {
    let sql = tables().0;
    ask(&sql, "u_bo", "grp_a", NOW);
    ask(&sql, "u_bo", "", NOW);
    ask(&sql, "u_kai", "", NOW + DAY_MS);
    let rows = rows(&sql, "SELECT user || about FROM asked ORDER BY 1", &[], |row| row.text(0));
    assert_eq!(rows, Ok(vec!["u_bogrp_a".to_owned(), "u_kai".to_owned()]));
}

#[test]
fn a_persona_is_brought_into_groups_three_times_a_day_and_waits_for_no_answer() {
    let sql = tables();
    let personas = [user("user_1"), user("user_2")];
    let call = InvitedCall {
        room: "grp_a".to_owned(),
        by: user("u_mia"),
        others: personas.to_vec(),
        at_once: personas.to_vec(),
        makes_group: true,
    };
    relate(&sql, "user_2", Relation::Contact);
    let brought = |persona: &UserId, now| note_all(&sql, (&[persona][..], &call), &rule(), now).unwrap();
    // A persona accepts every request, so its contacts are counted, too.
    for persona in &personas {
        for later in 0..3 {
            assert_eq!(brought(persona, NOW + later), Ok(()));
        }
        assert_eq!(brought(persona, NOW + 3), Err(Refusal::RateLimited { retry_after_ms: DAY_MS - 3 }));
        assert_eq!(brought(persona, NOW + DAY_MS), Ok(()));
    }
    assert_eq!(count_open(&sql.0), Ok(0));
}
