//! Promises to a deleted person, and to the remaining people (`leaving.md` 2).

use serde_json::Value;

use super::tests::{RoomFixture, kinds, principal};
use super::{
    Actor, Erasure, ErasureProgress, GONE_NAME, GoneNote, GroupChange, NewGroup, Outbound, Visibility, gone_in,
};
use crate::log::{LogStore, Range, Retention, RetentionStore};
use crate::words::event::{Kind, TOMBSTONE};
use crate::words::ids::UserId;
use crate::words::limits::LEAVING_EVENTS_MAX;

fn forget(stage: &mut RoomFixture, user: &str, from: (u64, bool), keeps_words: bool) -> (ErasureProgress, Outbound) {
    let (after, was_here) = from;
    erase(stage, user, &Erasure { after, was_here, keeps_words, visible_from: 0 })
}

fn erase(stage: &mut RoomFixture, user: &str, erasure: &Erasure) -> (ErasureProgress, Outbound) {
    let mut out = Outbound::default();
    let user = UserId::parse(user).unwrap();
    let now = stage.now;
    let done = stage.room.forget_person(&mut stage.store, now, &user, erasure, &mut out).unwrap();
    (done, out)
}

fn shown(stage: &RoomFixture, user: &str) -> Vec<Value> {
    let page =
        stage.room.page(&stage.store, &principal(user), stage.room.privacy_of(user), Range::Newest, 100).unwrap();
    let text = crate::wire::messenger::history_json("r", "e", &page, None, false);
    serde_json::from_str::<Value>(&text).unwrap()["messages"].as_array().unwrap().clone()
}

fn id_of(message: &Value) -> String {
    message["id"].as_str().unwrap().to_owned()
}

/// Makes a direct room in which one wrote a message, edited it, and reacted to a message of the other one.
fn talk() -> (RoomFixture, u32, u32) {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    stage.chat(b);
    let (own, other) = (id_of(&shown(&stage, "user_1")[0]), id_of(&shown(&stage, "user_1")[1]));
    stage.write(a, &format!("\"type\":\"edit\",\"messageId\":\"{own}\",\"content\":\"secret\""));
    stage.write(a, &format!("\"type\":\"reaction\",\"messageId\":\"{other}\",\"reaction\":\"heart\",\"op\":\"add\""));
    stage.write(b, &format!("\"type\":\"reaction\",\"messageId\":\"{own}\",\"reaction\":\"like\",\"op\":\"add\""));
    (stage, a, b)
}

#[test]
fn their_words_go_and_every_place_stays() {
    let (mut stage, _, b) = talk();
    let head = stage.room.log().head();
    let (done, out) = forget(&mut stage, "user_1", (0, false), false);
    assert_eq!(done, ErasureProgress { next: None, was_here: true });
    assert_eq!(kinds(&stage.got(&out, b)), ["system"], "whoever is here learns of it");
    let messages = shown(&stage, "user_2");
    assert_eq!(
        messages.iter().filter_map(|event| event["seq"].as_u64()).collect::<Vec<_>>(),
        (1..=head + 1).collect::<Vec<_>>()
    );
    assert_eq!(messages[0]["deleted"], true);
    assert!(messages.iter().all(|event| !event.to_string().contains("secret")));
    for event in messages.iter().filter(|event| event["senderId"] == "user_1") {
        assert_eq!(event["displayName"], GONE_NAME);
    }
    assert_eq!(
        (messages[1]["content"].as_str(), messages[1].get("reactions")),
        (Some("hi"), None),
        "what others said stays"
    );
    assert_eq!(
        (messages[1]["displayName"].as_str() == Some(GONE_NAME), messages[5]["code"].as_str()),
        (false, Some("account_deleted"))
    );
    assert!(stage.store.find(messages[0]["id"].as_str().unwrap()).unwrap().unwrap().body.contains("deleted"));
}

#[test]
fn done_again_it_does_nothing() {
    let (mut stage, ..) = talk();
    forget(&mut stage, "user_1", (0, false), false);
    let (head, before) = (stage.room.log().head(), shown(&stage, "user_2"));
    let (done, out) = forget(&mut stage, "user_1", (0, false), false);
    assert_eq!((done.next, out.is_silent(), stage.room.log().head()), (None, true, head));
    assert_eq!(shown(&stage, "user_2"), before);
}

