//! 300 people join one room, as after a deploy: session check, snapshot, presence, and the presence changes of the joins.

use std::rc::Rc;

use anyhow::Result;

use crate::clock;
use crate::crowd::{self, Crowd};
use crate::measurement::Measurement;
use crate::process::CpuMeter;
use crate::server::Server;

/// Number of people who join.
pub const PEOPLE: usize = 300;

/// Measures the joins per second until all have joined, and the frames of all joins, per person.
///
/// One more person is present before, because waking the room is not part of a join.
pub async fn run(server: &Rc<Server>) -> Result<Measurement> {
    let crowd = Crowd::new(server, vec![0; PEOPLE + 1]);
    let room = crowd::fresh_room();
    crowd.join(vec![(PEOPLE, room.clone())]).await?;
    crowd.settle().await?;
    let meter = CpuMeter::start(server.runtime_pid()?);
    let began = clock::now();
    crowd.join((0..PEOPLE).map(|person| (person, room.clone())).collect()).await?;
    let seconds = (clock::now() - began) as f64 / 1e9;
    let cpu = meter.read_now();
    crowd.settle().await?;
    let mut measurement = Measurement::with_cpu(cpu);
    let (frames, bytes) = (crowd.counters.borrow().frames as f64, crowd.counters.borrow().bytes as f64);
    measurement
        .set("joins_per_s", PEOPLE as f64 / seconds)
        .set("frames_per_join", frames / PEOPLE as f64)
        .set("kb_per_join", bytes / 1e3 / PEOPLE as f64)
        .set("cpu_us_per_join", cpu.server_s * 1e6 / PEOPLE as f64);
    crowd.leave().await;
    Ok(measurement)
}
