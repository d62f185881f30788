//! Limits of one publisher and of one socket in a channel (`hopeflow.md` 8, `core.md` 6). What a publisher has used is stored with
//! each publish that is stored; what is not stored itself is not worth a write, and the windows are short.

use std::collections::BTreeMap;

use super::client_frame::Frame;
use super::store::ChannelStore;
use crate::words::event::Millis;
use crate::words::rate::{Counter, Rule};
use crate::words::refusal::{Denied, Refusal};
use crate::words::socket::ConnKey;

/// Number of publishers above which those without a current use are removed.
const PUBLISHERS_MAX: usize = 1_024;

/// The limits of an operator; no window is no limit.
#[derive(Clone, Debug, Default)]
pub struct ChannelRules {
    /// Publishes of one publisher.
    pub publish: Rule,
    /// Frames of one socket.
    pub frame: Rule,
}

/// Counters of what was used of the limits.
#[derive(Debug, Default)]
pub(super) struct Rates {
    rules: ChannelRules,
    publishers: BTreeMap<String, Publisher>,
    sockets: BTreeMap<ConnKey, Counter>,
}

#[derive(Debug, Default)]
struct Publisher {
    counter: Counter,
    last_at: Millis,
}

impl Rates {
    pub fn new(rules: ChannelRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Counts a publish, or refuses it. One that `is_stored` is counted for good.
    pub fn publish(
        &mut self,
        store: &mut impl ChannelStore,
        publisher: &str,
        is_stored: bool,
        now: Millis,
    ) -> Result<(), Denied> {
        if self.rules.publish.0.is_empty() {
            return Ok(());
        }
        // A window that is approximated by two buckets covers both.
        let remembered_ms = 2 * self.rules.publish.longest_ms();
        if self.publishers.len() >= PUBLISHERS_MAX {
            self.publishers.retain(|_, known| known.last_at + remembered_ms > now);
        }
        if !self.publishers.contains_key(publisher) {
            let used = store.used(publisher)?.unwrap_or_default();
            let counter = Counter::restored(&self.rules.publish, &used);
            self.publishers.insert(publisher.to_owned(), Publisher { counter, last_at: now });
        }
        let known = self.publishers.entry(publisher.to_owned()).or_default();
        known.last_at = now;
        known.counter.charge(&self.rules.publish, now)?;
        if is_stored {
            store.set_used(publisher, &known.counter.text(), now, now + remembered_ms)?;
        }
        Ok(())
    }

    /// Counts a frame. Expected answers and heartbeats do not count, so that a client can always send them.
    pub fn frame(&mut self, conn: ConnKey, frame: &Frame, is_awaited: bool, now: Millis) -> Result<(), Refusal> {
        if matches!(frame, Frame::Ping) || is_awaited || self.rules.frame.0.is_empty() {
            return Ok(());
        }
        self.sockets.entry(conn).or_default().charge(&self.rules.frame, now)
    }

    pub fn closed(&mut self, conn: ConnKey) {
        self.sockets.remove(&conn);
    }
}
