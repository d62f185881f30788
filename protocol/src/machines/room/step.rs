//! Context of one step, which the parts of the machine hand to each other.

use super::outbound::Outbound;
use crate::words::event::Millis;

pub(super) struct Step<'a, S> {
    pub store: &'a mut S,
    pub now: Millis,
    pub out: &'a mut Outbound,
}
