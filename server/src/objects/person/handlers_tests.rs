//! Promises of a delivery to a person's inbox (`push.md` 1): visible events are stored once, and others leave no trace.

use protocol::people::contacts::{Audience, Hides, Settings};

use super::*;
use crate::calls::push::PushCall;
use crate::kit::sql::exec;
use crate::objects::person::tests::{
    DIRECT, GROUP, NOW, is_safe_to_repeat, leaves_no_trace, message, mia, relate, stored, user,
};

fn delivery(room: &str, events: Vec<InboxEvent>) -> InboxCall {
    InboxCall { room: room.to_owned(), epoch: String::new(), events, counted_for: None }
}

/// Positions of the events that were new.
fn fresh(memory: &PersonMemory, call: &InboxCall) -> Vec<u64> {
    store_in(memory, call, NOW, 0).unwrap().fresh.iter().map(|event| event.seq).collect()
}

fn block(memory: &PersonMemory, other: &str, from: Millis) {
    let mut hides = Hides::default();
    hides.block(other, from);
    memory.sql.save_hides(&hides).unwrap();
}

fn rooms(memory: &PersonMemory) -> Vec<String> {
    memory.sql.inbox().unwrap().into_iter().map(|row| row.room).collect()
}

#[test]
fn devices_hear_of_each_event_once_however_often_it_is_delivered() {
    let memory = mia();
    let call = delivery(GROUP, vec![message(1, "u_bo", "a"), message(2, "u_bo", "b")]);
    assert_eq!((fresh(&memory, &call), fresh(&memory, &call)), (vec![1, 2], vec![]));
}

#[test]
fn a_delivery_with_one_event_more_brings_that_one() {
    let memory = mia();
    fresh(&memory, &delivery(GROUP, vec![message(1, "u_bo", "a")]));
    assert_eq!(fresh(&memory, &delivery(GROUP, vec![message(1, "u_bo", "a"), message(2, "u_bo", "b")])), [2]);
}

#[test]
fn what_was_said_to_an_earlier_player_does_not_wait_for_the_next() {
    let memory = mia();
    memory.sql.set_fact(Fact::VisibleFrom, NOW + 1).unwrap();
    assert_eq!(fresh(&memory, &delivery(GROUP, vec![message(1, "u_bo", "a"), message(2, "u_bo", "b")])), [2]);
}

#[test]
fn what_somebody_who_is_blocked_writes_waits_for_nobody() {
    let memory = mia();
    block(&memory, "u_eve", NOW + 2);
    let call =
        delivery(GROUP, vec![message(1, "u_eve", "before"), message(2, "u_eve", "then"), message(3, "u_bo", "other")]);
    assert_eq!(fresh(&memory, &call), [1, 3]);
}

#[test]
fn what_the_person_had_open_elsewhere_is_not_kept() {
    let memory = mia();
    let open = InboxEvent { was_here: true, ..message(1, "u_bo", "a") };
    assert_eq!(fresh(&memory, &delivery(GROUP, vec![open, message(2, "u_bo", "b")])), [2]);
}

fn read(memory: &PersonMemory, places: &[(&str, u64)], is_receipt: bool) {
    let places = places.iter().map(|(room, seq)| ((*room).to_owned(), *seq)).collect();
    mark_read_in(memory, &ReadCall { places, is_receipt }).unwrap();
}

#[test]
fn what_was_read_on_any_device_waits_no_more_in_each_room_however_often_that_is_said() {
    for is_receipt in [true, false] {
        let memory = mia();
        for room in [DIRECT, GROUP] {
            let events = (1..=3).map(|seq| message(seq, "u_bo", "a")).collect();
            fresh(&memory, &delivery(room, events));
        }
        is_safe_to_repeat(&memory.sql.0, || read(&memory, &[(DIRECT, 2), (GROUP, 3)], is_receipt));
        let waits: Vec<(String, u64)> =
            memory.sql.inbox().unwrap().into_iter().map(|row| (row.room, row.from_seq)).collect();
        assert_eq!(waits, [(DIRECT.to_owned(), 3)], "{is_receipt}");
    }
}

#[test]
fn an_event_that_arrives_late_is_unread_only_where_no_receipt_says_otherwise() {
    for (is_receipt, late) in [(true, vec![]), (false, vec![3])] {
        let memory = mia();
        fresh(&memory, &delivery(GROUP, vec![message(5, "u_bo", "a")]));
        read(&memory, &[(GROUP, 9)], is_receipt);
        let again = delivery(GROUP, vec![message(3, "u_bo", "late"), message(5, "u_bo", "a")]);
        assert_eq!(fresh(&memory, &again), late, "{is_receipt}");
        assert_eq!(memory.sql.inbox().unwrap().is_empty(), is_receipt);
    }
}

#[test]
fn a_receipt_may_come_before_the_event_and_a_lower_one_after_a_higher() {
    let memory = mia();
    for seq in [4, 2] {
        read(&memory, &[(GROUP, seq)], true);
    }
    let events = (3..=5).map(|seq| message(seq, "u_bo", "a")).collect();
    assert_eq!(fresh(&memory, &delivery(GROUP, events)), [5]);
}

#[test]
fn browsers_are_not_told_of_what_was_read_on_any_device() {
    for is_receipt in [true, false] {
        let memory = mia();
        let browser = PushCall { id: "b".to_owned(), endpoint: "e".to_owned(), ..PushCall::default() };
        push_tables::add(&memory.sql.0, &browser, NOW).unwrap();
        for room in [DIRECT, GROUP] {
            fresh(&memory, &delivery(room, vec![message(2, "u_bo", "a")]));
        }
        let waits = |room: &str| push_tables::waiting(&memory.sql.0, &("b".to_owned(), room.to_owned())).unwrap();
        for (seq, is_waiting) in [(1, true), (2, false)] {
            read(&memory, &[(DIRECT, seq)], is_receipt);
            assert_eq!((waits(DIRECT).is_some(), waits(GROUP).is_some()), (is_waiting, true), "{is_receipt} {seq}");
        }
    }
}

