//! Meter of the stage: the stage's own pings, the Worker's counters of calls and of the room's object, and passing messages. Every figure
//! is measured: one that is not measured yet is a dash. While no messages pass, the room is left alone for a while, so that it may
//! hibernate. The next call has to wake it, and shows the cost.

use std::rc::Rc;

use leptos::task::spawn_local;
use protocol::codec::json::Value;

use super::state::Stage;
use super::{page, ticker};
use crate::browser::ask::{is, number, text};
use crate::browser::{ask, numbers, timer};
use crate::proof::quantile;

/// Pause between two pings.
const PING_MS: u32 = 1_000;
/// Window over which messages a second are counted.
const RATE_MS: f64 = 5_000.0;

/// Measures from now on, while the page is visible.
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
        stage.figures.borrow_mut().measured_at = Some(now);
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

/// Requests the counters of the room's object.
pub async fn numbers(stage: &Stage) -> Option<Value> {
    ask::get(&format!("/demo/rooms/{}/numbers", stage.code()), &stage.asker().session_id).await.ok()
}

/// Requests the state of the room.
pub async fn state(stage: &Stage) -> Option<Value> {
    ask::get(&format!("/demo/rooms/{}/state", stage.code()), &stage.asker().session_id).await.ok()
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

/// Formats tenths in the page's language. Tenths of large numbers are left out.
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
