//! Promises of receipts, one test per promise (`messenger.md` 8).

use serde_json::Value;

use super::tests::{RoomFixture, principal};
use super::{Actor, Erasure, NewGroup, Outbound, PeopleStore, Visibility};
use crate::machines::presence::Card;
use crate::people::contacts::{Hides, Settings};
use crate::words::ids::UserId;
use crate::words::limits::{ACK_EVERY_MS, RECEIPT_PEOPLE_MAX};
use crate::words::socket::ConnKey;
use crate::words::status::Status;

const DIRECT: &str = "dm_user_1____user_2";

fn ack(seq: u64, status: &str) -> String {
    format!("{{\"type\":\"ack\",\"upToSeq\":{seq},\"status\":\"{status}\"}}")
}

impl RoomFixture {
    /// Returns the receipts to a socket: user, position, status.
    fn receipts_sent(&self, out: &Outbound, conn: ConnKey) -> Vec<(String, u64, String)> {
        let frames = self.got(out, conn).into_iter().map(|text| serde_json::from_str::<Value>(&text).unwrap());
        let receipts = frames.filter(|frame| frame["type"] == "delivery_status");
        let text = |frame: &Value, name: &str| frame[name].as_str().unwrap().to_owned();
        receipts
            .map(|frame| (text(&frame, "senderId"), frame["upToSeq"].as_u64().unwrap(), text(&frame, "status")))
            .collect()
    }

    fn shows(&mut self, user: &str, status: Status) {
        let version = self.room.card_of(user).unwrap().version + 1;
        let card = Card { status, name: user.to_owned(), version, ..Card::default() };
        self.room.set_card(&mut self.store, self.now, user, &card, &mut Outbound::default()).unwrap();
    }

    /// Returns the receipts of the others in the `welcome` to `user`: user, delivered, read.
    fn welcomed(&mut self, user: &str) -> Vec<(String, u64, u64)> {
        let (conn, out) = self.join_as(principal(user), Status::Online, None).unwrap();
        let welcome: Value = serde_json::from_str(&self.got(&out, conn)[0]).unwrap();
        self.room.leave(self.now, conn, &mut Outbound::default());
        let number = |receipt: &Value, name: &str| receipt[name].as_u64().unwrap();
        let receipts = welcome["receipts"].as_object().unwrap().iter().filter(|(other, _)| *other != user);
        receipts.map(|(other, one)| (other.clone(), number(one, "deliveredSeq"), number(one, "readSeq"))).collect()
    }
}

fn receipts_sent(seq: u64, status: &str) -> (String, u64, String) {
    ("user_2".to_owned(), seq, status.to_owned())
}

/// Makes a conversation of two in which the first person has written three messages.
fn begun() -> (RoomFixture, ConnKey, ConnKey) {
    let mut stage = RoomFixture::new(DIRECT);
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    for _ in 0..3 {
        stage.chat(a);
    }
    (stage, a, b)
}

#[test]
fn both_numbers_only_grow_and_read_implies_delivered() {
    let (mut stage, a, b) = begun();
    let out = stage.frame(b, &ack(2, "delivered"));
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(2, "delivered")]);
    stage.now += ACK_EVERY_MS;
    let out = stage.frame(b, &ack(3, "read"));
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(3, "read")], "one frame says both");
    stage.now += ACK_EVERY_MS;
    for smaller in [ack(1, "read"), ack(2, "delivered")] {
        let out = stage.frame(b, &smaller);
        assert_eq!(stage.receipts_sent(&out, a), [], "nothing new");
        assert_eq!(
            stage.receipts_sent(&out, b),
            [receipts_sent(3, "delivered"), receipts_sent(3, "read")],
            "whoever says it again hears what is kept"
        );
    }
    let out = stage.frame(b, &ack(999, "read"));
    assert_eq!(stage.receipts_sent(&out, a), [], "nobody has read what is not written");
    stage.chat(a);
    assert_eq!(stage.room.unread(&stage.store, "user_2", None, 0).unwrap(), (3, vec![4]), "nor later, when it is");
}

