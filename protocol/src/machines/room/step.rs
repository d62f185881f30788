//! Context of one step, which the parts of the machine hand to each other.

use super::outbound::Outbound;
use crate::words::event::Millis;

/// Context of one step.
pub(super) struct Step<'a, S> {
    /// The room's rows.
    pub store: &'a mut S,
    /// The time.
    pub now: Millis,
    /// Output of the turn.
    pub out: &'a mut Outbound,
}
