//! Measured figures: our own pings, what the Worker says of its calls and of the room's object, messages as they pass. Nothing here is made up: a
//! figure that nobody has measured yet is a dash. While nothing happens the room is left alone for a while, so that it may fall asleep; the
//! call after that has to wake it, and says what that cost.

use std::rc::Rc;

use leptos::task::spawn_local;
use protocol::codec::json::Value;

use super::{Stage, is, number, page, text, ticker};
use crate::browser::{ask, numbers, timer};
use crate::proof::quantile;

/// Pause between two pings.
const PING_MS: u32 = 1_000;
/// Pause between two looks at the numbers while something happens.
const POLL_MS: f64 = 2_000.0;
/// After so much silence the room is left alone …
const QUIET_MS: f64 = 10_000.0;
/// … for so long: not as long as the presenter's panel does, or one of the two would wake it for the other each time.
const LEFT_ALONE_MS: f64 = 25_000.0;
/// Pause between two looks at who is there; while nothing happens it goes with the look at the numbers.
const STATE_MS: f64 = 5_000.0;
/// Round trips that count.
const SAMPLES_MAX: usize = 120;
/// Messages a second are counted over so long.
const RATE_MS: f64 = 5_000.0;

/// See the module's description.
#[derive(Default)]
pub struct Figures {
    trips_ms: Vec<f64>,
    passed_at: Vec<f64>,
    last_passed: f64,
    looked_at: Option<f64>,
    state_at: Option<f64>,
    woken_ms: Option<u64>,
    awake_ms: Option<u64>,
}

impl Figures {
    /// A ping came back.
    pub fn answered(&mut self, took_ms: f64) {
        if self.trips_ms.len() == SAMPLES_MAX {
            self.trips_ms.remove(0);
        }
        self.trips_ms.push(took_ms);
    }

    /// Something new was in the log.
    pub fn passed(&mut self, now: f64) {
        self.passed_at.push(now);
        self.last_passed = now;
    }

    /// Says whether the room is to be asked now: for its numbers, and for who is there. Of a room that sleeps the numbers come first, since
    /// the first call has to wake it.
    fn are_due(&self, now: f64) -> (bool, bool) {
        let is_quiet = now - self.last_passed >= QUIET_MS;
        let is_past = |at: Option<f64>, pause_ms: f64| at.is_none_or(|at| now - at >= pause_ms);
        let numbers = is_past(self.looked_at, if is_quiet { LEFT_ALONE_MS } else { POLL_MS });
        (numbers, if is_quiet { numbers } else { is_past(self.state_at, STATE_MS) })
    }
}

/// Measures from now on, while the page is seen.
pub fn begin(stage: &Rc<Stage>) {
    let stage = Rc::clone(stage);
    spawn_local(async move {
        loop {
            if page::is_seen() {
                stage.readers.borrow().iter().for_each(|reader| reader.ping());
                poll_room(&stage).await;
            }
            show(&stage);
            timer::wait(PING_MS).await;
        }
    });
}

async fn poll_room(stage: &Rc<Stage>) {
    let now = page::now();
    let is_up = stage.readers.borrow().first().is_some_and(|reader| reader.is_welcome());
    if !is_up {
        return;
    }
    let (are_numbers_due, is_state_due) = stage.figures.borrow().are_due(now);
    if are_numbers_due {
        stage.figures.borrow_mut().looked_at = Some(now);
        if let Some(numbers) = numbers(stage).await {
            take(stage, &numbers);
        }
    }
    if is_state_due {
        stage.figures.borrow_mut().state_at = Some(now);
        if let Some(state) = state(stage).await {
            show_people(stage, &state);
        }
    }
}

/// Asks the Worker for the numbers of the room's object.
pub async fn numbers(stage: &Stage) -> Option<Value> {
    ask::get(&format!("/demo/rooms/{}/numbers", stage.code()), &stage.asker().session).await.ok()
}

/// Asks for the state of the room now.
pub async fn state(stage: &Stage) -> Option<Value> {
    ask::get(&format!("/demo/rooms/{}/state", stage.code()), &stage.asker().session).await.ok()
}

fn take(stage: &Stage, numbers: &Value) {
    let object_ms = number(numbers, "objectMs");
    let was_asleep = is(numbers, "wasAsleep");
    let (woken, awake) = {
        let mut figures = stage.figures.borrow_mut();
        if was_asleep {
            figures.woken_ms = Some(object_ms)
        } else {
            figures.awake_ms = Some(object_ms)
        }
        (figures.woken_ms, figures.awake_ms)
    };
    if was_asleep {
        ticker::plain("ic-spark", &page::worded("woke", object_ms));
    }
    let colo = numbers.get("colo").and_then(Value::as_str).map_or_else(|| page::word("local"), str::to_owned);
    page::say("fig-colo", &colo);
    page::say("lane-colo", &colo);
    page::say("fig-work", &format!("{} / {object_ms} ms", number(numbers, "workerMs")));
    let ms = |value: Option<u64>, none: &str| value.map_or_else(|| none.to_owned(), |ms| ms.to_string());
    page::say("fig-wake", &format!("{} / {} ms", ms(woken, &page::word("cold")), ms(awake, "–")));
    let held = page::worded("held", number(numbers, "socketsWoken"));
    page::say("fig-sockets", &format!("{}, {held}", number(numbers, "sockets")));
    page::say("fig-writes", &number(numbers, "turns").to_string());
}

fn show(stage: &Stage) {
    let mut figures = stage.figures.borrow_mut();
    let now = page::now();
    figures.passed_at.retain(|at| now - at <= RATE_MS);
    let tenths = figures.passed_at.len() as u64 * 10_000 / RATE_MS as u64;
    page::say("fig-rate", &page::word("second").replace('%', &tenths_text(tenths)));
    let (middle, high) = (quantile(&figures.trips_ms, 50), quantile(&figures.trips_ms, 95));
    if let (Some(middle), Some(high)) = (middle, high) {
        let tenths = |ms: f64| tenths_text((ms * 10.0) as u64);
        page::say("fig-rtt", &format!("{} / {} ms", tenths(middle), tenths(high)));
    }
}

/// Tenths, as the page's language writes them; those of large numbers are no news.
fn tenths_text(tenths: u64) -> String {
    if tenths < 1_000 { numbers::tenths_text(tenths, &page::language()) } else { (tenths / 10).to_string() }
}

fn show_people(stage: &Stage, state: &Value) {
    page::say("people", &page::worded("people", number(state, "people")));
    page::say("door", &page::word(if is(state, "isLocked") { "locked" } else { "open" }));
    let members = state.get("members").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_known = |one: &&Value| is(one, "isPresenter") || is(one, "isScripted") || !text(one, "personaId").is_empty();
    *stage.named.borrow_mut() = members.iter().filter(is_known).map(|one| text(one, "id")).collect();
}
