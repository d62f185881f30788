//! One timer that can be set again and again; the session keeps a single one for everything that is due.

use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;

/// A timer; dropping it stops it.
#[derive(Default)]
pub struct Timer {
    timeout: Option<Timeout>,
}

/// Longest wait a browser's timer can count.
const WAIT_MS_MAX: u64 = i32::MAX as u64;

impl Timer {
    /// Calls `on_time` after `wait_ms`, instead of whatever was set before.
    pub fn set(&mut self, wait_ms: u64, on_time: impl FnOnce() + 'static) {
        self.timeout = Some(Timeout::new(wait_ms.min(WAIT_MS_MAX) as u32, on_time));
    }

    /// Nothing is due.
    pub fn clear(&mut self) {
        self.timeout = None;
    }
}

/// Waits.
pub async fn wait(wait_ms: u32) {
    TimeoutFuture::new(wait_ms).await;
}
