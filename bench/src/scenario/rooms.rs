//! 100 rooms of three people, each of whom sends one message a second: the usual load, in an open loop.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::Scale;
use super::rate::speak_on_time;
use crate::clock::{self, MS, Nanos, SECOND};
use crate::crowd::{self, Crowd};
use crate::measurement::Measurement;
use crate::process::CpuMeter;
use crate::server::Server;

const ROOMS: usize = 100;
const PEOPLE_PER_ROOM: usize = 3;
/// Number of sockets, one per person.
pub const PEOPLE: usize = ROOMS * PEOPLE_PER_ROOM;
/// Time before the measurement, in which everybody writes: rooms wake and make their tables. Objects that the joins woke and nobody needs
/// any more are gone by then. The runtime closes them 10 s after their last call, hundreds at once, which would count as a stall of the rooms.
const WARM_UP: Nanos = 12 * SECOND;

/// Measures the median time of a delivery from the moment its message was due.
pub async fn run(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let rooms: Vec<String> = (0..ROOMS).map(|_| crowd::fresh_room()).collect();
    // Messages that follow each other belong to different rooms.
    let room_of: Vec<usize> = (0..PEOPLE).map(|person| person % ROOMS).collect();
    let crowd = Crowd::new(server, room_of.clone());
    crowd.join(room_of.iter().enumerate().map(|(person, room)| (person, rooms[*room].clone())).collect()).await?;
    crowd.settle().await?;
    let start = clock::now() + 10 * MS;
    let end = start + WARM_UP + scale.pick(2 * SECOND, 6 * SECOND);
    crowd.counters.borrow_mut().timed_from = start + WARM_UP;
    let meter = CpuMeter::start(server.runtime_pid()?);
    let interval = SECOND / PEOPLE as u64;
    speak_on_time(&crowd, end, |number| (start + number * interval, number as usize % PEOPLE)).await?;
    let cpu = meter.read_now();
    crowd.drain(Duration::from_secs(20)).await;
    crowd.check()?;
    let mut measurement = Measurement::with_cpu(cpu);
    let latencies = crowd.counters.borrow_mut().take_latencies();
    measurement.set_latencies(&latencies);
    measurement.set("cpu_us_per_delivery", cpu.server_s * 1e6 / crowd.counters.borrow().arrived().max(1) as f64);
    measurement.faults = crowd.counters.borrow().faults();
    crowd.leave().await;
    Ok(measurement)
}
