//! Laws of bots, over random inputs where there are many.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::output::usable;
use super::script::is_german;
use super::*;
use crate::codec::json::{Value, json_text};
use crate::content::text::check_content;
use crate::words::bot_cast::BOTS;
use crate::words::event::{Event, Kind, Millis};
use crate::words::ids::{RoomForm, UserId, is_uuid};
use crate::words::limits::*;
use crate::words::named_id::sha1;
use crate::words::refusal::Fault;

fn chat(seq: u64, by: &str, words: &str) -> Event {
    let (actor, body) = (Some(by.to_owned()), format!("{{\"content\":{}}}", json_text(words)));
    Event {
        seq,
        id: format!("id-{seq}"),
        ts: seq,
        actor,
        session: None,
        name: by.to_uppercase(),
        kind: Kind::Chat,
        body,
    }
}

fn called_by(form: &RoomForm, by: &str, words: &str) -> Vec<&'static str> {
    called(form, &chat(1, by, words)).iter().map(|bot| bot.id).collect()
}

fn direct(one: &str, other: &str) -> RoomForm {
    RoomForm::Direct(UserId::parse(one).unwrap(), UserId::parse(other).unwrap())
}

#[test]
fn a_mention_is_a_whole_word_in_any_case_by_name_or_id() {
    for words in ["@nova", "hi @NOVA!", "(@Nova)", "@bot_nova?", "so, @Bot_Nova's turn", "@nova @nova", "é @nova"] {
        assert_eq!(called_by(&RoomForm::Group, "user_1", words), ["bot_nova"], "{words}");
    }
    for words in ["nova", "@novas", "me@nova.example", "@ nova", "@no", "@nova_", "_@nova", "@novä", "@bot", ""] {
        assert_eq!(called_by(&RoomForm::Group, "user_1", words), [""; 0], "{words}");
    }
    assert_eq!(called_by(&RoomForm::Public, "g_7", "@Pip and @lexi"), ["bot_lexi", "bot_pip"]);
}

#[test]
fn between_two_only_the_one_who_is_there_is_called_and_by_anything() {
    assert_eq!(called_by(&direct("bot_nova", "user_1"), "user_1", "hello"), ["bot_nova"]);
    assert_eq!(called_by(&direct("bot_nova", "user_1"), "user_1", "@pip"), ["bot_nova"]);
    assert_eq!(called_by(&direct("user_1", "user_2"), "user_1", "@nova"), [""; 0]);
}

#[test]
fn bots_call_nobody_and_changes_do_not() {
    assert_eq!(called_by(&RoomForm::Group, "bot_pip", "@nova"), [""; 0]);
    assert_eq!(called_by(&direct("bot_nova", "user_1"), "bot_nova", "hello"), [""; 0]);
    for kind in [Kind::Edit, Kind::Delete, Kind::Reaction, Kind::Nudge, Kind::Wink, Kind::System] {
        assert!(called(&RoomForm::Group, &Event { kind, ..chat(1, "user_1", "@nova") }).is_empty(), "{kind:?}");
    }
}

