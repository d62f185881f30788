//! SIGKILL to the runtime in the middle of a burst. After the restart on the same state, the history must contain every message that was
//! acknowledged or received, once, and without a gap in the log.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};

use super::Scale;
use crate::clock;
use crate::counters::Faults;
use crate::crowd::{self, Crowd};
use crate::marker::Marker;
use crate::measurement::Measurement;
use crate::process::CpuMeter;
use crate::server::Server;

/// Number of sockets in the room, which all send.
pub const PEOPLE: usize = 10;
const WINDOW: u32 = 16;
/// Times of the kill, which differ between runs.
const BURST_MS: [u64; 5] = [600, 937, 1_409, 773, 1_211];
const RESTART_PATIENCE: Duration = Duration::from_secs(60);

/// Counts promised messages that are missing, and acknowledged messages per second until the kill.
pub async fn run(server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
    let blows = scale.pick(1, BURST_MS.len());
    let mut measurement = Measurement::default();
    let (mut promised, mut acks_per_s) = (0.0, 0.0);
    for burst_ms in BURST_MS.into_iter().take(blows) {
        let meter = CpuMeter::start(server.runtime_pid()?);
        let blow = strike(server, Duration::from_millis(burst_ms)).await?;
        measurement.cpu = meter.read_now();
        measurement.faults = measurement.faults.plus(blow.faults);
        promised += blow.promised as f64;
        acks_per_s += blow.acks_per_s / blows as f64;
    }
    let lost = measurement.faults.lost as f64;
    measurement.set("promised", promised).set("lost", lost).set("acks_per_s", acks_per_s);
    Ok(measurement)
}

struct Blow {
    promised: usize,
    acks_per_s: f64,
    faults: Faults,
}

async fn strike(server: &Rc<Server>, burst: Duration) -> Result<Blow> {
    server.sign_in(PEOPLE).await?;
    let room = crowd::fresh_room();
    let crowd = Crowd::new(server, vec![0; PEOPLE]);
    crowd.join((0..PEOPLE).map(|person| (person, room.clone())).collect()).await?;
    crowd.settle().await?;
    crowd.counters.borrow_mut().timed_from = u64::MAX;
    let began = clock::now();
    crowd.start_pumping(PEOPLE, WINDOW);
    tokio::time::sleep(burst).await;
    let acks_per_s = crowd.counters.borrow().acks as f64 * 1e9 / (clock::now() - began) as f64;
    tokio::time::timeout(RESTART_PATIENCE, server.kill_runtime()).await??;
    let run = crowd.counters.borrow().run();
    let promised = crowd.counters.borrow().promised();
    crowd.leave().await;
    if promised.is_empty() {
        bail!("nothing was promised before the blow");
    }
    let history = server.history(&room, run).await?;
    Ok(Blow { promised: promised.len(), acks_per_s, faults: compare(&promised, &history) })
}

/// Counts messages of `promised` that are missing in the history, duplicates, and messages before an earlier one of the same sender.
fn compare(promised: &BTreeSet<Marker>, history: &[Marker]) -> Faults {
    let mut stored = BTreeSet::new();
    let mut faults = Faults::default();
    for marker in history {
        let next_of_sender = Marker { number: marker.number + 1, ..*marker };
        let end_of_sender = Marker { number: u32::MAX, ..*marker };
        faults.reordered += u64::from(stored.range(next_of_sender..=end_of_sender).next().is_some());
        faults.duplicated += u64::from(!stored.insert(*marker));
    }
    faults.lost = promised.difference(&stored).count() as u64;
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_promise_is_seen() {
        let [a, b, c] = [0, 1, 2].map(|number| Marker { run: 1, sender: 0, number });
        let promised = BTreeSet::from([a, b, c]);
        assert_eq!(compare(&promised, &[a, b, c]), Faults::default());
        assert_eq!(compare(&promised, &[a, c]), Faults { lost: 1, ..Faults::default() });
        assert_eq!(compare(&promised, &[a, c, b, b]), Faults { lost: 0, duplicated: 1, reordered: 2 });
    }
}
