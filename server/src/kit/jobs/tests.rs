//! Tests of the table of jobs and of its runner, for the kinds of all objects.

use std::future::poll_fn;
use std::task::Poll;

use protocol::testing::ODD_TEXTS;
use protocol::words::limits::{OUTBOX_RETRY_MS, OUTBOX_RETRY_MS_MAX, SEQ_MAX};
use protocol::words::refusal::Refusal;
use serde::Deserialize;

use super::*;
use crate::kit::oneshot::Oneshot;
use crate::kit::sql::{migrate, number};

const NOW: Millis = 1_795_000_000_000;

thread_local! {
    static CLOCK: Cell<Millis> = const { Cell::new(NOW) };
}

/// Finished attempts, and the gate of running ones.
#[derive(Default)]
struct World {
    ran: RefCell<Vec<String>>,
    fails: Cell<bool>,
    gate: RefCell<Option<Oneshot<()>>>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mow {
    lawn: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rake {}

impl World {
    async fn attempt(&self, what: String) -> Outcome {
        self.ran.borrow_mut().push(what);
        let gate = self.gate.borrow().clone();
        if let Some(gate) = gate {
            gate.receive().await;
        }
        if self.fails.get() { Outcome::Again } else { Outcome::Done }
    }

    fn ran(&self) -> Vec<String> {
        self.ran.take()
    }
}

impl Job for Mow {
    const KIND: &'static str = "mow";
    type Context = World;

    async fn run(&self, world: &World, attempt: Attempt<'_>) -> Outcome {
        let by = if attempt.is_by_alarm { "alarm" } else { "caller" };
        world.attempt(format!("{} {} by {by}", attempt.key, self.lawn)).await
    }
}

impl Job for Rake {
    const KIND: &'static str = "rake";
    const FIRST_MS: Millis = 2_000;
    type Context = World;

    async fn run(&self, world: &World, attempt: Attempt<'_>) -> Outcome {
        world.attempt(format!("rake {}", attempt.key)).await
    }
}

const KINDS: &[Kind] = &[Kind::of::<Mow>(), Kind::of::<Rake>()];

fn mow(lawn: &str) -> Mow {
    Mow { lawn: lawn.to_owned() }
}

fn set_clock(now: Millis) {
    CLOCK.set(now);
}

fn jobs() -> Jobs {
    Jobs::timed(KINDS, || CLOCK.get(), sleep)
}

/// Waits until the clock of the test has gone on by `ms`.
fn sleep(ms: Millis) -> LocalBoxFuture<'static, ()> {
    let until = CLOCK.get() + ms;
    poll_fn(move |_| if CLOCK.get() < until { Poll::Pending } else { Poll::Ready(()) }).boxed_local()
}

/// An empty table at [`NOW`], its runner and what attempts work on.
fn yard() -> (Database, Jobs, World) {
    set_clock(NOW);
    let sql = Database::new();
    migrate(&sql, &[STEP]).unwrap();
    (sql, jobs(), World::default())
}

/// Runs what is due, in attempts that wait for nothing.
fn run_due(sql: &Database, jobs: &Jobs, world: &World) {
    jobs.run_due::<Mow>(sql, world).now_or_never().unwrap().unwrap();
    jobs.run_due::<Rake>(sql, world).now_or_never().unwrap().unwrap();
}

fn count(sql: &Database) -> u64 {
    number(sql, "SELECT count(*) FROM jobs", &[]).unwrap()
}

#[test]
fn a_job_reads_as_it_was_added_and_is_gone_once_it_is_done() {
    let (sql, jobs, world) = yard();
    for key in ODD_TEXTS {
        jobs.add(&sql, key, &mow(key), NOW).unwrap();
        assert_eq!(find(&sql, key), Ok(Some(mow(key))));
    }
    let all = BTreeMap::from_iter(all::<Mow>(&sql).unwrap());
    assert_eq!(all, ODD_TEXTS.iter().map(|key| ((*key).to_owned(), mow(key))).collect());
    run_due(&sql, &jobs, &world);
    assert_eq!((world.ran().len(), count(&sql), jobs.due_at(&sql)), (ODD_TEXTS.len(), 0, Ok(None)));
}

#[test]
fn the_caller_has_its_time_and_the_alarm_makes_the_attempt_after_that() {
    let (sql, jobs, world) = yard();
    jobs.add(&sql, "a", &Rake {}, NOW).unwrap();
    assert_eq!(jobs.due_at(&sql), Ok(Some(NOW + 2_000)));
    set_clock(NOW + 1_999);
    run_due(&sql, &jobs, &world);
    assert_eq!(world.ran(), [""; 0]);
    set_clock(NOW + 2_000);
    run_due(&sql, &jobs, &world);
    assert_eq!((world.ran(), count(&sql)), (vec!["rake a".to_owned()], 0));
    jobs.add(&sql, "b", &mow("front"), NOW).unwrap();
    for _ in 0..2 {
        jobs.run_now::<Mow>(&sql, &world, "b").now_or_never().unwrap().unwrap();
        jobs.run_now::<Mow>(&sql, &world, "c").now_or_never().unwrap().unwrap();
    }
    assert_eq!((world.ran(), count(&sql)), (vec!["b front by caller".to_owned()], 0));
}

#[test]
fn pauses_grow_to_the_longest_one_and_failures_are_counted_over_sleeps() {
    let (sql, mut runner, world) = yard();
    runner.add(&sql, "a", &mow("front"), NOW).unwrap();
    world.fails.set(true);
    let (mut now, mut pauses) = (NOW, Vec::new());
    for _ in 0..10 {
        run_due(&sql, &runner, &world);
        runner = jobs();
        let at = runner.due_at(&sql).unwrap().unwrap();
        set_clock(at - 1);
        run_due(&sql, &runner, &world);
        pauses.push(at - now);
        now = at;
        set_clock(now);
    }
    assert_eq!(world.ran().len(), 10, "none is made before its time");
    assert_eq!((pauses[0], pauses[1], pauses[9]), (OUTBOX_RETRY_MS, 2 * OUTBOX_RETRY_MS, OUTBOX_RETRY_MS_MAX));
    assert!(pauses.is_sorted());
    world.fails.set(false);
    run_due(&sql, &runner, &world);
    assert_eq!((count(&sql), runner.due_at(&sql)), (0, Ok(None)));
}

#[test]
fn a_newer_job_takes_the_place_of_an_earlier_one_and_begins_anew() {
    let (sql, jobs, world) = yard();
    jobs.add(&sql, "a", &mow("front"), NOW).unwrap();
    jobs.add(&sql, "a", &Rake {}, NOW).unwrap();
    world.fails.set(true);
    run_due(&sql, &jobs, &world);
    jobs.add(&sql, "a", &mow("back"), NOW).unwrap();
    world.fails.set(false);
    world.ran();
    run_due(&sql, &jobs, &world);
    assert_eq!((world.ran(), count(&sql)), (vec!["a back by alarm".to_owned()], 1), "another kind is another job");
}

#[test]
fn an_attempt_for_an_earlier_job_neither_removes_nor_delays_the_newer_one() {
    for fails in [false, true] {
        let (sql, jobs, world) = yard();
        jobs.add(&sql, "a", &mow("front"), NOW).unwrap();
        let gate = Oneshot::default();
        world.gate.replace(Some(gate.clone()));
        world.fails.set(fails);
        let mut run = pin!(jobs.run_due::<Mow>(&sql, &world));
        assert!(run.as_mut().now_or_never().is_none());
        jobs.add(&sql, "a", &mow("back"), NOW).unwrap();
        gate.send(Some(()));
        assert_eq!(run.now_or_never(), Some(Ok(())));
        assert_eq!((find(&sql, "a"), jobs.due_at(&sql)), (Ok(Some(mow("back"))), Ok(Some(NOW))), "{fails}");
    }
}

#[test]
fn a_key_has_one_attempt_at_a_time_and_other_keys_do_not_wait_for_it() {
    let (sql, jobs, world) = yard();
    let gate = Oneshot::default();
    world.gate.replace(Some(gate.clone()));
    jobs.add(&sql, "a", &mow("front"), NOW).unwrap();
    let mut first = pin!(jobs.run_due::<Mow>(&sql, &world));
    assert!(first.as_mut().now_or_never().is_none());
    world.gate.replace(None);
    for _ in 0..2 {
        jobs.run_now::<Mow>(&sql, &world, "a").now_or_never().unwrap().unwrap();
        jobs.add(&sql, "a", &mow("back"), NOW).unwrap();
        jobs.add(&sql, "b", &mow("side"), NOW).unwrap();
        run_due(&sql, &jobs, &world);
    }
    assert_eq!(world.ran(), ["a front by alarm", "b side by alarm", "b side by alarm"]);
    gate.send(Some(()));
    assert_eq!(first.now_or_never(), Some(Ok(())));
    run_due(&sql, &jobs, &world);
    assert_eq!((world.ran(), count(&sql)), (vec!["a back by alarm".to_owned()], 0), "in the order of the key");
}

#[test]
fn while_an_attempt_is_under_way_the_alarm_does_not_ring_at_once_but_it_rings() {
    let (sql, jobs, world) = yard();
    world.gate.replace(Some(Oneshot::default()));
    jobs.add(&sql, "a", &mow("front"), NOW).unwrap();
    {
        let mut run = pin!(jobs.run_due::<Mow>(&sql, &world));
        assert!(run.as_mut().now_or_never().is_none());
        assert_eq!(jobs.due_at(&sql), Ok(Some(NOW + LOOK_MS)));
        jobs.add(&sql, "b", &Rake {}, NOW).unwrap();
        assert_eq!(jobs.due_at(&sql), Ok(Some(NOW + 2_000)));
    }
    // The object stopped: the attempt is made again.
    let woken = self::jobs();
    assert_eq!(woken.due_at(&sql), Ok(Some(NOW)));
    world.gate.replace(None);
    run_due(&sql, &woken, &world);
    assert_eq!(world.ran(), ["a front by alarm", "a front by alarm"]);
}

#[test]
fn an_attempt_that_does_not_end_has_failed_after_a_minute() {
    let (sql, jobs, world) = yard();
    world.gate.replace(Some(Oneshot::default()));
    jobs.add(&sql, "a", &mow("front"), NOW).unwrap();
    let mut run = pin!(jobs.run_due::<Mow>(&sql, &world));
    for now in [NOW, NOW + 59_999] {
        set_clock(now);
        assert!(run.as_mut().now_or_never().is_none(), "{now}");
    }
    set_clock(NOW + 60_000);
    assert_eq!(run.now_or_never(), Some(Ok(())));
    let again_at = NOW + 60_000 + OUTBOX_RETRY_MS;
    assert_eq!(jobs.due_at(&sql), Ok(Some(again_at)));
    world.gate.replace(None);
    set_clock(again_at);
    run_due(&sql, &jobs, &world);
    assert_eq!((world.ran(), count(&sql)), (vec!["a front by alarm".to_owned(); 2], 0));
}

#[test]
fn what_is_removed_is_not_tried_any_more() {
    let (sql, jobs, world) = yard();
    for key in ["a", "b"] {
        jobs.add(&sql, key, &mow("front"), NOW).unwrap();
    }
    jobs.add(&sql, "a", &Rake {}, NOW).unwrap();
    assert_eq!([remove::<Mow>(&sql, "a"), remove::<Mow>(&sql, "a")], [Ok(true), Ok(false)]);
    assert_eq!((find::<Mow>(&sql, "a"), find(&sql, "a")), (Ok(None), Ok(Some(Rake {}))));
    run_due(&sql, &jobs, &world);
    assert_eq!(world.ran(), ["b front by alarm"]);
}

#[test]
fn a_job_that_says_something_else_from_now_on_keeps_its_failures_and_its_attempt() {
    let (sql, jobs, world) = yard();
    jobs.add(&sql, "a", &mow("front"), NOW).unwrap();
    world.fails.set(true);
    run_due(&sql, &jobs, &world);
    rewrite(&sql, "a", &mow("back")).unwrap();
    rewrite(&sql, "b", &mow("side")).unwrap();
    set_clock(NOW + OUTBOX_RETRY_MS);
    run_due(&sql, &jobs, &world);
    assert_eq!(world.ran(), ["a front by alarm", "a back by alarm"]);
    assert_eq!((count(&sql), jobs.due_at(&sql)), (1, Ok(Some(NOW + 3 * OUTBOX_RETRY_MS))));
}

#[test]
fn a_row_that_cannot_be_read_stays_and_stops_no_other_and_no_alarm_rings_for_it() {
    let (sql, jobs, world) = yard();
    let rows = "INSERT INTO jobs (kind, key, body, due_at, tries) VALUES \
                ('mow', 'x', '{}', 1, 0), ('of tomorrow', 'y', '{}', 1, 0), ('mow', 'a', '{\"lawn\":\"front\"}', 2, 7)";
    exec(&sql, rows, &[]).unwrap();
    for _ in 0..2 {
        run_due(&sql, &jobs, &world);
        assert_eq!((count(&sql), jobs.due_at(&sql)), (2, Ok(None)));
    }
    assert_eq!(world.ran(), ["a front by alarm"]);
    // A version that can read it finds it, and so does a newer job with its key.
    exec(&sql, "UPDATE jobs SET body = '{\"lawn\":\"back\"}' WHERE key = 'x'", &[]).unwrap();
    run_due(&sql, &self::jobs(), &world);
    assert_eq!((world.ran(), count(&sql)), (vec!["x back by alarm".to_owned()], 1));
    jobs.add(&sql, "x", &mow("side"), NOW).unwrap();
    run_due(&sql, &jobs, &world);
    assert_eq!((world.ran(), count(&sql)), (vec!["x side by alarm".to_owned()], 1));
}

#[test]
fn the_age_of_a_kind_is_the_time_since_its_oldest_job_was_first_due() {
    let (sql, jobs, world) = yard();
    let ages_of = |jobs: &Jobs, now: Millis| -> Vec<u64> {
        set_clock(now);
        jobs.ages(&sql).unwrap().into_iter().map(|(_, age)| age).collect()
    };
    let ages = |now: Millis| ages_of(&jobs, now);
    assert_eq!(ages(NOW), [0, 0]);
    jobs.add(&sql, "a", &mow("front"), NOW).unwrap();
    jobs.add(&sql, "b", &Rake {}, NOW).unwrap();
    assert_eq!(ages(NOW + 1_999), [1, 0], "the caller has its time");
    assert_eq!(ages(NOW + 5_500), [5, 3]);
    world.fails.set(true);
    for _ in 0..40 {
        set_clock(jobs.due_at(&sql).unwrap().unwrap().max(CLOCK.get()));
        run_due(&sql, &jobs, &world);
    }
    let now = CLOCK.get();
    let since = |due_at: Millis| (now - due_at) / 1_000;
    assert!(since(NOW) > 600);
    // The first attempts came late, which the pauses after them do not show.
    assert!(ages(now).into_iter().all(|age| (since(NOW) - 10..=since(NOW)).contains(&age)));
    world.fails.set(false);
    set_clock(now + 60_000);
    run_due(&sql, &jobs, &world);
    assert_eq!(ages(now + 60_000), [0, 0]);
    exec(&sql, "INSERT INTO jobs VALUES ('mow', 'x', '{}', ?, 0), ('of tomorrow', 'y', '{}', 1, 0)", &[now.into()])
        .unwrap();
    let woken = self::jobs();
    assert_eq!(ages_of(&woken, now + 700_000), [700, 0]);
    run_due(&sql, &woken, &world);
    assert_eq!(ages_of(&woken, now + 701_000), [701, 0], "a row that cannot be read waits");
    let names: Vec<String> = jobs.ages(&sql).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["cfm_job_age_seconds{kind=\"mow\"}", "cfm_job_age_seconds{kind=\"rake\"}"]);
}

