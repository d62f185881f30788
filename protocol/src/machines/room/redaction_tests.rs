//! Tests that hidden content stays hidden after all later events (`messenger.md` 4, 5.4 and 8).

use serde_json::Value;

use super::tests::{RoomFixture, kinds, principal};
use super::{Change, ChangeKind, Outbound, ReactionOp};
use crate::content::search::Query;
use crate::log::{Cursor, Range, Retention};
use crate::words::limits::HIDDEN_SENT_MAX;
use crate::words::refusal::{Denied, Refusal};
use crate::words::socket::ConnKey;
use crate::words::status::Status;

fn id(seq: u64) -> String {
    format!("00000000-0000-7000-8000-{seq:012}")
}

impl RoomFixture {
    fn say(&mut self, conn: ConnKey, content: &str) -> Outbound {
        self.later();
        self.write(conn, &format!("\"type\":\"chat\",\"content\":\"{content}\""))
    }

    fn edits(&mut self, conn: ConnKey, message: u64, content: &str) -> Outbound {
        self.later();
        self.write(conn, &format!("\"type\":\"edit\",\"messageId\":\"{}\",\"content\":\"{content}\"", id(message)))
    }

    fn reacts(&mut self, conn: ConnKey, message: u64, op: &str) -> Outbound {
        self.later();
        let message = id(message);
        let members = format!("\"messageId\":\"{message}\",\"reaction\":\"heart\",\"op\":\"{op}\"");
        self.write(conn, &format!("\"type\":\"reaction\",{members}"))
    }

    fn hides(&mut self, conn: ConnKey, message: u64) -> Outbound {
        self.write(conn, &format!("\"type\":\"delete\",\"messageId\":\"{}\",\"for\":\"me\"", id(message)))
    }

    fn later(&mut self) {
        self.now += 10;
    }

    /// Returns the events that `user` reads, as a page and as a replay, which are equal.
    fn reads(&mut self, user: &str) -> Vec<Value> {
        let page =
            self.room.page(&self.store, &principal(user), self.room.privacy_of(user), Range::Newest, 100).unwrap();
        let text = crate::wire::messenger::history_json(self.room.id().as_str(), "9f31c0aa", &page, None, false);
        let paged = serde_json::from_str::<Value>(&text).unwrap()["messages"].take();
        let cursor = Some(Cursor { seq: 0, epoch: None });
        let (conn, out) = self.join_as(principal(user), Status::Online, cursor).unwrap();
        let history = self.got(&out, conn).into_iter().find(|frame| frame.contains("\"history\"")).unwrap();
        self.room.leave(self.now, conn, &mut Outbound::default());
        let replayed = serde_json::from_str::<Value>(&history).unwrap()["messages"].take();
        let says =
            |events: &Value| events.as_array().unwrap().iter().map(|one| one["content"].clone()).collect::<Vec<_>>();
        assert_eq!(says(&paged), says(&replayed));
        paged.as_array().unwrap().clone()
    }

