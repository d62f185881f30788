//! Promises of the tables of a person's record, sessions and sockets, watched people, and listeners that are behind.

use protocol::machines::presence::Record;
use protocol::words::limits::SEQ_MAX;
use protocol::words::principal::UserKind;

use super::*;
use crate::kit::sql::exec;
use crate::kit::sql::older::tables as names_of_tables;
use crate::objects::person::tests::{
    DIRECT, GROUP, NOW, TEXTS, full_tables, is_safe_to_repeat, leaves_no_trace, owned, set, stored, tables,
};

const FACTS: [Fact; 7] = [
    Fact::VisibleFrom,
    Fact::LeftAt,
    Fact::IsListed,
    Fact::ListDueAt,
    Fact::ListTries,
    Fact::HomeVersion,
    Fact::RestoredAt,
];
const KINDS: [ListenerKind; 3] = [ListenerKind::Watcher, ListenerKind::Room, ListenerKind::Session];

// ---- the person

#[test]
fn of_somebody_who_was_never_here_there_is_no_record() {
    assert_eq!(tables().record(), Ok(None));
}

#[test]
fn a_record_reads_back_as_it_was_saved() {
    let sql = tables();
    for text in TEXTS {
        let mut record = Record::new("u_mia", UserKind::User, text, "cat", text);
        (record.version, record.privacy, record.until) = (SEQ_MAX, SEQ_MAX, Some(SEQ_MAX));
        record.status_text = Some(text.to_owned());
        sql.save_record(&record).unwrap();
        assert_eq!(sql.record(), Ok(Some(record)));
    }
}

#[test]
fn a_record_takes_the_place_of_the_one_before() {
    let sql = tables();
    for name in ["Mia", "Mia Noor"] {
        sql.save_record(&Record::new("u_mia", UserKind::User, name, "cat", "")).unwrap();
    }
    assert_eq!(stored(&sql.0, "person").len(), 1);
    assert_eq!(sql.record().unwrap().unwrap().name, "Mia Noor");
}

#[test]
fn a_fact_that_was_never_set_is_zero() {
    let sql = tables();
    for fact in FACTS {
        assert_eq!(sql.fact(fact), Ok(0));
    }
}

#[test]
fn each_fact_has_a_number_of_its_own_up_to_the_largest() {
    let sql = tables();
    for (fact, below) in FACTS.into_iter().zip(0..) {
        sql.set_fact(fact, 1).unwrap();
        sql.set_fact(fact, SEQ_MAX - below).unwrap();
    }
    for (fact, below) in FACTS.into_iter().zip(0..) {
        assert_eq!(sql.fact(fact), Ok(SEQ_MAX - below));
    }
}

#[test]
fn of_a_guest_who_is_forgotten_files_and_what_is_under_way_stay_and_nothing_else() {
    let sql = full_tables();
    sql.wipe().unwrap();
    let left: Vec<String> =
        names_of_tables(&sql.0).into_iter().filter(|table| !stored(&sql.0, table).is_empty()).collect();
    // Guests have no invites. An archive is removed by itself, a request for deletion with its last step.
    let stays = [
        "audit",
        "charges",
        "export_bytes",
        "export_items",
        "export_parts",
        "exports",
        "file_rooms",
        "files",
        "invite_uses",
        "invites",
        "leaving",
        "leaving_rooms",
        "schema",
    ];
    assert_eq!(left, stays);
}

#[test]
fn a_wipe_that_fails_leaves_no_trace() {
    let sql = full_tables();
    leaves_no_trace(&sql.0, || sql.wipe().unwrap());
}

// ---- sessions

#[test]
fn sessions_are_listed_in_the_order_in_which_they_began() {
    let sql = tables();
    for (id, began_at) in [("b", 30), ("a", SEQ_MAX), ("c", 10)] {
        sql.add_session(id, began_at).unwrap();
    }
    assert_eq!(sql.sessions(), Ok(vec![("c".to_owned(), 10), ("b".to_owned(), 30), ("a".to_owned(), SEQ_MAX)]));
}

#[test]
fn a_session_that_begins_again_stands_there_once() {
    let sql = tables();
    sql.add_session("a", 10).unwrap();
    is_safe_to_repeat(&sql.0, || sql.add_session("a", 20).unwrap());
    assert_eq!(sql.sessions(), Ok(vec![("a".to_owned(), 20)]));
}

