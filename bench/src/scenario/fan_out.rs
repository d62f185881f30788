//! One of many writes, with one message in flight. Every delivery is timed, so half the room is faster than the median.

use std::rc::Rc;

use anyhow::Result;

use super::Scale;
use super::echo::say_in_turn;
use crate::clock;
use crate::crowd::Crowd;
use crate::measurement::Measurement;
use crate::process::CpuMeter;
use crate::server::Server;

/// Number of deliveries of a measurement, for any size of the room.
const DELIVERIES_FULL: usize = 30_000;
const DELIVERIES_QUICK: usize = 6_000;
const MESSAGES_MIN: usize = 20;
const MESSAGES_MAX: usize = 500;

/// Measures the median time until a message reaches one of `receivers` sockets.
pub async fn run(server: &Rc<Server>, scale: Scale, receivers: usize) -> Result<Measurement> {
    let crowd = Crowd::gathered(server, receivers).await?;
    let deliveries = scale.pick(DELIVERIES_QUICK, DELIVERIES_FULL);
    let messages = (deliveries / receivers).clamp(MESSAGES_MIN, MESSAGES_MAX);
    say_in_turn(&crowd, messages / 10).await?;
    crowd.counters.borrow_mut().timed_from = clock::now();
    let meter = CpuMeter::start(server.runtime_pid()?);
    say_in_turn(&crowd, messages).await?;
    let cpu = meter.read_now();
    let mut measurement = Measurement::with_cpu(cpu);
    let latencies = crowd.counters.borrow_mut().take_latencies();
    measurement.set_latencies(&latencies);
    measurement.set("cpu_us_per_delivery", cpu.server_s * 1e6 / latencies.len().max(1) as f64);
    measurement.faults = crowd.counters.borrow().faults();
    crowd.leave().await;
    Ok(measurement)
}