    fn finds(&mut self, user: &str, word: &str) -> Vec<u64> {
        while self.room.index_some(&mut self.store, 100).unwrap() {}
        let query: Query = word.parse().unwrap();
        let finds =
            self.room.search(&self.store, &principal(user), self.room.privacy_of(user), &query, None, 9).unwrap();
        finds.found.into_iter().map(|(_, found)| found.event.seq).collect()
    }
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// Makes a room of three in which the first person writes and the second blocks.
fn begun() -> (RoomFixture, [ConnKey; 3]) {
    let mut stage = RoomFixture::new("general");
    stage.room.settings.rules.mutate = crate::words::rate::Rule::default();
    let conns = ["user_1", "user_2", "user_3"].map(|user| stage.join(user));
    (stage, conns)
}

#[test]
fn what_was_written_in_a_block_stays_hidden_when_it_is_changed_after_the_unblock() {
    let (mut stage, [a, b, c]) = begun();
    stage.blocks("user_2", "user_1", true);
    stage.say(a, "hidden");
    stage.blocks("user_2", "user_1", false);
    for out in [stage.edits(a, 1, "still hidden"), stage.reacts(c, 1, "add")] {
        assert_eq!(kinds(&stage.got(&out, b)), ["hidden"]);
        assert!(!kinds(&stage.got(&out, c)).contains(&"hidden".to_owned()));
    }
    let places = stage.reads("user_2");
    assert_eq!(types(&places), ["hidden", "hidden", "hidden"]);
    let are_named: Vec<bool> = places.iter().map(|place| place.get("blockedAt").is_some()).collect();
    assert_eq!(are_named, [true, false, false], "of messages, not of what becomes of them");
    assert_eq!(types(&stage.reads("user_3")), ["chat", "edit", "reaction"]);
    let out = stage.reacts(b, 1, "add");
    assert!(stage.got(&out, b)[0].contains("NOT_FOUND"), "it does not exist for them");
    let what = ChangeKind::React { reaction: "like".into(), op: ReactionOp::Add };
    let change = Change { id: "r".into(), message: id(1), what };
    let answer = stage.room.change(&mut stage.store, stage.now, &principal("user_2"), change, &mut Outbound::default());
    assert_eq!(answer, Err(Denied::Refused(Refusal::NotFound)));
}

#[test]
fn the_last_message_of_a_list_is_the_newest_that_the_person_may_read() {
    let (mut stage, [a, b, c]) = begun();
    let last = |stage: &RoomFixture| {
        ["user_2", "user_3"].map(|user| {
            let privacy = stage.room.privacy_of(user);
            stage.room.last_message(&stage.store, &principal(user), privacy).unwrap().map(|event| event.seq)
        })
    };
    assert_eq!(last(&stage), [None, None]);
    stage.say(a, "one");
    stage.say(c, "two");
    stage.reacts(a, 2, "add");
    assert_eq!(last(&stage), [Some(2), Some(2)], "a reaction is no message");
    stage.blocks("user_2", "user_1", true);
    stage.say(a, "hidden");
    assert_eq!(last(&stage), [Some(2), Some(4)]);
    stage.hides(b, 2);
    assert_eq!(last(&stage), [Some(1), Some(4)]);
    stage.write(a, &format!("\"type\":\"delete\",\"messageId\":\"{}\",\"for\":\"all\"", id(4)));
    assert_eq!(last(&stage), [Some(1), Some(2)], "a deleted message leaves no words");
}

#[test]
fn what_was_changed_in_a_block_reads_as_before_it() {
    let (mut stage, [a, b, c]) = begun();
    stage.say(a, "first");
    stage.edits(a, 1, "second");
    stage.say(c, "other");
    stage.reacts(c, 1, "add");
    stage.blocks("user_2", "user_1", true);
    for out in [stage.edits(a, 1, "secret"), stage.reacts(a, 3, "add")] {
        assert_eq!(kinds(&stage.got(&out, b)), ["hidden"]);
    }
    for _ in 0..2 {
        let seen = stage.reads("user_2");
        assert_eq!(types(&seen), ["chat", "edit", "chat", "reaction", "hidden", "hidden"]);
        assert_eq!(seen[0]["content"], "second");
        assert_eq!(seen[0]["reactions"][0]["users"], serde_json::json!(["user_3"]));
        assert_eq!(seen[2].get("reactions"), None, "reactions of the blocked are not there");
        assert!(!seen.iter().any(|event| event.to_string().contains("secret")));
        assert_eq!((stage.finds("user_2", "secret"), stage.finds("user_3", "secret")), (vec![], vec![1]));
        stage.blocks("user_2", "user_1", false);
    }
    let change = Change {
        id: "r".into(),
        message: id(1),
        what: ChangeKind::React { reaction: "like".into(), op: ReactionOp::Add },
    };
    let answer = stage.room.change(&mut stage.store, stage.now, &principal("user_2"), change, &mut Outbound::default());
    let body = answer.unwrap().message.body;
    assert!(body.contains("second") && body.contains("like"), "{body}");
    stage.edits(a, 1, "third");
    assert_eq!(stage.reads("user_2")[0]["content"], "third", "what is said after the block is for all");
    assert_eq!(stage.reads("user_3")[0]["content"], "third");
}

#[test]
fn what_was_deleted_for_oneself_does_not_come_back_through_its_changes() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.say(a, "hi");
    stage.hides(b, 1);
    let out = stage.edits(a, 1, "again");
    assert_eq!(stage.got(&out, b), [r#"{"type":"hidden","seq":2}"#]);
    assert_eq!(kinds(&stage.got(&out, a)), ["ack", "edit"]);
    let page = |from: u64| {
        let ask = Range::Since(from);
        stage.room.page(&stage.store, &principal("user_2"), None, ask, 100).unwrap().hidden
    };
    assert_eq!((page(0), page(1)), (vec![1, 2], vec![2]), "also where the message is on another page");
    assert!(stage.reads("user_2").iter().all(|place| place.get("blockedAt").is_none()));
    assert_eq!(types(&stage.reads("user_1")), ["chat", "edit"]);
}

#[test]
fn that_a_trimmed_message_was_deleted_is_told_to_who_may_still_show_it() {
    let (mut stage, [a, b, _]) = begun();
    stage.say(a, "deleted later");
    stage.say(a, "not for the second");
    stage.hides(b, 2);
    stage.now += 10_000;
    stage.write(a, &format!("\"type\":\"delete\",\"messageId\":\"{}\",\"for\":\"all\"", id(1)));
    let retention = Retention { keep_ms: 5_000, events_min: 1, ids_ms: 100 };
    stage.room.trim(&mut stage.store, stage.now, &retention, &mut Outbound::default()).unwrap();
    assert_eq!(types(&stage.reads("user_2")), ["delete"]);
    assert_eq!(types(&stage.reads("user_3")), ["delete"]);
}

#[test]
fn deleting_for_oneself_again_is_answered_as_the_first_time() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.say(a, "hi");
    let frame = format!("{{\"type\":\"delete\",\"id\":\"{}\",\"messageId\":\"{}\",\"for\":\"me\"}}", id(50), id(1));
    let [first, again] = [0, 1].map(|_| stage.frame(b, &frame));
    let answer = |out: &Outbound| serde_json::from_str::<Value>(&stage.got(out, b)[0]).unwrap();
    let (first, again) = (answer(&first), answer(&again));
    assert_eq!((first["type"].as_str(), first["duplicate"].as_bool()), (Some("ack"), Some(false)));
    assert_eq!(
        (&again["type"], &again["seq"], again["duplicate"].as_bool()),
        (&first["type"], &first["seq"], Some(true))
    );
    let change = Change { id: "d".into(), message: id(1), what: ChangeKind::Hide };
    let mut out = Outbound::default();
    let changed = stage.room.change(&mut stage.store, stage.now, &principal("user_2"), change, &mut out).unwrap();
    assert!(changed.duplicate && out.hidden_for.is_empty());
}

#[test]
fn the_next_player_of_a_persona_learns_nothing_of_what_the_former_one_hid() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.say(a, "hi");
    stage.hides(b, 1);
    let welcomed = |stage: &mut RoomFixture, visible_from: u64| {
        let mut player = principal("user_2");
        player.visible_from = visible_from;
        let (conn, out) = stage.join_as(player, Status::Online, None).unwrap();
        let welcome: Value = serde_json::from_str(&stage.got(&out, conn)[0]).unwrap();
        welcome["hidden"].as_array().map_or(0, Vec::len)
    };
    let now = stage.now + 10;
    assert_eq!((welcomed(&mut stage, 0), welcomed(&mut stage, now)), (1, 0));
}

