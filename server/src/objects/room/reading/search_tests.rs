//! Promises of the index of a room: the times at which an alarm adds events to it.

use protocol::machines::room::RoomSettings;
use protocol::testing::at;
use protocol::words::ids::{RoomId, RoomRules};

use super::*;
use crate::objects::room::tables::RoomSql;
use crate::objects::room::tests::{log_of, room, sealed_room};

fn opened(store: &mut RoomSql) -> Room {
    let rules = RoomRules { public: vec!["general".to_owned()], open: false };
    Room::open(RoomId::parse("general", &rules).unwrap(), RoomSettings::default(), store, 7).unwrap()
}

#[test]
fn few_events_wait_while_people_write() {
    let mut store = log_of(room(), 3);
    let room = opened(&mut store);
    let idle_at = at(3) + PROJECTION_GATHER_MS_MIN;
    assert!(!is_due(&room, 0, at(3)) && !is_due(&room, 0, idle_at - 1));
    assert!(is_due(&room, 0, idle_at) && is_due(&room, 2, idle_at));
    assert!(!is_due(&room, 3, idle_at), "the index has all of it");
}

#[test]
fn a_portion_waits_for_nothing() {
    let count = u64::from(PORTION) + 1;
    let mut store = log_of(room(), count);
    let room = opened(&mut store);
    assert!(is_due(&room, 0, at(count)) && is_due(&room, 1, at(count)));
    assert!(!is_due(&room, 2, at(count)));
}

#[test]
fn a_rest_that_waited_is_added_in_one_step() {
    let mut store = log_of(room(), u64::from(PORTION) - 1);
    let room = opened(&mut store);
    assert_eq!(room.index_some(&mut store, AWAITED_PORTION), Ok(false), "a search waits for one step");
    assert_eq!(store.indexed_to(), Ok(u64::from(PORTION) - 1));
}

#[test]
fn where_words_are_sealed_nothing_is_ever_due() {
    let count = u64::from(PORTION) + 1;
    let mut store = log_of(sealed_room(), count);
    let room = opened(&mut store);
    assert!(!is_due(&room, store.indexed_to().unwrap(), at(count) + PROJECTION_GATHER_MS_MIN));
}

#[test]
fn an_empty_room_has_nothing_to_add() {
    let mut store = room();
    let room = opened(&mut store);
    assert!(!is_due(&room, 0, at(9)));
}
