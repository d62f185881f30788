//! Promises of every [`RoomStore`] beside its log, its changes and its group: unread messages, the outbox (`push.md` 1), limits, what is
//! known of people, the pinned message.

use super::log::log_of;
use super::{ODD_TEXTS, at, change, id, known, member, pin, record, said};
use crate::log::LogMeta;
use crate::machines::room::{OutboxEntry, PeopleStore, Pin, PinStore, Receipt, RoomStore, StoredReaction, Unread};
use crate::people::contacts::PrivacyRecord;
use crate::words::event::{Event, Kind};
use crate::words::limits::SEQ_MAX;

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("room.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! room_promises {
    ($new:expr) => {
        $crate::promises!(
            room,
            $new,
            [
                messages_of_others_are_unread,
                a_message_that_is_gone_is_not_unread,
                unread_messages_come_in_their_order_and_no_more_than_asked,
                whoever_wrote_a_message_is_an_author,
                what_is_known_of_somebody_is_the_last_that_was_saved,
                whoever_is_forgotten_is_not_known_and_may_be_forgotten_again,
                one_message_is_pinned_at_most,
                a_pin_is_kept_to_the_letter,
                what_was_used_of_a_limit_is_the_last_that_was_saved,
                a_limit_of_which_nothing_was_used_is_not_written_down,
                limits_of_two_names_do_not_meet,
                the_outbox_spans_all_that_somebody_was_not_told,
                what_somebody_saw_elsewhere_does_not_wait_for_them,
                what_was_told_leaves_the_outbox_and_what_came_later_stays,
                a_telling_that_does_not_cover_the_row_any_more_takes_nothing_away,
                telling_that_failed_is_tried_again_later,
                for_whoever_is_removed_nothing_waits,
                an_erased_room_has_nothing_of_what_was_said,
                a_room_that_begins_anew_has_another_epoch_and_no_past,
            ]
        );
    };
}

fn unread(store: &impl RoomStore, user: &str, after: u64) -> Vec<u64> {
    store.unread(user, after, 99).unwrap().iter().map(|one| one.seq).collect()
}

fn outbox(store: &impl RoomStore) -> Vec<OutboxEntry> {
    let mut all = store.outbox().unwrap();
    all.sort_by(|a, b| a.user.cmp(&b.user));
    all
}

fn entry(user: &str, from_seq: u64, to_seq: u64, stored_to: u64) -> OutboxEntry {
    OutboxEntry { user: user.to_owned(), from_seq, to_seq, stored_to, due_at: 50, tries: 0 }
}

/// Messages, nudges and winks: no changes and no notes.
pub fn messages_of_others_are_unread<S: RoomStore>(new: impl Fn() -> S) {
    let (mut store, last) = (log_of(new(), 0), Kind::ALL.len() as u64 + 1);
    for (seq, kind) in (1..).zip(Kind::ALL) {
        store.insert(&Event { kind, ..said(seq, "a", "hi") }).unwrap();
    }
    store.insert(&said(last, "b", "hi")).unwrap();
    let of_a: Vec<u64> = (1..).zip(Kind::ALL).filter(|(_, kind)| kind.is_message()).map(|(seq, _)| seq).collect();
    assert_eq!([unread(&store, "b", 0), unread(&store, "c", 0)], [of_a.clone(), [of_a, vec![last]].concat()]);
    let rest = [unread(&store, "a", 0), unread(&store, "c", last - 1), unread(&store, "c", last)];
    assert_eq!(rest, [vec![last], vec![last], vec![]]);
}

/// For everybody.
pub fn a_message_that_is_gone_is_not_unread<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 3);
    store.set_view(1, "{\"content\":\"other\"}").unwrap();
    store.bury(2, "{}").unwrap();
    assert_eq!(unread(&store, "b", 0), [1, 3]);
}

/// The oldest are those that count first.
pub fn unread_messages_come_in_their_order_and_no_more_than_asked<S: RoomStore>(new: impl Fn() -> S) {
    let store = log_of(new(), 5);
    let one = |seq| Unread { seq, ts: at(seq), actor: "user_1".to_owned() };
    assert_eq!(store.unread("b", 1, 2), Ok(vec![one(2), one(3)]));
    assert_eq!(store.unread("b", 1, 0), Ok(vec![]));
}

