//! Promises of the ledger's tables (`messenger.md` 7): those of every ledger, and those of SQL alone.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::testing::ledger::Memory;
use protocol::testing::{ODD_TEXTS, cases};
use protocol::words::limits::{OperatorLimits, SEQ_MAX};

use super::*;
use crate::kit::sql::older::{contents, older};

const NOON: Millis = 10 * DAY_MS + DAY_MS / 2;

protocol::ledger_promises!(empty);

fn empty() -> Rows {
    on(Database::new())
}

fn on(sql: Database) -> Rows {
    Rows::open(sql, Limits::of(&OperatorLimits::DEFAULT)).unwrap()
}

fn call_of(user: &str) -> CallRequest {
    CallRequest { user: user.to_owned(), demo_room: None, answer: None, by_model: false }
}

fn answer_of(user: &str, answer: &str) -> CallRequest {
    CallRequest { answer: Some(answer.to_owned()), ..call_of(user) }
}

fn in_room(user: &str, room: &str) -> CallRequest {
    CallRequest { demo_room: Some(room.to_owned()), ..call_of(user) }
}

/// Numbers of those calls that are granted.
fn granted<'a>(rows: &mut Rows, calls: impl IntoIterator<Item = &'a CallRequest>) -> Vec<u64> {
    calls.into_iter().filter_map(|call| rows.reserve(call, NOON).unwrap().id).collect()
}

#[test]
fn of_sixty_calls_of_a_person_fifty_are_made_also_by_an_object_that_slept_and_others_have_theirs() {
    let sql = Database::new();
    assert_eq!(granted(&mut on(sql.clone()), &vec![call_of("user_1"); 60]), (1..=50).collect::<Vec<u64>>());
    let mut woken = on(sql);
    assert_eq!(woken.reserve(&call_of("user_1"), NOON).unwrap().id, None);
    let other = woken.reserve(&call_of("user_2"), NOON).unwrap();
    assert_eq!((other.id, other.used, other.limit), (Some(51), 51, 10_000));
}

#[test]
fn a_call_counts_also_if_it_failed() {
    let mut rows = empty();
    for id in granted(&mut rows, &vec![call_of("user_1"); 50]) {
        settle(&mut rows, NOON, id, false, false).unwrap();
    }
    assert_eq!(rows.reserve(&call_of("user_1"), NOON).unwrap().id, None);
}

#[test]
fn a_demo_room_has_a_hundred_calls_however_many_come_there() {
    let sql = Database::new();
    let calls: Vec<CallRequest> = (0..120).map(|n| in_room(&format!("demo_{n}"), "grp_1")).collect();
    assert_eq!(granted(&mut on(sql.clone()), &calls).len(), 100);
    let mut woken = on(sql);
    let refused = woken.reserve(&in_room("demo_new", "grp_1"), NOON).unwrap();
    assert_eq!((refused.id, refused.is_used_up), (None, true));
    assert_eq!(granted(&mut woken, &[in_room("demo_new", "grp_2"), call_of("user_1")]).len(), 2);
}

/// A ledger in which a number of calls of this day were made, each by somebody else.
fn used(count: u64) -> Rows {
    let rows = empty();
    let query = "WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < ?) \
                 INSERT INTO calls (user, at, is_settled) SELECT 'user_' || k, ?, 1 FROM n";
    sql::exec(&rows.sql, query, &[count.into(), NOON.into()]).unwrap();
    rows
}

#[test]
fn the_last_call_of_a_day_is_made_and_the_one_after_it_is_not() {
    let mut rows = used(9_999);
    let calls: Vec<CallRequest> = (0..20).map(|n| call_of(&format!("late_{n}"))).collect();
    assert_eq!(granted(&mut rows, &calls), [10_000]);
    let known = rows.ledger(None, NOON).unwrap();
    assert_eq!((known.used, known.is_used_up), (10_000, true));
}

#[test]
fn the_ledger_says_when_the_day_is_over_and_then_it_begins_anew() {
    let mut rows = used(10_000);
    let until = rows.ledger(None, NOON).unwrap().resets_at;
    assert_eq!(until, 11 * DAY_MS);
    assert_eq!(rows.ledger(None, until - 1).unwrap().used, 10_000);
    let next = rows.ledger(None, until).unwrap();
    assert_eq!((next.used, next.is_used_up, next.resets_at), (0, false, 12 * DAY_MS));
}

