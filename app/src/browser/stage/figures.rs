//! Measured figures, and when the next are due. `meter` asks for them and shows them.

/// Pause between two looks at the numbers while something happens.
const POLL_MS: f64 = 2_000.0;
/// After so much silence the room is left alone …
const QUIET_MS: f64 = 10_000.0;
/// … for so long: not as long as the presenter's panel does, or one of the two would wake it for the other each time.
const LEFT_ALONE_MS: f64 = 25_000.0;
/// Pause between two looks at who is there; while nothing happens it goes with the look at the numbers.
const STATE_MS: f64 = 5_000.0;
/// Round trips that count.
const SAMPLES_MAX: usize = 120;

/// Figures of one stage, none of which is there at first.
#[derive(Default)]
pub struct Figures {
    /// Round trips of our own pings.
    pub trips_ms: Vec<f64>,
    /// Times of messages that have passed.
    pub passed_at: Vec<f64>,
    last_passed: f64,
    /// When the numbers were looked at last.
    pub measured_at: Option<f64>,
    /// When it was asked last who is there.
    pub state_at: Option<f64>,
    /// Time of the last call that had to wake the room.
    pub woken_ms: Option<u64>,
    /// Time of the last call to the room awake.
    pub awake_ms: Option<u64>,
}

impl Figures {
    /// A ping came back.
    pub fn answered(&mut self, took_ms: f64) {
        if self.trips_ms.len() == SAMPLES_MAX {
            self.trips_ms.remove(0);
        }
        self.trips_ms.push(took_ms);
    }

    /// Something new was in the log.
    pub fn passed(&mut self, now: f64) {
        self.passed_at.push(now);
        self.last_passed = now;
    }

    /// Says whether the room is to be asked now: for its numbers, and for who is there. Of a room that sleeps the numbers come first, since
    /// the first call has to wake it.
    pub fn are_due(&self, now: f64) -> (bool, bool) {
        let is_quiet = now - self.last_passed >= QUIET_MS;
        let is_past = |at: Option<f64>, pause_ms: f64| at.is_none_or(|at| now - at >= pause_ms);
        let numbers = is_past(self.measured_at, if is_quiet { LEFT_ALONE_MS } else { POLL_MS });
        (numbers, if is_quiet { numbers } else { is_past(self.state_at, STATE_MS) })
    }
}
