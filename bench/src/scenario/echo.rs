//! Two people: one writes and waits for the own message from the log, with one message in flight.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::Scale;
use crate::clock;
use crate::counters::Timed;
use crate::crowd::Crowd;
use crate::measurement::Measurement;
use crate::process::CpuMeter;
use crate::server::Server;

const WARM_UP: usize = 20;

/// Measures the median time until a message is back at its sender: for a durable server, one commit and one round trip.
pub async fn run(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let crowd = Crowd::gathered(server, 2).await?;
    crowd.counters.borrow_mut().timed = Timed::Own;
    say_in_turn(&crowd, WARM_UP).await?;
    crowd.counters.borrow_mut().timed_from = clock::now();
    let meter = CpuMeter::start(server.runtime_pid()?);
    say_in_turn(&crowd, scale.pick(200, 1_000)).await?;
    let mut measurement = Measurement::with_cpu(meter.read_now());
    let latencies = crowd.counters.borrow_mut().take_latencies();
    measurement.set_latencies(&latencies);
    measurement.faults = crowd.counters.borrow().faults();
    crowd.leave().await;
    Ok(measurement)
}

/// Sends `count` messages of the first member, each after all members have received the one before.
pub async fn say_in_turn(crowd: &Rc<Crowd>, count: usize) -> Result<()> {
    for _ in 0..count {
        crowd.say(0, clock::now());
        crowd.wait("everybody has it", Duration::from_secs(20), |crowd| crowd.counters.borrow().is_complete()).await?;
    }
    Ok(())
}
