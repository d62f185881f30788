//! Memory of the packet door: people who left a moment ago, and typing rates.

use std::collections::BTreeMap;

use crate::words::event::Millis;
use crate::words::rate::Counter;

/// People who left a moment ago, and the typing rates of packet senders. Memory only.
#[derive(Clone, Debug, Default)]
pub(super) struct Occupancy {
    pub(super) left_at: BTreeMap<String, Millis>,
    pub(super) typing: BTreeMap<String, Counter>,
}
