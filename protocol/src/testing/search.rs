//! Promises of every [`SearchStore`] (`messenger.md` 3 *search*).

use super::log::log_of;
use super::{body, clauses, said};
use crate::content::search::tokens_of;
use crate::machines::room::RoomStore;
use crate::words::event::Event;
use crate::words::limits::SEQ_MAX;

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("search.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! search_promises {
    ($new:expr) => {
        $crate::promises!(
            search,
            $new,
            [
                an_index_begins_with_nothing_in_it,
                a_message_is_found_by_every_word_of_it,
                a_message_is_found_by_the_beginning_of_its_last_asked_word,
                words_are_found_in_every_script,
                every_clause_has_to_be_met,
                found_messages_are_the_newest_first_and_no_more_than_asked,
                a_message_is_found_as_it_reads_now,
                what_is_indexed_anew_is_not_found_by_its_old_words,
                what_is_taken_out_is_not_found_and_may_be_taken_out_again,
                what_is_trimmed_is_not_found,
                how_far_the_index_has_come_is_kept,
                an_erased_room_has_nothing_to_be_found,
            ]
        );
    };
}

const NONE: [u64; 0] = [];

/// A log in which `user_1` says these one after another, all of it in the index.
fn indexed<S: RoomStore>(store: S, texts: &[&str]) -> S {
    let mut store = log_of(store, 0);
    for (seq, text) in (1..).zip(texts) {
        let event = said(seq, "user_1", text);
        store.insert(&event).unwrap();
        store.index(seq, &tokens_of(&event).unwrap()).unwrap();
    }
    store.set_indexed_to(texts.len() as u64).unwrap();
    store
}

fn found(store: &impl RoomStore, text: &str) -> Vec<u64> {
    store.indexed(&clauses(text), 0, SEQ_MAX, 99).unwrap().iter().map(|event| event.seq).collect()
}

/// Whatever is asked.
pub fn an_index_begins_with_nothing_in_it<S: RoomStore>(new: impl Fn() -> S) {
    let store = log_of(new(), 2);
    assert_eq!((store.indexed_to(), found(&store, "hi"), found(&store, "")), (Ok(0), vec![], vec![]));
}

/// In whatever letters, with or without accents.
pub fn a_message_is_found_by_every_word_of_it<S: RoomStore>(new: impl Fn() -> S) {
    let store = indexed(new(), &["The Quick brown Fox, über 42 fences!", "another one"]);
    for word in ["\"the\"", "\"QUICK\"", "\"brown\"", "\"fox\"", "\"uber\"", "\"42\"", "\"Fences\""] {
        assert_eq!(found(&store, word), [1], "{word}");
    }
    assert_eq!([found(&store, "\"fenc\""), found(&store, "\"qu\"")], [NONE; 2], "a quoted word is a whole one");
}

/// From its second letter on: the first alone would be the beginning of half the index.
pub fn a_message_is_found_by_the_beginning_of_its_last_asked_word<S: RoomStore>(new: impl Fn() -> S) {
    let store = indexed(new(), &["incomprehensibilities matter"]);
    let word = "incomprehensibilities";
    for letters in 2..=word.len() {
        assert_eq!(found(&store, &word[..letters]), [1], "{letters}");
    }
    assert_eq!([found(&store, "i"), found(&store, "incomprehensibilitiess")], [NONE; 2]);
}

/// Scripts without blanks, those from right to left, and emoji.
pub fn words_are_found_in_every_script<S: RoomStore>(new: impl Fn() -> S) {
    let texts = ["Привет мир", "שלום עולם", "今日は元気ですか", "한국어 문장", "สวัสดีครับ", "party 🎉 👩🏽‍🚀"];
    let store = indexed(new(), &texts);
    for (seq, text) in [(1, "привет"), (2, "עולם"), (3, "元気"), (4, "한국어"), (6, "🎉"), (6, "👩🏽‍🚀"), (6, "party 🎉")]
    {
        assert_eq!(found(&store, text), [seq], "{text}");
    }
    assert_eq!(found(&store, "🎈"), NONE);
}