#[test]
fn a_direct_conversation_is_in_the_list_of_whoever_is_written_to() {
    let memory = mia();
    for room in [DIRECT, GROUP] {
        fresh(&memory, &delivery(room, vec![message(1, "u_bo", "a")]));
    }
    let directs: Vec<String> = memory.sql.directs().unwrap().into_iter().map(|row| row.room).collect();
    assert_eq!(directs, [DIRECT]);
}

#[test]
fn a_direct_conversation_of_somebody_who_is_blocked_is_not_there_until_something_of_it_is_seen() {
    let memory = mia();
    block(&memory, "u_eve", NOW);
    fresh(&memory, &delivery(DIRECT, vec![message(1, "u_eve", "a")]));
    assert_eq!((memory.sql.directs().unwrap().len(), memory.sql.has_direct(DIRECT)), (0, Ok(true)));
    fresh(&memory, &delivery(DIRECT, vec![message(2, "u_mia", "b")]));
    assert_eq!(memory.sql.directs().unwrap().len(), 1);
}

#[test]
fn something_happened_in_a_room_when_the_last_event_that_is_seen_was_said() {
    let memory = mia();
    block(&memory, "u_eve", 0);
    fresh(&memory, &delivery(GROUP, vec![message(1, "u_bo", ""), message(2, "u_bo", ""), message(3, "u_eve", "")]));
    assert_eq!(stored(&memory.sql.0, "activity"), [format!("'{GROUP}', {}", NOW + 2)]);
    fresh(&memory, &delivery("grp_other", vec![message(1, "u_eve", "")]));
    assert_eq!(stored(&memory.sql.0, "activity").len(), 1);
}

#[test]
fn of_a_group_that_was_left_nothing_waits() {
    let memory = mia();
    let query = "INSERT INTO groups VALUES (?, 1, 'gone', '', '', '', 5, 0, 0, 1)";
    exec(&memory.sql.0, query, &[GROUP.into()]).unwrap();
    assert_eq!(fresh(&memory, &delivery(GROUP, vec![message(1, "u_bo", "a")])), Vec::<u64>::new());
    assert_eq!(stored(&memory.sql.0, "activity"), Vec::<String>::new());
}

#[test]
fn a_change_reads_in_the_place_of_the_message_and_its_end_takes_it_away() {
    let memory = mia();
    fresh(&memory, &delivery(GROUP, vec![message(1, "u_bo", "before")]));
    let after = message(1, "u_bo", "after").json;
    let change = |json: &str| InboxEvent { target: Some(1), json: json.to_owned(), ..message(2, "u_bo", "") };
    assert_eq!(
        fresh(&memory, &delivery(GROUP, vec![change(&after)])),
        Vec::<u64>::new(),
        "no device is told of a new one"
    );
    assert_eq!(memory.sql.inbox().unwrap()[0].last, after);
    fresh(&memory, &delivery(GROUP, vec![change("")]));
    assert_eq!(rooms(&memory), Vec::<String>::new());
}

#[test]
fn a_delivery_lets_go_of_what_is_too_old() {
    let memory = mia();
    fresh(&memory, &delivery(GROUP, vec![message(1, "u_bo", "a")]));
    store_in(&memory, &delivery(DIRECT, vec![message(5, "u_bo", "b")]), NOW, NOW + 2).unwrap();
    assert_eq!(rooms(&memory), [DIRECT]);
}

#[test]
fn a_delivery_that_comes_again_changes_nothing() {
    let memory = mia();
    let call = delivery(DIRECT, vec![message(1, "u_bo", "a"), message(2, "u_bo", "b")]);
    is_safe_to_repeat(&memory.sql.0, || {
        store_in(&memory, &call, NOW, 0).unwrap();
    });
}

#[test]
fn a_delivery_that_does_not_commit_leaves_no_trace() {
    let memory = mia();
    leaves_no_trace(&memory.sql.0, || {
        store_in(&memory, &delivery(DIRECT, vec![message(1, "u_bo", "a")]), NOW, 0).unwrap();
    });
}

#[test]
fn a_reader_is_told_by_their_wishes_and_not_by_their_contacts() {
    let memory = mia();
    relate(&memory.sql, "u_bo", Relation::Contact);
    block(&memory, "u_eve", NOW);
    memory.sql.set_fact(Fact::VisibleFrom, 7).unwrap();
    let reader = reader_in(&memory, &user("u_mia"), GROUP).unwrap();
    assert_eq!((reader.visible_from, reader.privacy.contacts.len()), (7, 0));
    assert!(reader.privacy.hides.blocks("u_eve") && !reader.is_anybody());
}

#[test]
fn a_nudge_shakes_for_those_from_whom_it_is_taken_and_never_somebody_busy() {
    let mut memory = mia();
    relate(&memory.sql, "u_bo", Relation::Contact);
    let takes =
        |memory: &PersonMemory| ["u_bo", "u_kai"].map(|sender| takes_nudge(memory, &message(1, sender, "")).unwrap());
    assert_eq!(takes(&memory), [true, false]);
    memory.sql.save_settings(&Settings { nudges: Audience::Everyone, ..Settings::default() }).unwrap();
    assert_eq!(takes(&memory), [true, true]);
    memory.person.begin(NOW, "Mia", "cat", "", Status::Busy);
    assert_eq!(takes(&memory), [false, false]);
}
