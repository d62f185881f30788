//! Promises of the rows of held messages (`moderation.md` 8.1).

use protocol::machines::room::LeavingStore;
use protocol::testing::{ODD_TEXTS, body, body_with_files};

use super::*;
use crate::objects::room::tests::{A, B, WORD, count, file_news, readable, ring, room, sealed_room, sweep, woken};

fn held(id: &str, user: &str, text: &str) -> HeldMessage {
    let [id, user, name, rule] = [id, user, "Mia", "word odd"].map(str::to_owned);
    HeldMessage { id, at: 7, user, session: Some("s".to_owned()), name, body: body(text), rule }
}

#[test]
fn a_held_message_is_kept_to_the_letter_until_it_is_forgotten() {
    let mut store = room();
    for (n, text) in ODD_TEXTS.iter().enumerate() {
        let one = HeldMessage { session: None, rule: (*text).to_owned(), ..held(&format!("h{n}"), text, text) };
        store.save_held(&one).unwrap();
        assert_eq!(store.held(&one.id), Ok(Some(one)));
    }
    assert_eq!(store.held_keys().unwrap().len(), ODD_TEXTS.len());
    store.forget_held("h0").unwrap();
    assert_eq!((store.held("h0"), store.held_keys().unwrap().len()), (Ok(None), ODD_TEXTS.len() - 1));
}

#[test]
fn a_held_message_is_sealed_and_its_facts_need_no_key() {
    let mut store = sealed_room();
    store.save_held(&held("h1", "user_1", WORD)).unwrap();
    assert_eq!(readable(&store, WORD), [""; 0]);
    assert_eq!(store.held("h1"), Ok(Some(held("h1", "user_1", WORD))));
    let shut = woken(&store.sql, ring(B));
    let key = HeldKey { id: "h1".to_owned(), user: "user_1".to_owned(), at: 7 };
    assert_eq!((shut.held_keys(), shut.held("h1").is_err()), (Ok(vec![key]), true));
    sweep(&woken(&store.sql, ring(&format!("{B},{A}"))));
    assert_eq!(woken(&store.sql, ring(B)).held("h1"), Ok(Some(held("h1", "user_1", WORD))));
}

#[test]
fn the_files_of_a_held_message_are_kept_until_it_is_dropped() {
    let mut store = room();
    let look = HeldMessage { body: body_with_files("odd", &["user_1.a"], &[]), ..held("h1", "user_1", "") };
    store.save_held(&look).unwrap();
    assert_eq!(file_news(&store), ["user_1.a"]);
    assert_eq!(file_tables::is_shown(&store.sql, "user_1.a"), Ok(true), "its owner keeps it");
    exec(&store.sql, "DELETE FROM jobs", &[]).unwrap();
    store.forget_held("h1").unwrap();
    assert_eq!(file_news(&store), ["user_1.a"]);
    assert_eq!((file_tables::is_shown(&store.sql, "user_1.a"), count(&store, "held_files")), (Ok(false), 0));
}

#[test]
fn what_became_of_a_held_message_is_known_for_its_time_and_not_while_it_is_held_anew() {
    let mut store = room();
    let key = |id: &str, at| HeldKey { id: id.to_owned(), user: "user_1".to_owned(), at };
    for (id, at, is_published) in [("h1", 7, true), ("h2", 8, false), ("h3", 9, false)] {
        store.save_review(&key(id, at), is_published, 0).unwrap();
    }
    store.save_review(&HeldKey { user: "user_2".to_owned(), ..key("h4", 9) }, true, 0).unwrap();
    let known = |store: &RoomSql, since, limit| store.reviewed("user_1", since, limit).unwrap();
    let ends = [("h3", false), ("h2", false), ("h1", true)].map(|(id, is_published)| (id.to_owned(), is_published));
    assert_eq!((known(&store, 0, 9), known(&store, 8, 9)), (ends.to_vec(), ends[..1].to_vec()));
    assert_eq!(known(&store, 0, 2), ends[..2]);
    store.save_held(&held("h3", "user_1", "odd")).unwrap();
    assert_eq!(known(&store, 0, 9), ends[1..]);
    store.save_review(&key("h5", 20), true, 8).unwrap();
    assert_eq!(known(&store, 0, 9), [("h5".to_owned(), true), ends[1].clone()]);
    store.forget_person("user_1").unwrap();
    assert_eq!((known(&store, 0, 9), count(&store, "reviews")), (vec![], 1));
}

#[test]
fn held_messages_go_with_their_writer() {
    let mut store = room();
    for (id, user) in [("h1", "user_1"), ("h2", "user_2")] {
        store.save_held(&held(id, user, "odd")).unwrap();
    }
    store.forget_person("user_1").unwrap();
    assert_eq!((store.held("h1"), store.held("h2").unwrap().is_some()), (Ok(None), true));
}
