//! Promises of a guest or a persona that becomes an account (`account.md` 10).

use protocol::people::contacts::{Relation, Settings};

use super::*;
use crate::objects::person::tables::Fact;
use crate::objects::person::tests::{NOW, mia, relate, remembered, tables};
use crate::objects::person::unread;

const GUEST: &str = "g_0123456789abc";
const PERSONA: &str = "user_7";

/// Makes the person an account, as `settle` does.
fn become_account(memory: &mut PersonMemory) {
    settle_settings(memory).unwrap();
    assert!(memory.person.become_account().any());
    listing::note(memory, NOW).unwrap();
    memory.store().unwrap();
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
        become_account(&mut memory);
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
    memory.sql.add_session("s1", NOW).unwrap();
    memory.sql.set_fact(Fact::VisibleFrom, 5).unwrap();
    become_account(&mut memory);
    let reader = unread::reader(&memory).unwrap();
    assert_eq!((reader.kind, reader.session.as_str(), reader.visible_from), (UserKind::User, "", 5));
}