#[test]
fn a_row_that_cannot_be_read_hides_no_other_row_from_those_who_look_for_jobs() {
    let (sql, jobs, world) = yard();
    exec(&sql, "INSERT INTO jobs VALUES ('mow', 'b', '{}', 1, 0)", &[]).unwrap();
    for (key, lawn) in [("a", "front"), ("c", "back"), ("d", "front")] {
        jobs.add(&sql, key, &mow(lawn), NOW).unwrap();
    }
    let is_front = |job: &Mow| job.lawn == "front";
    let front = ["a", "d"].map(|key| (key.to_owned(), mow("front")));
    assert_eq!((having(&sql, is_front), find::<Mow>(&sql, "b")), (Ok(front.into()), Ok(None)));
    remove_having(&sql, is_front).unwrap();
    assert_eq!((all(&sql), count(&sql)), (Ok(vec![("c".to_owned(), mow("back"))]), 2));
    jobs.add(&sql, "e", &Rake {}, NOW).unwrap();
    remove_all::<Mow>(&sql).unwrap();
    assert_eq!((count(&sql), find(&sql, "e")), (1, Ok(Some(Rake {}))));
    run_due(&sql, &jobs, &world);
    assert_eq!((world.ran(), jobs.due_at(&sql)), (vec![], Ok(Some(NOW + 2_000))));
}