#[test]
fn with_their_words_kept_only_the_name_goes() {
    let (mut stage, ..) = talk();
    forget(&mut stage, "user_1", (0, false), true);
    let messages = shown(&stage, "user_2");
    assert_eq!(
        (messages[0]["content"].as_str(), messages[0]["displayName"].as_str()),
        (Some("secret"), Some(GONE_NAME))
    );
    assert_eq!(messages[0]["reactions"][0]["reaction"], "like", "what others said to it stays");
    assert_eq!(messages[1].get("reactions"), None);
}

#[test]
fn where_they_never_were_nobody_hears_of_them() {
    let (mut stage, ..) = talk();
    let (done, out) = forget(&mut stage, "user_3", (0, false), false);
    assert_eq!((done, out.is_silent()), (ErasureProgress { next: None, was_here: false }, true));
}

#[test]
fn of_two_people_it_is_told_also_when_all_they_wrote_was_let_go() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    stage.now += 2_000;
    stage.chat(b);
    let_go(&mut stage, 1);
    assert_eq!(shown(&stage, "user_2").len(), 1, "what is left is of the other one");
    let (done, out) = forget(&mut stage, "user_1", (0, false), false);
    assert_eq!(done, ErasureProgress { next: None, was_here: true });
    assert_eq!(kinds(&stage.got(&out, b)), ["system"]);
    let (again, out) = forget(&mut stage, "user_1", (0, false), false);
    assert_eq!((again.next, out.is_silent()), (None, true));

    // Without any message there is no person to notify.
    let mut empty = RoomFixture::new("dm_user_1____user_2");
    let (done, out) = forget(&mut empty, "user_1", (0, false), false);
    assert_eq!((done, out.is_silent()), (ErasureProgress { next: None, was_here: false }, true));
}

#[test]
fn much_goes_in_steps_and_the_end_is_told_once() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let a = stage.join("user_1");
    let count = u64::from(LEAVING_EVENTS_MAX) + 5;
    for _ in 0..count {
        stage.now += 2_000;
        stage.chat(a);
    }
    let (first, out) = forget(&mut stage, "user_1", (0, false), false);
    assert_eq!((first.next, out.is_silent()), (Some(u64::from(LEAVING_EVENTS_MAX)), true));
    let (last, _) = forget(&mut stage, "user_1", (first.next.unwrap(), first.was_here), false);
    assert_eq!((last.next, stage.room.log().head()), (None, count + 1));
    let left = stage.store.read(1, count, u32::MAX).unwrap();
    assert!(left.iter().all(|event| event.body == crate::words::event::TOMBSTONE && event.name == GONE_NAME));
}

/// Trims a direct room to its last events.
fn let_go(stage: &mut RoomFixture, stored: u64) {
    stage.now += 10_000;
    let (now, retention) = (stage.now, Retention { keep_ms: 1, events_min: stored, ids_ms: 1_000_000 });
    stage.room.trim(&mut stage.store, now, &retention, &mut Outbound::default()).unwrap();
}

#[test]
fn an_edit_whose_message_was_let_go_before_loses_its_words_too() {
    let (mut stage, ..) = talk();
    let_go(&mut stage, 3);
    let edit = stage.store.read(3, 3, 1).unwrap().remove(0);
    assert!(edit.kind == Kind::Edit && edit.body.contains("secret"), "{edit:?}");
    forget(&mut stage, "user_1", (0, false), false);
    let rows = stage.store.originals(1, 100, 100).unwrap();
    assert!(rows.iter().all(|(_, _, body)| !body.contains("secret")), "{rows:?}");
    let edit = stage.store.read(3, 3, 1).unwrap().remove(0);
    assert!(edit.target().is_some() && !edit.body.contains("content"), "what it changed it still says: {edit:?}");
}

#[test]
fn of_words_that_were_let_go_before_no_mark_is_left() {
    let (mut stage, ..) = talk();
    let_go(&mut stage, 1);
    forget(&mut stage, "user_1", (0, false), false);
    let rows = stage.store.originals(1, 3, 100).unwrap();
    assert_eq!(rows.iter().map(|(_, _, body)| body.as_str()).filter(|body| *body == TOMBSTONE).count(), 2, "{rows:?}");
    assert!(rows[1].2.starts_with("sha256:"), "what the other one said may be sent again: {rows:?}");
}

