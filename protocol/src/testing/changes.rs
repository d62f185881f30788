//! Promises of every [`ChangeStore`] (`core.md` 1.2, `messenger.md` 3.2).

use super::log::log_of;
use super::{ODD_TEXTS, at, body, change, id, said};
use crate::log::RetentionStore;
use crate::machines::room::{ChangeOf, ChangeStore, Receipt, StoredReaction};
use crate::words::event::{Event, Kind, TOMBSTONE};
use crate::words::limits::SEQ_MAX;

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("changes.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! change_promises {
    ($new:expr) => {
        $crate::promises!(
            changes,
            $new,
            [
                a_message_reads_like_its_newest_view_and_is_found_as_it_was_written,
                views_are_kept_to_the_letter,
                a_view_of_nothing_is_none,
                a_change_names_its_message_with_author_and_time,
                changes_of_a_message_come_in_their_order,
                a_buried_message_and_its_edits_have_no_words,
                only_edits_of_the_buried_message_lose_their_words,
                reactions_come_in_their_order,
                a_reaction_goes_in_whatever_spelling,
                a_reaction_may_come_back,
                rows_of_two_spellings_are_one_reaction,
                somebody_hides_a_message_for_themselves_alone,
                hiding_again_is_hiding_once,
                ids_of_the_newest_hidden_messages_come_first,
                a_receipt_is_the_last_that_was_saved,
                receipts_of_everybody_are_listed,
                all_that_hangs_on_a_trimmed_message_goes_with_it,
            ]
        );
    };
}

/// Five messages, of which the second and third were changed: edited, reacted to, edited again, and deleted by an event that nobody carried out.
fn changed<S: ChangeStore>(store: S) -> S {
    let mut store = log_of(store, 5);
    let changes = [(Kind::Edit, 2), (Kind::Reaction, 3), (Kind::Edit, 2), (Kind::Edit, 3), (Kind::Delete, 2)];
    for (seq, (kind, target)) in (6..).zip(changes) {
        store.insert(&change(seq, "user_2", kind, target)).unwrap();
        store.note_change(target, seq).unwrap();
    }
    store
}

fn body_at(store: &impl ChangeStore, seq: u64) -> String {
    store.read(seq, seq, 1).unwrap().remove(0).body
}

fn reacted(user: &str, reaction: &str) -> StoredReaction {
    StoredReaction { user: user.to_owned(), reaction: reaction.to_owned() }
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

/// All others read as before.
pub fn a_message_reads_like_its_newest_view_and_is_found_as_it_was_written<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 3);
    for view in ["once", "twice"] {
        store.set_view(2, &body(view)).unwrap();
        let read: Vec<String> = store.read(1, 3, 9).unwrap().into_iter().map(|event| event.body).collect();
        assert_eq!(read, [body("hi"), body(view), body("hi")]);
        assert_eq!(store.find(&id(2)).unwrap().unwrap().body, body("hi"));
    }
    let event = store.read(2, 2, 1).unwrap().remove(0);
    assert_eq!(Event { body: body("hi"), ..event }, said(2, "user_1", "hi"));
}

/// Whatever stands in them.
pub fn views_are_kept_to_the_letter<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 1);
    for text in ODD_TEXTS {
        store.set_view(1, text).unwrap();
        assert_eq!(body_at(&store, 1), text);
    }
}

/// Of a place at which there is no event.
pub fn a_view_of_nothing_is_none<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 1);
    store.set_view(7, &body("ghost")).unwrap();
    assert_eq!(store.read(0, SEQ_MAX, 9), Ok(vec![said(1, "user_1", "hi")]));
}

/// Those of the places that are asked for.
pub fn a_change_names_its_message_with_author_and_time<S: ChangeStore>(new: impl Fn() -> S) {
    let store = changed(new());
    let found = |from, to| {
        let found = store.changes(from, to).unwrap();
        sorted(found.into_iter().map(|one| (one.seq, one.target, one.actor, one.ts)).collect())
    };
    let of = |seq: u64, target: u64| (seq, target, "user_1".to_owned(), at(target));
    assert_eq!(found(0, SEQ_MAX), [of(6, 2), of(7, 3), of(8, 2), of(9, 3), of(10, 2)]);
    assert_eq!(found(7, 9), [of(7, 3), of(8, 2), of(9, 3)]);
    assert_eq!((found(1, 5), found(11, 99)), (vec![], vec![]));
    let one = store.changes(6, 6).unwrap().remove(0);
    assert_eq!(one, ChangeOf { seq: 6, target: 2, actor: "user_1".into(), ts: at(2) });
}

