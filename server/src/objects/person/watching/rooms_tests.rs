//! Promises of the reports of rooms (`core.md` 1.5 and 5): sessions with sockets in each room, and the limit of sockets.

use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::objects::person::tests::{DIRECT, GROUP, NOW, leaves_no_trace, mia, set, stored};

fn report(room: &str, sessions: &[&str], sockets: u32) -> EnterCall {
    let sessions = sessions.iter().map(|session| (*session).to_owned()).collect();
    EnterCall { room: room.to_owned(), sessions, sockets }
}

/// A person with two sessions.
fn signed_in() -> PersonMemory {
    let memory = mia();
    for session in ["s1", "s2"] {
        memory.sql.add_session(session, NOW).unwrap();
    }
    memory
}

/// Sessions that have ended, and the number of sockets above the limit.
fn report_room(memory: &mut PersonMemory, call: &EnterCall) -> (Vec<String>, usize) {
    let (refused, surplus) = enter(memory, call, NOW).unwrap();
    (refused.into_iter().map(|ended| ended.session).collect(), surplus)
}

fn most() -> u32 {
    PRINCIPAL_SOCKETS_MAX as u32
}

#[test]
fn a_room_where_the_person_comes_is_told_of_them_from_then_on() {
    let mut memory = signed_in();
    let version = memory.person.card().version;
    assert_eq!(report_room(&mut memory, &report("general", &["s1"], 1)), (vec![], 0));
    assert_eq!(memory.sql.rooms(), Ok(vec!["general".to_owned()]));
    assert_eq!(stored(&memory.sql.0, "listeners"), [format!("'room', 'general', {SEQ_MAX}, {version}, 0, 0")]);
    assert_eq!(stored(&memory.sql.0, "activity"), [format!("'general', {NOW}")]);
}

#[test]
fn a_session_that_is_over_has_no_sockets_and_its_room_is_told_so() {
    let mut memory = signed_in();
    assert_eq!(report_room(&mut memory, &report("general", &["s1", "gone"], 2)), (vec!["gone".to_owned()], 0));
    assert_eq!(memory.sql.live_in("general"), Ok(vec!["s1".to_owned()]));
    assert_eq!(report_room(&mut memory, &report(GROUP, &["gone"], 1)), (vec!["gone".to_owned()], 0));
    assert_eq!(memory.sql.rooms(), Ok(vec!["general".to_owned()]), "a room of such sessions alone is none of theirs");
}

#[test]
fn a_session_that_a_report_does_not_name_is_not_there_any_more() {
    let mut memory = signed_in();
    report_room(&mut memory, &report("general", &["s1", "s2"], 2));
    report_room(&mut memory, &report("general", &["s2"], 1));
    assert_eq!((memory.sql.live_in("general"), memory.sql.socket_count()), (Ok(vec!["s2".to_owned()]), Ok(1)));
}

#[test]
fn a_room_that_the_person_has_left_is_told_no_more() {
    let mut memory = signed_in();
    for room in ["general", GROUP] {
        report_room(&mut memory, &report(room, &["s1"], 1));
    }
    report_room(&mut memory, &report("general", &[], 0));
    assert_eq!((memory.sql.rooms(), memory.sql.socket_count()), (Ok(vec![GROUP.to_owned()]), Ok(1)));
}

#[test]
fn a_report_that_comes_again_writes_nothing_new() {
    let mut memory = signed_in();
    report_room(&mut memory, &report(DIRECT, &["s1"], 1));
    memory.sql.mark_listener_sent(ListenerKind::Room, DIRECT, 99).unwrap();
    let tables = ["listeners", "live", "activity", "directs"];
    let before = tables.map(|table| stored(&memory.sql.0, table));
    let (refused, surplus) = enter(&mut memory, &report(DIRECT, &["s1"], 1), NOW + 5).unwrap();
    assert_eq!((refused.len(), surplus, tables.map(|table| stored(&memory.sql.0, table))), (0, 0, before));
}