#[test]
fn a_run_makes_a_bounded_number_of_attempts_and_the_alarm_rings_again_for_the_others() {
    let (sql, jobs, world) = yard();
    for at in 0..AT_ONCE as u64 + 8 {
        let values = [format!("x{at}").as_str().into(), at.into()];
        exec(&sql, "INSERT INTO jobs VALUES ('mow', ?, '{}', ?, 0)", &values).unwrap();
    }
    for at in 0..2 * AT_ONCE {
        jobs.add(&sql, &format!("a{at:02}"), &mow("front"), NOW - 100 + at as u64).unwrap();
    }
    let mut ran = Vec::new();
    while let Some(at) = jobs.due_at(&sql).unwrap() {
        assert!(at <= NOW, "{at}");
        run_due(&sql, &jobs, &world);
        let more = world.ran();
        assert!(more.len() <= AT_ONCE, "{more:?}");
        ran.extend(more);
    }
    let wanted: Vec<String> = (0..2 * AT_ONCE).map(|at| format!("a{at:02} front by alarm")).collect();
    assert_eq!(ran, wanted, "unreadable rows keep none back");
}

#[test]
fn a_kind_with_the_most_attempts_under_way_waits_and_others_do_not() {
    let (sql, jobs, world) = yard();
    world.gate.replace(Some(Oneshot::default()));
    for at in 0..=AT_ONCE {
        jobs.add(&sql, &format!("a{at:02}"), &mow("front"), NOW).unwrap();
    }
    let mut first = pin!(jobs.run_due::<Mow>(&sql, &world));
    assert!(first.as_mut().now_or_never().is_none());
    assert_eq!((world.ran().len(), jobs.due_at(&sql)), (AT_ONCE, Ok(Some(NOW + LOOK_MS))));
    world.gate.replace(None);
    jobs.add(&sql, "b", &Rake {}, NOW - 2_000).unwrap();
    assert_eq!(jobs.due_at(&sql), Ok(Some(NOW)));
    run_due(&sql, &jobs, &world);
    assert_eq!((world.ran(), jobs.due_at(&sql)), (vec!["rake b".to_owned()], Ok(Some(NOW + LOOK_MS))));
    // The caller of an act makes its own attempt all the same.
    jobs.run_now::<Mow>(&sql, &world, &format!("a{AT_ONCE}")).now_or_never().unwrap().unwrap();
    assert_eq!((world.ran().len(), count(&sql)), (1, AT_ONCE as u64));
}

