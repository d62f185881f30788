//! The highest rate of a room of 30 at which 99 % of the deliveries arrive within 50 ms.
//!
//! An open loop: messages are sent when they are due, whether or not earlier ones have arrived, and times count from that moment. A stalled
//! server is charged for every message that had to wait (no coordinated omission).

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::Scale;
use super::saturation::RECEIVERS;
use crate::clock::{self, Alarm, MS, Nanos, SECOND};
use crate::counters::Faults;
use crate::crowd::Crowd;
use crate::measurement::Measurement;
use crate::process::{CpuMeter, CpuUse};
use crate::server::Server;
use crate::stats::percentile;

const P99_MAX: Nanos = 50 * MS;
const RATE_FIRST: f64 = 250.0;
const RATE_MAX: f64 = 300_000.0;
/// Factor from a successful rate to the next one.
const STRIDE: f64 = 4.0;
/// Number of halvings of the factor between a successful rate and a failed one: down to 4^(1/16), 9 %.
const HALVINGS: u32 = 4;
/// Number of failures after which a rate is too high, because a single stall of the disk proves nothing.
const TRIES: u32 = 2;
const WARM_UP: Nanos = 500 * MS;
const DRAIN_PATIENCE: Duration = Duration::from_secs(30);

/// Result of one rate.
struct Probe {
    p99: Nanos,
    is_good: bool,
    faults: Faults,
    cpu: CpuUse,
}

/// Best rate so far, and its result.
struct Search<'a> {
    server: &'a Rc<Server>,
    scale: Scale,
    rate: f64,
    probe: Option<Probe>,
    faults: Faults,
}

/// Searches the rate.
pub async fn run(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let mut search = Search { server, scale, rate: 0.0, probe: None, faults: Faults::default() };
    let mut rate = RATE_FIRST;
    while rate <= RATE_MAX && search.goes(rate).await? {
        rate *= STRIDE;
    }
    let mut step = STRIDE;
    for _ in 0..HALVINGS {
        step = step.sqrt();
        // If even the first rate failed, the search continues below it.
        let base = if search.rate > 0.0 { search.rate } else { RATE_FIRST / STRIDE };
        search.goes(base * step).await?;
    }
    let cpu = search.probe.as_ref().map_or(CpuUse::default(), |probe| probe.cpu);
    let p99 = search.probe.as_ref().map_or(0, |probe| probe.p99);
    let mut measurement = Measurement::with_cpu(cpu);
    measurement.set("messages_per_s", search.rate).set("p99_us", p99 as f64 / 1e3);
    measurement.faults = search.faults;
    Ok(measurement)
}

impl Search<'_> {
    /// Tries `rate`; returns true if the server sustains it.
    async fn goes(&mut self, rate: f64) -> Result<bool> {
        for _ in 0..TRIES {
            let probe = probe(self.server, self.scale, rate).await?;
            self.faults = self.faults.plus(probe.faults);
            if probe.is_good {
                self.rate = rate;
                self.probe = Some(probe);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

async fn probe(server: &Rc<Server>, scale: Scale, rate: f64) -> Result<Probe> {
    // The rows and index entries that one rate leaves to be written must not slow down the next rate. Waiting for them takes minutes, a
    // new server takes seconds.
    server.renew().await?;
    server.sign_in(RECEIVERS).await?;
    let warm_up = Crowd::gathered(server, RECEIVERS).await?;
    let start = clock::now() + 10 * MS;
    let interval = (1e9 / RATE_FIRST) as Nanos;
    speak_on_time(&warm_up, start + 2 * SECOND, |number| (start + number * interval, number as usize % RECEIVERS))
        .await?;
    warm_up.drain(DRAIN_PATIENCE).await;
    warm_up.leave().await;
    let crowd = Crowd::gathered(server, RECEIVERS).await?;
    let length = scale.pick(SECOND, 2 * SECOND);
    let start = clock::now() + 10 * MS;
    crowd.counters.borrow_mut().timed_from = start + WARM_UP;
    let meter = CpuMeter::start(server.runtime_pid()?);
    let interval = 1e9 / rate;
    speak_on_time(&crowd, start + WARM_UP + length, |number| {
        (start + (number as f64 * interval) as Nanos, number as usize % RECEIVERS)
    })
    .await?;
    let cpu = meter.read_now();
    let is_drained = crowd.drain(DRAIN_PATIENCE).await;
    let latencies = crowd.counters.borrow_mut().take_latencies();
    let (p99, faults) = (percentile(&latencies, 0.99), crowd.counters.borrow().faults());
    crowd.leave().await;
    Ok(Probe { p99, is_good: is_drained && p99 <= P99_MAX, faults, cpu })
}

/// Sends messages on schedule until `end`; `due` returns the time and the sender of the next message.
pub async fn speak_on_time(crowd: &Rc<Crowd>, end: Nanos, due: impl Fn(u64) -> (Nanos, usize)) -> Result<()> {
    let alarm = Alarm::new()?;
    let mut number = 0;
    loop {
        let (due_at, speaker) = due(number);
        if due_at >= end {
            return Ok(());
        }
        if due_at > clock::now() {
            alarm.until(due_at).await?;
        } else if number % 16 == 0 {
            // Behind schedule, arrived frames must still be read, because the client has one thread.
            tokio::task::yield_now().await;
        }
        crowd.say(speaker, due_at);
        number += 1;
    }
}
