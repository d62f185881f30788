//! Promises of every [`CallStore`] (`messenger.md` 7), and one in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::{ODD_TEXTS, cases};
use crate::client::Dice;
use crate::machines::bots::{
    Breaker, CallRequest, CallScope, CallStore, Limits, Reservation, reserve, settle, standing,
};
use crate::words::event::Millis;
use crate::words::limits::SEQ_MAX;
use crate::words::refusal::Fault;
use crate::words::time::DAY_MS;

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("ledger.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! ledger_promises {
    ($new:expr) => {
        $crate::promises!(
            ledger,
            $new,
            [
                reservations_have_numbers_that_only_grow,
                a_number_is_given_once_also_after_a_day_is_forgotten,
                calls_are_counted_for_all_for_a_person_and_for_a_demo_room,
                names_are_compared_to_the_letter,
                what_is_of_an_earlier_day_is_forgotten_and_nothing_else,
                a_call_is_settled_once,
                a_number_that_was_never_given_is_not_settled,
                an_answer_has_one_reservation,
                calls_without_an_answer_are_each_their_own,
                who_comes_again_finds_the_reservation_and_may_settle_it_again,
                a_forgotten_answer_is_reserved_anew,
                the_breaker_is_as_it_was_saved_last,
                the_largest_times_are_kept,
                a_demo_room_has_its_calls_whoever_comes_and_others_have_theirs,
                an_answer_is_counted_once_however_often_it_is_asked_for,
                whoever_comes_again_leaves_a_model_alone_that_is_left_alone,
                what_failed_around_midnight_is_heard,
                the_day_begins_anew_at_midnight,
                never_more_than_the_day_or_the_person_has,
            ]
        );
    };
}

/// A ledger in memory.
#[derive(Debug, Default)]
pub struct Memory {
    calls: BTreeMap<u64, (CallRequest, Millis, bool)>,
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
    fn count(&self, whose: CallScope<'_>) -> Result<u64, Fault> {
        let is_of = |call: &CallRequest| match whose {
            CallScope::All => true,
            CallScope::Person(user) => call.user == user,
            CallScope::DemoRoom(room) => call.demo_room.as_deref() == Some(room),
        };
        Ok(self.calls.values().filter(|(call, ..)| is_of(call)).count() as u64)
    }
    fn insert(&mut self, call: &CallRequest, now: Millis) -> Result<u64, Fault> {
        if call.answer.is_some() && self.calls.values().any(|(known, ..)| known.answer == call.answer) {
            return Err(Fault("an answer has one reservation".into()));
        }
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

/// A call that `user` causes; where `answer` is empty, without one.
fn call_of(user: &str, answer: &str) -> CallRequest {
    let answer = Some(answer.to_owned()).filter(|answer| !answer.is_empty());
    CallRequest { user: user.to_owned(), demo_room: None, answer, by_model: false }
}

fn in_room(room: &str, call: CallRequest) -> CallRequest {
    CallRequest { demo_room: Some(room.to_owned()), ..call }
}

fn limits_of(daily: u64, person: u64) -> Limits {
    Limits { daily, person, demo_room: 1 }
}

fn granted(reserved: Reservation) -> u64 {
    let Reservation::Granted(id) = reserved else { panic!("there is room: {reserved:?}") };
    id
}

fn open_breaker(now: Millis) -> Breaker {
    let mut breaker = Breaker::default();
    for n in 0..5 {
        breaker.heard(now + n, false);
    }
    breaker
}

// ---- rows

/// From one on.
pub fn reservations_have_numbers_that_only_grow<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    let ids: Vec<u64> = (0..5).map(|n| store.insert(&call_of("user_1", &n.to_string()), 7).unwrap()).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
}

/// A late settlement must not hit a call of the next day.
pub fn a_number_is_given_once_also_after_a_day_is_forgotten<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    let before = store.insert(&call_of("user_1", "a"), 7).unwrap();
    store.forget(8).unwrap();
    assert_eq!(store.insert(&call_of("user_1", "b"), 8).unwrap(), before + 1);
    assert_eq!(store.settle(before), Ok(false));
}