#[test]
fn the_next_player_of_a_persona_does_not_see_what_was_pinned_before_them() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (_, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.say(b, "hi");
    stage.room.pin(&mut stage.store, stage.now, &principal("user_1"), &id(1), &mut Outbound::default()).unwrap();
    let welcomed = |stage: &mut RoomFixture, visible_from: u64| {
        let mut player = principal("user_1");
        (player.session, player.visible_from) = ("1-next".into(), visible_from);
        let (conn, out) = stage.join_as(player, Status::Online, None).unwrap();
        let welcome: Value = serde_json::from_str(&stage.got(&out, conn)[0]).unwrap();
        !welcome["pin"].is_null()
    };
    let now = stage.now + 10;
    assert!(welcomed(&mut stage, 0) && !welcomed(&mut stage, now));
}

#[test]
fn welcome_names_the_newest_of_what_was_deleted_for_oneself() {
    let mut settings = crate::machines::room::RoomSettings::default();
    for rule in ["CHAT", "FRAME", "MUTATE"] {
        *settings.rules.named(rule).unwrap() = crate::words::rate::Rule::default();
    }
    let mut stage = RoomFixture::with("dm_user_1____user_2", settings);
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    let count = u64::from(HIDDEN_SENT_MAX) + 1;
    (0..count).for_each(|_| drop(stage.say(a, "hi")));
    for seq in 1..=count {
        let out = stage.hides(b, seq);
        assert_eq!(out.hidden_for, [("user_2".to_owned(), id(seq))], "told to the other devices");
    }
    let (conn, out) = stage.join_as(principal("user_2"), Status::Online, None).unwrap();
    let welcome: Value = serde_json::from_str(&stage.got(&out, conn)[0]).unwrap();
    let wanted: Vec<String> = (2..=count).rev().map(id).collect();
    assert_eq!(welcome["hidden"], serde_json::json!(wanted));
}
