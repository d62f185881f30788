//! Promises of a room, one test per promise (`messenger.md` 5.4).

use super::{
    Actor, GroupChange, Join, MemoryRoomStore, NewGroup, Notification, Outbound, Role, Room, RoomSettings, RoomStore,
    Visibility, Wire,
};
use crate::log::Cursor;
use crate::machines::presence::Card;
use crate::people::contacts::Privacy;
use crate::wire::messenger::{frame_json, receive};
use crate::words::event::Millis;
use crate::words::ids::{RoomId, RoomRules, UserId};
use crate::words::limits::{
    ACK_EVERY_MS, JOIN_EVENTS, LAG_EVENTS_MAX, NAME_BYTES_MAX, PRINCIPAL_LOG_SOCKETS_MAX, RECEIPT_PEOPLE_MAX,
    ROOM_SILENCE_MS_MAX, ROOM_SWEEP_MS, TYPING_MS,
};
use crate::words::principal::{Principal, UserKind};
use crate::words::rate::Rule;
use crate::words::refusal::{Denied, Refusal};
use crate::words::socket::ConnKey;
use crate::words::status::Status;

pub(super) struct RoomFixture {
    pub(super) room: Room,
    pub(super) store: MemoryRoomStore,
    pub(super) now: Millis,
    pub(super) written: u32,
}

pub(super) fn principal(user: &str) -> Principal {
    Principal {
        name: user.to_owned(),
        avatar: "av_01".to_owned(),
        expires_at: 1_200_000,
        ..Principal::new(UserId::parse(user).unwrap(), UserKind::Persona, format!("0-{user}"))
    }
}

impl RoomFixture {
    pub(super) fn new(room: &str) -> Self {
        let mut settings = RoomSettings::default();
        settings.rules.frame = Rule::default();
        Self::with(room, settings)
    }

    pub(super) fn with(room: &str, settings: RoomSettings) -> Self {
        Self::opened(room, settings, MemoryRoomStore::default())
    }

    /// Wakes a room on these rows, without people.
    pub(super) fn on(room: &str, store: MemoryRoomStore) -> Self {
        Self::opened(room, RoomSettings::default(), store)
    }

    fn opened(room: &str, settings: RoomSettings, mut store: MemoryRoomStore) -> Self {
        let rules = RoomRules { public: vec!["general".into()], open: false };
        let room = Room::open(RoomId::parse(room, &rules).unwrap(), settings, &mut store, 0x9f31_c0aa).unwrap();
        Self { room, store, now: 1_000_000, written: 0 }
    }

    pub(super) fn join_as(
        &mut self,
        principal: Principal,
        status: Status,
        cursor: Option<Cursor>,
    ) -> Result<(ConnKey, Outbound), Denied> {
        self.join_from(principal, status, cursor, None)
    }

    fn join_from(
        &mut self,
        principal: Principal,
        status: Status,
        cursor: Option<Cursor>,
        device: Option<String>,
    ) -> Result<(ConnKey, Outbound), Denied> {
        let mut out = Outbound::default();
        let card = Card { status, name: principal.name.clone(), avatar: "av_01".into(), version: 1, ..Card::default() };
        let join = Join { id: "c".into(), principal, card, wire: Wire::Single, device, is_paged: false, cursor };
        let conn = self.room.join(&mut self.store, self.now, join, &mut out)?;
        Ok((conn, out))
    }

    pub(super) fn join(&mut self, user: &str) -> ConnKey {
        self.join_as(principal(user), Status::Online, None).unwrap().0
    }

    /// Changes the privacy settings of a person.
    pub(super) fn change_privacy(&mut self, user: &str, change: impl FnOnce(&mut Privacy)) -> Outbound {
        let fresh = || Privacy::of_kind(UserKind::Persona);
        let mut privacy = self.room.privacy_of(user).cloned().unwrap_or_else(fresh);
        privacy.version += 1;
        change(&mut privacy);
        let mut out = Outbound::default();
        self.room.set_privacy(&mut self.store, self.now, user, privacy, &mut out).unwrap();
        out
    }

    /// Blocks a person, or ends the block.
    pub(super) fn blocks(&mut self, user: &str, other: &str, is_blocked: bool) -> Outbound {
        self.now += 10;
        let now = self.now;
        self.change_privacy(user, |privacy| {
            if is_blocked {
                privacy.hides.block(other, now);
            } else {
                privacy.hides.unblock(other, now);
            }
        })
    }

    /// Runs one turn with one frame, and returns the frames to each socket.
    pub(super) fn frame(&mut self, conn: ConnKey, frame: &str) -> Outbound {
        let mut out = Outbound::default();
        receive(&mut self.room, &mut self.store, self.now, conn, frame, &mut out).unwrap();
        self.room.end_turn(&mut out);
        out
    }

    pub(super) fn write(&mut self, conn: ConnKey, members: &str) -> Outbound {
        self.written += 1;
        let frame = format!("{{\"id\":\"00000000-0000-7000-8000-{:012}\",{members}}}", self.written);
        self.frame(conn, &frame)
    }