#[test]
fn ids_of_answers_are_those_of_the_standard_and_of_one_trigger_and_bot() {
    let hex = |bytes: [u8; 20]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_eq!(hex(sha1(long)), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    assert_eq!(hex(sha1(&[b'a'; 1_000])), "291e9a6c66994949b57ba5e650361e98fc36b1ba");
    let id = answer_id("bot_nova", "01980000-0001-7fff-bfff-ffffffffffff");
    assert!(is_uuid(&id) && &id[14..15] == "5", "{id}");
    assert_eq!(id, answer_id("bot_nova", "01980000-0001-7fff-bfff-ffffffffffff"));
    assert_ne!(id, answer_id("bot_pip", "01980000-0001-7fff-bfff-ffffffffffff"));
}

#[test]
fn the_lines_of_every_bot_can_be_said_and_are_different() {
    for bot in &BOTS {
        for (words, german) in [("what now?", false), ("fine.", false), ("was ist das?", true), ("Schön hier", true)] {
            assert_eq!(is_german(words), german, "{words}");
            let said: std::collections::BTreeSet<_> =
                (0..200).map(|n| scripted(bot, &format!("trigger {n}"), words)).collect();
            assert_eq!(said.len(), 3, "{} {words}", bot.id);
            assert!(said.iter().all(|line| usable(line).as_deref() == Some(*line)));
        }
        assert!(crate::people::names::is_avatar(bot.avatar), "{}", bot.avatar);
    }
}

#[test]
fn the_same_message_gets_the_same_lines_in_every_release_and_another_one_others() {
    let said = |trigger: &str| BOTS.each_ref().map(|bot| scripted(bot, trigger, "Fine."));
    let one = said("01980000-0001-7fff-bfff-ffffffffffff");
    let wanted = [
        "That will shine for a while. Tell me more.",
        "I have been to a town where everybody talks like that. Good bread there.",
        "I am writing that down, with a pencil, in the good notebook.",
        "Pip was here and liked that.",
    ];
    assert_eq!(one, wanted);
    let other = said("01980000-0002-7fff-bfff-ffffffffffff");
    assert!(one.iter().zip(&other).all(|(one, other)| one != other), "{other:?}");
}

#[test]
fn the_breaker_opens_probes_and_doubles() {
    let mut breaker = Breaker::default();
    for n in 0..4 {
        breaker.heard(n, false);
    }
    breaker.heard(61_000, false);
    assert!(breaker.admits(61_000), "four of them are more than a minute old");
    for n in 0..4 {
        breaker.heard(61_001 + n, false);
    }
    let mut now = 61_004;
    for minutes in [1, 2, 4, 8, 15, 15] {
        let open_ms = minutes * 60_000;
        assert!(!breaker.admits(now + open_ms - 1) && breaker.is_open(now));
        breaker.heard(now + 5, true);
        assert!(breaker.is_open(now + 5), "what was called before says nothing");
        now += open_ms;
        assert!(breaker.admits(now) && !breaker.admits(now + 1), "one probe");
        assert!(breaker.admits(now + BOT_PROBE_MS_MAX), "of which nothing is heard");
        breaker.heard(now, false);
    }
    now += 15 * 60_000;
    assert!(breaker.admits(now));
    breaker.heard(now, true);
    assert_eq!(breaker, Breaker::default());
}

/// A ledger in memory.
#[derive(Default)]
struct Memory {
    calls: BTreeMap<u64, (WhoseCall, Millis, bool)>,
    last: u64,
    breaker: Breaker,
}

impl CallStore for Memory {
    fn forget(&mut self, day_began_at: Millis) -> Result<(), Fault> {
        self.calls.retain(|_, (_, at, _)| *at >= day_began_at);
        Ok(())
    }
    fn again(&mut self, answer: &str) -> Result<Option<u64>, Fault> {
        let found = self.calls.iter_mut().find(|(_, (call, ..))| call.answer.as_deref() == Some(answer));
        Ok(found.map(|(id, (.., is_settled))| {
            *is_settled = false;
            *id
        }))
    }
    fn count(&self, whose: Whose<'_>) -> Result<u64, Fault> {
        let is_of = |call: &WhoseCall| match whose {
            Whose::All => true,
            Whose::Person(user) => call.user == user,
            Whose::DemoRoom(room) => call.demo_room.as_deref() == Some(room),
        };
        Ok(self.calls.values().filter(|(call, ..)| is_of(call)).count() as u64)
    }
    fn insert(&mut self, call: &WhoseCall, now: Millis) -> Result<u64, Fault> {
        self.last += 1;
        self.calls.insert(self.last, (call.clone(), now, false));
        Ok(self.last)
    }
    fn settle(&mut self, id: u64) -> Result<bool, Fault> {
        Ok(self.calls.get_mut(&id).is_some_and(|(.., is_settled)| !std::mem::replace(is_settled, true)))
    }
    fn breaker(&self) -> Result<Breaker, Fault> {
        Ok(self.breaker.clone())
    }
    fn save_breaker(&mut self, breaker: &Breaker) -> Result<(), Fault> {
        self.breaker = breaker.clone();
        Ok(())
    }
}

fn call_of(user: &str, answer: &str) -> WhoseCall {
    WhoseCall { user: user.to_owned(), demo_room: None, answer: Some(answer.to_owned()), by_model: false }
}

fn limits_of(daily: u64, person: u64) -> Limits {
    Limits { daily, person, demo_room: 1 }
}

#[test]
fn a_demo_room_has_its_calls_whoever_comes_and_others_have_theirs() {
    let (mut store, now) = (Memory::default(), 10 * DAY_MS);
    let limits = Limits { daily: 99, person: 2, demo_room: 3 };
    let mut ask = |user: &str, room: Option<&str>, answer: &str| {
        let call = WhoseCall { demo_room: room.map(str::to_owned), ..call_of(user, answer) };
        (reserve(&mut store, limits, now, &call).unwrap(), standing(&mut store, limits, now, Some(&call)).unwrap())
    };
    for (n, user) in ["demo_a", "demo_a", "demo_b"].into_iter().enumerate() {
        assert!(matches!(ask(user, Some("grp_1"), &format!("1-{n}")).0, Reserved::Granted(_)));
    }
    let (refused, known) = ask("demo_c", Some("grp_1"), "new");
    assert!(refused == Reserved::UsedUp && known.is_used_up, "another name is no new budget");
    assert!(matches!(ask("demo_c", Some("grp_1"), "1-0").0, Reserved::Granted(_)), "what has its place keeps it");
    assert!(matches!(ask("demo_c", Some("grp_2"), "2").0, Reserved::Granted(_)));
    assert!(matches!(ask("user_1", None, "3").0, Reserved::Granted(_)));
}

#[test]
fn an_answer_is_counted_once_however_often_it_is_asked_for() {
    let (mut store, limits, now) = (Memory::default(), limits_of(2, 2), 10 * DAY_MS + 5);
    let mut ask = |answer: &str, at: Millis| reserve(&mut store, limits, at, &call_of("user_1", answer)).unwrap();
    let Reserved::Granted(first) = ask("a", now) else { panic!("there is room") };
    assert_eq!(ask("a", now), Reserved::Granted(first));
    assert!(matches!(ask("b", now), Reserved::Granted(_)));
    assert_eq!(ask("c", now), Reserved::UsedUp);
    assert_eq!(ask("a", now), Reserved::Granted(first), "what has its place keeps it");
    settle(&mut store, now, first, true, false).unwrap();
    // Nobody settled "b", and its call may have been made: it counts until the day is over.
    let late = 11 * DAY_MS - 1;
    assert_eq!(reserve(&mut store, limits, late, &call_of("user_1", "d")).unwrap(), Reserved::UsedUp);
    assert_eq!(standing(&mut store, limits, late, None).unwrap().used, 2);
    assert_eq!(standing(&mut store, limits, now + DAY_MS, None).unwrap().used, 0, "a day is a day");
}

#[test]
fn whoever_comes_again_leaves_a_model_alone_that_is_left_alone() {
    let (mut store, limits, now) = (Memory::default(), limits_of(9, 9), 10 * DAY_MS);
    let call = |answer: &str| WhoseCall { by_model: true, ..call_of("user_1", answer) };
    for answer in ["a", "b", "c", "a", "a"] {
        let Reserved::Granted(id) = reserve(&mut store, limits, now, &call(answer)).unwrap() else {
            panic!("there is room")
        };
        settle(&mut store, now, id, false, true).unwrap();
        settle(&mut store, now, id, false, true).unwrap();
    }
    assert_eq!(reserve(&mut store, limits, now, &call("a")).unwrap(), Reserved::Open, "five failures, each heard once");
    assert_eq!(standing(&mut store, limits, now, None).unwrap().used, 3);
}

#[test]
fn what_failed_around_midnight_is_heard() {
    let (mut store, limits) = (Memory::default(), limits_of(9, 9));
    let (before, after) = (10 * DAY_MS - 1_000, 10 * DAY_MS + 1_000);
    for answer in ["a", "b", "c", "d", "e"] {
        let call = WhoseCall { by_model: true, ..call_of("user_1", answer) };
        let Reserved::Granted(id) = reserve(&mut store, limits, before, &call).unwrap() else {
            panic!("there is room")
        };
        settle(&mut store, after, id, false, true).unwrap();
    }
    let known = standing(&mut store, limits, after, None).unwrap();
    assert_eq!((known.used, known.is_open), (0, true));
}

proptest! {
    #[test]
    fn never_more_than_the_day_or_the_person_has(
        asks in prop::collection::vec((0..4u8, 0..40u8, 0..4u8, 0..60_000u64), 0..120),
        daily in 1..20u64, person in 1..8u64,
    ) {
        let (mut store, limits, mut now) = (Memory::default(), limits_of(daily, person), 3 * DAY_MS);
        let mut granted = Vec::new();
        for (user, answer, what, pause_ms) in asks {
            now += pause_ms;
            let call = call_of(&format!("user_{user}"), &format!("{user}-{answer}"));
            if let Reserved::Granted(id) = reserve(&mut store, limits, now, &call).unwrap() {
                granted.push(id);
            }
            if what < 2 && let Some(id) = granted.pop() {
                settle(&mut store, now, id, what == 0, true).unwrap();
            }
            // All this is in one day: whatever was granted is counted.
            prop_assert!(now < 4 * DAY_MS && granted.iter().all(|id| store.calls.contains_key(id)));
            prop_assert!(store.count(Whose::All).unwrap() <= daily);
            let most = (0..4).map(|user| store.count(Whose::Person(&format!("user_{user}"))).unwrap()).max();
            prop_assert!(most.unwrap() <= person);
        }
    }

    #[test]
    fn what_is_said_can_always_be_said(said in "\\PC{0,40}|(.|\n|\u{0}|\u{1F600}){0,3000}") {
        if let Some(words) = usable(&said) {
            prop_assert!(check_content(&words).is_ok());
            prop_assert!(words.chars().all(|letter| letter == '\n' || !letter.is_control()));
            let delay = delay_ms(&words);
            prop_assert!((BOT_DELAY_MS_MIN..=BOT_DELAY_MS_MAX).contains(&delay));
            let body = Value::parse(&answer_body(&words, "t\"", "ai")).unwrap();
            prop_assert_eq!(body.get("content").and_then(Value::as_str), Some(words.as_str()));
        } else {
            prop_assert!(said.chars().all(|letter| letter.is_control() || check_content(&letter.to_string()).is_err()));
        }
    }

    #[test]
    fn whatever_people_write_stays_data(words in prop::collection::vec(".{0,400}", 1..20)) {
        let events: Vec<Event> = words.iter().zip(1..).map(|(words, seq)| chat(seq, "user_1", words)).collect();
        let said = said_in(events.iter());
        prop_assert!(said.len() <= BOT_INPUT_EVENTS_MAX);
        prop_assert!(said.iter().map(|one| one.words.chars().count()).sum::<usize>() <= BOT_INPUT_CHARS_MAX);
        let request = Value::parse(&request_json(&BOTS[0], &said)).expect("it is JSON");
        let messages = request.get("messages").and_then(Value::as_array).unwrap();
        prop_assert_eq!(messages.len(), said.len() + 1);
        for (message, said) in messages.iter().skip(1).zip(&said) {
            prop_assert_eq!(message.get("role").and_then(Value::as_str), Some("user"));
            let record = Value::parse(message.get("content").and_then(Value::as_str).unwrap()).unwrap();
            prop_assert_eq!(record.get("text").and_then(Value::as_str), Some(said.words.as_str()));
        }
    }
}

#[test]
fn a_bots_own_words_are_its_own_and_the_newest_come_first() {
    let long = "x".repeat(BOT_INPUT_CHARS_MAX);
    let events = [chat(1, "user_1", &long), chat(2, "bot_nova", "yes"), chat(3, "user_1", "why?")];
    let said = said_in(events.iter());
    assert_eq!(said.iter().map(|one| one.words.len()).collect::<Vec<_>>(), [BOT_INPUT_CHARS_MAX - 7, 3, 4]);
    let request = request_json(&BOTS[0], &said);
    assert!(request.contains(r#"{"role":"assistant","content":"yes"}"#), "{request}");
    assert!(request.starts_with(r#"{"messages":[{"role":"system","content":"You are Nova"#), "{request}");
}