#[test]
fn whoever_has_no_calls_left_is_told_so_and_others_are_not() {
    let mut rows = empty();
    granted(&mut rows, &vec![call_of("user_1"); 50]);
    let mut is_used_up = |call: Option<&CallRequest>| rows.ledger(call, NOON).unwrap().is_used_up;
    assert_eq!(
        [Some("user_1"), Some("user_2"), None].map(|user| is_used_up(user.map(call_of).as_ref())),
        [true, false, false]
    );
}

#[test]
fn neurons_of_a_day_are_those_that_answers_named_and_absent_where_none_did() {
    let mut rows = empty();
    let ids = granted(&mut rows, &vec![call_of("user_1"); 3]);
    let call = |id, neurons_milli| SettleCall { id, went_well: true, by_model: true, neurons_milli };
    rows.settle_call(&call(ids[0], None), NOON).unwrap();
    assert_eq!(rows.ledger(None, NOON).unwrap().neurons_milli, None);
    rows.settle_call(&call(ids[1], Some(1_250)), NOON).unwrap();
    rows.settle_call(&call(ids[2], Some(0)), NOON).unwrap();
    // A call that is settled again was told before.
    rows.settle_call(&call(ids[1], Some(1_250)), NOON).unwrap();
    assert_eq!(rows.ledger(None, NOON).unwrap().neurons_milli, Some(1_250));
    assert_eq!(rows.ledger(None, NOON + DAY_MS).unwrap().neurons_milli, None, "another day");
}

#[test]
fn an_answer_that_took_two_calls_has_the_neurons_of_both() {
    let mut rows = empty();
    for _ in 0..2 {
        let id = rows.reserve(&answer_of("user_1", "a"), NOON).unwrap().id.unwrap();
        let call = SettleCall { id, went_well: true, by_model: true, neurons_milli: Some(700) };
        rows.settle_call(&call, NOON).unwrap();
    }
    assert_eq!(rows.ledger(None, NOON).unwrap().neurons_milli, Some(1_400));
}

#[test]
fn numbers_go_on_after_a_sleep_that_was_longer_than_a_day() {
    let sql = Database::new();
    let before = on(sql.clone()).reserve(&call_of("user_1"), NOON).unwrap().id;
    let after = on(sql).reserve(&call_of("user_1"), NOON + DAY_MS).unwrap();
    assert_eq!((before, after.id, after.used), (Some(1), Some(2), 1));
}

#[test]
fn a_reservation_that_does_not_commit_is_none() {
    let mut rows = empty();
    rows.reserve(&answer_of("user_1", "a"), NOON).unwrap();
    let (sql, before) = (rows.sql.clone(), contents(&rows.sql));
    assert!(!sql.in_transaction(|| {
        rows.reserve(&answer_of("user_1", "b"), NOON).unwrap();
        settle(&mut rows, NOON, 1, false, true).unwrap();
        false
    }));
    assert_eq!(contents(&sql), before);
}

#[test]
fn there_is_one_breaker() {
    let mut rows = empty();
    rows.save_breaker(&Breaker::default()).unwrap();
    rows.save_breaker(&Breaker::default()).unwrap();
    assert_eq!(sql::rows(&rows.sql, "SELECT one FROM breaker", &[], |row| row.number(0)), Ok(vec![1]));
    assert!(sql::exec(&rows.sql, "INSERT INTO breaker VALUES (2, '{}')", &[]).is_err());
}

#[test]
fn a_breaker_that_is_not_understood_is_a_fault() {
    let rows = empty();
    sql::exec(&rows.sql, "INSERT INTO breaker VALUES (1, 'open')", &[]).unwrap();
    assert!(rows.breaker().is_err());
}

// ---- earlier versions

const INSERTS: &[(&str, &str)] = &[
    ("calls", "INSERT INTO calls (user, at, is_settled) VALUES ('user_1', 907200000, 0), ('user_2', 907200000, 1)"),
    (
        "breaker",
        "INSERT INTO breaker VALUES (1, '{\"failures\":[5],\"open_ms\":0,\"open_until\":0,\"probe_until\":0}')",
    ),
];

#[test]
fn a_ledger_of_every_earlier_version_counts_on() {
    for version in 1..=STEPS.len() {
        let mut rows = on(older(&STEPS[..version], INSERTS));
        let mut breaker = Breaker::default();
        if version > 1 {
            breaker.record_result(5, false);
        }
        assert_eq!(rows.breaker(), Ok(breaker), "{version}");
        assert_eq!([1, 2].map(|id| rows.settle(id).unwrap()), [true, false], "{version}");
        let ledger = rows.reserve(&in_room("user_1", "grp_1"), NOON).unwrap();
        assert_eq!((ledger.id, ledger.used), (Some(3), 3), "{version}");
        assert_eq!(rows.count(CallScope::Person("user_1")), Ok(2), "{version}");
    }
}

