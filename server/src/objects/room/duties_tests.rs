//! Promises of the work that a turn of a room writes down with itself, so that a stop of the object loses none of it.

use std::rc::Rc;

use protocol::log::LogStore;
use protocol::machines::presence::Card;
use protocol::machines::room::{BotCall, Join, RoomSettings, Wire};
use protocol::testing::said;
use protocol::words::bot_cast::BOTS;
use protocol::words::ids::{RoomId, RoomRules, UserId};
use protocol::words::limits::SEQ_MAX;
use protocol::words::principal::{Principal, UserKind};

use super::*;
use crate::objects::room::tests::{count, room, texts};

/// Returns a public room. `user_1` has devices outside of it, and `user_2` has none.
fn opened(store: &mut RoomSql) -> Room {
    let rules = RoomRules { public: vec!["general".to_owned()], open: false };
    let id = RoomId::parse("general", &rules).unwrap();
    let mut room = Room::open(id, RoomSettings::default(), store, 7).unwrap();
    for (user, elsewhere) in [("user_1", true), ("user_2", false)] {
        let card = Card { name: user.to_owned(), version: 1, elsewhere, ..Card::default() };
        let (id, principal, wire) = (user.to_owned(), principal(user), Wire::Single);
        let join = Join { id, principal, card, wire, device: None, is_paged: false, cursor: None };
        let mut out = Outbound::default();
        room.join(store, 1_000, join, &mut out).unwrap();
        room.end_turn(&mut out);
    }
    room
}

fn principal(user: &str) -> Principal {
    Principal {
        user: UserId::parse(user).unwrap(),
        kind: UserKind::User,
        session: format!("0-{user}"),
        name: user.to_owned(),
        avatar: String::new(),
        visible_from: 0,
        player_session: None,
        room: None,
        has_second_factor: false,
        expires_at: SEQ_MAX,
    }
}

/// Writes down a turn at 1,000.
fn write(room: &Room, store: &RoomSql, fill: impl FnOnce(&mut Outbound)) {
    let mut out = Outbound::default();
    fill(&mut out);
    write_down(room, store, 1_000, &out, &Trace::default()).unwrap();
}

#[test]
fn what_was_read_is_cleared_where_the_inbox_or_another_device_shows_it() {
    let mut store = room();
    let room = opened(&mut store);
    store.note_sent("user_3", 4).unwrap();
    let read = ["user_1", "user_2", "user_3"].map(|user| (user.to_owned(), 5));
    write(&room, &store, |out| out.read_to = read.to_vec());
    assert_eq!(texts(&store, "SELECT user FROM clearings ORDER BY user"), ["user_1", "user_3"]);
    let next = store.next_clearing().unwrap().unwrap();
    assert_eq!((next.seq, next.due_at, next.tries), (5, 1_000 + OUTBOX_RETRY_MS, 0));
}

#[test]
fn a_message_that_somebody_deleted_for_themselves_is_hidden_where_an_inbox_may_have_it() {
    let mut store = room();
    let room = opened(&mut store);
    store.note_sent("user_2", 4).unwrap();
    let hidden = ["user_1", "user_2"].map(|user| (user.to_owned(), "m1".to_owned()));
    write(&room, &store, |out| out.hidden_for = hidden.to_vec());
    assert_eq!(texts(&store, "SELECT key FROM jobs WHERE kind = 'hidings'"), ["user_2 m1"]);
}

#[test]
fn answers_of_bots_and_acts_are_written_down() {
    let mut store = room();
    let room = opened(&mut store);
    store.insert(&said(1, "user_1", "hi")).unwrap();
    let event = Rc::new(said(1, "user_1", "hi"));
    let called = BotCall { bot: BOTS[0].id, event, visible_from: 0, session: String::new() };
    write(&room, &store, |out| {
        out.called.push(called);
        out.act("user_1", "group_rename", "general");
    });
    assert_eq!(count(&store, "bot_answers"), 1);
    assert_eq!(
        texts(&store, "SELECT actor || ' ' || action || ' ' || target FROM audit"),
        ["user_1 group_rename general"]
    );
}