#[test]
fn a_message_id_stands_for_its_place() {
    let (mut stage, a, b) = begun();
    let out = stage.frame(b, r#"{"type":"ack","ackId":"00000000-0000-7000-8000-000000000002","status":"read"}"#);
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(2, "read")]);
    let out = stage.frame(b, r#"{"type":"ack","ackId":"00000000-0000-7000-8000-000000000099","status":"read"}"#);
    assert!(stage.got(&out, b)[0].contains("NOT_FOUND"));
}

#[test]
fn at_most_one_telling_per_person_and_second_and_the_last_state_is_told() {
    let (mut stage, a, b) = begun();
    let mut out = stage.frame(b, &ack(1, "delivered"));
    assert_eq!(stage.receipts_sent(&out, a).len(), 1);
    for seq in [2, 3] {
        stage.now += 10;
        out = stage.frame(b, &ack(seq, "delivered"));
        assert_eq!(stage.receipts_sent(&out, a), []);
    }
    assert_eq!(stage.room.timer_at(), Some(1_000_000 + ACK_EVERY_MS));
    stage.now = 1_000_000 + ACK_EVERY_MS;
    let out = stage.tick();
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(3, "delivered")]);
}

#[test]
fn reading_is_told_only_if_both_want_receipts() {
    for shy in ["user_1", "user_2"] {
        let (mut stage, a, b) = begun();
        stage.change_privacy(shy, |privacy| privacy.settings = Settings { receipts: false, ..privacy.settings });
        let out = stage.frame(b, &ack(3, "read"));
        assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(3, "delivered")], "{shy}");
        assert_eq!(stage.receipts_sent(&out, b), [receipts_sent(3, "read")], "own devices know");
    }
}

#[test]
fn public_rooms_have_no_read_receipts() {
    let mut stage = RoomFixture::new("general");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    let out = stage.frame(b, &ack(1, "read"));
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(1, "delivered")]);
}

#[test]
fn nothing_is_told_between_people_of_whom_one_blocked_the_other_nor_of_who_appears_offline() {
    let (mut stage, a, b) = begun();
    stage.change_privacy("user_2", |privacy| {
        let mut hides = Hides::default();
        hides.block("user_1", 1);
        privacy.hides = hides;
    });
    let out = stage.frame(b, &ack(3, "read"));
    assert_eq!(stage.receipts_sent(&out, a), []);

    let mut stage = RoomFixture::new(DIRECT);
    let a = stage.join("user_1");
    let b = stage.join_as(principal("user_2"), Status::AppearOffline, None).unwrap().0;
    stage.chat(a);
    let out = stage.frame(b, &ack(1, "read"));
    assert_eq!(stage.receipts_sent(&out, a), []);
    assert_eq!(stage.receipts_sent(&out, b), [receipts_sent(1, "read")]);
}

#[test]
fn who_appears_offline_is_not_given_away_by_what_was_told_before() {
    let (mut stage, a, b) = begun();
    stage.frame(b, &ack(1, "read"));
    stage.now += ACK_EVERY_MS;
    stage.shows("user_2", Status::AppearOffline);
    for (seq, status) in [(2, "delivered"), (3, "read")] {
        let out = stage.frame(b, &ack(seq, status));
        assert_eq!(stage.receipts_sent(&out, a), [], "{status}");
        stage.now += ACK_EVERY_MS;
    }
    assert_eq!(stage.welcomed("user_1"), [("user_2".to_owned(), 1, 1)]);
    stage.shows("user_2", Status::Online);
    let out = stage.frame(b, &ack(3, "read"));
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(3, "read")], "said again when it may be known");
}

#[test]
fn who_keeps_reading_to_themselves_is_not_heard_at_the_moment_of_reading() {
    let (mut stage, a, b) = begun();
    stage.change_privacy("user_2", |privacy| privacy.settings = Settings { receipts: false, ..privacy.settings });
    let mut public = RoomFixture::new("general");
    let (c, d) = (public.join("user_1"), public.join("user_2"));
    (0..3).for_each(|_| drop(public.chat(c)));
    for (stage, writer, reader) in [(&mut stage, a, b), (&mut public, c, d)] {
        let out = stage.frame(reader, &ack(3, "delivered"));
        assert_eq!(stage.receipts_sent(&out, writer), [receipts_sent(3, "delivered")]);
        stage.now += ACK_EVERY_MS;
        let out = stage.frame(reader, &ack(3, "read"));
        assert_eq!(stage.receipts_sent(&out, writer), []);
        assert_eq!(stage.receipts_sent(&out, reader), [receipts_sent(3, "read")]);
    }
}