/// Once, however much they wrote.
pub fn whoever_wrote_a_message_is_an_author<S: RoomStore>(new: impl Fn() -> S) {
    let (mut store, last) = (log_of(new(), 0), Kind::ALL.len() as u64 + 1);
    // Each kind has a writer, who is called by its word. The writer of the first kind writes again.
    for (seq, kind) in (1..).zip(Kind::ALL) {
        store.insert(&Event { kind, ..said(seq, kind.as_str(), "hi") }).unwrap();
    }
    store.insert(&said(last, "chat", "hi")).unwrap();
    let mut writers: Vec<&str> = Kind::ALL.into_iter().filter(|kind| kind.is_message()).map(Kind::as_str).collect();
    writers.sort_unstable();
    let authors = |from, to| {
        let mut authors = store.authors(from, to).unwrap();
        authors.sort();
        authors
    };
    assert_eq!([authors(0, SEQ_MAX), authors(1, 1), authors(1, 2)], [writers, vec!["chat"], vec!["chat", "nudge"]]);
    assert_eq!([authors(last + 1, last + 9), authors(3, 2)], [[""; 0], []]);
}

/// With contacts, blocks and what was known at them.
pub fn what_is_known_of_somebody_is_the_last_that_was_saved<S: PeopleStore>(new: impl Fn() -> S) {
    let mut store = new();
    assert_eq!(store.known(), Ok(vec![]));
    let mut full = PrivacyRecord { is_told: true, invites: true, opened: true, ..known(SEQ_MAX) };
    full.privacy.contacts.extend(ODD_TEXTS.map(str::to_owned));
    full.privacy.hides.block("user_3", SEQ_MAX);
    full.frozen.insert("user_3".to_owned(), (SEQ_MAX, 0));
    for one in [known(1), full, known(2)] {
        store.save_known("user_1", &one).unwrap();
        assert_eq!(store.known(), Ok(vec![("user_1".to_owned(), one)]));
    }
}

/// Others stay known.
pub fn whoever_is_forgotten_is_not_known_and_may_be_forgotten_again<S: PeopleStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.save_known("user_1", &known(1)).unwrap();
    store.save_known("user_2", &known(2)).unwrap();
    for user in ["user_1", "user_1", "nobody"] {
        store.forget_known(user).unwrap();
        assert_eq!(store.known(), Ok(vec![("user_2".to_owned(), known(2))]));
    }
}

/// The last one.
pub fn one_message_is_pinned_at_most<S: PinStore>(new: impl Fn() -> S) {
    let mut store = new();
    assert_eq!(store.pin(), Ok(None));
    for one in [Some(pin(1)), Some(pin(9)), None, None, Some(pin(2))] {
        store.save_pin(one.as_ref()).unwrap();
        assert_eq!(store.pin(), Ok(one));
    }
}

/// The author of a pinned message and the person who pinned it are stored apart, and so are both times.
pub fn a_pin_is_kept_to_the_letter<S: PinStore>(new: impl Fn() -> S) {
    let mut store = new();
    for text in ODD_TEXTS {
        let (message, author, by) = (format!("m{text}"), format!("a{text}"), format!("b{text}"));
        let one = Pin { message, author, by, said_at: SEQ_MAX - 1, at: SEQ_MAX, seq: SEQ_MAX - 2 };
        store.save_pin(Some(&one)).unwrap();
        assert_eq!(store.pin(), Ok(Some(one)));
    }
}

fn limits(store: &impl RoomStore, name: &str) -> Vec<(String, String)> {
    let mut used = store.limits(name).unwrap();
    used.sort();
    used
}

/// Of each person for themselves.
pub fn what_was_used_of_a_limit_is_the_last_that_was_saved<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = new();
    for (user, used) in [("a", "1"), ("b", "1"), ("a", "1,2"), ("a", "1,2")] {
        store.save_limit("history", user, used).unwrap();
    }
    assert_eq!(limits(&store, "history"), [("a".to_owned(), "1,2".to_owned()), ("b".to_owned(), "1".to_owned())]);
}

