//! Promises of changes of a contact's row (`people.md` 1): lists have limits, requests end with a player, and an invite counts as consent.

use protocol::words::limits::{CONTACT_REQUESTS_OPEN_MAX, CONTACTS_MAX};

use super::*;
use crate::kit::sql::exec;
use crate::objects::person::tests::{NOW, is_safe_to_repeat, mia, pair, relate, remembered, stored, tables, user};

fn request() -> ContactAct {
    ContactAct::Request { note: "from the party".to_owned(), name: "Bo".to_owned() }
}

/// Contact after this act of the person.
fn done(memory: &PersonMemory, other: &str, act: &ContactAct) -> Result<Contact, Refusal> {
    let mut contact = memory.sql.contact(other).unwrap();
    let call = ContactActCall { other: user(other), act: act.clone() };
    apply_act(memory, &mut contact, &call, &Rule::parse("3/86400").unwrap(), NOW).unwrap().map(|()| contact)
}

fn fill(memory: &PersonMemory, relation: Relation, count: usize) {
    for n in 0..count {
        relate(&memory.sql, &format!("u_{n}"), relation);
    }
}

/// Notes that `other` came by an invite of the person.
fn came_by_invite(memory: &PersonMemory, other: &str) {
    exec(&memory.sql.0, "INSERT INTO invites VALUES ('hash', NULL, 1, ?, 0, NULL, NULL, 0)", &[(NOW + 9).into()])
        .unwrap();
    exec(&memory.sql.0, "INSERT INTO invite_uses VALUES ('hash', ?, 1)", &[other.into()]).unwrap();
}

/// Relation after an invite has answered the request of `other`.
fn answered_by_invite(memory: &PersonMemory, other: &str, now: Millis) -> Relation {
    let mut contact = Contact { pair: pair(Relation::Request), ..Contact::default() };
    let is_accepted = answer_by_invite(memory, other, &mut contact, now).unwrap();
    assert_eq!(is_accepted, contact.pair.relation() == Relation::Contact);
    contact.pair.relation()
}

#[test]
fn whoever_is_asked_is_known_by_the_name_with_which_they_were_found() {
    let contact = done(&mia(), "u_bo", &request()).unwrap();
    assert_eq!((contact.name.as_str(), contact.pair.mine.note.as_str()), ("Bo", "from the party"));
    assert_eq!(contact.pair.relation(), Relation::Requested);
}

#[test]
fn an_act_that_is_refused_changes_nothing() {
    let memory = mia();
    assert_eq!(done(&memory, "u_bo", &ContactAct::Accept).err(), Some(Refusal::NotFound));
    assert_eq!(stored(&memory.sql.0, "contacts"), Vec::<String>::new());
}

#[test]
fn one_person_is_asked_three_times_a_day_and_an_open_request_is_no_new_one() {
    let memory = mia();
    for _ in 0..3 {
        assert!(done(&memory, "u_bo", &request()).is_ok());
    }
    assert!(matches!(done(&memory, "u_bo", &request()).err(), Some(Refusal::RateLimited { .. })));
    relate(&memory.sql, "u_bo", Relation::Requested);
    assert!(done(&memory, "u_bo", &request()).is_ok());
}

#[test]
fn the_oldest_of_too_many_requests_is_declined() {
    let memory = mia();
    fill(&memory, Relation::Request, CONTACT_REQUESTS_SHOWN_MAX);
    assert_eq!(surplus_request(&memory), Ok(None));
    relate(&memory.sql, "u_late", Relation::Request);
    exec(&memory.sql.0, "UPDATE contacts SET since = 1 WHERE user = 'u_7'", &[]).unwrap();
    assert_eq!(surplus_request(&memory), Ok(Some("u_7".to_owned())));
}

#[test]
fn a_list_is_full_by_what_stands_in_it() {
    let memory = mia();
    for (relation, user) in [(Relation::Contact, "u_a"), (Relation::Requested, "u_b"), (Relation::Request, "u_c")] {
        relate(&memory.sql, user, relation);
    }
    assert_eq!(fullness(&memory), Ok(ContactCounts { requested: 1, contacts: 1 }));
}

#[test]
fn so_many_requests_may_wait_for_an_answer() {
    let memory = mia();
    fill(&memory, Relation::Requested, CONTACT_REQUESTS_OPEN_MAX);
    assert_eq!(done(&memory, "u_bo", &request()).unwrap_err().field(), Some("userId"));
    relate(&memory.sql, "u_0", Relation::Contact);
    assert!(done(&memory, "u_bo", &request()).is_ok());
}