/// As they were written.
pub fn changes_of_a_message_come_in_their_order<S: ChangeStore>(new: impl Fn() -> S) {
    let store = changed(new());
    let wanted =
        [(6, Kind::Edit), (8, Kind::Edit), (10, Kind::Delete)].map(|(seq, kind)| change(seq, "user_2", kind, 2));
    assert_eq!(store.changes_of(2).unwrap(), wanted);
    assert_eq!(store.changes_of(4), Ok(vec![]));
}

/// Not even as they were written.
pub fn a_buried_message_and_its_edits_have_no_words<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = changed(new());
    store.set_view(2, &body("edited")).unwrap();
    store.add_reaction(2, &reacted("user_3", "heart"), 11).unwrap();
    store.bury(2, "{\"left\":1}").unwrap();
    assert_eq!([2, 6, 8].map(|seq| body_at(&store, seq)), [TOMBSTONE, "{\"left\":1}", "{\"left\":1}"]);
    for (seq, left) in [(2, TOMBSTONE), (6, "{\"left\":1}"), (8, "{\"left\":1}")] {
        assert_eq!(store.find(&id(seq)).unwrap().unwrap().body, left);
    }
    assert_eq!(store.reactions(2), Ok(vec![]));
}

/// Of other messages nothing goes, and of this one no deletion.
pub fn only_edits_of_the_buried_message_lose_their_words<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = changed(new());
    store.add_reaction(3, &reacted("user_3", "heart"), 7).unwrap();
    let stored = [1, 3, 4, 5, 7, 9, 10];
    let before = stored.map(|seq| body_at(&store, seq));
    store.bury(2, "{}").unwrap();
    assert_eq!(stored.map(|seq| body_at(&store, seq)), before);
    assert_eq!(store.reactions(3), Ok(vec![reacted("user_3", "heart")]));
    assert_eq!(store.changes_of(2).unwrap().len(), 3, "they are still changes of it");
}

/// By place, whoever they are of.
pub fn reactions_come_in_their_order<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 2);
    let all = [reacted("z", "heart"), reacted("a", "👍"), reacted("z", "👍"), reacted("m", "heart")];
    for (seq, one) in (3..).zip(&all) {
        store.add_reaction(1, one, seq).unwrap();
    }
    store.add_reaction(2, &all[0], 9).unwrap();
    assert_eq!(store.reactions(1), Ok(all.to_vec()));
    assert_eq!(store.reactions(2), Ok(vec![reacted("z", "heart")]));
}

/// Rows of before each emoji had one spelling go as well.
pub fn a_reaction_goes_in_whatever_spelling<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 1);
    for (seq, one) in [(2, reacted("a", "❤\u{fe0f}")), (3, reacted("b", "❤\u{fe0f}")), (4, reacted("a", "👍"))] {
        store.add_reaction(1, &one, seq).unwrap();
    }
    let own = store.reactions(1).unwrap().remove(0);
    store.remove_reaction(1, &own).unwrap();
    let left: Vec<String> = store.reactions(1).unwrap().into_iter().map(|one| one.user).collect();
    assert_eq!(left, ["b", "a"]);
    store.remove_reaction(1, &own).unwrap();
    assert_eq!(store.reactions(1).unwrap().len(), 2, "it is gone already");
}

/// Behind those that stayed.
pub fn a_reaction_may_come_back<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 1);
    let (own, other) = (reacted("a", "heart"), reacted("b", "heart"));
    store.add_reaction(1, &own, 2).unwrap();
    store.add_reaction(1, &other, 3).unwrap();
    store.remove_reaction(1, &own).unwrap();
    store.add_reaction(1, &own, 5).unwrap();
    assert_eq!(store.reactions(1), Ok(vec![other, own]));
}

/// The first of them counts.
pub fn rows_of_two_spellings_are_one_reaction<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 1);
    for (seq, reaction) in [(2, "❤"), (3, "👍"), (4, "❤\u{fe0f}")] {
        store.add_reaction(1, &reacted("a", reaction), seq).unwrap();
    }
    assert_eq!(store.reactions(1).unwrap().len(), 2);
    assert!(reacted("a", &store.reactions(1).unwrap()[0].reaction).is(&reacted("a", "❤")));
}

