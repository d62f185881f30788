//! Promises of a public room under moderation, one test per promise (`moderation.md` 2).

use std::rc::Rc;

use serde_json::Value;

use super::tests::{RoomFixture, kinds, principal};
use super::{Outbound, Room};
use crate::people::moderation::{Mute, RoomRule, Standing};
use crate::words::refusal::{Denied, Refusal};
use crate::words::socket::ConnKey;

const MESSAGE: &str = "00000000-0000-7000-8000-000000000001";

fn muted(user: &str, until: u64) -> Standing {
    let mute = Mute { user: user.to_owned(), until, act: "a".to_owned() };
    Standing { mutes: vec![mute], ..Standing::default() }
}

fn ruled(room: &str, slow_s: u64, is_closed: bool) -> Standing {
    let rule = RoomRule { room: room.to_owned(), slow_s, is_closed };
    Standing { rooms: vec![rule], ..Standing::default() }
}

/// Returns the code and the wait of the first frame to a socket.
fn refusal(stage: &RoomFixture, out: &Outbound, conn: ConnKey) -> Option<(String, u64)> {
    let frame: Value = serde_json::from_str(stage.got(out, conn).first()?).unwrap();
    Some((frame["code"].as_str()?.to_owned(), frame["retryAfterMs"].as_u64().unwrap_or(0)))
}

fn remove(stage: &mut RoomFixture, who: &str, id: &str) -> Result<String, Denied> {
    let mut out = Outbound::default();
    let (room, store): (&mut Room, _) = (&mut stage.room, &mut stage.store);
    room.remove_for_moderator(store, stage.now, &principal(who), (id, MESSAGE), &mut out)
}

#[test]
fn a_muted_person_is_refused_with_the_time_that_is_left_and_deletes_own_messages() {
    let mut stage = RoomFixture::new("general");
    let (mia, bo) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(mia);
    stage.room.set_moderation(Rc::new(muted("user_1", stage.now + 60_000)));
    let expected = Some(("MUTED".to_owned(), 60_000));
    let edit = format!("\"type\":\"edit\",\"messageId\":\"{MESSAGE}\",\"content\":\"x\"");
    let react = format!("\"type\":\"reaction\",\"messageId\":\"{MESSAGE}\",\"reaction\":\"like\",\"op\":\"add\"");
    for members in ["\"type\":\"chat\",\"content\":\"x\"", "\"type\":\"nudge\"", &edit, &react] {
        let out = stage.write(mia, members);
        assert_eq!(refusal(&stage, &out, mia), expected, "{members}");
        assert_eq!(out.counters.refused_codes, ["MUTED"], "{members}");
    }
    let out = stage.frame(mia, r#"{"type":"typing","isTyping":true}"#);
    assert!(stage.got(&out, bo).is_empty() && stage.got(&out, mia).is_empty());
    let out = stage.chat(bo);
    assert_eq!(refusal(&stage, &out, bo), None);
    let out = stage.write(mia, &format!("\"type\":\"delete\",\"messageId\":\"{MESSAGE}\",\"for\":\"all\""));
    assert_eq!(kinds(&stage.got(&out, mia)), ["ack", "delete"]);
    stage.now += 60_000;
    let out = stage.chat(mia);
    assert_eq!(refusal(&stage, &out, mia), None);
}

#[test]
fn a_closed_room_takes_nothing_and_others_go_on() {
    let mut stage = RoomFixture::new("general");
    let mia = stage.join("user_1");
    stage.room.set_moderation(Rc::new(ruled("general", 0, true)));
    let out = stage.chat(mia);
    assert_eq!(refusal(&stage, &out, mia), Some(("ROOM_CLOSED".to_owned(), 0)));
    stage.room.set_moderation(Rc::new(ruled("lobby", 0, true)));
    let out = stage.chat(mia);
    assert_eq!(refusal(&stage, &out, mia), None);
}

#[test]
fn slow_mode_holds_each_person_back_for_themselves() {
    let mut stage = RoomFixture::new("general");
    let (mia, bo) = (stage.join("user_1"), stage.join("user_2"));
    stage.room.set_moderation(Rc::new(ruled("general", 30, false)));
    stage.chat(mia);
    stage.now += 10_000;
    let out = stage.chat(mia);
    assert_eq!(refusal(&stage, &out, mia), Some(("RATE_LIMITED".to_owned(), 20_000)));
    let out = stage.chat(bo);
    assert_eq!(refusal(&stage, &out, bo), None);
    stage.now += 20_000;
    let out = stage.chat(mia);
    assert_eq!(refusal(&stage, &out, mia), None);
}

#[test]
fn a_private_conversation_has_no_moderators() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let mia = stage.join("user_1");
    stage.room.set_moderation(Rc::new(muted("user_1", u64::MAX)));
    let out = stage.chat(mia);
    assert_eq!(refusal(&stage, &out, mia), None);
    assert_eq!(remove(&mut stage, "user_2", "r"), Err(Refusal::NotFound.into()));
}

#[test]
fn a_moderator_removes_a_message_of_any_age_once() {
    let mut stage = RoomFixture::new("general");
    let mia = stage.join("user_1");
    stage.chat(mia);
    stage.now += 365 * 86_400_000;
    let head = stage.room.log().head();
    assert_eq!(remove(&mut stage, "user_3", "r"), Ok("user_1".to_owned()));
    assert_eq!(remove(&mut stage, "user_3", "t"), Ok("user_1".to_owned()), "the same removal again");
    assert_eq!(stage.room.log().head(), head + 1);
    assert_eq!(remove(&mut stage, "user_4", "s"), Err(Refusal::Conflict.into()));
}