#[test]
fn what_waits_for_its_second_tells_all_that_has_grown_since_the_last_telling() {
    let (mut stage, a, b) = begun();
    stage.frame(b, &ack(1, "delivered"));
    stage.frame(b, &ack(3, "delivered"));
    stage.frame(b, &ack(2, "read"));
    stage.now += ACK_EVERY_MS;
    let out = stage.tick();
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(3, "delivered"), receipts_sent(2, "read")]);
    stage.now += ACK_EVERY_MS;
    let out = stage.frame(b, &ack(3, "read"));
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(3, "read")]);
}

#[test]
fn welcome_and_numbers_know_of_nobody_in_a_public_room_who_is_not_here_for_the_viewer() {
    let mut stage = RoomFixture::new("general");
    let conns = ["user_1", "user_2", "user_3"].map(|user| stage.join(user));
    stage.chat(conns[0]);
    for conn in conns {
        stage.frame(conn, &ack(1, "read"));
    }
    let known = |stage: &mut RoomFixture| stage.welcomed("user_4").into_iter().map(|one| one.0).collect::<Vec<_>>();
    assert_eq!(known(&mut stage), ["user_1", "user_2", "user_3"]);
    assert_eq!(stage.room.here_for("user_4").len(), 3);
    stage.shows("user_2", Status::AppearOffline);
    stage.change_privacy("user_3", |privacy| {
        privacy.hides.block("user_4", 1);
    });
    assert_eq!(known(&mut stage), ["user_1"]);
    assert_eq!(stage.room.here_for("user_4"), ["user_1"]);
    assert_eq!(stage.room.here_for("user_1"), ["user_1", "user_3"]);
}

#[test]
fn a_block_takes_nothing_back_of_what_the_blocked_knew_and_adds_nothing() {
    let (mut stage, _, b) = begun();
    stage.frame(b, &ack(2, "read"));
    let knew = [("user_2".to_owned(), 2, 2)];
    let now = stage.now;
    stage.change_privacy("user_2", |privacy| {
        privacy.hides.block("user_1", now);
    });
    assert_eq!(stage.welcomed("user_1"), knew);
    stage.frame(b, &ack(3, "read"));
    assert_eq!(stage.welcomed("user_1"), knew, "nor does it grow");
    let rows = std::mem::take(&mut stage.store);
    stage = RoomFixture::on(DIRECT, rows);
    assert_eq!(stage.welcomed("user_1"), knew, "after a sleep");
    stage.change_privacy("user_2", |privacy| privacy.settings.receipts = false);
    assert_eq!(stage.welcomed("user_1"), [("user_2".to_owned(), 2, 0)], "as without a block");
    stage.change_privacy("user_2", |privacy| privacy.settings.receipts = true);
    stage.change_privacy("user_2", |privacy| {
        privacy.hides.unblock("user_1", now + 1);
    });
    assert_eq!(stage.welcomed("user_1"), knew, "nor when it ends");
}

/// The second person has read 2 of 3 messages, blocks the first, reads the last one, and ends the block.
fn unblocked() -> (RoomFixture, ConnKey, ConnKey) {
    let (mut stage, a, b) = begun();
    stage.frame(b, &ack(2, "read"));
    stage.blocks("user_2", "user_1", true);
    stage.now += ACK_EVERY_MS;
    stage.frame(b, &ack(3, "read"));
    stage.now += ACK_EVERY_MS;
    stage.blocks("user_2", "user_1", false);
    (stage, a, b)
}

fn far(delivered: u64, read: u64) -> [(String, u64, u64); 1] {
    [("user_2".to_owned(), delivered, read)]
}

