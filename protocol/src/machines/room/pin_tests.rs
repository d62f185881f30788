//! Promises of pins (`messenger.md` 3.4): permissions, visibility, and the end of a pin with its message.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::Value;

use super::tests::{RoomFixture, kinds, principal};
use super::{
    Actor, Erasure, GroupChange, Join, NewGroup, Newcomer, Outbound, Pin, Role, RoomSettings, Visibility, Wire,
};
use crate::log::Retention;
use crate::machines::presence::Card;
use crate::wire::messenger::pin_json;
use crate::words::ids::UserId;
use crate::words::rate::Rule;
use crate::words::refusal::{Denied, Refusal};
use crate::words::socket::ConnKey;

const DIRECT: &str = "dm_user_1____user_2";
const GROUP: &str = "grp_0123456789abc";

fn id(n: u32) -> String {
    format!("00000000-0000-7000-8000-{n:012}")
}

fn actor(n: usize) -> Actor {
    Actor { user: UserId::parse(&format!("user_{n}")).unwrap(), name: format!("Name {n}") }
}

fn newcomer(n: usize) -> Newcomer {
    Newcomer { user: actor(n).user, name: format!("Name {n}"), is_asked: false, by_invite: false }
}

fn open(room: &str) -> RoomFixture {
    let mut settings = RoomSettings::default();
    for rule in ["CHAT", "FRAME", "MUTATE"] {
        *settings.rules.named(rule).unwrap() = Rule::default();
    }
    RoomFixture::with(room, settings)
}

/// Makes a private group of three; the first person owns it.
fn group() -> RoomFixture {
    let mut stage = open(GROUP);
    let people = vec![newcomer(2), newcomer(3)];
    let plan = NewGroup { name: "Crew".into(), visibility: Visibility::Private, people };
    stage.room.make_group(&mut stage.store, 1, &actor(1), &plan, &mut Outbound::default()).unwrap();
    stage
}

impl RoomFixture {
    fn pins(&mut self, user: &str, message: u32) -> (Result<Pin, Denied>, Outbound) {
        self.now += 1;
        let mut out = Outbound::default();
        let done = self.room.pin(&mut self.store, self.now, &principal(user), &id(message), &mut out);
        self.room.end_turn(&mut out);
        (done, out)
    }

    fn unpins(&mut self, user: &str) -> (Result<(), Denied>, Outbound) {
        self.now += 1;
        let mut out = Outbound::default();
        let done = self.room.unpin(&mut self.store, self.now, &principal(user), &mut out);
        self.room.end_turn(&mut out);
        (done, out)
    }

    fn removes(&mut self, conn: ConnKey, message: u32, whom: &str) -> Outbound {
        self.write(conn, &format!("\"type\":\"delete\",\"messageId\":\"{}\",\"for\":\"{whom}\"", id(message)))
    }

    /// Returns the pin that `user` sees on request.
    fn sees(&self, user: &str) -> Option<Value> {
        let floor = self.room.floor_of(&self.store, &principal(user)).unwrap();
        let pinned = self.room.pinned_for(&self.store, user, self.room.privacy_of(user), floor).unwrap();
        pinned.map(|pinned| serde_json::from_str(&pin_json(self.room.id().as_str(), &pinned)).unwrap())
    }

