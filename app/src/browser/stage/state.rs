//! State of the stage: the people at its devices, and the events and figures since the page began.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::reader::StageReader;
use crate::browser::ask::DemoSession;

/// Pause between two requests for the counters while messages pass.
const POLL_MS: f64 = 2_000.0;
/// After this time without messages, the stage stops asking the room …
const QUIET_MS: f64 = 10_000.0;
/// … for this time. It differs from the pause of the presenter's panel, or the two would wake the room in turn.
const LEFT_ALONE_MS: f64 = 25_000.0;
/// Pause between two requests for the participants. While no messages pass, they go along with those for the counters.
const STATE_MS: f64 = 5_000.0;
/// Number of round trips that are kept.
const SAMPLES_MAX: usize = 120;

pub struct Stage {
    /// Presenter, who may control the room; `None` if another person shows this page.
    pub presenter: Option<DemoSession>,
    /// People who sit at the devices.
    pub devices: [DemoSession; 2],
    pub language: String,
    /// One reader for each device.
    pub readers: RefCell<Vec<Rc<StageReader>>>,
    pub figures: RefCell<Figures>,
    /// Ids of people whose names are shown: personas and the presenter. The names of other people are private.
    pub named: RefCell<Vec<String>>,
    /// The kill of the server is running.
    pub is_on: Cell<bool>,
}

impl Stage {
    /// Makes the stage before its first event.
    pub fn new(presenter: Option<DemoSession>, devices: [DemoSession; 2], language: String) -> Self {
        Self {
            presenter,
            devices,
            language,
            readers: RefCell::default(),
            figures: RefCell::default(),
            named: RefCell::default(),
            is_on: Cell::new(false),
        }
    }

    /// Returns the person whose session requests the public state of the room.
    pub fn asker(&self) -> &DemoSession {
        self.presenter.as_ref().unwrap_or(&self.devices[0])
    }

    pub fn code(&self) -> &str {
        &self.devices[0].code
    }
}

/// Figures of one stage, all empty at first.
#[derive(Default)]
pub struct Figures {
    /// Round trips of the stage's own pings.
    pub trips_ms: Vec<f64>,
    /// Times at which messages passed.
    pub passed_at: Vec<f64>,
    last_passed: f64,
    /// Time of the last request for the counters.
    pub measured_at: Option<f64>,
    /// Time of the last request for the participants.
    pub state_at: Option<f64>,
    /// Duration of the last call that woke the room.
    pub woken_ms: Option<u64>,
    /// Duration of the last call to the awake room.
    pub awake_ms: Option<u64>,
}

impl Figures {
    /// Records the answer to a ping.
    pub fn answered(&mut self, took_ms: f64) {
        if self.trips_ms.len() == SAMPLES_MAX {
            self.trips_ms.remove(0);
        }
        self.trips_ms.push(took_ms);
    }

    /// Records a new event of the log.
    pub fn passed(&mut self, now: f64) {
        self.passed_at.push(now);
        self.last_passed = now;
    }

    /// Returns which requests are due: for the counters, and for the participants. A sleeping room is asked for its counters first, because
    /// the first call has to wake it.
    pub fn are_due(&self, now: f64) -> (bool, bool) {
        let is_quiet = now - self.last_passed >= QUIET_MS;
        let is_past = |at: Option<f64>, pause_ms: f64| at.is_none_or(|at| now - at >= pause_ms);
        let numbers = is_past(self.measured_at, if is_quiet { LEFT_ALONE_MS } else { POLL_MS });
        (numbers, if is_quiet { numbers } else { is_past(self.state_at, STATE_MS) })
    }
}
