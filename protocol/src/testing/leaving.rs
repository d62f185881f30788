//! Promises of every [`LeavingStore`] (`leaving.md` 2).

use super::log::log_of;
use super::{body, body_with_files, change, id, known, said};
use crate::log::RetentionStore;
use crate::machines::room::{LeavingStore, Receipt, RoomStore, StoredReaction};
use crate::words::event::{Event, Kind};
use crate::words::limits::SEQ_MAX;

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("leaving.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! leaving_promises {
    ($new:expr) => {
        $crate::promises!(
            leaving,
            $new,
            [
                events_of_somebody_come_in_their_order_a_portion_at_a_time,
                whoever_wrote_nothing_is_looked_for_once,
                an_event_without_a_name_is_of_nobody_and_no_session,
                files_and_emoticons_go_with_the_name,
                what_was_edited_stays_edited_without_its_name,
                a_silenced_event_says_that_alone,
                messages_that_somebody_reacts_to_are_known_once_each,
                whoever_is_forgotten_has_nothing_here_and_others_have,
            ]
        );
    };
}

/// Messages of two people in turn.
fn of_two<S: RoomStore + LeavingStore + RetentionStore>(store: S, count: u64) -> S {
    let mut store = log_of(store, 0);
    for seq in 1..=count {
        store.insert(&said(seq, if seq % 2 == 1 { "a" } else { "b" }, "hi")).unwrap();
    }
    store
}

/// And up to where was looked.
pub fn events_of_somebody_come_in_their_order_a_portion_at_a_time<S>(new: impl Fn() -> S)
where
    S: RoomStore + LeavingStore + RetentionStore,
{
    let store = of_two(new(), 8);
    let mut portions = Vec::new();
    let mut after = 0;
    while after < 8 {
        let (found, to) = store.written_by("a", after, 2).unwrap();
        portions.push((found.iter().map(|event| event.seq).collect::<Vec<u64>>(), to));
        after = to;
    }
    assert_eq!(portions, [(vec![1, 3], 3), (vec![5, 7], 7), (vec![], 8)]);
    assert_eq!(store.written_by("a", 0, 1).unwrap().0, [said(1, "a", "hi")]);
}

/// All of the log is looked at.
pub fn whoever_wrote_nothing_is_looked_for_once<S>(new: impl Fn() -> S)
where
    S: RoomStore + LeavingStore + RetentionStore,
{
    let store = of_two(new(), 3);
    assert_eq!(store.written_by("c", 0, 9), Ok((vec![], 3)));
    assert_eq!(log_of(new(), 0).written_by("c", 0, 9), Ok((vec![], 0)));
}

/// The promised answer remains, and a repetition receives the first answer.
pub fn an_event_without_a_name_is_of_nobody_and_no_session<S>(new: impl Fn() -> S)
where
    S: RoomStore + LeavingStore + RetentionStore,
{
    let mut store = of_two(new(), 2);
    for _ in 0..2 {
        store.unname(1, "Gone").unwrap();
        let gone = Event { name: "Gone".to_owned(), session: None, ..said(1, "a", "hi") };
        assert_eq!(store.read(0, 9, 9), Ok(vec![gone, said(2, "b", "hi")]));
        assert_eq!(store.find(&id(1)).unwrap().unwrap().body, body("hi"));
    }
    store.unname(9, "Gone").unwrap();
    assert_eq!(store.read(0, 9, 9).unwrap().len(), 2);
}

/// The words stay.
pub fn files_and_emoticons_go_with_the_name<S>(new: impl Fn() -> S)
where
    S: RoomStore + LeavingStore + RetentionStore,
{
    let mut store = of_two(new(), 0);
    let words = "look \"here\" 👀 \\ ü\u{1}";
    let shown = [body_with_files(words, &["f1", "f2"], &[]), body_with_files(words, &[], &["p"])];
    let both = body_with_files(words, &["f1"], &["p"]);
    for (seq, body) in (1..).zip(shown.into_iter().chain([both])) {
        store.insert(&Event { body, ..said(seq, "a", "") }).unwrap();
        store.unname(seq, "Gone").unwrap();
        assert_eq!(store.read(seq, seq, 1).unwrap()[0].body, self::body(words));
    }
}

