//! Promises of a public room with rules for what people write, one test per promise (`moderation.md` 8).

use std::rc::Rc;

use serde_json::Value;

use super::tests::{RoomFixture, kinds, principal};
use super::{HeldMessage, HeldStore, MemoryRoomStore, Outbound, PacketAct, Write};
use crate::log::{LogStore, Retention};
use crate::people::moderation::{
    DeploymentRole, FIRST_MESSAGE, RoleRow, RoomRule, RuleEffect, RuleKind, Standing, WritingRule, WritingRules,
};
use crate::words::event::Kind;
use crate::words::limits::{FIRST_MESSAGE_MS, HELD_MAX, HELD_MS_MAX, HELD_OF_PERSON_MAX, HELD_RETRY_MS};
use crate::words::principal::{Principal, UserKind};
use crate::words::refusal::{Denied, Refusal};
use crate::words::socket::ConnKey;
use crate::words::status::Status;

const GUEST: &str = "g_0123456789abc";
const ID: &str = "00000000-0000-7000-8000-0000000000aa";

fn rules(holds_first: bool) -> Standing {
    let rule = |pattern: &str, effect| WritingRule { kind: RuleKind::Word, pattern: pattern.to_owned(), effect };
    let rules = vec![rule("bad", RuleEffect::Refuse), rule("odd", RuleEffect::Hold)];
    Standing { writing: WritingRules { rules, holds_first }, ..Standing::default() }
}

fn ruled(room: &str, standing: Standing) -> RoomFixture {
    let mut stage = RoomFixture::new(room);
    stage.room.set_moderation(Rc::new(standing));
    stage
}

