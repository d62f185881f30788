//! Promises of a guest or a persona that becomes an account (`account.md` 10).

use protocol::people::contacts::{Relation, Settings};

use super::*;
use crate::objects::person::tests::{NOW, mia, relate, remembered, tables};
use crate::objects::person::watching::unread;

const GUEST: &str = "g_0123456789abc";
const PERSONA: &str = "user_7";

/// Makes the person an account of which nobody asks a proof.
fn upgraded(memory: &mut PersonMemory) {
    assert!(become_account(memory, true, false, NOW).unwrap().any());
}

/// A row that says that the session is about to become an account.
fn begin(memory: &PersonMemory, session: &str) {
    let begun = Upgrade { session: session.to_owned(), email_hash: "0f".to_owned(), is_pending: true, at: NOW };
    memory.sql.save_upgrade(&begun).unwrap();
    assert_eq!(memory.sql.upgrade(), Ok(Some(begun)));
}

#[test]
fn only_a_guest_or_a_persona_with_a_living_session_becomes_one() {
    for id in [GUEST, PERSONA] {
        let memory = remembered(tables(), id);
        assert!(check(&memory, "s1").is_err(), "{id}: the session has ended");
        memory.sql.add_session("s1", NOW).unwrap();
        assert!(check(&memory, "s1").is_ok(), "{id}");
        assert!(check(&memory, "s2").is_err(), "{id}: another session");
    }
    let memory = mia();
    memory.sql.add_session("s1", NOW).unwrap();
    assert!(check(&memory, "s1").is_err(), "an account");
}

#[test]
fn the_kind_is_stored_and_all_else_stays() {
    for id in [GUEST, PERSONA] {
        let mut memory = remembered(tables(), id);
        relate(&memory.sql, "u_bo", Relation::Contact);
        memory.sql.set_fact(Fact::VisibleFrom, 5).unwrap();
        let before = (memory.person.record().clone(), privacy::settings_in(&memory).unwrap());
        upgraded(&mut memory);
        let stored = memory.sql.record().unwrap().unwrap();
        assert_eq!((stored.kind, stored.user.as_str(), &stored.name), (UserKind::User, id, &before.0.name), "{id}");
        assert!(stored.shown.is_account && stored.version > before.0.version, "{id}");
        assert_eq!(privacy::settings_in(&memory).unwrap(), before.1, "{id}");
        assert_ne!(before.1, Settings::of_kind(UserKind::User), "{id}: an account begins otherwise");
        assert_eq!(memory.sql.relation("u_bo"), Ok(Relation::Contact), "{id}");
        assert_eq!(memory.sql.fact(Fact::VisibleFrom), Ok(5), "{id}: what was closed stays closed");
        assert!(memory.sql.fact(Fact::ListDueAt).unwrap() > 0, "{id}: the directory lists accounts");
    }
}

#[test]
fn an_account_that_was_a_persona_reads_alike_in_every_session() {
    let mut memory = remembered(tables(), PERSONA);
    memory.sql.add_session("s1", NOW - 5).unwrap();
    memory.sql.set_fact(Fact::VisibleFrom, 5).unwrap();
    begin(&memory, "s1");
    upgraded(&mut memory);
    memory.sql.add_session("s2", NOW).unwrap();
    let reader = unread::reader(&memory).unwrap();
    assert_eq!((reader.kind, reader.session.as_str(), reader.visible_from), (UserKind::User, "s1", NOW - 5));
    assert_eq!(memory.player_session(), Ok(Some("s1".to_owned())));
    let done = memory.sql.upgrade().unwrap().unwrap();
    assert_eq!((done.is_pending, done.email_hash.as_str()), (false, ""), "nothing of the address stays");
}

#[test]
fn an_account_whose_session_is_gone_begins_empty() {
    let mut memory = remembered(tables(), PERSONA);
    memory.sql.set_fact(Fact::VisibleFrom, NOW).unwrap();
    begin(&memory, "s1");
    upgraded(&mut memory);
    assert_eq!(memory.player_session(), Ok(Some(String::new())));
    assert_eq!(memory.sql.fact(Fact::VisibleFrom), Ok(NOW));
}

#[test]
fn nothing_is_closed_to_a_guest() {
    let mut memory = remembered(tables(), GUEST);
    memory.sql.add_session("s1", NOW).unwrap();
    begin(&memory, "s1");
    upgraded(&mut memory);
    assert_eq!((memory.sql.fact(Fact::VisibleFrom), memory.player_session()), (Ok(0), Ok(None)));
}

#[test]
fn a_proof_that_is_known_is_not_asked_for_again() {
    for (is_unproved, is_required) in [(true, true), (false, true), (true, false), (false, false)] {
        let mut memory = remembered(tables(), GUEST);
        become_account(&mut memory, is_unproved, is_required, NOW).unwrap();
        assert_eq!(memory.person.card().is_unproved, is_unproved && is_required);
        // A sign-in that read the account before the proof.
        note_proof(&mut memory, UserKind::User, true, true);
        assert_eq!(memory.person.card().is_unproved, is_unproved || !is_required, "{is_unproved} {is_required}");
    }
    let mut memory = remembered(tables(), PERSONA);
    note_proof(&mut memory, UserKind::Persona, false, true);
    assert!(!memory.person.record().is_proved, "a persona has no address");
}

#[test]
fn an_upgrade_that_was_refused_leaves_nothing() {
    let memory = remembered(tables(), GUEST);
    begin(&memory, "s1");
    memory.sql.forget_upgrade().unwrap();
    assert_eq!(memory.sql.upgrade(), Ok(None));
}

#[test]
fn what_was_closed_stays_closed_also_after_a_step_back_of_the_clock() {
    let mut memory = remembered(tables(), PERSONA);
    memory.sql.add_session("s1", NOW - 5).unwrap();
    memory.sql.set_fact(Fact::VisibleFrom, NOW).unwrap();
    begin(&memory, "s1");
    upgraded(&mut memory);
    assert_eq!(memory.sql.fact(Fact::VisibleFrom), Ok(NOW));
}