/// And its files go from how it reads now.
pub fn what_was_edited_stays_edited_without_its_name<S>(new: impl Fn() -> S)
where
    S: RoomStore + LeavingStore + RetentionStore,
{
    let mut store = of_two(new(), 1);
    store.set_view(1, &body_with_files("edited", &["f1"], &[])).unwrap();
    store.unname(1, "Gone").unwrap();
    let gone = Event { name: "Gone".to_owned(), session: None, ..said(1, "a", "edited") };
    assert_eq!(store.read(1, 1, 1), Ok(vec![gone]));
}

/// However it read before.
pub fn a_silenced_event_says_that_alone<S>(new: impl Fn() -> S)
where
    S: RoomStore + LeavingStore + RetentionStore,
{
    let mut store = of_two(new(), 2);
    store.set_view(1, &body("edited")).unwrap();
    for _ in 0..2 {
        store.silence(1, "{\"messageId\":\"m\"}").unwrap();
        assert_eq!(store.read(1, 1, 1).unwrap()[0].body, "{\"messageId\":\"m\"}");
        assert_eq!(store.find(&id(1)).unwrap().unwrap().body, "{\"messageId\":\"m\"}");
        assert_eq!(store.originals(1, 1, 1).unwrap()[0].2, "{\"messageId\":\"m\"}");
    }
    assert_eq!(store.read(2, 2, 1), Ok(vec![said(2, "b", "hi")]));
}

/// However many reactions they are.
pub fn messages_that_somebody_reacts_to_are_known_once_each<S>(new: impl Fn() -> S)
where
    S: RoomStore + LeavingStore + RetentionStore,
{
    let mut store = of_two(new(), 4);
    for (seq, (user, target, reaction)) in
        (5..).zip([("a", 3, "heart"), ("a", 3, "👍"), ("b", 2, "heart"), ("a", 1, "heart"), ("b", 3, "heart")])
    {
        let one = StoredReaction { user: user.to_owned(), reaction: reaction.to_owned() };
        store.add_reaction(target, &one, seq).unwrap();
    }
    let targets = |user: &str| {
        let mut targets = store.reacted_to_by(user).unwrap();
        targets.sort_unstable();
        targets
    };
    assert_eq!([targets("a"), targets("b"), targets("c")], [vec![1, 3], vec![2, 3], vec![]]);
}

/// Receipt, what they hid, what waits for them, what they used of limits. Again, it does nothing.
pub fn whoever_is_forgotten_has_nothing_here_and_others_have<S>(new: impl Fn() -> S)
where
    S: RoomStore + LeavingStore + RetentionStore,
{
    let mut store = of_two(new(), 2);
    store.insert(&change(3, "a", Kind::Reaction, 2)).unwrap();
    for user in ["a", "b"] {
        store.save_receipt(user, &Receipt { read: 1, ..Receipt::default() }).unwrap();
        store.hide(user, 1).unwrap();
        store.outbox_add(user, 2, false, 50).unwrap();
        store.save_limit("history", user, "1").unwrap();
        store.save_known(user, &known(1)).unwrap();
    }
    for _ in 0..2 {
        store.forget_person("a").unwrap();
        store.forget_known("a").unwrap();
        assert_eq!((store.receipt("a"), store.hidden("a", 0, SEQ_MAX)), (Ok(None), Ok(vec![])));
        assert_eq!(store.hidden_by(1), Ok(vec!["b".to_owned()]));
        assert_eq!(store.receipts().unwrap().len(), 1);
        assert_eq!(store.outbox().unwrap().into_iter().map(|entry| entry.user).collect::<Vec<String>>(), ["b"]);
        assert_eq!(store.limits("history"), Ok(vec![("b".to_owned(), "1".to_owned())]));
        assert_eq!(store.known(), Ok(vec![("b".to_owned(), known(1))]));
        assert_eq!(store.read(0, SEQ_MAX, 9).unwrap().len(), 3, "every place stays");
    }
}
