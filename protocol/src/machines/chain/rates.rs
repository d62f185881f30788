//! Limits of one address and of one socket at a store (`livestore.md` 2, `core.md` 6). In memory: nothing of it is stored, and the
//! windows are short.

use std::collections::BTreeMap;

use crate::words::event::Millis;
use crate::words::limits::STORE_ADDRESSES_MAX;
use crate::words::rate::{Counter, Rule};
use crate::words::refusal::Refusal;

/// The limits of an operator; no window is no limit.
#[derive(Clone, Debug, Default)]
pub struct ChainRules {
    /// New sockets of one address.
    pub connect: Rule,
    pub frame: Rule,
}

/// Counters of the sockets that were opened, by address.
#[derive(Debug, Default)]
pub(super) struct Connects(BTreeMap<String, Counter>);

impl Connects {
    /// Counts a socket, or refuses it before its upgrade: a client that is accepted and closed would reconnect at once.
    pub fn charge(&mut self, rule: &Rule, address: &str, now: Millis) -> Result<(), Refusal> {
        if rule.0.is_empty() {
            return Ok(());
        }
        if self.0.len() >= STORE_ADDRESSES_MAX {
            self.0.retain(|_, counter| !counter.is_idle(rule, now));
        }
        self.0.entry(address.to_owned()).or_default().charge(rule, now)
    }
}
