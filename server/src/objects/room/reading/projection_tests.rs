//! Promises of the events that a room sends to the database (`wasmchannel.md` 6): their range, time and content.

use std::collections::BTreeSet;

use protocol::log::Retention;
use protocol::machines::room::{GONE_CODE, Outbound, RoomSettings, RoomStore, StoredReaction};
use protocol::testing::{at, body, change, id, said};
use protocol::wire::wasmchannel::{RowChangeKind, packed, read_queue_message};
use protocol::words::event::Kind;
use protocol::words::ids::{RoomId, RoomRules};
use protocol::words::limits::{INDEX_GATHER_EVENTS, SEQ_MAX};

use super::*;
use crate::objects::room::tests::{A, WORD, log_of, ring, room, sealed_room, slept, sweep, woken};

fn opened(store: &mut RoomSql) -> Room {
    let rules = RoomRules { public: vec!["general".to_owned()], open: false };
    Room::open(RoomId::parse("general", &rules).unwrap(), RoomSettings::default(), store, 7).unwrap()
}

fn queued(store: &RoomSql) -> Vec<String> {
    messages(store, "rm:general", "00000007", &store.read(0, SEQ_MAX, 99).unwrap()).unwrap()
}

/// The rows of messages: position of the event, position of its message, and the change of that.
fn queued_changes(store: &RoomSql) -> Vec<(u64, Option<u64>, RowChangeKind)> {
    let rows = queued(store).into_iter().map(|text| read_queue_message(&text).unwrap());
    rows.map(|row| (row.version, row.seq, row.what)).collect()
}

/// An edit, a reaction and a deletion, as the machine carries them out.
fn changed() -> RoomSql {
    let mut store = log_of(room(), 3);
    store.insert(&change(4, "user_2", Kind::Edit, 1)).unwrap();
    store.note_change(1, 4).unwrap();
    store.set_view(1, &body("other words")).unwrap();
    react(&mut store, 5, "user_2", 2);
    store.insert(&change(6, "user_1", Kind::Delete, 3)).unwrap();
    store.note_change(3, 6).unwrap();
    store.bury(3, "{}").unwrap();
    store
}

fn react(store: &mut RoomSql, seq: u64, user: &str, target: u64) {
    store.insert(&change(seq, user, Kind::Reaction, target)).unwrap();
    store.note_change(target, seq).unwrap();
    store.add_reaction(target, &StoredReaction { user: user.to_owned(), reaction: "heart".to_owned() }, seq).unwrap();
}

