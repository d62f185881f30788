//! Promises of the principal with which a person reads: one player of a persona is not another.

use super::*;
use crate::kit::sql;
use crate::objects::person::tests::{NOW, mia, remembered, tables};

#[test]
fn a_player_of_a_persona_reads_as_the_session_that_began_last_and_not_what_was_before() {
    let memory = remembered(tables(), "user_1");
    for (session, began_at) in [("second", NOW + 5), ("first", NOW)] {
        memory.sql.add_session(session, began_at).unwrap();
    }
    memory.sql.set_fact(Fact::VisibleFrom, NOW + 1).unwrap();
    let Principal { user, kind, session, visible_from, .. } = reader(&memory).unwrap();
    assert_eq!((user.as_str(), kind, session.as_str(), visible_from), ("user_1", UserKind::Persona, "second", NOW + 1));
}

#[test]
fn an_account_reads_the_same_in_every_session() {
    let memory = mia();
    memory.sql.add_session("s1", NOW).unwrap();
    let Principal { user, kind, session, visible_from, .. } = reader(&memory).unwrap();
    assert_eq!((user.as_str(), kind, session.as_str(), visible_from), ("u_mia", UserKind::User, "", 0));
}

#[test]
fn a_persona_whom_nobody_plays_reads_in_no_session() {
    assert_eq!(reader(&remembered(tables(), "user_1")).unwrap().session, "");
}

#[test]
fn a_visitor_of_a_demo_room_reads_there_and_nowhere_else() {
    let memory = remembered(tables(), "demo_0123456789abc");
    assert_eq!(reader(&memory).unwrap().room, None);
    let query = "INSERT INTO groups VALUES ('grp_0123456789abc', 1, 'member', 'Demo', '', '', 5, 1, 0, 0)";
    sql::exec(&memory.sql.0, query, &[]).unwrap();
    assert_eq!(reader(&memory).unwrap().room.as_deref(), Some("grp_0123456789abc"));
}