/// A call in a demo room is of its person as well.
pub fn calls_are_counted_for_all_for_a_person_and_for_a_demo_room<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    let calls = [call_of("user_1", "a"), call_of("user_2", ""), in_room("grp_1", call_of("user_1", ""))];
    for call in calls {
        store.insert(&call, 7).unwrap();
    }
    let counted =
        [CallScope::All, CallScope::Person("user_1"), CallScope::Person("user_2"), CallScope::DemoRoom("grp_1")]
            .map(|whose| store.count(whose).unwrap());
    assert_eq!(counted, [3, 2, 1, 1]);
    assert_eq!(
        [CallScope::Person("user_3"), CallScope::DemoRoom("user_1")].map(|whose| store.count(whose).unwrap()),
        [0, 0]
    );
}

/// Of people, of demo rooms and of answers.
pub fn names_are_compared_to_the_letter<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    let odd = || ODD_TEXTS.into_iter().chain(["User_1", "user_1", "é", "e\u{301}"]);
    let call = |text: &str| CallRequest { answer: Some(text.to_owned()), ..in_room(text, call_of(text, "")) };
    let ids: Vec<u64> = odd().map(|text| store.insert(&call(text), 7).unwrap()).collect();
    for (text, id) in odd().zip(ids) {
        let counted = [CallScope::Person(text), CallScope::DemoRoom(text)].map(|whose| store.count(whose).unwrap());
        assert_eq!((counted, store.again(text)), ([1, 1], Ok(Some(id))), "{text:?}");
    }
}

/// A call at the beginning of the day is of that day.
pub fn what_is_of_an_earlier_day_is_forgotten_and_nothing_else<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    for (answer, at) in [("before", DAY_MS - 1), ("first", DAY_MS), ("later", DAY_MS + 1)] {
        store.insert(&call_of("user_1", answer), at).unwrap();
    }
    store.save_breaker(&open_breaker(7)).unwrap();
    for _ in 0..2 {
        store.forget(DAY_MS).unwrap();
        assert_eq!(store.count(CallScope::All), Ok(2));
    }
    assert_eq!(["before", "first", "later"].map(|answer| store.again(answer).unwrap()), [None, Some(2), Some(3)]);
    assert_eq!(store.breaker(), Ok(open_breaker(7)));
}

/// A later reader of the ledger is told of it.
pub fn a_call_is_settled_once<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    let ids = [store.insert(&call_of("user_1", "a"), 7).unwrap(), store.insert(&call_of("user_1", "b"), 7).unwrap()];
    assert_eq!([ids[0], ids[0], ids[1], ids[1]].map(|id| store.settle(id).unwrap()), [true, false, true, false]);
    assert_eq!(store.count(CallScope::All), Ok(2), "it counts");
}

/// Nor does it count.
pub fn a_number_that_was_never_given_is_not_settled<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    assert_eq!([0, 1, SEQ_MAX].map(|id| store.settle(id).unwrap()), [false; 3]);
    assert_eq!(store.count(CallScope::All), Ok(0));
}

/// A second one is a fault, and leaves nothing.
pub fn an_answer_has_one_reservation<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    let first = store.insert(&call_of("user_1", "a"), 7).unwrap();
    assert!(store.insert(&in_room("grp_1", call_of("user_2", "a")), 8).is_err());
    let counted = [CallScope::All, CallScope::Person("user_2"), CallScope::DemoRoom("grp_1")];
    assert_eq!(counted.map(|whose| store.count(whose).unwrap()), [1, 0, 0]);
    assert_eq!(store.again("a"), Ok(Some(first)));
}

/// Nobody finds them again.
pub fn calls_without_an_answer_are_each_their_own<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    let ids: BTreeSet<u64> = (0..3).map(|_| store.insert(&call_of("user_1", ""), 7).unwrap()).collect();
    assert_eq!((ids.len(), store.count(CallScope::All), store.again("")), (3, Ok(3), Ok(None)));
}

