//! Pause before something that failed is tried again.

use super::event::Millis;
use super::limits::{OUTBOX_RETRY_MS, OUTBOX_RETRY_MS_MAX};

pub fn retry_delay_ms(tries: u32) -> Millis {
    (OUTBOX_RETRY_MS << tries.min(16)).min(OUTBOX_RETRY_MS_MAX)
}