/// And it stays in the log.
pub fn somebody_hides_a_message_for_themselves_alone<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 5);
    assert_eq!((store.hidden("a", 0, SEQ_MAX), store.hidden_by(2)), (Ok(vec![]), Ok(vec![])));
    for (user, target) in [("a", 4), ("a", 2), ("b", 2)] {
        store.hide(user, target).unwrap();
    }
    let hidden = |user: &str, from, to| sorted(store.hidden(user, from, to).unwrap());
    assert_eq!(
        [hidden("a", 0, SEQ_MAX), hidden("b", 0, SEQ_MAX), hidden("c", 0, SEQ_MAX)],
        [vec![2, 4], vec![2], vec![]]
    );
    assert_eq!([hidden("a", 2, 2), hidden("a", 3, 4), hidden("a", 3, 3)], [vec![2], vec![4], vec![]]);
    assert_eq!(sorted(store.hidden_by(2).unwrap()), ["a", "b"]);
    assert_eq!(store.hidden_by(3), Ok(vec![]));
    assert_eq!(store.read(0, SEQ_MAX, 9).unwrap().len(), 5);
}

/// It is safe to repeat.
pub fn hiding_again_is_hiding_once<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 1);
    store.hide("a", 1).unwrap();
    store.hide("a", 1).unwrap();
    assert_eq!((store.hidden("a", 0, 9), store.hidden_by(1)), (Ok(vec![1]), Ok(vec!["a".to_owned()])));
    assert_eq!(store.hidden_ids("a", 0, 9), Ok(vec![id(1)]));
}

/// No more than asked, and none up to the floor.
pub fn ids_of_the_newest_hidden_messages_come_first<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 5);
    for target in [3, 1, 5, 4] {
        store.hide("a", target).unwrap();
    }
    store.hide("b", 2).unwrap();
    let ids = |floor, limit| store.hidden_ids("a", floor, limit).unwrap();
    assert_eq!(ids(0, 9), [id(5), id(4), id(3), id(1)]);
    assert_eq!(ids(0, 2), [id(5), id(4)]);
    assert_eq!(ids(3, 9), [id(5), id(4)]);
    assert_eq!([ids(5, 9), ids(0, 0)], [[""; 0], []]);
}

/// Each of its four numbers for itself.
pub fn a_receipt_is_the_last_that_was_saved<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = new();
    assert_eq!(store.receipt("a"), Ok(None));
    for receipt in [
        Receipt::default(),
        Receipt { delivered: 4, read: 3, shown_delivered: 2, shown_read: 1 },
        Receipt { delivered: SEQ_MAX, read: SEQ_MAX - 1, shown_delivered: SEQ_MAX - 2, shown_read: 0 },
    ] {
        store.save_receipt("a", &receipt).unwrap();
        assert_eq!(store.receipt("a"), Ok(Some(receipt)));
    }
    assert_eq!(store.receipt("A"), Ok(None));
}

/// Whatever they are called.
pub fn receipts_of_everybody_are_listed<S: ChangeStore>(new: impl Fn() -> S) {
    let mut store = new();
    let receipt = |read| Receipt { read, ..Receipt::default() };
    for (read, user) in (0..).zip(ODD_TEXTS) {
        store.save_receipt(user, &receipt(read)).unwrap();
    }
    let listed = sorted(store.receipts().unwrap().into_iter().map(|(user, one)| (one.read, user)).collect());
    let wanted: Vec<(u64, String)> = (0..).zip(ODD_TEXTS.map(str::to_owned)).collect();
    assert_eq!(listed, wanted);
}

/// Rows that belong to remaining events remain.
pub fn all_that_hangs_on_a_trimmed_message_goes_with_it<S: ChangeStore + RetentionStore>(new: impl Fn() -> S) {
    let mut store = changed(new());
    for (user, target) in [("a", 1), ("a", 2), ("a", 3), ("b", 2)] {
        store.hide(user, target).unwrap();
    }
    store.set_view(2, &body("edited")).unwrap();
    store.set_view(3, &body("edited")).unwrap();
    store.add_reaction(2, &reacted("a", "heart"), 11).unwrap();
    store.add_reaction(3, &reacted("a", "heart"), 12).unwrap();
    store.drop_bodies(&[(1, "sha256:1".to_owned()), (2, "sha256:2".to_owned())], 3).unwrap();
    assert_eq!(
        [1, 2, 3].map(|seq| body_at(&store, seq)),
        ["sha256:1".to_owned(), "sha256:2".to_owned(), body("edited")]
    );
    assert_eq!((store.reactions(2), store.reactions(3).map(|left| left.len())), (Ok(vec![]), Ok(1)));
    assert_eq!((store.changes_of(2), store.changes_of(3).map(|left| left.len())), (Ok(vec![]), Ok(2)));
    assert_eq!(store.changes(0, SEQ_MAX).unwrap().len(), 2);
    assert_eq!((store.hidden("a", 0, SEQ_MAX), store.hidden_by(2)), (Ok(vec![3]), Ok(vec![])));
}