#[test]
fn who_appears_offline_to_one_person_tells_them_no_receipt_before_it_ends() {
    let (mut stage, a, b) = begun();
    stage.frame(b, &ack(1, "read"));
    stage.change_privacy("user_2", |privacy| {
        privacy.hidden_from.insert("user_1".to_owned());
    });
    for (seq, status) in [(2, "delivered"), (3, "read")] {
        stage.now += ACK_EVERY_MS;
        let out = stage.frame(b, &ack(seq, status));
        assert_eq!(stage.receipts_sent(&out, a), [], "{status}");
        assert_eq!(stage.welcomed("user_1"), far(1, 1), "{status}");
    }
    let out = stage.chat(b);
    assert_eq!(stage.receipts_sent(&out, a), [], "a message brings none");
    let out = stage.frame(a, &ack(4, "read"));
    assert_eq!(stage.receipts_sent(&out, b), [("user_1".to_owned(), 4, "read".to_owned())], "the other way is open");
    stage.change_privacy("user_2", |privacy| privacy.hidden_from.clear());
    assert_eq!(stage.welcomed("user_1"), far(1, 1), "its end says nothing of that time");
    stage.chat(a);
    stage.now += ACK_EVERY_MS;
    let out = stage.frame(b, &ack(5, "read"));
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(5, "read")]);
}

#[test]
fn who_appears_offline_to_one_person_tells_them_no_receipt_in_a_public_room() {
    let mut stage = RoomFixture::new("general");
    let (a, b, c) = (stage.join("user_1"), stage.join("user_2"), stage.join("user_3"));
    stage.change_privacy("user_2", |privacy| {
        privacy.hidden_from.insert("user_1".to_owned());
    });
    stage.chat(a);
    let out = stage.frame(b, &ack(1, "delivered"));
    assert_eq!(stage.receipts_sent(&out, a), []);
    assert_eq!(stage.receipts_sent(&out, c), [receipts_sent(1, "delivered")]);
}

#[test]
fn what_a_block_hid_of_receipts_is_told_when_the_blocker_comes_further() {
    let (mut stage, _, _) = unblocked();
    assert_eq!(stage.welcomed("user_1"), far(2, 2));
    let rows = std::mem::take(&mut stage.store);
    let (now, written) = (stage.now, stage.written);
    stage = RoomFixture::on(DIRECT, rows);
    (stage.now, stage.written) = (now, written);
    assert_eq!(stage.welcomed("user_1"), far(2, 2), "after a sleep");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    let out = stage.frame(b, &ack(3, "read"));
    assert_eq!(stage.receipts_sent(&out, a), [], "nothing new");
    assert_eq!(stage.welcomed("user_1"), far(2, 2));
    stage.chat(a);
    let out = stage.frame(b, &ack(4, "delivered"));
    assert_eq!(
        stage.receipts_sent(&out, a),
        [receipts_sent(4, "delivered"), receipts_sent(3, "read")],
        "what the welcome would say"
    );
    assert_eq!(stage.welcomed("user_1"), far(4, 3));
    stage.now += ACK_EVERY_MS;
    let out = stage.frame(b, &ack(4, "read"));
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(4, "read")]);
    // An older update of the block brings nothing back.
    let mut stale = stage.room.privacy_of("user_2").cloned().unwrap();
    stale.version -= 1;
    stale.hides.block("user_1", now);
    stage.room.set_privacy(&mut stage.store, now, "user_2", stale, &mut Outbound::default()).unwrap();
    assert_eq!(stage.welcomed("user_1"), far(4, 4));
}

#[test]
fn what_a_block_hid_of_receipts_is_told_when_the_blocker_speaks_and_is_seen() {
    for status in [Status::Online, Status::AppearOffline] {
        let (mut stage, a, b) = unblocked();
        stage.shows("user_2", status);
        let out = stage.chat(b);
        if status == Status::Online {
            assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(3, "read")]);
            assert_eq!(stage.welcomed("user_1"), far(3, 3));
        } else {
            assert_eq!(stage.receipts_sent(&out, a), []);
            assert_eq!(stage.welcomed("user_1"), far(2, 2));
        }
    }
}

