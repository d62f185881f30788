//! Limits that hold wherever somebody goes, which no single object can count (`messagehub.md` 6): each isolate counts for itself, best
//! effort.

use std::cell::RefCell;
use std::collections::BTreeMap;

use protocol::words::event::Millis;
use protocol::words::limits::{HUB_ADDRESS_CONNECTS_MAX, HUB_ISOLATE_WINDOW_MS, HUB_PRINCIPAL_MESSAGES_MAX};
use protocol::words::rate::{Counter, Rule, Window};
use protocol::words::refusal::Refusal;

use crate::http::incoming::Incoming;

/// Counters above which idle ones are forgotten, and if that is not enough, all.
const COUNTERS_MAX: usize = 10_000;

thread_local! {
    static USED: RefCell<BTreeMap<String, Counter>> = const { RefCell::new(BTreeMap::new()) };
}

/// Checks that one more message of this payer fits, whatever the room.
pub fn check_message(incoming: &Incoming, payer: &str) -> Result<(), Refusal> {
    count_messages(incoming, payer, Counter::check)
}

/// It was stored: what was there before costs nothing (`core.md` 3), and only the room knows that.
pub fn charge_message(incoming: &Incoming, payer: &str) {
    // The message is stored already, so it counts even if it is over the limit.
    let _ = count_messages(incoming, payer, |counter, rule, now| {
        counter.add(rule, now);
        Ok(())
    });
}

fn count_messages(incoming: &Incoming, payer: &str, count: Count) -> Result<(), Refusal> {
    count_request(incoming, format!("m {payer}"), HUB_PRINCIPAL_MESSAGES_MAX, count)
}

/// One more socket or stream of this address.
pub fn charge_connect(incoming: &Incoming) -> Result<(), Refusal> {
    count_request(incoming, format!("c {}", incoming.address()), HUB_ADDRESS_CONNECTS_MAX, Counter::charge)
}

/// Operation on a counter.
type Count = fn(&mut Counter, &Rule, Millis) -> Result<(), Refusal>;

fn count_request(incoming: &Incoming, key: String, limit: u32, count: Count) -> Result<(), Refusal> {
    // Without limits for rooms, for load tests, there are none here either.
    if incoming.config.rules.hub.0.is_empty() {
        return Ok(());
    }
    let rule = Rule(vec![Window { count: limit, ms: HUB_ISOLATE_WINDOW_MS }]);
    USED.with_borrow_mut(|used| {
        if used.len() > COUNTERS_MAX {
            used.retain(|_, counter| !counter.is_idle(&rule, incoming.now));
        }
        // So many at once are more than an isolate can tell apart.
        if used.len() > COUNTERS_MAX {
            used.clear();
        }
        count(used.entry(key).or_default(), &rule, incoming.now)
    })
}