/// Of others nothing changes.
pub fn who_comes_again_finds_the_reservation_and_may_settle_it_again<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    let ids = ["a", "b"].map(|answer| store.insert(&call_of("user_1", answer), 7).unwrap());
    assert_eq!(ids.map(|id| store.settle(id).unwrap()), [true, true]);
    assert_eq!((store.again("a"), store.again("c")), (Ok(Some(ids[0])), Ok(None)));
    assert_eq!(ids.map(|id| store.settle(id).unwrap()), [true, false]);
    assert_eq!(store.count(CallScope::All), Ok(2));
}

/// It has its place once more.
pub fn a_forgotten_answer_is_reserved_anew<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.insert(&call_of("user_1", "a"), 7).unwrap();
    store.forget(8).unwrap();
    assert_eq!(store.again("a"), Ok(None));
    assert_eq!(store.insert(&call_of("user_1", "a"), 8), Ok(2));
    assert_eq!(store.count(CallScope::Person("user_1")), Ok(1));
}

/// Closed as long as nobody saved one.
pub fn the_breaker_is_as_it_was_saved_last<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    assert_eq!(store.breaker(), Ok(Breaker::default()));
    let mut failed = Breaker::default();
    failed.heard(7, false);
    for breaker in [failed, open_breaker(9), open_breaker(SEQ_MAX / 2), Breaker::default()] {
        store.save_breaker(&breaker).unwrap();
        assert_eq!(store.breaker(), Ok(breaker));
    }
}

/// Up to 2^53 - 1 (`core.md` 10).
pub fn the_largest_times_are_kept<S: CallStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.insert(&call_of("user_1", "a"), SEQ_MAX - 1).unwrap();
    store.insert(&call_of("user_1", "b"), SEQ_MAX).unwrap();
    store.forget(SEQ_MAX).unwrap();
    assert_eq!((store.again("a"), store.again("b")), (Ok(None), Ok(Some(2))));
}

// ---- the ledger over them

/// People come and go there without number.
pub fn a_demo_room_has_its_calls_whoever_comes_and_others_have_theirs<S: CallStore>(new: impl Fn() -> S) {
    let (mut store, now) = (new(), 10 * DAY_MS);
    let limits = Limits { daily: 99, person: 2, demo_room: 3 };
    let mut ask = |user: &str, room: Option<&str>, answer: &str| {
        let call = CallRequest { demo_room: room.map(str::to_owned), ..call_of(user, answer) };
        (reserve(&mut store, limits, now, &call).unwrap(), standing(&mut store, limits, now, Some(&call)).unwrap())
    };
    for (n, user) in ["demo_a", "demo_a", "demo_b"].into_iter().enumerate() {
        assert!(matches!(ask(user, Some("grp_1"), &format!("1-{n}")).0, Reservation::Granted(_)));
    }
    let (refused, known) = ask("demo_c", Some("grp_1"), "new");
    assert!(refused == Reservation::UsedUp && known.is_used_up, "another name is no new budget");
    assert!(matches!(ask("demo_c", Some("grp_1"), "1-0").0, Reservation::Granted(_)), "what has its place keeps it");
    assert!(matches!(ask("demo_c", Some("grp_2"), "2").0, Reservation::Granted(_)));
    assert!(matches!(ask("user_1", None, "3").0, Reservation::Granted(_)));
}

/// An unsettled call counts until the day is over.
pub fn an_answer_is_counted_once_however_often_it_is_asked_for<S: CallStore>(new: impl Fn() -> S) {
    let (mut store, limits, now) = (new(), limits_of(2, 2), 10 * DAY_MS + 5);
    let mut ask = |answer: &str, at: Millis| reserve(&mut store, limits, at, &call_of("user_1", answer)).unwrap();
    let first = granted(ask("a", now));
    assert_eq!(ask("a", now), Reservation::Granted(first));
    granted(ask("b", now));
    assert_eq!(ask("c", now), Reservation::UsedUp);
    assert_eq!(ask("a", now), Reservation::Granted(first), "what has its place keeps it");
    settle(&mut store, now, first, true, false).unwrap();
    // Nobody settled "b", and its call may have been made: it counts until the day is over.
    let late = 11 * DAY_MS - 1;
    assert_eq!(reserve(&mut store, limits, late, &call_of("user_1", "d")).unwrap(), Reservation::UsedUp);
    assert_eq!(standing(&mut store, limits, late, None).unwrap().used, 2);
    assert_eq!(standing(&mut store, limits, now + DAY_MS, None).unwrap().used, 0, "a day is a day");
}