#[test]
fn a_second_session_in_a_room_begins_nothing_anew() {
    let mut memory = signed_in();
    report_room(&mut memory, &report("general", &["s1"], 1));
    memory.sql.mark_listener_sent(ListenerKind::Room, "general", 99).unwrap();
    enter(&mut memory, &report("general", &["s1", "s2"], 2), NOW + 5).unwrap();
    assert_eq!(set(memory.sql.live_in("general").unwrap()), set(["s1".to_owned(), "s2".to_owned()]));
    assert!(
        memory.sql.behind(ListenerKind::Room, 99, NOW).unwrap().is_empty(),
        "what the room has heard is not forgotten"
    );
    assert_eq!(stored(&memory.sql.0, "activity"), [format!("'general', {NOW}")]);
}

#[test]
fn a_direct_conversation_is_in_the_list_of_whoever_comes_in() {
    let mut memory = signed_in();
    for room in [DIRECT, GROUP, "general"] {
        report_room(&mut memory, &report(room, &["s1"], 1));
    }
    let directs: Vec<String> = memory.sql.directs().unwrap().into_iter().map(|row| row.room).collect();
    assert_eq!(directs, [DIRECT]);
}

#[test]
fn as_many_sockets_are_allowed_as_the_limit_says_and_the_room_closes_what_is_above() {
    let mut memory = signed_in();
    assert_eq!(report_room(&mut memory, &report("general", &["s1"], most())).1, 0);
    assert_eq!(report_room(&mut memory, &report(GROUP, &["s1"], 3)).1, 3);
    assert_eq!(report_room(&mut memory, &report("general", &["s1"], most() - 1)).1, 2);
    assert_eq!(report_room(&mut memory, &report(GROUP, &["s1"], 1)).1, 0);
}

#[test]
fn a_room_never_has_to_close_more_than_it_has() {
    let mut memory = signed_in();
    report_room(&mut memory, &report("general", &["s1"], most() + 9));
    assert_eq!(report_room(&mut memory, &report(GROUP, &["s1"], 2)).1, 2);
}

#[test]
fn where_there_are_too_many_sockets_all_rooms_are_asked_again() {
    let mut memory = signed_in();
    let behind = |memory: &PersonMemory| memory.sql.behind(ListenerKind::Room, 1, NOW).unwrap().len();
    report_room(&mut memory, &report("general", &["s1"], most()));
    assert_eq!(behind(&memory), 0);
    report_room(&mut memory, &report(GROUP, &["s1"], 1));
    assert_eq!(behind(&memory), 2);
}

#[test]
fn a_place_is_kept_for_a_moment_and_counts_as_a_socket() {
    let mut memory = signed_in();
    report_room(&mut memory, &report("general", &["s1"], most() - 1));
    assert_eq!([memory.reserve_place(GROUP, NOW), memory.reserve_place(GROUP, NOW)], [Ok(true), Ok(false)]);
    let later = [SOCKET_PLACE_MS - 1, SOCKET_PLACE_MS].map(|wait| memory.reserve_place(GROUP, NOW + wait).unwrap());
    assert_eq!(later, [false, true]);
}

#[test]
fn a_place_that_was_kept_is_that_of_the_socket_that_came_in_its_room() {
    let mut memory = signed_in();
    report_room(&mut memory, &report("general", &["s1"], most() - 2));
    assert_eq!(["a", "b"].map(|room| memory.reserve_place(room, NOW)), [Ok(true), Ok(true)]);
    report_room(&mut memory, &report("b", &["s1"], 1));
    assert_eq!(memory.reserved_places, [("a".to_owned(), NOW)]);
    assert_eq!(memory.reserve_place("c", NOW), Ok(false), "the other place is still kept");
}

#[test]
fn sockets_that_go_take_no_place_that_was_kept() {
    let mut memory = signed_in();
    report_room(&mut memory, &report("general", &["s1"], 5));
    memory.reserve_place("general", NOW).unwrap();
    report_room(&mut memory, &report("general", &["s1"], 4));
    assert_eq!(memory.reserved_places.len(), 1);
}

#[test]
fn a_report_that_does_not_commit_leaves_no_trace() {
    let mut memory = signed_in();
    let sql = memory.sql.clone();
    leaves_no_trace(&sql.0, || {
        enter(&mut memory, &report(DIRECT, &["s1"], 1), NOW).unwrap();
    });
}