#[test]
fn after_a_step_back_of_the_clock_nothing_waits_longer_than_it_ever_would() {
    let (sql, jobs, world) = yard();
    jobs.add(&sql, "a", &Rake {}, NOW).unwrap();
    jobs.add(&sql, "b", &mow("front"), NOW).unwrap();
    world.fails.set(true);
    run_due(&sql, &jobs, &world);
    let ahead = jobs.due_at(&sql).unwrap().unwrap();
    for (now, due_at) in [(NOW, ahead), (NOW - 1, NOW - 1), (NOW - 9_000, NOW - 9_000), (0, 0)] {
        set_clock(now);
        assert_eq!(jobs.due_at(&sql), Ok(Some(due_at)), "{now}");
    }
}

#[test]
fn the_runner_knows_of_every_job_without_a_look_at_the_table_and_of_none_too_late() {
    let (sql, jobs, world) = yard();
    assert_eq!(jobs.due_at(&sql), Ok(None));
    jobs.add(&sql, "a", &Rake {}, NOW).unwrap();
    exec(&sql, "ALTER TABLE jobs RENAME TO elsewhere", &[]).unwrap();
    assert_eq!(jobs.due_at(&sql), Ok(Some(NOW + 2_000)));
    run_due(&sql, &jobs, &world);
    exec(&sql, "ALTER TABLE elsewhere RENAME TO jobs", &[]).unwrap();
    jobs.add(&sql, "b", &mow("front"), NOW + 500).unwrap();
    assert_eq!(jobs.due_at(&sql), Ok(Some(NOW + 500)));
    // A step that is undone leaves a time at which there is nothing to do; the alarm then looks.
    assert!(!sql.in_transaction(|| jobs.add(&sql, "c", &mow("back"), NOW).is_err()));
    assert_eq!(jobs.due_at(&sql), Ok(Some(NOW)));
    run_due(&sql, &jobs, &world);
    assert_eq!((world.ran(), jobs.due_at(&sql)), (vec![], Ok(Some(NOW + 500))));
}

#[test]
fn failures_beyond_all_bounds_have_the_longest_pause() {
    let (sql, jobs, world) = yard();
    let row = "INSERT INTO jobs VALUES ('mow', 'a', '{\"lawn\":\"l\"}', 0, ?)";
    exec(&sql, row, &[SEQ_MAX.into()]).unwrap();
    world.fails.set(true);
    run_due(&sql, &jobs, &world);
    assert_eq!(jobs.due_at(&sql), Ok(Some(NOW + OUTBOX_RETRY_MS_MAX)));
}

#[test]
fn calls_are_made_again_until_they_are_answered() {
    assert_eq!(Outcome::of("mow", Ok(())), Outcome::Done);
    assert_eq!(Outcome::of("mow", Err(CallError::Busy(Fault("it is being moved".to_owned())))), Outcome::Again);
    assert_eq!(Outcome::of("mow", Err(Refusal::NotFound.into())), Outcome::Again);
}