fn gone(seq: u64, user: &str) -> Event {
    Event { kind: Kind::System, body: format!(r#"{{"code":"{GONE_CODE}"}}"#), ..said(seq, user, "") }
}

#[test]
fn how_far_the_database_was_told_is_kept() {
    let store = log_of(room(), 1);
    assert_eq!(store.projected(), Ok(0));
    for seq in [1, SEQ_MAX, 3] {
        store.set_projected(seq).unwrap();
        assert_eq!(slept(&store).projected(), Ok(seq));
    }
}

#[test]
fn what_the_database_let_go_of_does_not_come_back() {
    let store = log_of(room(), 1);
    assert_eq!(store.sent_bound(), Ok(1));
    for (bound, wanted) in [(5, 5), (3, 5), (SEQ_MAX, SEQ_MAX)] {
        store.set_sent_bound(bound).unwrap();
        assert_eq!(slept(&store).sent_bound(), Ok(wanted));
    }
}

#[test]
fn where_there_is_no_log_nothing_was_told() {
    assert_eq!((room().projected(), room().sent_bound()), (Ok(0), Ok(1)));
}

#[test]
fn what_was_just_said_is_gathered_before_it_is_told() {
    let mut store = log_of(room(), 2);
    let room = opened(&mut store);
    assert_eq!(due_at(&room, &store, at(1)), Ok(Some(gathered_at("general", at(1)))));
    let late = at(9);
    assert_eq!(due_at(&room, &store, late), Ok(Some(late + PACE_MS)), "never at once: others want to be heard");
    store.set_projected(1).unwrap();
    assert_eq!(due_at(&room, &store, at(2)), Ok(Some(gathered_at("general", at(2)))));
    let before = at(2) - PROJECTION_GATHER_MS_MAX;
    assert_eq!(due_at(&room, &store, before), Ok(Some(before + PACE_MS)), "the clock was set back");
}

#[test]
fn an_event_is_gathered_for_a_moment_and_no_longer_than_promised() {
    for room in ["general", "dm:user_1:user_2", "b0e7"] {
        for ts in (at(1)..at(9)).step_by(77) {
            let waits_ms = gathered_at(room, ts) - ts;
            assert!((PROJECTION_GATHER_MS_MIN..PROJECTION_GATHER_MS_MAX).contains(&waits_ms), "{room} {waits_ms}");
        }
    }
}

#[test]
fn rooms_that_are_busy_in_one_moment_do_not_report_in_one() {
    let times: BTreeSet<Millis> = (0..100).map(|n| gathered_at(&format!("group-{n}"), at(1))).collect();
    assert!(times.len() > 50, "{times:?}");
}

#[test]
fn nothing_is_due_once_all_was_told_and_few_wait_for_the_index() {
    let count = u64::from(INDEX_GATHER_EVENTS);
    let mut store = log_of(room(), count);
    let room = opened(&mut store);
    store.set_projected(count).unwrap();
    assert_eq!(due_at(&room, &store, 5), Ok(Some(5 + PACE_MS)), "a portion is missing in the index");
    store.set_indexed_to(1).unwrap();
    assert_eq!(due_at(&room, &store, 5), Ok(None), "a search adds the rest");
    store.set_indexed_to(count).unwrap();
    assert_eq!(due_at(&room, &store, 5), Ok(None));
}

#[test]
fn a_portion_for_the_index_does_not_wait_for_the_database() {
    let count = u64::from(INDEX_GATHER_EVENTS);
    let mut store = log_of(room(), count);
    let room = opened(&mut store);
    assert_eq!(due_at(&room, &store, 5), Ok(Some(5 + PACE_MS)));
    store.set_indexed_to(1).unwrap();
    assert_eq!(due_at(&room, &store, at(1)), Ok(Some(gathered_at("general", at(1)))));
}

#[test]
fn what_a_portion_tells_is_one_message_of_the_queue() {
    let store = log_of(room(), u64::from(PORTION));
    let entries = queued(&store);
    assert_eq!((entries.len(), packed(&entries).len()), (PORTION as usize, 1));
}

#[test]
fn the_database_hears_of_what_was_trimmed() {
    let mut store = log_of(room(), 200);
    store.set_projected(200).unwrap();
    store.set_indexed_to(200).unwrap();
    let mut room = opened(&mut store);
    let retention = Retention { keep_ms: 1, events_min: 10, ids_ms: SEQ_MAX };
    room.trim(&mut store, at(500), &retention, &mut Outbound::default()).unwrap();
    assert_eq!(due_at(&room, &store, 5), Ok(Some(5 + PACE_MS)));
    store.set_sent_bound(room.kept_from()).unwrap();
    assert_eq!((room.kept_from(), due_at(&room, &store, 5)), (191, Ok(None)));
}

#[test]
fn the_next_events_are_those_that_are_left_and_were_not_told() {
    let mut store = log_of(room(), 5);
    let mut room = opened(&mut store);
    let seqs = |room: &Room, store: &RoomSql, sent, limit| {
        unsent(room, store, sent, limit).unwrap().iter().map(|event| event.seq).collect::<Vec<u64>>()
    };
    assert_eq!(
        [seqs(&room, &store, 0, 2), seqs(&room, &store, 3, 9), seqs(&room, &store, 5, 9)],
        [vec![1, 2], vec![4, 5], vec![]]
    );
    let retention = Retention { keep_ms: 1, events_min: 2, ids_ms: SEQ_MAX };
    room.trim(&mut store, at(9), &retention, &mut Outbound::default()).unwrap();
    assert_eq!(
        [seqs(&room, &store, 0, 9), seqs(&room, &store, 4, 9)],
        [vec![4, 5], vec![5]],
        "digests are nobody's words"
    );
}

#[test]
fn a_message_is_told_as_it_reads_now_and_a_change_names_its_message() {
    let said = |words: &str| RowChangeKind::Said(words.to_owned());
    let reacted = RowChangeKind::Reacted(r#"[{"count":1,"reaction":"heart","users":["user_2"]}]"#.to_owned());
    let wanted = [
        (1, Some(1), said("other words")),
        (2, Some(2), said("hi")),
        (3, Some(3), RowChangeKind::Buried),
        (4, Some(1), RowChangeKind::Edited("other words".to_owned())),
        (5, Some(2), reacted),
        (6, Some(3), RowChangeKind::Deleted),
    ];
    assert_eq!(queued_changes(&changed()), wanted);
}

#[test]
fn a_reaction_tells_those_that_there_are_by_now() {
    let mut store = log_of(room(), 1);
    for (seq, user) in [(2, "a"), (3, "b")] {
        react(&mut store, seq, user, 1);
    }
    let reactions = queued_changes(&store).split_off(1);
    assert_eq!(reactions[0].2, reactions[1].2);
    assert_eq!(
        reactions[0].2,
        RowChangeKind::Reacted(r#"[{"count":2,"reaction":"heart","users":["a","b"]}]"#.to_owned())
    );
}

#[test]
fn the_end_of_somebody_tells_of_every_message_to_which_they_had_reacted() {
    let mut store = log_of(room(), 4);
    for (seq, (user, target)) in (5..).zip([("a", 3), ("a", 1), ("b", 3), ("a", 4)]) {
        react(&mut store, seq, user, target);
    }
    // The reaction was taken back before, and is sent again without harm.
    let own = store.reactions(4).unwrap().remove(0);
    store.remove_reaction(4, &own).unwrap();
    for target in [1, 3] {
        let own = StoredReaction { user: "a".to_owned(), reaction: "heart".to_owned() };
        store.remove_reaction(target, &own).unwrap();
    }
    store.insert(&gone(9, "a")).unwrap();
    let ended = queued_changes(&store).split_off(8);
    let reacted = |json: &str| RowChangeKind::Reacted(json.to_owned());
    let wanted = [
        (9, None, RowChangeKind::Gone { keeps_words: false, after: 0 }),
        (9, Some(1), reacted("[]")),
        (9, Some(3), reacted(r#"[{"count":1,"reaction":"heart","users":["b"]}]"#)),
        (9, Some(4), reacted("[]")),
    ];
    assert_eq!(ended, wanted);
}

#[test]
fn the_end_of_somebody_who_never_reacted_is_one_message() {
    let mut store = log_of(room(), 2);
    react(&mut store, 3, "b", 1);
    store.insert(&gone(4, "a")).unwrap();
    assert_eq!(queued_changes(&store).split_off(3), [(4, None, RowChangeKind::Gone { keeps_words: false, after: 0 })]);
}

#[test]
fn what_has_no_row_is_not_told() {
    let mut store = log_of(room(), 0);
    store.insert(&Event { kind: Kind::Nudge, body: "{}".to_owned(), ..said(1, "a", "") }).unwrap();
    store.insert(&Event { kind: Kind::System, ..said(2, "a", "note") }).unwrap();
    store.insert(&Event { actor: None, ..said(3, "a", "of the system") }).unwrap();
    assert_eq!(queued(&store), [""; 0]);
}

#[test]
fn where_words_are_sealed_the_database_is_told_none_that_can_be_read() {
    let mut store = log_of(sealed_room(), 0);
    store.insert(&said(1, "user_1", WORD)).unwrap();
    let mut edit = change(2, "user_1", Kind::Edit, 1);
    edit.body = edit.body.replace("other words", WORD);
    store.insert(&edit).unwrap();
    store.note_change(1, 2).unwrap();
    let rows = queued(&store);
    assert!(rows.len() == 2 && rows.iter().all(|row| !row.contains(WORD)));
    for (row, text) in [("1", 0), ("2", 1)].map(|(row, at)| (row, &rows[at])) {
        let (RowChangeKind::Said(sealed) | RowChangeKind::Edited(sealed)) = read_queue_message(text).unwrap().what
        else {
            panic!("{text}");
        };
        let place = AssociatedData { log: "rm:general", table: DATABASE_TABLE, column: "content", row };
        assert_eq!(ring(A).open(place, sealed).unwrap(), WORD);
    }
}

#[test]
fn without_its_key_a_room_tells_nothing_and_knows_how_far_it_had_come() {
    let mut store = log_of(sealed_room(), 2);
    store.set_projected(1).unwrap();
    let mut shut = woken(&store.sql, ring("b:HxAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    let room = opened(&mut shut);
    assert!(is_about_keys(&unsent(&room, &shut, 1, 9).unwrap_err()));
    assert_eq!(due_at(&room, &shut, at(2)), Ok(Some(gathered_at("general", at(2)))), "times need no key");
    sweep(&store);
    let room = opened(&mut store);
    assert_eq!(unsent(&room, &store, 1, 9).unwrap().len(), 1);
}

#[test]
fn a_room_that_begins_anew_tells_everything_again() {
    let mut store = changed();
    store.set_projected(6).unwrap();
    store.set_sent_bound(4).unwrap();
    protocol::machines::room::GroupStore::erase(&mut store).unwrap();
    store.begin_anew(9).unwrap();
    assert_eq!((store.projected(), store.sent_bound()), (Ok(0), Ok(1)));
    assert_eq!((store.target_of(4), store.find(&id(1))), (Ok(None), Ok(None)));
}