    pub(super) fn chat(&mut self, conn: ConnKey) -> Outbound {
        self.write(conn, r#""type":"chat","content":"hi""#)
    }

    pub(super) fn nudge(&mut self, conn: ConnKey) -> Outbound {
        self.write(conn, r#""type":"nudge""#)
    }

    pub(super) fn tick(&mut self) -> Outbound {
        let mut out = Outbound::default();
        self.room.tick(&mut self.store, self.now, &mut out).unwrap();
        out
    }

    pub(super) fn got(&self, out: &Outbound, conn: ConnKey) -> Vec<String> {
        let encode = |notification: &Notification| frame_json(self.room.id().as_str(), notification);
        let deliveries = out.deliveries(&self.room.targets(), encode);
        let own = deliveries.iter().filter(|delivery| delivery.conns.contains(&conn));
        own.flat_map(|delivery| delivery.frames.iter().map(|frame| frame.to_string())).collect()
    }
}

pub(super) fn kinds(frames: &[String]) -> Vec<String> {
    let kind =
        |frame: &String| serde_json::from_str::<serde_json::Value>(frame).unwrap()["type"].as_str().unwrap().to_owned();
    frames.iter().map(kind).collect()
}

#[test]
fn a_sender_gets_the_ack_first_and_everybody_the_event() {
    let mut stage = RoomFixture::new("general");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    let out = stage.chat(a);
    assert_eq!(kinds(&stage.got(&out, a)), ["ack", "chat"]);
    assert_eq!(kinds(&stage.got(&out, b)), ["chat"]);
}

#[test]
fn joining_gives_welcome_people_and_history_in_this_order() {
    let mut stage = RoomFixture::new("general");
    let (conn, out) = stage.join_as(principal("user_1"), Status::Online, None).unwrap();
    let frames = stage.got(&out, conn);
    assert_eq!(kinds(&frames), ["welcome", "participants", "history"]);
    assert!(frames[1].contains("user_1"), "the list holds who joins: {}", frames[1]);
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (conn, out) = stage.join_as(principal("user_1"), Status::Online, None).unwrap();
    assert_eq!(kinds(&stage.got(&out, conn)), ["welcome", "history"], "no list in direct rooms");
}

#[test]
fn whoever_comes_is_sent_the_newest_events_in_their_order() {
    let mut settings = RoomSettings::default();
    (settings.rules.frame, settings.rules.chat) = Default::default();
    let mut stage = RoomFixture::with("general", settings);
    let a = stage.join("user_1");
    let head = u64::from(JOIN_EVENTS) + 30;
    for _ in 0..head {
        stage.chat(a);
    }
    let (conn, out) = stage.join_as(principal("user_2"), Status::Online, None).unwrap();
    let frames: Vec<serde_json::Value> =
        stage.got(&out, conn).iter().map(|frame| serde_json::from_str(frame).unwrap()).collect();
    let (welcome, history) = (&frames[0], &frames[2]);
    assert_eq!((welcome["head"].as_u64(), welcome["oldest"].as_u64()), (Some(head), Some(1)));
    let events = history["messages"].as_array().unwrap();
    let seqs: Vec<u64> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    let newest: Vec<u64> = (31..=head).collect();
    assert_eq!((seqs, history["head"].as_u64()), (newest, Some(head)));
}

#[test]
fn a_third_person_is_not_let_into_a_direct_room() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let refused = stage.join_as(principal("user_3"), Status::Online, None).map(|_| ());
    assert_eq!(refused, Err(Denied::Refused(Refusal::Forbidden)));
}

#[test]
fn a_foreign_cursor_is_reset_and_gets_the_newest_page() {
    let mut stage = RoomFixture::new("general");
    let a = stage.join("user_1");
    stage.chat(a);
    for cursor in [Cursor { seq: 99, epoch: None }, Cursor { seq: 1, epoch: Some("00000000".into()) }] {
        let (conn, out) = stage.join_as(principal("user_2"), Status::Online, Some(cursor)).unwrap();
        assert_eq!(kinds(&stage.got(&out, conn)), ["welcome", "participants", "reset", "history"]);
    }
    let good = Cursor { seq: 1, epoch: Some("9f31c0aa".into()) };
    let (conn, out) = stage.join_as(principal("user_2"), Status::Online, Some(good)).unwrap();
    assert_eq!(out.counters.resumed, [Wire::Single], "the client came back");
    assert_eq!(
        kinds(&stage.got(&out, conn)),
        ["welcome", "participants", "history"],
        "one page, even when nothing is newer"
    );
}

#[test]
fn nobody_has_more_sockets_in_a_room_than_allowed() {
    let mut stage = RoomFixture::new("general");
    for _ in 0..PRINCIPAL_LOG_SOCKETS_MAX {
        stage.join("user_1");
    }
    let refused = stage.join_as(principal("user_1"), Status::Online, None).map(|_| ());
    assert_eq!(refused, Err(Denied::Refused(Refusal::TooManySockets)));
    stage.join("user_2");
    let first = stage.room.conns_of("user_1")[0];
    stage.room.leave(stage.now, first, &mut Outbound::default());
    stage.join("user_1");
}

#[test]
fn the_fourth_nudge_is_refused_and_nobody_shakes() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    for _ in 0..3 {
        let out = stage.nudge(a);
        assert!(stage.got(&out, b)[0].contains("\"effect\":\"shake\""));
        assert!(stage.got(&out, a)[1].contains("\"effect\":\"line\""), "one's own window stays still");
    }
    let out = stage.nudge(a);
    let answer = &stage.got(&out, a)[0];
    assert!(answer.contains("RATE_LIMITED") && answer.contains("\"retryAfterMs\":10000"), "{answer}");
    assert!(stage.got(&out, b).is_empty());
}

