//! LiveStore: a client pushes events in batches, one in flight like the published client, and another one pulls a long log from its
//! beginning.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::Scale;
use crate::clock::{self, SECOND};
use crate::crowd;
use crate::livestore::{Client, Wire};
use crate::measurement::Measurement;
use crate::process::CpuMeter;
use crate::server::Server;

/// Number of events of a push scenario.
const PUSHED: u32 = 1_000;
/// Number of events of the pulled log, and of each batch that fills it.
const PULLED: u32 = 100_000;
const FILL_BATCH: u32 = 100;
/// Time for which a missing event is looked for, because the original of 0.3.1 acknowledges before it stores.
const STORE_PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Measures acknowledged events per second, in batches of `batch`.
pub async fn push(server: &Rc<Server>, scale: Scale, wire: Wire, batch: u32) -> Result<Measurement> {
    // A brief run has as many requests with batches as without; a batch of 100 is then two.
    let count = scale.pick(PUSHED / 5, PUSHED);
    // The start of the runtime's code is not measured, so another store is used before.
    Client::open_following(server, &crowd::fresh_room(), wire).await?.push_all(count / 4, batch).await?;
    let client = Client::open_following(server, &crowd::fresh_room(), wire).await?;
    let meter = CpuMeter::start(server.runtime_pid()?);
    let began = clock::now();
    client.push_all(count, batch).await?;
    let seconds = (clock::now() - began) as f64 / SECOND as f64;
    let cpu = meter.read_now();
    let mut measurement = Measurement::with_cpu(cpu);
    measurement
        .set("events_per_s", f64::from(count) / seconds)
        .set("cpu_us_per_event", cpu.server_s * 1e6 / f64::from(count));
    let live_faults = client.followed(count).await?;
    let looked_from = std::time::Instant::now();
    let mut found = client.pull().await?;
    while found.arrivals.count() < count && looked_from.elapsed() < STORE_PATIENCE {
        tokio::time::sleep(LOOK_AGAIN).await;
        found = client.pull().await?;
    }
    measurement.faults = live_faults.plus(found.arrivals.faults(count));
    client.close().await;
    Ok(measurement)
}

/// Measures the events per second that a second client pulls from an existing log.
pub async fn pull(server: &Rc<Server>, scale: Scale, wire: Wire) -> Result<Measurement> {
    let (count, store) = (scale.pick(PULLED / 20, PULLED), crowd::fresh_room());
    let writer = Client::open(server, &store, wire).await?;
    writer.push_all(count, FILL_BATCH).await?;
    writer.close().await;
    let reader = Client::open(server, &store, wire).await?;
    let looked_from = std::time::Instant::now();
    while reader.pull().await?.arrivals.count() < count && looked_from.elapsed() < STORE_PATIENCE {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let meter = CpuMeter::start(server.runtime_pid()?);
    let began = clock::now();
    let found = reader.pull().await?;
    let seconds = (clock::now() - began) as f64 / SECOND as f64;
    let cpu = meter.read_now();
    let mut measurement = Measurement::with_cpu(cpu);
    measurement
        .set("events_per_s", f64::from(count) / seconds)
        .set("mb_per_s", found.bytes as f64 / 1e6 / seconds)
        .set("cpu_us_per_event", cpu.server_s * 1e6 / f64::from(count));
    measurement.faults = found.arrivals.faults(count);
    reader.close().await;
    Ok(measurement)
}
