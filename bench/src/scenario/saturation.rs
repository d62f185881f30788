//! A room of 30 in which some members send as fast as the room answers: each keeps a fixed number of messages in flight.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};

use super::Scale;
use crate::clock;
use crate::crowd::Crowd;
use crate::measurement::Measurement;
use crate::process::CpuMeter;
use crate::server::Server;

/// Number of sockets in the room.
pub const RECEIVERS: usize = 30;
/// Number of those that send.
const SPEAKERS: usize = 8;
/// Number of messages in flight for each sender, as in an app (`limits::IN_FLIGHT_MAX`).
const WINDOW: u32 = 32;
const WARM_UP: Duration = Duration::from_millis(1_000);
const DRAIN_PATIENCE: Duration = Duration::from_secs(20);

/// Measures deliveries, acknowledgements and bytes per second, and the server's cost of a delivery.
pub async fn run(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let crowd = Crowd::gathered(server, RECEIVERS).await?;
    crowd.counters.borrow_mut().timed_from = u64::MAX;
    crowd.start_pumping(SPEAKERS, WINDOW);
    tokio::time::sleep(WARM_UP).await;
    let counts = || {
        let counters = crowd.counters.borrow();
        [counters.arrived(), counters.acks, counters.bytes, counters.frames].map(|count| count as f64)
    };
    let (began, before) = (clock::now(), counts());
    let meter = CpuMeter::start(server.runtime_pid()?);
    tokio::time::sleep(Duration::from_millis(scale.pick(1_500, 5_000))).await;
    let (cpu, after, seconds) = (meter.read_now(), counts(), (clock::now() - began) as f64 / 1e9);
    crowd.stop_pumping();
    if !crowd.drain(DRAIN_PATIENCE).await {
        crowd.check()?;
    }
    let [deliveries, acks, bytes, frames] = [0, 1, 2, 3].map(|at| after[at] - before[at]);
    if deliveries == 0.0 {
        bail!("nothing was delivered");
    }
    let mut measurement = Measurement::with_cpu(cpu);
    measurement
        .set("deliveries_per_s", deliveries / seconds)
        .set("acks_per_s", acks / seconds)
        .set("mb_per_s", bytes / 1e6 / seconds)
        .set("messages_per_frame", deliveries / frames.max(1.0))
        .set("cpu_us_per_delivery", cpu.server_s * 1e6 / deliveries);
    measurement.faults = crowd.counters.borrow().faults();
    crowd.leave().await;
    Ok(measurement)
}