#[test]
fn winks_come_one_after_the_other_and_no_more_than_fit_into_a_minute() {
    let mut stage = RoomFixture::new("general");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    let began_at = stage.now;
    let wink = |stage: &mut RoomFixture, after_ms: Millis| {
        stage.now = began_at + after_ms;
        let out = stage.write(a, r#""type":"wink","winkId":"toast""#);
        let answer: serde_json::Value = serde_json::from_str(&stage.got(&out, a)[0]).unwrap();
        assert_eq!(stage.got(&out, b).len(), usize::from(answer["type"] == "ack"));
        answer["retryAfterMs"].as_u64()
    };
    assert_eq!(wink(&mut stage, 0), None);
    assert_eq!(wink(&mut stage, 1), Some(4_999));
    for n in 1..10 {
        assert_eq!(wink(&mut stage, n * 5_000), None, "{n}");
    }
    assert_eq!(wink(&mut stage, 50_000), Some(10_000));
    assert_eq!(wink(&mut stage, 60_000), None);
}

#[test]
fn nudges_are_lines_for_those_who_must_be_left_alone() {
    for status in [Status::Busy, Status::OnThePhone, Status::AppearOffline] {
        let mut stage = RoomFixture::new("dm_user_1____user_2");
        let a = stage.join("user_1");
        let (b, _) = stage.join_as(principal("user_2"), status, None).unwrap();
        let out = stage.nudge(a);
        assert!(stage.got(&out, b)[0].contains("\"effect\":\"line\""), "{status:?}");
    }
}

#[test]
fn six_shakes_a_minute_are_enough_whoever_nudges() {
    let mut stage = RoomFixture::new("general");
    let quiet = stage.join("user_1");
    let nudgers: Vec<ConnKey> = (2..10).map(|n| stage.join(&format!("user_{n}"))).collect();
    let effects: Vec<bool> = nudgers
        .iter()
        .map(|nudger| {
            let out = stage.nudge(*nudger);
            stage.got(&out, quiet)[0].contains("\"effect\":\"shake\"")
        })
        .collect();
    assert_eq!(effects, [true, true, true, true, true, true, false, false]);
}

#[test]
fn shakes_are_counted_through_a_sleep() {
    let mut stage = RoomFixture::new("general");
    let shaken = [stage.join("user_1"), stage.join("user_1")];
    for n in 2..6 {
        let nudger = stage.join(&format!("user_{n}"));
        let out = stage.nudge(nudger);
        assert!(shaken.iter().all(|conn| out.changed.contains(conn)), "it is kept with the socket");
    }
    let stored = shaken.map(|conn| stage.room.connection(conn).unwrap().clone());
    let mut woken = RoomFixture::new("general");
    woken.now = stage.now + 10_000;
    let [first, _] = stored.map(|connection| woken.room.restore(connection, woken.now));
    let effects: Vec<bool> = (6..10)
        .map(|n| {
            let nudger = woken.join(&format!("user_{n}"));
            let out = woken.nudge(nudger);
            woken.got(&out, first)[0].contains("\"effect\":\"shake\"")
        })
        .collect();
    assert_eq!(effects, [true, true, false, false]);
}

#[test]
fn typing_is_seen_by_other_people_only_and_ends_by_itself() {
    let mut stage = RoomFixture::new("general");
    let (a, own_other_device, b) = (stage.join("user_1"), stage.join("user_1"), stage.join("user_2"));
    let out = stage.frame(a, r#"{"type":"typing","isTyping":true}"#);
    assert_eq!(kinds(&stage.got(&out, b)), ["typing"]);
    assert!(stage.got(&out, own_other_device).is_empty());
    assert_eq!(stage.room.timer_at().map(|at| at.min(stage.now + TYPING_MS)), stage.room.timer_at());
    stage.now += TYPING_MS;
    let out = stage.tick();
    assert!(stage.got(&out, b).iter().any(|frame| frame.contains("\"isTyping\":false")));
}

#[test]
fn typing_lasts_as_long_as_it_is_renewed_and_ends_with_a_word_or_with_the_last_socket() {
    let mut stage = RoomFixture::new("general");
    let (a, also_a, b) = (stage.join("user_1"), stage.join("user_1"), stage.join("user_2"));
    let [begin, end] = [true, false].map(|is_typing| format!("{{\"type\":\"typing\",\"isTyping\":{is_typing}}}"));
    let ends = |stage: &RoomFixture, out: &Outbound| {
        stage.got(out, b).iter().filter(|frame| frame.contains("\"isTyping\":false")).count()
    };
    for _ in 0..3 {
        stage.frame(a, &begin);
        stage.now += TYPING_MS - 1;
        let out = stage.tick();
        assert_eq!(ends(&stage, &out), 0, "it was renewed");
    }
    stage.now += 1;
    let out = stage.tick();
    assert_eq!(ends(&stage, &out), 1);
    stage.frame(a, &begin);
    let out = stage.frame(a, &end);
    assert_eq!(ends(&stage, &out), 1, "they said so");
    stage.now += 1_000;
    stage.frame(a, &begin);
    let mut out = Outbound::default();
    stage.room.leave(stage.now, a, &mut out);
    assert_eq!(ends(&stage, &out), 0, "a socket is left");
    stage.room.leave(stage.now, also_a, &mut out);
    assert_eq!((ends(&stage, &out), stage.room.log().head()), (1, 0));
}

#[test]
fn a_person_with_two_sockets_types_and_pages_as_one() {
    let mut stage = RoomFixture::new("general");
    let (a, also_a, b) = (stage.join("user_1"), stage.join("user_1"), stage.join("user_2"));
    let typing = r#"{"type":"typing","isTyping":true}"#;
    let sent = [a, also_a].map(|conn| stage.frame(conn, typing)).map(|out| stage.got(&out, b).len());
    assert_eq!(sent, [1, 0], "one relayed in a second, whichever socket says so");
    let ask = r#"{"type":"history","rid":"p","since":0}"#;
    let mut answers = |conn| {
        let out = stage.frame(conn, ask);
        kinds(&stage.got(&out, conn))
    };
    for n in 0..20 {
        assert_eq!(answers(if n % 2 == 0 { a } else { also_a }), ["history"], "page {n}");
    }
    assert_eq!(answers(also_a), ["error"]);
    assert_eq!(answers(b), ["history"], "another person is not concerned");
    let limited = stage.room.charge_page(&stage.store, stage.now, &principal("user_1"));
    assert!(matches!(limited, Err(Denied::Refused(Refusal::RateLimited { .. }))), "nor without a socket: {limited:?}");
    // A person who returns is the same person.
    stage.room.leave(stage.now, also_a, &mut Outbound::default());
    let back = stage.join("user_1");
    let out = stage.frame(back, ask);
    assert_eq!(kinds(&stage.got(&out, back)), ["error"]);
    stage.now += 10_000;
    stage.room.charge_page(&stage.store, stage.now, &principal("user_1")).unwrap();
}

#[test]
fn a_message_ends_typing_and_the_hidden_never_type() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.frame(a, r#"{"type":"typing","isTyping":true}"#);
    let out = stage.chat(a);
    assert_eq!(kinds(&stage.got(&out, b)), ["typing", "chat"]);
    let (hidden, _) = stage.join_as(principal("user_1"), Status::AppearOffline, None).unwrap();
    let out = stage.frame(hidden, r#"{"type":"typing","isTyping":true}"#);
    assert!(stage.got(&out, b).is_empty());
}

#[test]
fn what_is_typed_right_after_a_message_is_told_when_the_second_is_over() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    let typing = r#"{"type":"typing","isTyping":true}"#;
    let sent = |stage: &RoomFixture, out: &Outbound| kinds(&stage.got(out, b));
    let begun_at = stage.now;
    stage.frame(a, typing);
    stage.now += 400;
    stage.chat(a);
    let out = stage.frame(a, typing);
    assert!(sent(&stage, &out).is_empty(), "one is relayed in a second");
    assert_eq!(stage.room.timer_at(), Some(begun_at + 1_000));
    stage.now = begun_at + 1_000;
    let out = stage.tick();
    assert!(stage.got(&out, b)[0].contains("\"isTyping\":true"));
    let out = stage.tick();
    assert!(sent(&stage, &out).is_empty(), "and once");
    // A person who stopped before then is not shown at all.
    stage.now += 10_000;
    stage.tick();
    stage.frame(a, typing);
    stage.chat(a);
    stage.frame(a, typing);
    stage.chat(a);
    stage.now += 1_000;
    let out = stage.tick();
    assert!(sent(&stage, &out).is_empty());
}

#[test]
fn typing_that_was_shown_before_a_sleep_is_taken_back_after_it() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.frame(a, r#"{"type":"typing","isTyping":true}"#);
    let stored = [a, b].map(|conn| stage.room.connection(conn).unwrap().clone());
    let mut woken = RoomFixture::new("dm_user_1____user_2");
    woken.now = stage.now + 60_000;
    let keys = stored.map(|connection| woken.room.restore(connection, woken.now));
    let out = woken.tick();
    assert!(woken.got(&out, keys[1])[0].contains("\"isTyping\":false"));
}

#[test]
fn the_participant_list_hides_who_appears_offline_and_changes_in_deltas() {
    let mut stage = RoomFixture::new("general");
    let a = stage.join("user_1");
    let (_, out) = stage.join_as(principal("user_2"), Status::AppearOffline, None).unwrap();
    assert!(!out.deliveries(&stage.room.targets(), |notification| frame_json("general", notification)).is_empty());
    stage.now += 500;
    let out = stage.tick();
    assert!(!stage.got(&out, a)[0].contains("user_2"));
    let b = stage.join("user_3");
    let mut out = Outbound::default();
    stage.room.leave(stage.now, b, &mut out);
    stage.now += 500;
    let out = stage.tick();
    assert!(stage.got(&out, a).is_empty(), "who came and went between two deltas was never there");
}

#[test]
fn whoever_has_two_sockets_leaves_with_the_last_one() {
    let mut stage = RoomFixture::new("general");
    let (a, first, second) = (stage.join("user_1"), stage.join("user_2"), stage.join("user_2"));
    stage.now += 500;
    let out = stage.tick();
    assert!(stage.got(&out, a).concat().contains(r#"{"id":"user_2""#));
    stage.room.leave(stage.now, first, &mut Outbound::default());
    stage.now += 500;
    let out = stage.tick();
    assert_eq!(stage.got(&out, a), [""; 0], "a device left, the person did not");
    let mut out = Outbound::default();
    stage.room.leave(stage.now, second, &mut out);
    stage.now += 500;
    let mut sent = stage.got(&out, a);
    let out = stage.tick();
    sent.extend(stage.got(&out, a));
    assert!(sent.concat().contains(r#""left":["user_2"]"#), "{sent:?}");
}

#[test]
fn who_goes_before_the_next_delta_goes_for_those_who_came_meanwhile() {
    let mut stage = RoomFixture::new("general");
    let passing = stage.join("user_1");
    let (stays, out) = stage.join_as(principal("user_2"), Status::Online, None).unwrap();
    assert!(stage.got(&out, stays).iter().any(|frame| frame.contains("user_1")), "they are in the list");
    let mut out = Outbound::default();
    stage.room.leave(stage.now, passing, &mut out);
    stage.now += 500;
    let out = stage.tick();
    let sent = stage.got(&out, stays);
    assert_eq!(sent.iter().filter(|frame| frame.contains(r#""left":["user_1"]"#)).count(), 1, "{sent:?}");
}

#[test]
fn a_member_who_is_not_here_is_told_through_the_outbox() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let a = stage.join("user_1");
    assert!(stage.chat(a).outbox_filled);
    assert!(stage.chat(a).outbox_filled);
    let waiting = stage.store.outbox().unwrap();
    assert_eq!((waiting[0].user.as_str(), waiting[0].from_seq, waiting[0].to_seq), ("user_2", 1, 2));
    stage.join("user_2");
    assert!(!stage.chat(a).outbox_filled, "somebody who is here sees it anyway");
}

#[test]
fn other_devices_of_somebody_who_is_here_are_told_through_the_outbox_and_nothing_is_kept() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let a = stage.join("user_1");
    let card = Card { name: "user_2".into(), version: 1, elsewhere: true, ..Card::default() };
    let join = Join {
        id: "d".into(),
        principal: principal("user_2"),
        card,
        wire: Wire::Single,
        device: None,
        is_paged: false,
        cursor: None,
    };
    let b = stage.room.join(&mut stage.store, stage.now, join, &mut Outbound::default()).unwrap();
    assert!(stage.chat(a).outbox_filled, "what is told must survive this object");
    let waiting = |stage: &RoomFixture| -> Vec<(String, u64, u64, u64)> {
        let entries = stage.store.outbox().unwrap().into_iter();
        entries.map(|entry| (entry.user, entry.from_seq, entry.to_seq, entry.stored_to)).collect()
    };
    assert_eq!(waiting(&stage), [("user_2".to_owned(), 1, 1, 0)]);
    assert!(!stage.chat(b).outbox_filled || waiting(&stage).iter().all(|entry| entry.0 != "user_2" || entry.2 == 1));
    stage.room.leave(stage.now, b, &mut Outbound::default());
    stage.chat(a);
    assert_eq!(waiting(&stage), [("user_2".to_owned(), 1, 3, 3)], "what came while nobody was here waits for them");
    let sent = stage.store.outbox().unwrap().pop().unwrap();
    stage.store.outbox_done(&sent, 3).unwrap();
    assert_eq!(waiting(&stage), []);
}

#[test]
fn what_was_written_before_the_room_heard_of_another_device_is_told_to_it() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let [a, b] = ["user_1", "user_2"].map(|user| stage.join(user));
    stage.chat(a);
    stage.now += 60_000;
    for _ in 0..3 {
        stage.chat(a);
    }
    assert_eq!(stage.store.outbox().unwrap(), []);
    stage.frame(b, r#"{"type":"ack","upToSeq":2,"status":"read"}"#);
    let came_at = stage.now - 1_000;
    let set_card = |stage: &mut RoomFixture, version: u64, elsewhere: bool, elsewhere_since: Millis| {
        let card = Card { name: "user_2".into(), version, elsewhere, elsewhere_since, ..Card::default() };
        let mut out = Outbound::default();
        stage.room.set_card(&mut stage.store, stage.now, "user_2", &card, &mut out).unwrap();
        let waiting = stage.store.outbox().unwrap().pop();
        if let Some(sent) = &waiting {
            stage.store.outbox_done(sent, sent.to_seq).unwrap();
        }
        assert_eq!(out.outbox_filled, waiting.is_some());
        waiting.map(|entry| (entry.from_seq, entry.to_seq, entry.stored_to))
    };
    assert_eq!(set_card(&mut stage, 2, true, came_at), Some((3, 4, 0)), "what is not read, and nothing is kept");
    assert_eq!(set_card(&mut stage, 3, true, came_at), None, "no second time");
    assert_eq!(set_card(&mut stage, 4, false, 0), None);
    stage.now += 60_000;
    let now = stage.now;
    assert_eq!(set_card(&mut stage, 5, true, now), None, "what waits from before is in every list");
}

#[test]
fn what_is_found_lost_while_its_person_is_told_of_something_else_is_told_as_well() {
    // While the outbox reports 3, one of their sockets had received: no other event, so 2 and 3 are lost; or 2 too, so only 3 is lost.
    for (lost, left) in [(None, None), (Some(2), Some((2, 3))), (Some(3), Some((3, 3)))] {
        let mut store = MemoryRoomStore::default();
        store.outbox_add("user_2", 3, true, 0).unwrap();
        let sent = store.outbox().unwrap().pop().unwrap();
        for seq in lost.into_iter().flat_map(|from| [from, 3]) {
            store.outbox_add("user_2", seq, false, 0).unwrap();
        }
        store.outbox_done(&sent, 3).unwrap();
        let entry = store.outbox().unwrap().pop();
        assert_eq!(entry.as_ref().map(|entry| (entry.from_seq, entry.stored_to)), left);
        if let Some(sent) = entry {
            store.outbox_done(&sent, 3).unwrap();
            assert_eq!(store.outbox().unwrap(), []);
        }
    }
}

#[test]
fn a_reader_far_behind_gets_lag_and_goes_on_after_a_replay() {
    let mut settings = RoomSettings::default();
    (settings.rules.frame, settings.rules.chat, settings.rules.history) = Default::default();
    let mut stage = RoomFixture::with("general", settings);
    let (a, slow, silent) = (stage.join("user_1"), stage.join("user_2"), stage.join("user_3"));
    stage.frame(slow, r#"{"type":"cursor","seq":0}"#);
    let mut lagged_at = None;
    for seq in 1..=LAG_EVENTS_MAX + 5 {
        let out = stage.chat(a);
        if stage.got(&out, slow).iter().any(|frame| frame.contains("\"type\":\"lag\"")) {
            assert_eq!(lagged_at.replace(seq), None, "told once");
        }
        assert_eq!(stage.got(&out, silent).len(), 1, "who reports no cursor is never held back");
    }
    assert_eq!(lagged_at, Some(LAG_EVENTS_MAX + 1));
    let out = stage.chat(a);
    assert!(stage.got(&out, slow).is_empty());
    let mut since = LAG_EVENTS_MAX + 1;
    while since < stage.room.log().head() {
        let ask = format!("{{\"type\":\"history\",\"since\":{since},\"limit\":200}}");
        let out = stage.frame(slow, &ask);
        let page: serde_json::Value = serde_json::from_str(&stage.got(&out, slow)[0]).unwrap();
        since = page["next"].as_u64().unwrap();
    }
    let out = stage.chat(a);
    assert_eq!(kinds(&stage.got(&out, slow)), ["chat"]);
}

#[test]
fn unusable_frames_are_answered_and_the_tenth_is_the_last() {
    let mut stage = RoomFixture::new("general");
    let a = stage.join("user_1");
    for n in 1..=10 {
        let out = stage.frame(a, "garbage");
        assert!(stage.got(&out, a)[0].contains("BAD_JSON"));
        assert_eq!(out.closes.first().map(|close| close.code), (n == 10).then_some(1008), "frame {n}");
    }
}

#[test]
fn a_flood_is_refused_and_three_times_the_limit_is_closed() {
    let mut stage = RoomFixture::with("general", RoomSettings::default());
    let a = stage.join("user_1");
    let mut closed_at = None;
    for n in 1..=400 {
        let out = stage.frame(a, r#"{"type":"ping"}"#);
        if n == 101 {
            assert!(stage.got(&out, a)[0].contains("RATE_LIMITED"));
        }
        if let Some(close) = out.closes.first() {
            assert_eq!(close.code, 4429);
            closed_at.get_or_insert(n);
        }
    }
    assert_eq!(closed_at, Some(301));
}

#[test]
fn a_new_player_of_a_persona_sees_nothing_of_the_one_before() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, _) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    stage.now += 1_000;
    let mut next = principal("user_1");
    (next.session, next.visible_from) = ("1-next".into(), stage.now - 500);
    assert_eq!(stage.room.floor_of(&stage.store, &next), Ok(1));
    next.visible_from = 1;
    assert_eq!(
        stage.room.floor_of(&stage.store, &next),
        Ok(1),
        "clocks may differ; what the other session wrote is closed"
    );
    let mut same = principal("user_1");
    same.visible_from = 0;
    assert_eq!(stage.room.floor_of(&stage.store, &same), Ok(0), "nobody played it before");
}

#[test]
fn an_account_that_was_a_persona_reads_alike_in_all_sessions() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(b);
    stage.now += 1_000;
    stage.chat(a);
    let mut account = principal("user_1");
    (account.kind, account.session, account.visible_from) = (UserKind::User, "1-next".into(), stage.now - 500);
    account.player_session = Some(principal("user_1").session);
    assert_eq!(
        stage.room.floor_of(&stage.store, &account),
        Ok(1),
        "earlier players stay closed, other sessions do not"
    );
    let own = stage.join_as(account.clone(), Status::Online, None).unwrap().0;
    stage.now += 1_000;
    stage.chat(own);
    let third = Principal { session: "2-next".into(), ..account.clone() };
    assert_eq!(stage.room.floor_of(&stage.store, &third), Ok(1), "an account writes for all of its sessions");
    let repaired = Principal { visible_from: 1, player_session: Some(String::new()), ..account };
    assert_eq!(stage.room.floor_of(&stage.store, &repaired), Ok(2), "clocks may differ; what players wrote is closed");
}

#[test]
fn the_card_of_a_guest_who_became_an_account_takes_the_mark_away() {
    let mut stage = RoomFixture::new("general");
    let guest = "g_0123456789abc";
    let conn = stage.join_as(Principal { kind: UserKind::Guest, ..principal(guest) }, Status::Online, None).unwrap().0;
    let is_guest = |stage: &RoomFixture| stage.room.people_seen_by("user_2").iter().any(|person| person.is_guest);
    assert!(is_guest(&stage));
    let card = Card { name: "Guest".into(), version: 2, is_account: true, ..Card::default() };
    let mut out = Outbound::default();
    stage.room.set_card(&mut stage.store, stage.now, guest, &card, &mut out).unwrap();
    assert!(!is_guest(&stage));
    assert_eq!(stage.room.connection(conn).unwrap().principal.kind, UserKind::User);
    assert!(out.changed.contains(&conn), "the attachment of the socket has the kind");
}

#[test]
fn an_account_whose_address_is_not_proved_may_only_read_where_that_is_required() {
    for (is_required, is_unproved) in [(true, true), (true, false), (false, true)] {
        let settings = RoomSettings { requires_verified: is_required, ..RoomSettings::default() };
        let mut stage = RoomFixture::with("general", settings);
        let conn = stage.join("user_1");
        let card = |version, is_unproved| Card { version, is_unproved, ..Card::default() };
        let mut out = Outbound::default();
        stage.room.set_card(&mut stage.store, stage.now, "user_1", &card(2, is_unproved), &mut out).unwrap();
        let (before, may_write) = (stage.room.log().head(), !(is_required && is_unproved));
        stage.chat(conn);
        assert_eq!(stage.room.log().head() > before, may_write, "{is_required} {is_unproved}");
        stage.room.set_card(&mut stage.store, stage.now, "user_1", &card(3, false), &mut out).unwrap();
        let head = stage.room.log().head();
        stage.chat(conn);
        assert_eq!(stage.room.log().head(), head + 1, "a proof lets the open socket write");
    }
}

#[test]
fn silent_sockets_are_given_up_but_for_those_with_a_heartbeat_and_those_of_clients_that_have_none() {
    let mut stage = RoomFixture::new("general");
    let (silent, beating) = (stage.join("user_1"), stage.join("user_2"));
    let without = stage.join("user_3");
    stage.room.expect_no_heartbeat(without);
    stage.now += ROOM_SILENCE_MS_MAX.max(ROOM_SWEEP_MS);
    let now = stage.now;
    let mut out = Outbound::default();
    stage.room.sweep(&mut stage.store, now, |conn| (conn == beating).then_some(now - 30_000), &mut out).unwrap();
    assert_eq!(out.closes.iter().map(|close| (close.conn, close.code)).collect::<Vec<_>>(), [(silent, 4408)]);
    assert!(stage.room.sweep_at().is_some_and(|at| at > now && at <= now + ROOM_SWEEP_MS));
}

#[test]
fn what_was_sent_on_a_dead_socket_waits_for_its_person() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    let waiting = |stage: &RoomFixture| {
        let entries = stage.store.outbox().unwrap().into_iter();
        entries.map(|entry| (entry.user, entry.from_seq, entry.to_seq, entry.stored_to)).collect::<Vec<_>>()
    };
    stage.chat(a);
    stage.frame(b, r#"{"type":"ack","upToSeq":1,"status":"delivered"}"#);
    for _ in 0..3 {
        stage.now += 5_000;
        stage.chat(a);
    }
    assert_eq!(waiting(&stage), [], "as far as anybody knows they are here");
    stage.now += ROOM_SILENCE_MS_MAX;
    let (now, mut out) = (stage.now, Outbound::default());
    stage.room.sweep(&mut stage.store, now, |conn| (conn == a).then_some(now), &mut out).unwrap();
    assert_eq!(waiting(&stage), [("user_2".to_owned(), 2, 4, 4)]);
    assert!(out.outbox_filled);
    // Of two sockets the last one counts, and a person who acknowledged everything is owed nothing.
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let (a, b, also_b) = (stage.join("user_1"), stage.join("user_2"), stage.join("user_2"));
    stage.chat(a);
    let lose =
        |stage: &mut RoomFixture, conn| stage.room.lose(&mut stage.store, now, conn, &mut Outbound::default()).unwrap();
    lose(&mut stage, b);
    assert_eq!(waiting(&stage), []);
    stage.frame(also_b, r#"{"type":"ack","upToSeq":1,"status":"delivered"}"#);
    lose(&mut stage, also_b);
    assert_eq!(waiting(&stage), []);
    let b = stage.join("user_2");
    stage.chat(b);
    lose(&mut stage, b);
    assert_eq!(waiting(&stage), [], "what they said themselves is no news to them");
}

#[test]
fn what_was_sent_to_a_session_that_ended_waits_for_its_person_and_not_for_the_next_player() {
    for (kind, waits) in [(UserKind::User, true), (UserKind::Guest, true), (UserKind::Persona, false)] {
        let mut stage = RoomFixture::new("dm_user_1____user_2");
        let a = stage.join("user_1");
        let b = Principal { kind, ..principal("user_2") };
        stage.join_as(b, Status::Online, None).unwrap();
        stage.chat(a);
        let mut out = Outbound::default();
        stage.room.end_session(&mut stage.store, stage.now, "0-user_2", 4401, "signed out", &mut out).unwrap();
        assert_eq!((out.outbox_filled, stage.store.outbox().unwrap().len()), (waits, usize::from(waits)), "{kind:?}");
    }
}

#[test]
fn what_a_socket_carries_fits_into_its_attachment() {
    let mut stage = RoomFixture::new("general");
    let mut long = principal(&"a".repeat(64));
    (long.name, long.session, long.avatar) = ("\"".repeat(NAME_BYTES_MAX), "f".repeat(37), "a".repeat(64));
    let (conn, _) = stage.join_from(long, Status::OutToLunch, None, Some("d".repeat(36))).unwrap();
    stage.now = 1_800_000_000_000;
    for n in 0..9 {
        stage.frame(conn, "{");
        stage.now += n;
    }
    let other = stage.join("user_2");
    for _ in 0..6 {
        stage.now += 4_000;
        stage.nudge(other);
    }
    let stored = serde_json::to_string(stage.room.connection(conn).unwrap()).unwrap();
    assert!(stored.contains("bad_frames"), "{stored}");
    assert!(stored.len() <= crate::words::limits::ATTACHMENT_BYTES_MAX, "{}", stored.len());
}

#[test]
fn a_machine_that_comes_back_takes_the_place_of_its_older_socket_and_of_no_other() {
    let mut stage = RoomFixture::new("general");
    let from = |stage: &mut RoomFixture, user: &str, device: Option<&str>| {
        let (conn, out) = stage.join_from(principal(user), Status::Online, None, device.map(str::to_owned)).unwrap();
        (conn, out.closes.iter().map(|close| (close.conn, close.code)).collect::<Vec<_>>())
    };
    let (first, _) = from(&mut stage, "user_1", Some("one"));
    for (user, device) in [("user_2", Some("one")), ("user_1", Some("two")), ("user_1", None), ("user_1", None)] {
        assert_eq!(from(&mut stage, user, device).1, [], "{user} {device:?}");
    }
    let (second, closed) = from(&mut stage, "user_1", Some("one"));
    assert_eq!(closed, [(first, 4409)]);
    for _ in 0..4 {
        assert_eq!(from(&mut stage, "user_1", None).1, []);
    }
    assert!(stage.join_as(principal("user_1"), Status::Online, None).is_err(), "eight are enough");
    assert_eq!(from(&mut stage, "user_1", Some("one")).1, [(second, 4409)], "but it makes place for itself");
}

#[test]
fn a_session_that_ends_loses_its_sockets_and_no_others() {
    let mut stage = RoomFixture::new("general");
    let (a, _b) = (stage.join("user_1"), stage.join("user_2"));
    let mut out = Outbound::default();
    stage.room.end_session(&mut stage.store, stage.now, "0-user_1", 4401, "signed out", &mut out).unwrap();
    assert_eq!(out.closes.iter().map(|close| (close.conn, close.code)).collect::<Vec<_>>(), [(a, 4401)]);
    assert!(!stage.room.is_here("user_1") && stage.room.is_here("user_2"));
}

#[test]
fn an_id_that_was_refused_in_a_block_is_good_once_when_it_has_ended() {
    let mut stage = RoomFixture::new("dm_user_1____user_2");
    let b = stage.join("user_2");
    let said = r#"{"type":"chat","id":"00000000-0000-7000-8000-00000000000f","content":"hi"}"#;
    stage.blocks("user_2", "user_1", true);
    let out = stage.frame(b, said);
    assert!(stage.got(&out, b)[0].contains("FORBIDDEN"));
    stage.blocks("user_2", "user_1", false);
    for is_again in [false, true] {
        let out = stage.frame(b, said);
        assert!(stage.got(&out, b)[0].contains(&format!("\"duplicate\":{is_again}")));
    }
    assert_eq!(stage.room.log().head(), 1);
}

#[test]
fn whoever_only_reads_a_public_group_pins_nothing_there_and_sees_what_is_pinned() {
    let mut stage = RoomFixture::new("grp_0123456789abc");
    let actor = Actor { user: UserId::parse("user_1").unwrap(), name: "user_1".to_owned() };
    let plan = NewGroup { name: "Crew".into(), visibility: Visibility::Public, people: Vec::new() };
    stage.room.make_group(&mut stage.store, 1, &actor, &plan, &mut Outbound::default()).unwrap();
    let owner = stage.join("user_1");
    stage.chat(owner);
    let mut pin = |user: &str| {
        let message = "00000000-0000-7000-8000-000000000001";
        let (now, mut out) = (stage.now, Outbound::default());
        stage.room.pin(&mut stage.store, now, &principal(user), message, &mut out).map(|pin| pin.by)
    };
    assert_eq!(pin("user_9"), Err(Denied::Refused(Refusal::Forbidden)));
    assert_eq!(pin("user_1").as_deref(), Ok("user_1"));
    assert!(stage.room.pinned_for(&stage.store, "user_9", None, 0).unwrap().is_some());
}

#[test]
fn the_members_of_a_public_group_who_are_here_are_told_of_every_change_once() {
    let mut stage = RoomFixture::new("grp_0123456789abc");
    let actor = |user: &str| Actor { user: UserId::parse(user).unwrap(), name: user.to_owned() };
    let plan = NewGroup { name: "Crew".into(), visibility: Visibility::Public, people: Vec::new() };
    stage.room.make_group(&mut stage.store, 1, &actor("user_1"), &plan, &mut Outbound::default()).unwrap();
    let (member, reader) = (stage.join("user_1"), stage.join("user_3"));
    let frame = r#"{"type":"group_changed","roomId":"grp_0123456789abc"}"#;
    let other = || actor("user_2").user;
    for (by, change, is_one) in [
        ("user_2", GroupChange::Enter, true),
        ("user_2", GroupChange::Enter, false),
        ("user_1", GroupChange::SetRole { user: other(), role: Role::Admin }, true),
        ("user_1", GroupChange::Describe { name: Some("Crew 2".to_owned()), topic: None }, true),
        ("user_2", GroupChange::Remove { user: other() }, true),
    ] {
        let (now, mut out) = (stage.now, Outbound::default());
        stage.room.change_group(&mut stage.store, now, &actor(by), &change, &mut out).unwrap();
        let expected: &[&str] = if is_one { &[frame] } else { &[] };
        assert_eq!(stage.got(&out, member), expected, "{change:?}");
        assert_eq!(stage.got(&out, reader), [""; 0], "{change:?}");
    }
}

#[test]
fn a_receipt_is_told_to_everybody_among_so_many_and_among_more_to_the_authors() {
    let mut stage = RoomFixture::new("general");
    let [author, reader, bystander] = ["user_1", "user_2", "user_3"].map(|user| stage.join(user));
    for n in 4..RECEIPT_PEOPLE_MAX {
        stage.join(&format!("user_{n}"));
    }
    for (seq, people, others) in [(1, RECEIPT_PEOPLE_MAX, 1), (2, RECEIPT_PEOPLE_MAX + 1, 0)] {
        stage.join(&format!("user_{people}"));
        stage.chat(author);
        stage.now += ACK_EVERY_MS;
        let out = stage.frame(reader, &format!("{{\"type\":\"ack\",\"upToSeq\":{seq},\"status\":\"delivered\"}}"));
        assert_eq!([author, reader, bystander].map(|conn| stage.got(&out, conn).len()), [1, 1, others], "{people}");
    }
    let (conn, out) = stage.join_as(principal("user_99"), Status::Online, None).unwrap();
    let welcome: serde_json::Value = serde_json::from_str(&stage.got(&out, conn)[0]).unwrap();
    let known: Vec<&String> = welcome["receipts"].as_object().unwrap().keys().collect();
    assert_eq!(known, ["user_99"], "whoever comes is told the places of nobody");
}