#[test]
fn a_session_is_removed_once() {
    let sql = tables();
    sql.add_session("a", 10).unwrap();
    sql.add_session("b", 10).unwrap();
    assert_eq!(
        [sql.remove_session("a"), sql.remove_session("a"), sql.remove_session("c")],
        [Ok(true), Ok(false), Ok(false)]
    );
    assert_eq!(sql.sessions().map(|sessions| sessions.len()), Ok(1));
}

// ---- sockets in rooms

#[test]
fn a_session_is_live_in_the_rooms_that_reported_it() {
    let sql = tables();
    for (session, room) in [("s1", "general"), ("s1", GROUP), ("s2", "general")] {
        sql.add_live(session, room).unwrap();
    }
    assert_eq!(set(sql.live_in("general").unwrap()), set(owned(&["s1", "s2"])));
    assert_eq!(set(sql.rooms_of("s1").unwrap()), set(owned(&["general", GROUP])));
    sql.remove_live("s1", "general").unwrap();
    assert_eq!((sql.live_in("general"), sql.rooms_of("s1")), (Ok(owned(&["s2"])), Ok(owned(&[GROUP]))));
}

#[test]
fn a_session_that_is_reported_again_keeps_its_sockets() {
    let sql = tables();
    sql.add_live("s1", "general").unwrap();
    sql.set_sockets("general", 3).unwrap();
    sql.add_live("s1", "general").unwrap();
    assert_eq!((stored(&sql.0, "live").len(), sql.socket_count()), (1, Ok(3)));
}

#[test]
fn sockets_of_a_room_are_counted_once_however_many_sessions_are_there() {
    let sql = tables();
    for session in ["s2", "s1", "s3"] {
        sql.add_live(session, "general").unwrap();
    }
    sql.set_sockets("general", 5).unwrap();
    assert_eq!(sql.socket_count(), Ok(5));
    sql.set_sockets("general", 2).unwrap();
    assert_eq!(sql.socket_count(), Ok(2));
}

#[test]
fn sockets_of_all_rooms_are_added() {
    let sql = tables();
    assert_eq!(sql.socket_count(), Ok(0));
    for (room, sockets) in [("general", 2), (GROUP, 3), (DIRECT, 0)] {
        sql.add_live("s1", room).unwrap();
        sql.set_sockets(room, sockets).unwrap();
    }
    assert_eq!(sql.socket_count(), Ok(5));
}

#[test]
fn sockets_of_a_room_where_nobody_is_are_none() {
    let sql = tables();
    sql.set_sockets("general", 5).unwrap();
    assert_eq!(sql.socket_count(), Ok(0));
}

#[test]
fn sockets_go_with_the_session_with_which_they_were_noted() {
    let sql = tables();
    for session in ["s1", "s2"] {
        sql.add_live(session, "general").unwrap();
    }
    sql.set_sockets("general", 4).unwrap();
    sql.remove_live("s2", "general").unwrap();
    assert_eq!(sql.socket_count(), Ok(4), "the other one holds the number");
    sql.remove_live("s1", "general").unwrap();
    assert_eq!(sql.socket_count(), Ok(0));
}

#[test]
fn a_room_that_is_told_no_more_has_nobody_of_this_person() {
    let sql = tables();
    for room in ["general", GROUP] {
        sql.listen(ListenerKind::Room, room, SEQ_MAX, 1).unwrap();
        sql.add_live("s1", room).unwrap();
    }
    sql.unlisten(ListenerKind::Room, "general").unwrap();
    assert_eq!((sql.rooms(), sql.rooms_of("s1")), (Ok(owned(&[GROUP])), Ok(owned(&[GROUP]))));
}

#[test]
fn a_watcher_who_is_told_no_more_has_no_part_in_rooms_of_the_same_name() {
    let sql = tables();
    sql.add_live("s1", "general").unwrap();
    for kind in KINDS {
        sql.listen(kind, "general", SEQ_MAX, 0).unwrap();
    }
    sql.unlisten(ListenerKind::Watcher, "general").unwrap();
    assert_eq!((sql.live_in("general"), sql.rooms()), (Ok(owned(&["s1"])), Ok(owned(&["general"]))));
    assert_eq!(sql.behind(ListenerKind::Session, 1, NOW).unwrap().len(), 1);
}

