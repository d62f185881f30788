//! Timeouts: a caller who waits for a part of the platform waits so long and no longer.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use protocol::words::event::Millis;
use worker::Delay;

/// Returns what comes of `asked`; `None` when nothing did within `ms_max`. It is not asked any further then.
pub async fn within<T>(ms_max: Millis, asked: impl Future<Output = T>) -> Option<T> {
    match select(pin!(asked), Delay::from(Duration::from_millis(ms_max))).await {
        Either::Left((answer, _)) => Some(answer),
        Either::Right(_) => None,
    }
}