#[test]
fn a_telling_that_waited_for_its_second_tells_nothing_of_the_time_of_a_block() {
    let (mut stage, a, b) = begun();
    stage.frame(b, &ack(1, "read"));
    stage.blocks("user_2", "user_1", true);
    stage.frame(b, &ack(3, "read"));
    stage.blocks("user_2", "user_1", false);
    stage.now += ACK_EVERY_MS;
    let out = stage.tick();
    assert_eq!(stage.receipts_sent(&out, a), []);
    assert_eq!(stage.welcomed("user_1"), far(1, 1));
}

#[test]
fn a_second_block_keeps_what_the_blocked_knew_before_the_first() {
    let (mut stage, _, _) = unblocked();
    stage.blocks("user_2", "user_1", true);
    assert_eq!(stage.welcomed("user_1"), far(2, 2));
    stage.blocks("user_2", "user_1", false);
    assert_eq!(stage.welcomed("user_1"), far(2, 2));
}

#[test]
fn who_blocks_somebody_sees_none_of_their_receipts_blocked_or_not() {
    for is_blocked in [false, true] {
        let (mut stage, _, b) = begun();
        stage.frame(b, &ack(2, "read"));
        if is_blocked {
            stage.blocks("user_2", "user_1", true);
        }
        stage.blocks("user_1", "user_2", true);
        assert_eq!(stage.welcomed("user_1"), far(0, 0), "{is_blocked}");
    }
}

#[test]
fn reading_that_is_kept_to_oneself_shows_nothing_of_the_time_of_a_block() {
    let (mut stage, a, b) = begun();
    stage.change_privacy("user_2", |privacy| privacy.settings.receipts = false);
    stage.frame(b, &ack(2, "delivered"));
    stage.blocks("user_2", "user_1", true);
    stage.now += ACK_EVERY_MS;
    stage.frame(b, &ack(3, "delivered"));
    stage.now += ACK_EVERY_MS;
    stage.blocks("user_2", "user_1", false);
    let out = stage.frame(b, &ack(3, "read"));
    assert_eq!(stage.receipts_sent(&out, a), []);
    assert_eq!(stage.welcomed("user_1"), far(2, 0));
    stage.chat(a);
    stage.now += ACK_EVERY_MS;
    let out = stage.frame(b, &ack(4, "delivered"));
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(4, "delivered")]);
    assert_eq!(stage.welcomed("user_1"), far(4, 0));
}

#[test]
fn whoever_goes_for_good_takes_along_what_a_block_kept_for_them_and_of_them() {
    for gone in ["user_1", "user_2"] {
        let (mut stage, _, _) = unblocked();
        let user = UserId::parse(gone).unwrap();
        let now = stage.now;
        stage.room.forget_person(&mut stage.store, now, &user, &Erasure::default(), &mut Outbound::default()).unwrap();
        let stored = stage.store.known().unwrap();
        assert!(stored.iter().all(|(user, known)| user != gone && known.frozen.is_empty()), "{gone} {stored:?}");
    }
}

#[test]
fn whoever_catches_up_tells_everybody_whom_they_have_read() {
    let mut settings = crate::machines::room::RoomSettings::default();
    (settings.rules.frame, settings.rules.chat) = Default::default();
    let mut stage = RoomFixture::with("general", settings);
    let writers: Vec<ConnKey> = (1..=RECEIPT_PEOPLE_MAX).map(|n| stage.join(&format!("user_{n}"))).collect();
    let reader = stage.join("user_99");
    for n in 0..500 {
        stage.chat(writers[n * writers.len() / 500]);
    }
    let out = stage.frame(reader, &ack(500, "delivered"));
    assert!(writers.iter().all(|writer| stage.receipts_sent(&out, *writer).len() == 1), "the newest and the oldest");
}