/// Words of one message, its writer by id or name, and what it has.
pub fn every_clause_has_to_be_met<S: RoomStore>(new: impl Fn() -> S) {
    let store = indexed(new(), &["red boat", "red house https://example.org/", "blue boat"]);
    let asked = ["red boat", "boat red", "red", "boat", "red blue", "has:link red", "has:link blue", "from:user_1 red"];
    let wanted: [&[u64]; 8] = [&[1], &[1], &[2, 1], &[3, 1], &[], &[2], &[], &[2, 1]];
    for (text, wanted) in asked.into_iter().zip(wanted) {
        assert_eq!(found(&store, text), wanted, "{text}");
    }
    assert_eq!([found(&store, "from:user_2 red"), found(&store, "from:user red")], [vec![], vec![2, 1]]);
}

/// Within the places that are asked for.
pub fn found_messages_are_the_newest_first_and_no_more_than_asked<S: RoomStore>(new: impl Fn() -> S) {
    let store = indexed(new(), &["tea", "tea", "coffee", "tea", "tea"]);
    let found = |from, to, limit| {
        let found = store.indexed(&clauses("tea"), from, to, limit).unwrap();
        found.iter().map(|event| event.seq).collect::<Vec<u64>>()
    };
    assert_eq!([found(0, SEQ_MAX, 9), found(2, 4, 9), found(3, 3, 9)], [vec![5, 4, 2, 1], vec![4, 2], vec![]]);
    assert_eq!([found(0, SEQ_MAX, 2), found(0, 4, 2), found(0, SEQ_MAX, 0)], [vec![5, 4], vec![4, 2], vec![]]);
}

/// All of it.
pub fn a_message_is_found_as_it_reads_now<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = indexed(new(), &["tea"]);
    store.set_view(1, &body("tea with milk")).unwrap();
    let wanted = said(1, "user_1", "tea with milk");
    assert_eq!(store.indexed(&clauses("tea"), 0, 9, 9), Ok(vec![wanted]));
}

/// Once, not twice.
pub fn what_is_indexed_anew_is_not_found_by_its_old_words<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = indexed(new(), &["tea", "tea"]);
    let edited = said(1, "user_1", "coffee");
    for _ in 0..2 {
        store.index(1, &tokens_of(&edited).unwrap()).unwrap();
        assert_eq!([found(&store, "tea"), found(&store, "coffee"), found(&store, "")], [vec![2], vec![1], vec![2, 1]]);
    }
}

/// Others are.
pub fn what_is_taken_out_is_not_found_and_may_be_taken_out_again<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = indexed(new(), &["tea", "tea"]);
    for seq in [1, 1, 7] {
        store.unindex(seq).unwrap();
        assert_eq!([found(&store, "tea"), found(&store, "")], [[2], [2]]);
    }
}

/// Together with its body.
pub fn what_is_trimmed_is_not_found<S: RoomStore + crate::log::RetentionStore>(new: impl Fn() -> S) {
    let mut store = indexed(new(), &["tea", "tea", "tea"]);
    store.drop_bodies(&[(1, "sha256:1".to_owned()), (2, "sha256:2".to_owned())], 3).unwrap();
    assert_eq!(found(&store, "tea"), [3]);
}

/// Up to the largest place.
pub fn how_far_the_index_has_come_is_kept<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 1);
    for seq in [1, SEQ_MAX, 0] {
        store.set_indexed_to(seq).unwrap();
        assert_eq!(store.indexed_to(), Ok(seq));
    }
}

/// Where it begins anew, its index does as well.
pub fn an_erased_room_has_nothing_to_be_found<S: RoomStore>(new: impl Fn() -> S) {
    let mut store = indexed(new(), &["tea", "tea"]);
    store.erase().unwrap();
    assert_eq!([found(&store, "tea"), found(&store, "")], [NONE; 2]);
    store.begin_anew(8).unwrap();
    assert_eq!(store.indexed_to(), Ok(0));
    let event: Event = said(1, "user_1", "coffee");
    store.insert(&event).unwrap();
    store.index(1, &tokens_of(&event).unwrap()).unwrap();
    assert_eq!([found(&store, "tea"), found(&store, "coffee")], [vec![], vec![1]]);
}
