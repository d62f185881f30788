//! Two people: one types, the other receives the frame. Nothing is stored, so only the transfer is measured.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::Scale;
use crate::crowd::Crowd;
use crate::measurement::Measurement;
use crate::process::CpuMeter;
use crate::server::Server;

const WARM_UP: usize = 50;

/// Measures the median time until the other person receives the frame, with one in flight.
pub async fn run(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let crowd = Crowd::gathered(server, 2).await?;
    for _ in 0..WARM_UP {
        crowd.type_at(0).await?;
    }
    let meter = CpuMeter::start(server.runtime_pid()?);
    let mut latencies = Vec::new();
    for _ in 0..scale.pick(300, 2_000) {
        latencies.push(crowd.type_at(0).await?);
    }
    let mut measurement = Measurement::with_cpu(meter.read_now());
    latencies.sort_unstable();
    measurement.set_latencies(&latencies);
    crowd.drain(Duration::from_secs(5)).await;
    measurement.faults = crowd.counters.borrow().faults();
    crowd.leave().await;
    Ok(measurement)
}