/// Saying so again is safe.
pub fn a_limit_of_which_nothing_was_used_is_not_written_down<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.save_limit("history", "a", "1").unwrap();
    store.save_limit("history", "a", "").unwrap();
    store.save_limit("history", "a", "").unwrap();
    assert!(limits(&store, "history").is_empty());
}

/// Nor do the people of the same limit.
pub fn limits_of_two_names_do_not_meet<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.save_limit("history", "a", "1").unwrap();
    store.save_limit("typing", "a", "2").unwrap();
    store.save_limit("typing", "", "3").unwrap();
    store.save_limit("history", "a", "").unwrap();
    assert!(limits(&store, "history").is_empty());
    assert_eq!(limits(&store, "typing"), [(String::new(), "3".to_owned()), ("a".to_owned(), "2".to_owned())]);
    assert!(limits(&store, "TYPING").is_empty());
}

/// When it is due, the first of it says.
pub fn the_outbox_spans_all_that_somebody_was_not_told<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = new();
    assert!(outbox(&store).is_empty());
    for (user, seq, due_at) in [("b", 5, 50), ("b", 7, 60), ("a", 5, 50), ("b", 4, 70)] {
        store.outbox_add(user, seq, false, due_at).unwrap();
    }
    assert_eq!(outbox(&store), [entry("a", 5, 5, 5), entry("b", 4, 7, 7)]);
    store.outbox_add("c", SEQ_MAX, false, SEQ_MAX).unwrap();
    assert_eq!(outbox(&store)[2], OutboxEntry { due_at: SEQ_MAX, ..entry("c", SEQ_MAX, SEQ_MAX, SEQ_MAX) });
}

/// It is told to their other devices, and nothing is kept. What came while they were not here at all stays kept.
pub fn what_somebody_saw_elsewhere_does_not_wait_for_them<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.outbox_add("a", 5, true, 50).unwrap();
    assert_eq!(outbox(&store), [entry("a", 5, 5, 0)]);
    store.outbox_add("a", 6, false, 60).unwrap();
    store.outbox_add("a", 7, true, 60).unwrap();
    assert_eq!(outbox(&store), [entry("a", 5, 7, 6)]);
}

/// With its failures forgotten. Saying again that it was told is safe.
pub fn what_was_told_leaves_the_outbox_and_what_came_later_stays<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = new();
    for seq in 5..=8 {
        store.outbox_add("a", seq, false, 50).unwrap();
        store.outbox_add("b", seq, false, 50).unwrap();
    }
    let sent = entry("a", 5, 8, 8);
    store.outbox_retry("a", 50).unwrap();
    for _ in 0..2 {
        store.outbox_done(&sent, 6).unwrap();
        assert_eq!(outbox(&store), [entry("a", 7, 8, 8), entry("b", 5, 8, 8)]);
    }
    for _ in 0..2 {
        store.outbox_done(&sent, 8).unwrap();
        assert_eq!(outbox(&store), [entry("b", 5, 8, 8)]);
    }
    store.outbox_done(&entry("b", 5, 8, 8), 9).unwrap();
    assert!(outbox(&store).is_empty());
}

/// While it was on its way, something older turned out to be untold, or more of it to be kept.
pub fn a_telling_that_does_not_cover_the_row_any_more_takes_nothing_away<S: RoomStore>(new: impl Fn() -> S) {
    for (seq, was_here) in [(3, true), (6, false)] {
        let mut store = new();
        store.outbox_add("a", 5, true, 50).unwrap();
        store.outbox_add("a", 6, true, 50).unwrap();
        let sent = outbox(&store).remove(0);
        store.outbox_add("a", seq, was_here, 50).unwrap();
        let before = outbox(&store);
        store.outbox_done(&sent, 6).unwrap();
        assert_eq!(outbox(&store), before);
    }
}