// ---- conversations

#[test]
fn a_direct_conversation_is_new_once() {
    let sql = tables();
    assert_eq!([sql.add_direct(DIRECT, 5), sql.add_direct(DIRECT, 9)], [Ok(true), Ok(false)]);
    assert_eq!(stored(&sql.0, "directs"), ["'dm_u_bo____u_mia', 5, 0"]);
}

#[test]
fn a_conversation_that_is_not_there_for_the_person_ties_the_two_and_is_in_no_list() {
    let sql = tables();
    sql.add_unseen_direct(DIRECT, 5).unwrap();
    assert_eq!((sql.has_direct(DIRECT), sql.has_direct("dm_u_a____u_b")), (Ok(true), Ok(false)));
    assert!(sql.directs().unwrap().is_empty() && sql.talks().unwrap().is_empty());
}

#[test]
fn a_conversation_that_was_not_there_is_new_when_it_is_seen() {
    let sql = tables();
    sql.add_unseen_direct(DIRECT, 5).unwrap();
    assert_eq!([sql.add_direct(DIRECT, 9), sql.add_direct(DIRECT, 10)], [Ok(true), Ok(false)]);
    assert_eq!(stored(&sql.0, "directs"), ["'dm_u_bo____u_mia', 9, 0"]);
    sql.add_unseen_direct(DIRECT, 11).unwrap();
    assert_eq!(sql.directs().unwrap().len(), 1, "what was seen stays");
}

#[test]
fn direct_conversations_are_listed_in_the_order_in_which_they_came() {
    let sql = tables();
    for (room, at) in [("dm_b", 9), ("dm_c", 5), ("dm_a", 9)] {
        sql.add_direct(room, at).unwrap();
    }
    let rooms: Vec<String> = sql.directs().unwrap().into_iter().map(|row| row.room).collect();
    assert_eq!(rooms, ["dm_c", "dm_a", "dm_b"]);
}

#[test]
fn conversations_are_listed_with_the_latest_active_first() {
    let sql = tables();
    sql.add_direct("dm_a", 10).unwrap();
    sql.add_direct("dm_b", 20).unwrap();
    sql.add_live("s1", "general").unwrap();
    let talks = || sql.talks().unwrap().into_iter().map(|row| row.room).collect::<Vec<String>>();
    assert_eq!(talks(), ["dm_b", "dm_a", "general"]);
    sql.note_activity("general", 30).unwrap();
    sql.note_activity("dm_a", 20).unwrap();
    assert_eq!(talks(), ["general", "dm_a", "dm_b"], "of two at once the names decide");
}

#[test]
fn a_conversation_in_which_the_person_sits_twice_is_listed_once() {
    let sql = tables();
    sql.add_direct(DIRECT, 10).unwrap();
    for (session, room) in [("s1", "general"), ("s2", "general"), ("s1", DIRECT), ("s1", GROUP)] {
        sql.add_live(session, room).unwrap();
    }
    let rooms: Vec<String> = sql.talks().unwrap().into_iter().map(|row| row.room).collect();
    assert_eq!(rooms, [DIRECT, "general"], "a group is there for its members alone");
}

#[test]
fn groups_are_in_the_list_with_their_names_while_the_person_is_a_member() {
    let sql = tables();
    for (room, standing) in [("grp_a", "member"), ("grp_b", "invited"), ("grp_c", "gone"), ("grp_d", "kept")] {
        let query = "INSERT INTO groups VALUES (?, 1, ?, '🏴‍☠️ crew', '', '', 5, 0, 0, 1)";
        exec(&sql.0, query, &[room.into(), standing.into()]).unwrap();
    }
    let talks: Vec<(String, String)> = sql.talks().unwrap().into_iter().map(|row| (row.room, row.name)).collect();
    assert_eq!(talks, [("grp_a".to_owned(), "🏴‍☠️ crew".to_owned())]);
}

#[test]
fn activity_never_goes_back() {
    let sql = tables();
    for at in [10, SEQ_MAX, 20] {
        sql.note_activity("general", at).unwrap();
    }
    assert_eq!(stored(&sql.0, "activity"), [format!("'general', {SEQ_MAX}")]);
}