/// Each failure is heard once.
pub fn whoever_comes_again_leaves_a_model_alone_that_is_left_alone<S: CallStore>(new: impl Fn() -> S) {
    let (mut store, limits, now) = (new(), limits_of(9, 9), 10 * DAY_MS);
    let call = |answer: &str| CallRequest { by_model: true, ..call_of("user_1", answer) };
    for answer in ["a", "b", "c", "a", "a"] {
        let id = granted(reserve(&mut store, limits, now, &call(answer)).unwrap());
        settle(&mut store, now, id, false, true).unwrap();
        settle(&mut store, now, id, false, true).unwrap();
    }
    assert_eq!(
        reserve(&mut store, limits, now, &call("a")).unwrap(),
        Reservation::Open,
        "five failures, each heard once"
    );
    assert_eq!(standing(&mut store, limits, now, None).unwrap().used, 3);
}

/// It was reserved before and is settled after.
pub fn what_failed_around_midnight_is_heard<S: CallStore>(new: impl Fn() -> S) {
    let (mut store, limits) = (new(), limits_of(9, 9));
    let (before, after) = (10 * DAY_MS - 1_000, 10 * DAY_MS + 1_000);
    for answer in ["a", "b", "c", "d", "e"] {
        let call = CallRequest { by_model: true, ..call_of("user_1", answer) };
        let id = granted(reserve(&mut store, limits, before, &call).unwrap());
        settle(&mut store, after, id, false, true).unwrap();
    }
    let known = standing(&mut store, limits, after, None).unwrap();
    assert_eq!((known.used, known.is_open), (0, true));
}

/// Settled calls and unsettled ones count alike.
pub fn the_day_begins_anew_at_midnight<S: CallStore>(new: impl Fn() -> S) {
    let (mut store, limits, noon) = (new(), limits_of(2, 9), 10 * DAY_MS + DAY_MS / 2);
    let first = granted(reserve(&mut store, limits, noon, &call_of("user_1", "a")).unwrap());
    settle(&mut store, noon, first, true, false).unwrap();
    granted(reserve(&mut store, limits, noon, &call_of("user_2", "b")).unwrap());
    let mut ask = |at: Millis| reserve(&mut store, limits, at, &call_of("user_3", "c")).unwrap();
    assert_eq!(ask(11 * DAY_MS - 1), Reservation::UsedUp);
    assert_eq!(ask(11 * DAY_MS), Reservation::Granted(3));
    assert_eq!(standing(&mut store, limits, 11 * DAY_MS, None).unwrap().used, 1);
}

/// Whatever is granted within a day is counted in it, once.
pub fn never_more_than_the_day_or_the_person_has<S: CallStore>(new: impl Fn() -> S) {
    for seed in 0..cases(64).into() {
        let mut dice = Dice::new(seed);
        let limits = limits_of(1 + dice.up_to(18), 1 + dice.up_to(6));
        let (mut store, mut now, mut known, mut unsettled) = (new(), 3 * DAY_MS, BTreeSet::new(), Vec::new());
        for _ in 0..dice.up_to(119) {
            now += dice.up_to(60_000);
            let user = dice.up_to(3);
            let call = call_of(&format!("user_{user}"), &format!("{user}-{}", dice.up_to(39)));
            if let Reservation::Granted(id) = reserve(&mut store, limits, now, &call).unwrap() {
                known.insert(id);
                unsettled.push(id);
            }
            if dice.chance(50)
                && let Some(id) = unsettled.pop()
            {
                settle(&mut store, now, id, dice.chance(50), true).unwrap();
            }
            let all = store.count(CallScope::All).unwrap();
            assert!(now < 4 * DAY_MS && all == known.len() as u64 && all <= limits.daily, "{seed}");
            let most = (0..4).map(|user| store.count(CallScope::Person(&format!("user_{user}"))).unwrap()).max();
            assert!(most.unwrap() <= limits.person, "{seed}");
        }
    }
}