/// Each failure is counted.
pub fn telling_that_failed_is_tried_again_later<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.outbox_add("a", 5, false, 50).unwrap();
    store.outbox_add("b", 5, false, 50).unwrap();
    for tries in 1..=3 {
        let due_at = 100 * u64::from(tries);
        store.outbox_retry("a", due_at).unwrap();
        assert_eq!(outbox(&store), [OutboxEntry { due_at, tries, ..entry("a", 5, 5, 5) }, entry("b", 5, 5, 5)]);
    }
    store.outbox_add("a", 9, false, 50).unwrap();
    let waits = OutboxEntry { due_at: 300, tries: 3, ..entry("a", 5, 9, 9) };
    assert_eq!(outbox(&store)[0], waits, "what comes meanwhile does not hurry");
    store.outbox_retry("nobody", 1).unwrap();
    assert_eq!(outbox(&store).len(), 2);
}

/// Others are told as before.
pub fn for_whoever_is_removed_nothing_waits<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.save_group(&record()).unwrap();
    for user in ["user_1", "user_2"] {
        store.save_member(&member(user)).unwrap();
        store.outbox_add(user, 5, false, 50).unwrap();
    }
    store.remove_member("user_1").unwrap();
    assert_eq!(outbox(&store), [entry("user_2", 5, 5, 5)]);
}

/// A room with a bit of everything.
fn full<S: RoomStore>(store: S) -> S {
    let mut store = log_of(store, 3);
    store.insert(&change(4, "user_1", Kind::Edit, 1)).unwrap();
    store.note_change(1, 4).unwrap();
    store.set_view(1, "{\"content\":\"other\"}").unwrap();
    store.add_reaction(2, &StoredReaction { user: "a".to_owned(), reaction: "heart".to_owned() }, 5).unwrap();
    store.hide("a", 3).unwrap();
    store.save_receipt("a", &Receipt { read: 2, ..Receipt::default() }).unwrap();
    store.save_known("a", &known(1)).unwrap();
    store.outbox_add("a", 3, false, 50).unwrap();
    store.save_pin(Some(&pin(2))).unwrap();
    store.set_indexed_to(4).unwrap();
    store
}

fn assert_empty(store: &impl RoomStore) {
    assert_eq!((store.read(0, SEQ_MAX, 9), store.find(&id(1))), (Ok(vec![]), Ok(None)));
    assert_eq!(
        (store.changes(0, SEQ_MAX), store.changes_of(1), store.reactions(2)),
        (Ok(vec![]), Ok(vec![]), Ok(vec![]))
    );
    assert_eq!((store.hidden("a", 0, SEQ_MAX), store.hidden_by(3)), (Ok(vec![]), Ok(vec![])));
    assert_eq!(
        (store.receipts(), store.known(), store.outbox(), store.pin()),
        (Ok(vec![]), Ok(vec![]), Ok(vec![]), Ok(None))
    );
    assert_eq!((store.unread("b", 0, 9), store.authors(0, SEQ_MAX)), (Ok(vec![]), Ok(vec![])));
}

/// Nor of who was there.
pub fn an_erased_room_has_nothing_of_what_was_said<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = full(new());
    for _ in 0..2 {
        store.erase().unwrap();
        assert_empty(&store);
        let meta = store.meta().unwrap().unwrap();
        assert_eq!((meta.head, meta.ts), (0, 0));
    }
}

/// Later messages are read like any other.
pub fn a_room_that_begins_anew_has_another_epoch_and_no_past<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = full(new());
    store.erase().unwrap();
    store.begin_anew(8).unwrap();
    assert_eq!(store.meta(), Ok(Some(LogMeta { epoch: 8, head: 0, oldest: 1, ts: 0 })));
    assert_empty(&store);
    store.insert(&said(1, "user_2", "anew")).unwrap();
    assert_eq!(store.read(0, SEQ_MAX, 9), Ok(vec![said(1, "user_2", "anew")]));
    assert_eq!((store.hidden("a", 0, SEQ_MAX), store.reactions(1)), (Ok(vec![]), Ok(vec![])));
    store.hide("a", 1).unwrap();
    assert_eq!(store.hidden("a", 0, SEQ_MAX), Ok(vec![1]));
}