fn say(stage: &mut RoomFixture, conn: ConnKey, id: &str, text: &str) -> String {
    let out = stage.frame(conn, &format!(r#"{{"type":"chat","id":"{id}","content":"{text}"}}"#));
    answer(stage, &out, conn)
}

/// Returns the code of the refusal of a frame, or the type of its first answer.
fn answer(stage: &RoomFixture, out: &Outbound, conn: ConnKey) -> String {
    let first: Value = serde_json::from_str(&stage.got(out, conn)[0]).unwrap();
    first["code"].as_str().or(first["type"].as_str()).unwrap().to_owned()
}

fn write(stage: &mut RoomFixture, conn: ConnKey, text: &str) -> String {
    let out = stage.write(conn, &format!(r#""type":"chat","content":"{text}""#));
    answer(stage, &out, conn)
}

fn held(stage: &RoomFixture) -> Vec<HeldMessage> {
    stage.room.held_messages(&stage.store, stage.now).unwrap()
}

fn judge(stage: &mut RoomFixture, id: &str, is_published: bool) -> (Result<String, Denied>, Outbound) {
    let mut out = Outbound::default();
    let moderator = principal("user_9");
    let judged = stage.room.judge_held(&mut stage.store, stage.now, &moderator, (id, is_published), &mut out);
    stage.room.end_turn(&mut out);
    (judged, out)
}

fn guest() -> Principal {
    Principal { kind: UserKind::Guest, ..principal(GUEST) }
}

fn join(stage: &mut RoomFixture, principal: Principal) -> ConnKey {
    stage.join_as(principal, Status::Online, None).unwrap().0
}

#[test]
fn a_rule_refuses_a_message_and_an_edit_and_says_nothing_to_others() {
    let mut stage = ruled("general", rules(false));
    let (mia, bo) = (stage.join("user_1"), stage.join("user_2"));
    assert_eq!(say(&mut stage, mia, ID, "so bad"), "REFUSED_BY_RULE");
    assert_eq!((stage.room.log().head(), held(&stage)), (0, vec![]));
    assert_eq!(say(&mut stage, mia, ID, "fine"), "ack", "the id is free");
    for text in ["bad", "odd"] {
        let out = stage.write(mia, &format!(r#""type":"edit","messageId":"{ID}","content":"{text}""#));
        assert_eq!(answer(&stage, &out, mia), "REFUSED_BY_RULE", "{text}");
        assert_eq!(stage.got(&out, bo), [""; 0]);
    }
    let out = stage.write(mia, &format!(r#""type":"edit","messageId":"{ID}","content":"better""#));
    assert_eq!(answer(&stage, &out, mia), "ack");
}

#[test]
fn a_held_message_is_in_no_log_and_nobody_else_learns_of_it() {
    let mut stage = ruled("general", rules(false));
    let (mia, bo) = (stage.join("user_1"), stage.join("user_2"));
    let out = stage.frame(mia, &format!(r#"{{"type":"chat","id":"{ID}","content":"odd"}}"#));
    assert_eq!((answer(&stage, &out, mia), stage.got(&out, bo)), ("HELD".to_owned(), vec![]));
    assert_eq!((stage.room.log().head(), stage.store.find(ID)), (0, Ok(None)));
    let found = held(&stage);
    let facts = found.iter().map(|one| (one.id.as_str(), one.at, one.user.as_str(), one.rule.as_str()));
    assert_eq!(facts.collect::<Vec<_>>(), [(ID, stage.now, "user_1", "word odd")]);
    assert!(found[0].body.contains("\"content\":\"odd\""));
}

#[test]
fn a_known_id_has_the_same_answer_whatever_the_rules_say_by_then() {
    let mut stage = ruled("general", rules(false));
    let (mia, bo) = (stage.join("user_1"), stage.join("user_2"));
    assert_eq!(say(&mut stage, mia, ID, "odd"), "HELD");
    stage.room.set_moderation(Rc::new(Standing::default()));
    assert_eq!(say(&mut stage, mia, ID, "odd"), "HELD");
    assert_eq!(say(&mut stage, mia, ID, "even"), "ID_REUSED");
    assert_eq!(say(&mut stage, bo, ID, "odd"), "ID_TAKEN");
    assert_eq!(held(&stage).len(), 1);
}

#[test]
fn a_published_message_keeps_its_id_and_is_acknowledged_when_it_comes_again() {
    let mut stage = ruled("general", rules(false));
    let (mia, bo) = (stage.join("user_1"), stage.join("user_2"));
    say(&mut stage, mia, ID, "odd");
    stage.now += 60_000;
    let (judged, out) = judge(&mut stage, ID, true);
    assert_eq!(judged, Ok("user_1".to_owned()));
    assert_eq!(
        (kinds(&stage.got(&out, mia)), kinds(&stage.got(&out, bo))),
        (vec!["chat".to_owned()], vec!["chat".to_owned()])
    );
    let acts: Vec<_> = out.acts.iter().map(|act| (act.actor.as_str(), act.what, act.target.as_str())).collect();
    assert_eq!(acts, [("user_9", "moderation_publish", ID)]);
    let stored = stage.store.find(ID).unwrap().unwrap();
    assert_eq!((stored.actor.as_deref(), stored.kind, stored.ts), (Some("user_1"), Kind::Chat, stage.now));
    assert_eq!(say(&mut stage, mia, ID, "odd"), "ack");
    assert_eq!((stage.room.log().head(), held(&stage)), (1, vec![]));
    assert_eq!(judge(&mut stage, ID, true).0, Err(Refusal::NotFound.into()));
}

#[test]
fn a_held_message_calls_its_bot_once_when_it_is_published() {
    let mut stage = ruled("general", rules(false));
    let mia = stage.join("user_1");
    let said = format!(r#"{{"type":"chat","id":"{ID}","content":"odd, @nova"}}"#);
    assert!(stage.frame(mia, &said).called.is_empty());
    let (judged, out) = judge(&mut stage, ID, true);
    assert_eq!(judged, Ok("user_1".to_owned()));
    let called: Vec<_> = out.called.iter().map(|call| (call.bot, call.event.id.as_str())).collect();
    assert_eq!(called, [("bot_nova", ID)]);
    assert!(stage.frame(mia, &said).called.is_empty(), "its repetition is known");
}

#[test]
fn a_dropped_message_is_gone_and_its_id_may_come_again() {
    let mut stage = ruled("general", rules(false));
    let mia = stage.join("user_1");
    say(&mut stage, mia, ID, "odd");
    let (judged, out) = judge(&mut stage, ID, false);
    assert_eq!((judged, stage.got(&out, mia)), (Ok("user_1".to_owned()), vec![]));
    assert_eq!(out.acts.iter().map(|act| act.what).collect::<Vec<_>>(), ["moderation_drop"]);
    assert_eq!(judge(&mut stage, ID, false).0, Err(Refusal::NotFound.into()));
    assert_eq!((say(&mut stage, mia, ID, "odd"), stage.room.log().head()), ("HELD".to_owned(), 0));
}

/// Returns the numbers of waiting messages that a socket got.
fn waiting(stage: &RoomFixture, out: &Outbound, conn: ConnKey) -> Vec<u64> {
    let frames = stage.got(out, conn).into_iter().map(|text| serde_json::from_str::<Value>(&text).unwrap());
    frames.filter(|frame| frame["type"] == "waiting").map(|frame| frame["count"].as_u64().unwrap()).collect()
}

#[test]
fn people_with_a_role_here_are_told_how_many_messages_wait() {
    const OTHER: &str = "00000000-0000-7000-8000-0000000000ab";
    let role = RoleRow { user: "user_9".to_owned(), role: DeploymentRole::Moderator };
    let mut stage = ruled("general", Standing { roles: vec![role], ..rules(false) });
    let account = || Principal { kind: UserKind::User, ..principal("user_9") };
    let (mia, bo, moderator) = (stage.join("user_1"), stage.join("user_2"), join(&mut stage, account()));
    for (n, id) in [ID, OTHER].into_iter().enumerate() {
        let out = stage.frame(mia, &format!(r#"{{"type":"chat","id":"{id}","content":"odd"}}"#));
        assert_eq!(waiting(&stage, &out, moderator), [n as u64 + 1]);
        assert_eq!((waiting(&stage, &out, mia), waiting(&stage, &out, bo)), (vec![], vec![]), "nobody else is");
    }
    let out = stage.frame(mia, &format!(r#"{{"type":"chat","id":"{ID}","content":"odd"}}"#));
    assert_eq!(waiting(&stage, &out, moderator), [0; 0], "nothing new waits");
    let (late, out) = stage.join_as(account(), Status::Online, None).unwrap();
    assert_eq!(waiting(&stage, &out, late), [2]);
    let (guest, out) = stage.join_as(guest(), Status::Online, None).unwrap();
    assert_eq!(waiting(&stage, &out, guest), [0; 0]);
    for (id, is_published, left) in [(ID, true, 1), (OTHER, false, 0)] {
        let (_, out) = judge(&mut stage, id, is_published);
        assert_eq!(waiting(&stage, &out, moderator), [left]);
    }
}

#[test]
fn a_role_that_the_room_learns_of_late_brings_the_number_with_the_next_turn() {
    let mut stage = ruled("general", rules(false));
    let mia = stage.join("user_1");
    let moderator = join(&mut stage, Principal { kind: UserKind::User, ..principal("user_9") });
    let out = stage.frame(mia, &format!(r#"{{"type":"chat","id":"{ID}","content":"odd"}}"#));
    assert_eq!(waiting(&stage, &out, moderator), [0; 0]);
    let role = RoleRow { user: "user_9".to_owned(), role: DeploymentRole::Moderator };
    let standing = Standing { roles: vec![role], ..rules(false) };
    for told in [vec![1], vec![]] {
        stage.room.set_moderation(Rc::new(standing.clone()));
        let out = stage.chat(mia);
        assert_eq!((waiting(&stage, &out, moderator), waiting(&stage, &out, mia)), (told, vec![]));
    }
}

/// Returns the member `reviewed` of the welcome to somebody who joins.
fn reviewed(stage: &mut RoomFixture, principal: Principal) -> Value {
    let (conn, out) = stage.join_as(principal, Status::Online, None).unwrap();
    let welcome: Value = serde_json::from_str(&stage.got(&out, conn)[0]).unwrap();
    stage.room.leave(stage.now, conn, &mut Outbound::default());
    welcome["reviewed"].clone()
}

#[test]
fn a_device_that_was_away_learns_what_became_of_a_held_message() {
    const IDS: [&str; 4] = [
        "00000000-0000-7000-8000-0000000000b1",
        "00000000-0000-7000-8000-0000000000b2",
        "00000000-0000-7000-8000-0000000000b3",
        "00000000-0000-7000-8000-0000000000b4",
    ];
    let mut stage = ruled("general", rules(false));
    let mia = stage.join("user_1");
    for id in IDS {
        stage.now += 5_000;
        say(&mut stage, mia, id, "odd");
    }
    assert_eq!(reviewed(&mut stage, principal("user_1")), Value::Null, "all wait");
    judge(&mut stage, IDS[0], true).0.unwrap();
    judge(&mut stage, IDS[1], false).0.unwrap();
    let told = serde_json::json!({ IDS[0]: "publish", IDS[1]: "drop" });
    assert_eq!(reviewed(&mut stage, principal("user_1")), told);
    assert_eq!(reviewed(&mut stage, principal("user_2")), Value::Null, "nobody else does");
    let later = Principal { visible_from: stage.now, ..principal("user_1") };
    assert_eq!(reviewed(&mut stage, later), Value::Null, "nor does a later player");
    assert_eq!(say(&mut stage, mia, IDS[1], "odd"), "HELD");
    let told = serde_json::json!({ IDS[0]: "publish" });
    assert_eq!(reviewed(&mut stage, principal("user_1")), told, "it waits again");
    stage.now += HELD_MS_MAX;
    stage.room.forget_old_held(&mut stage.store, stage.now).unwrap();
    let told = serde_json::json!({ IDS[0]: "publish", IDS[1]: "drop", IDS[2]: "drop", IDS[3]: "drop" });
    assert_eq!(reviewed(&mut stage, principal("user_1")), told, "nobody has judged them in time");
    let now = stage.now + Retention::of_days(1).keep_ms;
    let retention = Retention { events_min: 0, ids_ms: 0, ..Retention::of_days(1) };
    while stage.room.trim(&mut stage.store, now, &retention, &mut Outbound::default()).unwrap() {}
    let told = serde_json::json!({ IDS[0]: "drop", IDS[1]: "drop", IDS[2]: "drop", IDS[3]: "drop" });
    assert_eq!(reviewed(&mut stage, principal("user_1")), told, "the log has let it go");
}

#[test]
fn whoever_deletes_a_held_message_of_theirs_takes_it_back() {
    let mut stage = ruled("general", rules(false));
    let (mia, bo) = (stage.join("user_1"), stage.join("user_2"));
    say(&mut stage, mia, ID, "odd");
    let delete = format!(r#""type":"delete","messageId":"{ID}","for":"all""#);
    let out = stage.write(bo, &delete);
    assert_eq!((answer(&stage, &out, bo), held(&stage).len()), ("NOT_FOUND".to_owned(), 1));
    let out = stage.write(mia, &delete);
    assert_eq!((answer(&stage, &out, mia), stage.got(&out, bo)), ("ack".to_owned(), vec![]));
    assert_eq!((stage.room.log().head(), held(&stage), stage.store.held(ID)), (0, vec![], Ok(None)));
    assert_eq!(judge(&mut stage, ID, true).0, Err(Refusal::NotFound.into()));
}

#[test]
fn slow_mode_counts_a_held_message() {
    let slow = RoomRule { room: "general".to_owned(), slow_s: 30, is_closed: false };
    let mut stage = ruled("general", Standing { rooms: vec![slow], ..rules(false) });
    let mia = stage.join("user_1");
    assert_eq!(["odd", "hi"].map(|text| write(&mut stage, mia, text)), ["HELD", "RATE_LIMITED"]);
    stage.now += 30_000;
    assert_eq!(write(&mut stage, mia, "hi"), "ack");
}

#[test]
fn the_first_message_of_a_guest_is_held_until_the_log_has_one() {
    let mut stage = ruled("general", rules(true));
    let (new, mia) = (join(&mut stage, guest()), stage.join("user_1"));
    assert_eq!(write(&mut stage, mia, "hi"), "ack", "whoever is no guest");
    assert_eq!(say(&mut stage, new, ID, "hi"), "HELD");
    assert_eq!((write(&mut stage, new, "hi"), held(&stage)[0].rule.as_str()), ("HELD".to_owned(), FIRST_MESSAGE));
    judge(&mut stage, ID, true).0.unwrap();
    assert_eq!([write(&mut stage, new, "hi"), write(&mut stage, new, "odd")], ["ack", "HELD"]);
    stage.now += FIRST_MESSAGE_MS + 1;
    assert_eq!(write(&mut stage, new, "hi"), "HELD", "a day later");
    stage.room.set_moderation(Rc::new(rules(false)));
    assert_eq!(write(&mut stage, new, "hi"), "ack");
}

#[test]
fn people_with_a_role_and_bots_write_what_they_want() {
    let role = RoleRow { user: "user_1".to_owned(), role: DeploymentRole::Moderator };
    let mut stage = ruled("general", Standing { roles: vec![role], ..rules(true) });
    let bot = Principal { kind: UserKind::Bot, ..principal("user_3") };
    let conns = [stage.join("user_1"), join(&mut stage, bot)];
    for conn in conns {
        assert_eq!(["bad", "odd"].map(|text| write(&mut stage, conn, text)), ["ack", "ack"]);
    }
}

#[test]
fn a_private_conversation_has_no_rules() {
    let mut stage = ruled("dm_user_1____user_2", rules(true));
    let mia = stage.join("user_1");
    assert_eq!(["bad", "odd"].map(|text| write(&mut stage, mia, text)), ["ack", "ack"]);
}

/// A room that holds as many messages as it may, of people who wrote so many each.
fn full(each: usize) -> RoomFixture {
    let mut store = MemoryRoomStore::default();
    for n in 0..HELD_MAX {
        let (id, user, at) = (format!("h{n}"), format!("u_{}", n / each), 1_000_000 - n as u64);
        let (name, body, rule) = (String::new(), "{}".to_owned(), String::new());
        store.save_held(&HeldMessage { id, at, user, session: None, name, body, rule }).unwrap();
    }
    let mut full = RoomFixture::on("general", store);
    full.room.set_moderation(Rc::new(rules(false)));
    full
}

#[test]
fn in_a_full_queue_the_oldest_message_of_whoever_has_most_gives_its_place() {
    let mut stage = full(HELD_OF_PERSON_MAX);
    let mia = stage.join("user_1");
    let last = HELD_MAX - 1;
    let flooder = format!("u_{}", last / HELD_OF_PERSON_MAX);
    for (n, user) in [(0, flooder.clone()), (1, format!("u_{}", last / HELD_OF_PERSON_MAX - 1))] {
        stage.now += 5_000;
        let out = stage.write(mia, r#""type":"chat","content":"odd""#);
        assert_eq!((answer(&stage, &out, mia), held(&stage).len()), ("HELD".to_owned(), HELD_MAX));
        assert_eq!(out.displaced, [(user, format!("h{}", last - n * HELD_OF_PERSON_MAX))]);
    }
    let told = serde_json::json!({ format!("h{last}"): "drop" });
    assert_eq!(reviewed(&mut stage, principal(&flooder)), told, "devices that were away learn it");
}

#[test]
fn only_so_many_messages_are_held_of_one_person_and_of_all() {
    let mut stage = ruled("general", rules(false));
    let mia = stage.join("user_1");
    for _ in 0..HELD_OF_PERSON_MAX {
        stage.now += 5_000;
        assert_eq!(write(&mut stage, mia, "odd"), "HELD");
    }
    stage.now += 5_000;
    let out = stage.write(mia, r#""type":"chat","content":"odd""#);
    let refusal: Value = serde_json::from_str(&stage.got(&out, mia)[0]).unwrap();
    assert_eq!(
        (refusal["code"].as_str(), refusal["retryAfterMs"].as_u64()),
        (Some("RATE_LIMITED"), Some(HELD_RETRY_MS))
    );

    let mut full = full(1);
    let bo = full.join("user_2");
    assert_eq!(
        (write(&mut full, bo, "odd"), write(&mut full, bo, "hi")),
        ("RATE_LIMITED".to_owned(), "ack".to_owned())
    );
}

#[test]
fn a_room_that_wakes_knows_what_it_holds_and_lets_go_of_it_in_time() {
    let mut stage = ruled("general", rules(false));
    let mia = stage.join("user_1");
    say(&mut stage, mia, ID, "odd");
    let due_at = stage.now + HELD_MS_MAX;
    let mut again = RoomFixture::on("general", stage.store.clone());
    assert_eq!((again.room.held_due_at(), held(&again).len()), (Some(due_at), 1));
    again.room.forget_old_held(&mut again.store, due_at - 1).unwrap();
    assert_eq!(held(&again).len(), 1);
    again.now = due_at;
    assert_eq!(judge(&mut again, ID, true).0, Err(Refusal::NotFound.into()), "its time is over");
    again.room.forget_old_held(&mut again.store, due_at).unwrap();
    assert_eq!((again.room.held_due_at(), again.store.held(ID)), (None, Ok(None)));
}

#[test]
fn packets_are_held_and_refused_and_close_no_socket() {
    let mut stage = ruled("general", rules(false));
    let mia = stage.join("user_1");
    for n in 0..40 {
        stage.now += 60_000;
        let text = if n == 0 { "odd" } else { "bad" };
        let (id, body) = (format!("p{n}"), format!("{{\"content\":\"{text}\"}}"));
        let act = Ok(PacketAct::Write(Write { id, kind: Kind::Chat, body }));
        let mut out = Outbound::default();
        stage.room.packet(&mut stage.store, stage.now, mia, act, &mut out).unwrap();
        assert!(out.closes.is_empty(), "{n}");
        stage.room.end_turn(&mut out);
    }
    assert_eq!((stage.room.log().head(), held(&stage).len()), (0, 1));
}