#[test]
fn in_a_room_of_many_only_the_authors_of_what_is_covered_now_hear_of_it() {
    let mut stage = RoomFixture::new("general");
    let (a, b, c) = (stage.join("user_1"), stage.join("user_2"), stage.join("user_3"));
    for n in 4..=RECEIPT_PEOPLE_MAX + 1 {
        stage.join(&format!("user_{n}"));
    }
    stage.chat(a);
    let out = stage.frame(b, &ack(1, "delivered"));
    assert_eq!((stage.receipts_sent(&out, a).len(), stage.receipts_sent(&out, c).len()), (1, 0));
}

#[test]
fn unread_is_what_others_said_after_the_one_cursor() {
    let (mut stage, a, b) = begun();
    stage.chat(b);
    stage.nudge(a);
    let unread = |stage: &RoomFixture, user: &str| stage.room.unread(&stage.store, user, None, 0).unwrap();
    assert_eq!(unread(&stage, "user_2"), (0, vec![1, 2, 3, 5]));
    assert_eq!(unread(&stage, "user_1"), (0, vec![4]));
    stage.frame(b, &ack(2, "read"));
    stage.frame(b, &ack(5, "delivered"));
    assert_eq!(unread(&stage, "user_2"), (2, vec![3, 5]), "delivered is not read");
    stage.write(a, r#""type":"delete","messageId":"00000000-0000-7000-8000-000000000003","for":"all""#);
    assert_eq!(unread(&stage, "user_2"), (2, vec![5]), "what is gone does not wait");
    assert_eq!(stage.room.unread(&stage.store, "user_2", None, 4).unwrap(), (4, vec![5]));
    stage.write(b, r#""type":"delete","messageId":"00000000-0000-7000-8000-000000000005","for":"me""#);
    assert_eq!(unread(&stage, "user_2"), (2, vec![]), "nor what one deleted for oneself");
    let public = RoomFixture::new("general");
    assert_eq!(public.room.unread(&public.store, "user_2", None, 0).unwrap(), (0, vec![]));
}

#[test]
fn whoever_comes_into_a_public_room_and_does_not_look_has_missed_what_came_since() {
    let mut stage = RoomFixture::new("general");
    let a = stage.join("user_1");
    for _ in 0..3 {
        stage.chat(a);
    }
    let hidden = stage.join("user_2");
    stage.chat(a);
    let unread = |stage: &RoomFixture| stage.room.unread(&stage.store, "user_2", None, 0).unwrap();
    let out = stage.frame(hidden, &ack(4, "delivered"));
    assert_eq!(unread(&stage), (3, vec![4]), "what was there before was not missed");
    assert_eq!(stage.receipts_sent(&out, hidden), [receipts_sent(4, "delivered"), receipts_sent(3, "read")]);
    assert_eq!(stage.receipts_sent(&out, a), [receipts_sent(4, "delivered")], "nobody else is told of reading");
    stage.chat(a);
    stage.now += ACK_EVERY_MS;
    stage.frame(hidden, &ack(5, "delivered"));
    assert_eq!(unread(&stage), (3, vec![4, 5]), "delivered is not read");
    // In a room that was empty, every event is newer.
    let mut stage = RoomFixture::new("general");
    let (a, hidden) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    stage.frame(hidden, &ack(1, "delivered"));
    assert_eq!(unread(&stage), (0, vec![1]));
}

#[test]
fn whoever_reads_a_public_group_without_being_in_it_is_told_nobodys_receipts() {
    let mut stage = RoomFixture::new("grp_0123456789abc");
    let actor = Actor { user: UserId::parse("user_1").unwrap(), name: "user_1".to_owned() };
    let plan = NewGroup { name: "Crew".into(), visibility: Visibility::Public, people: Vec::new() };
    stage.room.make_group(&mut stage.store, 1, &actor, &plan, &mut Outbound::default()).unwrap();
    let (member, visitor) = (stage.join("user_1"), stage.join("user_3"));
    stage.chat(visitor);
    // The group was made, then this message was written.
    let head = 2;
    stage.now += ACK_EVERY_MS;
    let out = stage.frame(member, &ack(head, "read"));
    assert_eq!(stage.receipts_sent(&out, visitor), [], "also of their own message");
    assert_eq!(stage.welcomed("user_3"), []);
}