#[test]
fn a_full_list_takes_nobody_more() {
    let memory = mia();
    fill(&memory, Relation::Contact, CONTACTS_MAX);
    relate(&memory.sql, "u_bo", Relation::Request);
    assert!(done(&memory, "u_bo", &ContactAct::Accept).is_err());
    relate(&memory.sql, "u_0", Relation::Stranger);
    assert!(done(&memory, "u_bo", &ContactAct::Accept).is_ok());
}

#[test]
fn strangers_whom_a_persona_accepts_keep_it_from_no_contact() {
    let memory = remembered(tables(), "user_1");
    fill(&memory, Relation::Contact, CONTACTS_MAX);
    assert!(done(&memory, "u_bo", &request()).is_ok());
}

#[test]
fn a_request_of_somebody_who_is_blocked_is_declined_and_nobody_is_told() {
    let memory = mia();
    relate(&memory.sql, "u_eve", Relation::Request);
    is_safe_to_repeat(&memory.sql.0, || memory.sql.decline_unseen("u_eve", NOW).unwrap());
    assert_eq!(memory.sql.relation("u_eve"), Ok(Relation::Stranger));
    assert!(memory.sql.load_unsent_halves(NOW).unwrap().is_empty());
}

#[test]
fn somebody_who_asked_for_nothing_leaves_no_row_when_they_are_blocked() {
    let memory = mia();
    memory.sql.decline_unseen("u_eve", NOW).unwrap();
    assert_eq!(stored(&memory.sql.0, "contacts"), Vec::<String>::new());
}

#[test]
fn with_a_player_of_a_persona_what_they_asked_ends_and_what_they_were_told_is_forgotten() {
    let memory = mia();
    for (user, relation) in [("u_a", Relation::Contact), ("u_b", Relation::Requested), ("u_c", Relation::Request)] {
        relate(&memory.sql, user, relation);
        memory.sql.mark_contact_sent(user, 1).unwrap();
    }
    is_safe_to_repeat(&memory.sql.0, || close_requests(&memory, NOW).unwrap());
    let left: Vec<(String, Relation, String)> =
        memory.sql.contacts().unwrap().into_iter().map(|row| (row.user, row.relation, row.note)).collect();
    let wanted = [("u_a", Relation::Contact), ("u_c", Relation::Request)];
    assert_eq!(left, wanted.map(|(user, relation)| (user.to_owned(), relation, String::new())));
    let notified: Vec<String> = memory.sql.load_unsent_halves(NOW).unwrap().into_iter().map(|word| word.user).collect();
    assert_eq!(notified, ["u_b"], "whoever was asked hears that it is over");
}

#[test]
fn whoever_came_by_an_invite_is_answered_with_yes_once() {
    let memory = mia();
    came_by_invite(&memory, "u_bo");
    assert_eq!(answered_by_invite(&memory, "u_bo", NOW), Relation::Contact);
    assert_eq!(answered_by_invite(&memory, "u_bo", NOW), Relation::Request, "the consent is used up");
}

#[test]
fn an_invite_answers_nobody_else_and_not_when_it_is_over() {
    let memory = mia();
    came_by_invite(&memory, "u_bo");
    assert_eq!(answered_by_invite(&memory, "u_kai", NOW), Relation::Request);
    assert_eq!(answered_by_invite(&memory, "u_bo", NOW + 9), Relation::Request);
}

#[test]
fn the_consent_of_somebody_with_a_full_list_or_about_to_leave_waits() {
    let memory = mia();
    came_by_invite(&memory, "u_bo");
    fill(&memory, Relation::Contact, CONTACTS_MAX);
    assert_eq!(answered_by_invite(&memory, "u_bo", NOW), Relation::Request);
    relate(&memory.sql, "u_0", Relation::Stranger);
    exec(&memory.sql.0, "INSERT INTO leaving VALUES (1, 1, 5, 0, 5, 0, '', '')", &[]).unwrap();
    assert_eq!(answered_by_invite(&memory, "u_bo", NOW), Relation::Request);
    exec(&memory.sql.0, "DELETE FROM leaving", &[]).unwrap();
    assert_eq!(answered_by_invite(&memory, "u_bo", NOW), Relation::Contact);
}

#[test]
fn the_looks_of_those_who_are_watched_are_known_and_those_of_others_are_not() {
    let memory = mia();
    let seen = crate::calls::person::VersionedView {
        visible: crate::objects::person::tests::visible_as("u_bo", "busy", ""),
        version: 1,
    };
    memory.sql.save_seen("u_bo", &seen, NOW, true).unwrap();
    let (known, unknown) = known_and_unknown(&memory.sql, &["u_kai".to_owned(), "u_bo".to_owned()]).unwrap();
    assert_eq!((known, unknown), (vec![seen.visible], vec!["u_kai".to_owned()]));
}