    /// Returns the frames `pin` of a turn to one socket: message and person.
    fn pins_sent(&self, out: &Outbound, conn: ConnKey) -> Vec<(Option<String>, String)> {
        let frames = self.got(out, conn).into_iter().map(|text| serde_json::from_str::<Value>(&text).unwrap());
        let pins = frames.filter(|frame| frame["type"] == "pin");
        pins.map(|frame| (frame["messageId"].as_str().map(str::to_owned), frame["by"].as_str().unwrap().to_owned()))
            .collect()
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Denied>) -> Refusal {
    match result {
        Err(Denied::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_of_two_pin_the_last_one_wins_and_who_comes_is_told() {
    let mut stage = open(DIRECT);
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    stage.chat(b);
    let head = stage.room.log().head();
    let (done, out) = stage.pins("user_1", 2);
    let pin = done.unwrap();
    assert_eq!((pin.message, pin.by, pin.at), (id(2), "user_1".to_owned(), stage.now));
    for conn in [a, b] {
        assert_eq!(stage.pins_sent(&out, conn), [(Some(id(2)), "user_1".to_owned())]);
    }
    let (done, _) = stage.pins("user_2", 1);
    assert_eq!(done.unwrap().message, id(1));
    let (conn, out) = stage.join_as(principal("user_2"), crate::words::status::Status::Online, None).unwrap();
    let welcome: Value = serde_json::from_str(&stage.got(&out, conn)[0]).unwrap();
    assert_eq!((welcome["pin"]["messageId"].as_str(), welcome["pin"]["by"].as_str()), (Some(&*id(1)), Some("user_2")));
    assert_eq!((welcome["pin"]["message"]["content"].as_str(), stage.room.log().head()), (Some("hi"), head));
    let (done, out) = stage.unpins("user_1");
    done.unwrap();
    assert_eq!(stage.pins_sent(&out, conn), [(None, "user_1".to_owned())]);
    assert_eq!(stage.sees("user_2"), None);
}

#[test]
fn repeated_it_changes_nothing_and_nobody_is_told() {
    let mut stage = open(DIRECT);
    let a = stage.join("user_1");
    stage.chat(a);
    let (first, _) = stage.pins("user_1", 1);
    let (again, out) = stage.pins("user_2", 1);
    assert_eq!((again, out.is_silent()), (first, true));
    stage.unpins("user_2").0.unwrap();
    let (done, out) = stage.unpins("user_1");
    assert!(done.is_ok() && out.is_silent());
}

#[test]
fn in_a_group_owner_and_admins_in_a_public_room_nobody() {
    let mut stage = group();
    let a = stage.join("user_1");
    stage.chat(a);
    assert_eq!(refusal(stage.pins("user_2", 1).0), Refusal::Forbidden);
    assert_eq!(refusal(stage.unpins("user_2").0), Refusal::Forbidden);
    assert_eq!(refusal(stage.pins("user_9", 1).0), Refusal::NotFound, "who is not in it learns nothing of it");
    let promotion = GroupChange::SetRole { user: actor(2).user, role: Role::Admin };
    let now = stage.now;
    stage.room.change_group(&mut stage.store, now, &actor(1), &promotion, &mut Outbound::default()).unwrap();
    stage.pins("user_2", 1).0.unwrap();
    stage.unpins("user_1").0.unwrap();
    let mut stage = open("general");
    let a = stage.join("user_1");
    stage.chat(a);
    assert_eq!(refusal(stage.pins("user_1", 1).0), Refusal::Forbidden);
    assert_eq!(refusal(stage.unpins("user_1").0), Refusal::Forbidden);
}

#[test]
fn only_a_chat_that_one_sees_is_pinned() {
    let mut stage = open(DIRECT);
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    stage.nudge(a);
    stage.chat(a);
    stage.chat(a);
    stage.removes(a, 3, "all");
    stage.removes(b, 4, "me");
    for (user, message) in [("user_1", 2), ("user_1", 3), ("user_1", 99), ("user_2", 4)] {
        assert_eq!(refusal(stage.pins(user, message).0), Refusal::NotFound, "{user} {message}");
    }
    stage.blocks("user_2", "user_1", true);
    stage.chat(a);
    let hidden = stage.written;
    assert_eq!(refusal(stage.pins("user_2", hidden).0), Refusal::NotFound);
}

#[test]
fn it_goes_with_its_message() {
    let mut stage = open(DIRECT);
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    stage.pins("user_2", 1).0.unwrap();
    let out = stage.removes(a, 1, "all");
    assert_eq!(kinds(&stage.got(&out, b)), ["delete", "pin"]);
    assert_eq!(stage.pins_sent(&out, b), [(None, "user_1".to_owned())]);
    assert_eq!((stage.sees("user_1"), stage.sees("user_2")), (None, None));

    stage.chat(b);
    let stored = stage.written;
    stage.pins("user_1", stored).0.unwrap();
    stage.now += 10_000;
    stage.chat(b);
    let retention = Retention { keep_ms: 5_000, events_min: 1, ids_ms: 100 };
    let mut out = Outbound::default();
    stage.room.trim(&mut stage.store, stage.now, &retention, &mut out).unwrap();
    assert_eq!(stage.pins_sent(&out, a), [(None, String::new())], "nobody did it");
    assert_eq!(stage.sees("user_1"), None);
}

#[test]
fn whoever_goes_for_good_takes_it_along() {
    for (author, by, keeps_words, stays) in
        [(1, 2, false, false), (1, 2, true, true), (2, 1, false, false), (2, 1, true, false), (2, 2, false, true)]
    {
        let mut stage = open(DIRECT);
        let conns = [stage.join("user_1"), stage.join("user_2")];
        stage.chat(conns[author - 1]);
        stage.pins(&format!("user_{by}"), 1).0.unwrap();
        let (now, gone, mut out) = (stage.now, actor(1).user, Outbound::default());
        stage
            .room
            .forget_person(&mut stage.store, now, &gone, &Erasure { keeps_words, ..Erasure::default() }, &mut out)
            .unwrap();
        assert_eq!(stage.sees("user_2").is_some(), stays, "{author} {by} {keeps_words}");
        assert_eq!(stage.pins_sent(&out, conns[1]).len(), usize::from(!stays));
    }
}

#[test]
fn who_deleted_the_message_for_themselves_sees_nothing_pinned() {
    let mut stage = open(DIRECT);
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    stage.pins("user_1", 1).0.unwrap();
    let out = stage.removes(b, 1, "me");
    assert_eq!((stage.pins_sent(&out, a), stage.pins_sent(&out, b)), (vec![], vec![(None, String::new())]));
    assert!(stage.sees("user_1").is_some() && stage.sees("user_2").is_none());
    assert!(stage.unpins("user_2").1.is_silent(), "and has nothing to take down");
    assert!(stage.sees("user_1").is_some());
}

#[test]
fn who_blocked_somebody_sees_nothing_of_what_they_pin() {
    let mut stage = group();
    let (a, b, c) = (stage.join("user_1"), stage.join("user_2"), stage.join("user_3"));
    stage.chat(c);
    let out = stage.blocks("user_2", "user_1", true);
    assert!(stage.pins_sent(&out, b).is_empty());
    let (done, out) = stage.pins("user_1", 1);
    done.unwrap();
    assert_eq!(stage.pins_sent(&out, a), [(Some(id(1)), "user_1".to_owned())]);
    assert_eq!(stage.pins_sent(&out, b), [(None, String::new())], "and not who did something");
    assert_eq!(stage.pins_sent(&out, c), [(Some(id(1)), "user_1".to_owned())]);
    assert!(stage.sees("user_2").is_none() && stage.sees("user_3").is_some());
    let out = stage.blocks("user_2", "user_1", false);
    assert_eq!(stage.pins_sent(&out, b), [(Some(id(1)), "user_1".to_owned())]);
    assert!(stage.pins_sent(&out, a).is_empty() && stage.pins_sent(&out, c).is_empty());
    let out = stage.blocks("user_2", "user_1", true);
    assert_eq!(stage.pins_sent(&out, b), [(None, String::new())]);
    assert!(stage.pins_sent(&out, a).is_empty() && stage.pins_sent(&out, c).is_empty());
    let (done, out) = stage.unpins("user_1");
    done.unwrap();
    assert_eq!(stage.pins_sent(&out, b), [(None, String::new())], "and not who did something");
    // The author of the message is blocked, not the person who pinned it: messages since then are hidden.
    stage.blocks("user_2", "user_3", true);
    stage.chat(c);
    let hidden = stage.written;
    stage.blocks("user_2", "user_1", false);
    stage.pins("user_1", hidden).0.unwrap();
    assert!(stage.sees("user_2").is_none() && stage.sees("user_3").is_some());
}

/// Makes a conversation of two in which the second person has blocked the first, or has not, with one message of each.
fn blocked_or_not(is_blocked: bool) -> (RoomFixture, ConnKey, ConnKey) {
    let mut stage = open(DIRECT);
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    stage.chat(b);
    if is_blocked {
        stage.blocks("user_2", "user_1", true);
    }
    stage.now = 1_100_000;
    (stage, a, b)
}

#[test]
fn whoever_is_blocked_is_told_and_answered_what_they_would_be_without_it() {
    let run = |is_blocked: bool| {
        let (mut stage, a, b) = blocked_or_not(is_blocked);
        let mut received = Vec::new();
        // The blocker pins, and the blocked person requests the same.
        let (pin, out) = stage.pins("user_2", 1);
        received.push(stage.got(&out, a));
        let (again, out) = stage.pins("user_1", 1);
        assert_eq!(again, pin, "{is_blocked}");
        received.push(stage.got(&out, a));
        let (done, out) = stage.unpins("user_2");
        done.unwrap();
        received.push(stage.got(&out, a));
        // The blocked person unpins the other one's pin.
        stage.pins("user_2", 2).0.unwrap();
        let (done, out) = stage.unpins("user_1");
        done.unwrap();
        received.push(stage.got(&out, a));
        // A message that the blocked person pinned is deleted by its author.
        stage.pins("user_1", 2).0.unwrap();
        let out = stage.removes(b, 2, "all");
        received.push(stage.got(&out, a));
        (received, stage.sees("user_1"))
    };
    let (with, without) = (run(true), run(false));
    assert_eq!(with, without);
    assert_eq!(kinds(&with.0.concat()), ["pin", "pin", "pin", "delete", "pin"]);
}

#[test]
fn a_block_and_its_end_change_nothing_pinned_for_the_blocked() {
    let mut stage = open(DIRECT);
    let (a, b) = (stage.join("user_1"), stage.join("user_2"));
    stage.chat(a);
    stage.pins("user_2", 1).0.unwrap();
    let seen = stage.sees("user_1");
    for is_blocked in [true, false] {
        let out = stage.blocks("user_2", "user_1", is_blocked);
        assert!(stage.pins_sent(&out, a).is_empty() && stage.pins_sent(&out, b).is_empty());
        assert_eq!(stage.sees("user_1"), seen);
        let (conn, out) = stage.join_as(principal("user_1"), crate::words::status::Status::Online, None).unwrap();
        let welcome: Value = serde_json::from_str(&stage.got(&out, conn)[0]).unwrap();
        assert_eq!(welcome["pin"]["by"].as_str(), Some("user_2"));
    }
}

#[test]
fn who_pins_what_somebody_pinned_whom_they_blocked_takes_it_down_first() {
    let (mut stage, a, b) = blocked_or_not(true);
    stage.pins("user_1", 1).0.unwrap();
    assert_eq!(stage.sees("user_2"), None);
    let (done, out) = stage.pins("user_2", 1);
    assert_eq!(done.unwrap().by, "user_2");
    let received = [(None, "user_2".to_owned()), (Some(id(1)), "user_2".to_owned())];
    assert_eq!((stage.pins_sent(&out, a), stage.pins_sent(&out, b)), (received.to_vec(), received.to_vec()));
}

#[test]
fn who_came_later_does_not_see_what_was_before_them() {
    let mut stage = group();
    let a = stage.join("user_1");
    stage.chat(a);
    stage.pins("user_1", 1).0.unwrap();
    let (now, add) = (stage.now, GroupChange::Add { people: vec![newcomer(4)] });
    stage.room.change_group(&mut stage.store, now, &actor(1), &add, &mut Outbound::default()).unwrap();
    assert!(stage.sees("user_4").is_none() && stage.sees("user_2").is_some());
}

#[test]
fn changes_share_one_limit() {
    let mut settings = RoomSettings::default();
    *settings.rules.named("MUTATE").unwrap() = Rule::parse("2/60").unwrap();
    let mut stage = RoomFixture::with(DIRECT, settings);
    let a = stage.join("user_1");
    for _ in 0..3 {
        stage.chat(a);
    }
    stage.pins("user_1", 1).0.unwrap();
    stage.pins("user_1", 1).0.unwrap();
    stage.pins("user_1", 2).0.unwrap();
    assert!(matches!(refusal(stage.pins("user_1", 3).0), Refusal::RateLimited { .. }));
    assert_eq!(stage.sees("user_1").unwrap()["messageId"], id(2));
}

// ---- Laws

#[derive(Clone, Debug)]
enum Step {
    Say { who: usize },
    Pin { who: usize, message: u32 },
    Unpin { who: usize },
    Delete { who: usize, message: u32, for_all: bool },
    Block { who: usize, whom: usize, is_blocked: bool },
    Forget { keep_ms: u64 },
    Gone { who: usize, keeps_words: bool },
    Come { who: usize },
    Sleep,
}

fn step() -> impl Strategy<Value = Step> {
    let (who, message) = (1..=3_usize, 1..9_u32);
    prop_oneof![
        4 => who.clone().prop_map(|who| Step::Say { who }),
        6 => (who.clone(), message.clone()).prop_map(|(who, message)| Step::Pin { who, message }),
        2 => who.clone().prop_map(|who| Step::Unpin { who }),
        3 => (who.clone(), message, any::<bool>())
            .prop_map(|(who, message, for_all)| Step::Delete { who, message, for_all }),
        3 => (who.clone(), who.clone(), any::<bool>())
            .prop_map(|(who, whom, is_blocked)| Step::Block { who, whom, is_blocked }),
        1 => (10..200_u64).prop_map(|keep_ms| Step::Forget { keep_ms }),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, keeps_words)| Step::Gone { who, keeps_words }),
        1 => who.prop_map(|who| Step::Come { who }),
        1 => Just(Step::Sleep),
    ]
}

/// Socket of each person, with its last pin.
type ShownPins = [(ConnKey, Option<String>); 3];

fn name(who: usize) -> String {
    format!("user_{who}")
}

/// Lets a person join, who gets the pin in the greeting.
fn come(stage: &mut RoomFixture, who: usize) -> (ConnKey, Option<String>) {
    let mut out = Outbound::default();
    let (principal, card) = (principal(&name(who)), Card { name: name(who), version: 1, ..Card::default() });
    let join = Join { id: name(who), principal, card, wire: Wire::Single, device: None, is_paged: false, cursor: None };
    let conn = stage.room.join(&mut stage.store, stage.now, join, &mut out).unwrap();
    let welcome: Value = serde_json::from_str(&stage.got(&out, conn)[0]).unwrap();
    (conn, welcome["pin"]["messageId"].as_str().map(str::to_owned))
}

/// Opens another socket for a person whose first one has closed, because the number of sockets is limited.
fn come_again(stage: &mut RoomFixture, shown: &mut ShownPins, who: usize) {
    stage.room.leave(stage.now, shown[who - 1].0, &mut Outbound::default());
    shown[who - 1] = come(stage, who);
}

fn carry_out(stage: &mut RoomFixture, shown: &mut ShownPins, step: &Step) -> Outbound {
    stage.now += 20;
    let now = stage.now;
    let mut out = Outbound::default();
    match step {
        Step::Say { who } => out = stage.chat(shown[who - 1].0),
        Step::Pin { who, message } => out = stage.pins(&name(*who), *message).1,
        Step::Unpin { who } => out = stage.unpins(&name(*who)).1,
        Step::Delete { who, message, for_all } => {
            out = stage.removes(shown[who - 1].0, *message, if *for_all { "all" } else { "me" });
        }
        Step::Block { who, whom, is_blocked } if who != whom => {
            out = stage.blocks(&name(*who), &name(*whom), *is_blocked)
        }
        Step::Block { .. } => {}
        Step::Forget { keep_ms } => {
            let retention = Retention { keep_ms: *keep_ms, events_min: 2, ids_ms: 10 };
            while stage.room.trim(&mut stage.store, now, &retention, &mut out).unwrap() {}
        }
        Step::Gone { who, keeps_words } => {
            stage
                .room
                .forget_person(
                    &mut stage.store,
                    now,
                    &actor(*who).user,
                    &Erasure { keeps_words: *keeps_words, ..Erasure::default() },
                    &mut out,
                )
                .unwrap();
            // The person's settings are deleted too.
            come_again(stage, shown, *who);
        }
        Step::Come { who } => come_again(stage, shown, *who),
        Step::Sleep => {
            let people = stage.room.group().is_some();
            let store = std::mem::take(&mut stage.store);
            let mut woken = RoomFixture::on(if people { GROUP } else { DIRECT }, store);
            (woken.now, woken.written) = (now, stage.written);
            *stage = woken;
            for who in 1..=if people { 3 } else { 2 } {
                shown[who - 1] = come(stage, who);
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(Config { cases: crate::testing::cases(100), failure_persistence: None, ..Config::default() })]

    /// The last pin that a socket received is the one that its person would see now, and it is a message with a text.
    #[test]
    fn what_was_told_last_is_what_is_pinned(is_group in any::<bool>(), steps in vec(step(), 1..60)) {
        let mut stage = if is_group { group() } else { open(DIRECT) };
        let count = if is_group { 3 } else { 2 };
        let nobody = (0, None);
        let mut shown: ShownPins = [nobody.clone(), nobody.clone(), nobody];
        for who in 1..=count {
            shown[who - 1] = come(&mut stage, who);
        }
        for step in &steps {
            let is_of_room = match step {
                Step::Say { who } | Step::Pin { who, .. } | Step::Unpin { who } | Step::Delete { who, .. } => *who <= count,
                Step::Block { who, whom, .. } => *who.max(whom) <= count,
                Step::Gone { who, .. } | Step::Come { who } => *who <= count,
                _ => true,
            };
            if !is_of_room {
                continue;
            }
            let out = carry_out(&mut stage, &mut shown, step);
            for who in 1..=count {
                let (conn, last) = &mut shown[who - 1];
                for (message, _) in stage.pins_sent(&out, *conn) {
                    *last = message;
                }
                let sees = stage.sees(&name(who));
                let id = sees.as_ref().and_then(|pin| pin["messageId"].as_str()).map(str::to_owned);
                prop_assert_eq!(&*last, &id, "{} after {:?}", who, step);
                if let Some(pin) = sees {
                    prop_assert_eq!(pin["message"]["content"].as_str(), Some("hi"));
                }
            }
        }
    }
}
