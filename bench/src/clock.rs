//! Clock of the load client: nanoseconds since the start, and exact waits.
//!
//! Tokio's own timers count whole milliseconds, which is longer than an echo takes; the kernel's timer is exact.

use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::net::unix::pipe::Receiver;

/// Nanoseconds since the program began.
pub type Nanos = u64;

/// One millisecond.
pub const MS: Nanos = 1_000_000;
/// One second.
pub const SECOND: Nanos = 1_000 * MS;

/// Returns the present time.
pub fn now() -> Nanos {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(Nanos::MAX)
}

/// Timer of the kernel. Tokio reads from it like from a pipe: it delivers a number when it fires.
pub struct Alarm(Receiver);

impl Alarm {
    /// Makes a timer that is not set.
    pub fn new() -> Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        Ok(Self(Receiver::from_owned_fd_unchecked(timerfd_create(TimerfdClockId::Monotonic, flags)?)?))
    }

    /// Waits until `at`; returns at once if it is past.
    pub async fn until(&self, at: Nanos) -> Result<()> {
        let now = now();
        if at <= now {
            return Ok(());
        }
        let wait = Duration::from_nanos(at - now);
        let value = Timespec { tv_sec: i64::try_from(wait.as_secs())?, tv_nsec: i64::from(wait.subsec_nanos()) };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
        timerfd_settime(self.0.as_fd(), TimerfdTimerFlags::empty(), &once)?;
        let mut rings = [0_u8; 8];
        loop {
            self.0.readable().await?;
            match self.0.try_read(&mut rings) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                rung => return Ok(rung.map(drop)?),
            }
        }
    }
}