#[test]
fn an_end_that_fills_a_portion_is_not_told_again_when_others_have_gone_on() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    for _ in 1..LEAVING_EVENTS_MAX {
        stage.now += 2_000;
        stage.chat(a);
    }
    forget(&mut stage, "user_1", (0, false), false);
    stage.chat(b);
    let head = stage.room.log().head();
    let (again, out) = forget(&mut stage, "user_1", (0, false), false);
    assert_eq!((again.next, out.is_silent(), stage.room.log().head()), (None, true, head));
}

#[test]
fn what_earlier_players_of_a_persona_wrote_stays() {
    for keeps_words in [false, true] {
        let mut stage = RoomFixture::new("dm_user_1____user_2");
        let (a, _) = (stage.join("user_1"), stage.join("user_2"));
        stage.chat(a);
        let visible_from = stage.now;
        stage.now += 2_000;
        stage.chat(a);
        let erasure = Erasure { keeps_words, visible_from, ..Erasure::default() };
        let (done, _) = erase(&mut stage, "user_1", &erasure);
        assert_eq!(done, ErasureProgress { next: None, was_here: true });
        let events = stage.store.read(1, 3, 3).unwrap();
        let [earlier, own, note] = &events[..] else { panic!("{events:?}") };
        assert!(earlier.name != GONE_NAME && earlier.body.contains("hi"), "{earlier:?}");
        assert_eq!((own.name.as_str(), own.body == TOMBSTONE), (GONE_NAME, !keeps_words));
        assert_eq!(gone_in(note), Some(GoneNote { keeps_words, after: 1 }));
        let (again, out) = erase(&mut stage, "user_1", &erasure);
        assert_eq!((again.next, out.is_silent()), (None, true), "the end is told once");
    }
}

#[test]
fn a_second_account_of_a_persona_is_deleted_like_the_first() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    forget(&mut stage, "user_1", (0, false), true);
    stage.now += 2_000;
    let visible_from = stage.now;
    stage.now += 2_000;
    let next = stage.join("user_1");
    stage.chat(next);
    stage.now += 2_000;
    stage.chat(b);
    let (done, out) = erase(&mut stage, "user_1", &Erasure { visible_from, ..Erasure::default() });
    assert_eq!((done.next, kinds(&stage.got(&out, b))), (None, vec!["system".to_owned()]));
    let events = stage.store.read(1, 5, 5).unwrap();
    assert!(events[0].body.contains("hi"), "the words of the first account were to stay");
    assert_eq!(events[2].body, TOMBSTONE);
    assert_eq!(gone_in(&events[4]), Some(GoneNote { keeps_words: false, after: 2 }));
    let (again, out) = erase(&mut stage, "user_1", &Erasure { visible_from, ..Erasure::default() });
    assert_eq!((again.next, out.is_silent()), (None, true));
}

#[test]
fn where_only_earlier_players_wrote_nobody_hears_of_an_end() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let a = stage.join("user_1");
    stage.chat(a);
    let erasure = Erasure { visible_from: stage.now, ..Erasure::default() };
    let (done, out) = erase(&mut stage, "user_1", &erasure);
    assert_eq!((done, out.is_silent()), (ErasureProgress { next: None, was_here: false }, true));
}

/// A deleted group has no events, whatever the room remembers of them: without that the removal would be asked for without end.
#[test]
fn in_a_deleted_group_nothing_is_left_to_remove() {
    for was_here in [false, true] {
        let mut stage = RoomFixture::new("grp_0123456789abc");
        let owner = Actor { user: UserId::parse("user_1").unwrap(), name: "user_1".into() };
        let plan = NewGroup { name: "Crew".into(), visibility: Visibility::Private, people: Vec::new() };
        stage.room.make_group(&mut stage.store, 1, &owner, &plan, &mut Outbound::default()).unwrap();
        let a = stage.join("user_1");
        stage.chat(a);
        let mut out = Outbound::default();
        stage.room.change_group(&mut stage.store, stage.now, &owner, &GroupChange::Delete, &mut out).unwrap();
        let (done, out) = forget(&mut stage, "user_1", (0, was_here), false);
        assert_eq!((done.next, out.is_silent()), (None, true));
        assert_eq!((stage.room.log().head(), stage.store.read(1, u64::MAX, 9).unwrap().len()), (0, 0));
    }
}