#[test]
fn another_wake_changes_nothing() {
    for version in 1..=STEPS.len() {
        let sql = older(&STEPS[..version], INSERTS);
        on(sql.clone());
        let before = contents(&sql);
        on(sql.clone());
        assert_eq!(contents(&sql), before);
    }
}

// ---- the same in memory

#[derive(Clone, Debug)]
enum Step {
    Insert { user: usize, room: Option<usize>, answer: Option<usize>, at: Millis },
    Reserve { user: usize, room: Option<usize>, answer: Option<usize>, at: Millis, by_model: bool },
    Again { answer: usize },
    Settle { id: u64 },
    Report { id: u64, at: Millis, went_well: bool },
    Forget { at: Millis },
    Save { at: Millis },
}

fn step() -> impl Strategy<Value = Step> {
    let (name, some) = (0..ODD_TEXTS.len(), || proptest::option::of(0..ODD_TEXTS.len()));
    // Around a midnight, and where numbers are largest.
    let at = || prop_oneof![DAY_MS - 50..DAY_MS + 50, SEQ_MAX - DAY_MS..=SEQ_MAX];
    prop_oneof![
        4 => (name.clone(), some(), some(), at())
            .prop_map(|(user, room, answer, at)| Step::Insert { user, room, answer, at }),
        4 => (name.clone(), some(), some(), at(), any::<bool>())
            .prop_map(|(user, room, answer, at, by_model)| Step::Reserve { user, room, answer, at, by_model }),
        2 => name.prop_map(|answer| Step::Again { answer }),
        2 => (0..20_u64).prop_map(|id| Step::Settle { id }),
        2 => (0..20_u64, at(), any::<bool>()).prop_map(|(id, at, went_well)| Step::Report { id, at, went_well }),
        1 => at().prop_map(|at| Step::Forget { at }),
        1 => (0..1_u64 << 50).prop_map(|at| Step::Save { at }),
    ]
}

fn call(user: usize, room: Option<usize>, answer: Option<usize>, by_model: bool) -> CallRequest {
    let text = |at: usize| ODD_TEXTS[at].to_owned();
    CallRequest { user: text(user), demo_room: room.map(text), answer: answer.map(text), by_model }
}

/// Does a step to a store; what it says, without the words of faults.
fn carry_out(store: &mut impl CallStore, step: &Step) -> String {
    let limits = Limits { daily: 12, person: 4, demo_room: 3 };
    match *step {
        Step::Insert { user, room, answer, at } => {
            format!("{:?}", store.insert(&call(user, room, answer, false), at).ok())
        }
        Step::Reserve { user, room, answer, at, by_model } => {
            format!("{:?}", reserve(store, limits, at, &call(user, room, answer, by_model)))
        }
        Step::Again { answer } => format!("{:?}", store.again(ODD_TEXTS[answer])),
        Step::Settle { id } => format!("{:?}", store.settle(id)),
        Step::Report { id, at, went_well } => format!("{:?}", settle(store, at, id, went_well, true)),
        Step::Forget { at } => format!("{:?}", store.forget(at)),
        Step::Save { at } => {
            let mut breaker = Breaker::default();
            (0..5).for_each(|n| breaker.record_result(at + n, false));
            format!("{:?}", store.save_breaker(&breaker))
        }
    }
}

/// All that a store tells.
fn observed(store: &impl CallStore) -> (Vec<u64>, Breaker) {
    let of_each = ODD_TEXTS.iter().flat_map(|text| [CallScope::Person(text), CallScope::DemoRoom(text)]);
    let counts = of_each.chain([CallScope::All]).map(|whose| store.count(whose).unwrap());
    (counts.collect(), store.breaker().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(100), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_and_memory_say_the_same_after_every_step(steps in vec(step(), 1..80)) {
        let (mut tables, mut memory) = (empty(), Memory::default());
        for step in &steps {
            prop_assert_eq!(carry_out(&mut tables, step), carry_out(&mut memory, step), "{:?}", step);
            prop_assert_eq!(observed(&tables), observed(&memory), "{:?}", step);
        }
    }
}
