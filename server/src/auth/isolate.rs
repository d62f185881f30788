//! Limits that hold wherever somebody goes, which no single object can count (`messagehub.md` 6): each isolate counts for itself, best
//! effort. Ids of rooms that may be made up are counted in the same way (`integrations.md` 2).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use protocol::words::event::Millis;
use protocol::words::limits::{HUB_ADDRESS_CONNECTS_MAX, HUB_ISOLATE_WINDOW_MS, HUB_PRINCIPAL_MESSAGES_MAX};
use protocol::words::rate::{Counter, Rule, Window};
use protocol::words::refusal::Refusal;

use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;

/// Counters above which idle ones are forgotten, and if that is not enough, all.
const COUNTERS_MAX: usize = 10_000;

thread_local! {
    static USED: RefCell<BTreeMap<String, Counter>> = const { RefCell::new(BTreeMap::new()) };
    /// Rooms that answered to an id that came without a session.
    static ROOMS: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
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

/// Asks a room whose id came without a session: from a frame, to the address of an integration, or in the token of a bot. Each such question
/// wakes the room's object, so an address may ask for few ids under which there is nothing (`RATE_INVITE`). A room that this isolate knows
/// is asked all the same: the mistakes of others behind the address cost it nothing.
pub async fn ask_doubted<T>(
    incoming: &Incoming,
    room: &str,
    ask: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let is_known = ROOMS.with_borrow(|rooms| rooms.contains(room));
    let (key, rule) = (format!("i {}", incoming.address()), &incoming.config.rules.invite);
    if !is_known {
        count(incoming.now, key.clone(), rule, Counter::check)?;
    }
    let answer = ask.await;
    match &answer {
        Ok(_) => ROOMS.with_borrow_mut(|rooms| {
            if rooms.len() >= COUNTERS_MAX {
                rooms.clear();
            }
            rooms.insert(room.to_owned());
        }),
        Err(CallError::Refused(Refusal::NotFound | Refusal::Unauthenticated)) if !is_known => {
            // What is over the limit was refused above.
            let _ = count(incoming.now, key, rule, Counter::charge);
        }
        Err(_) => {}
    }
    answer
}

type Count = fn(&mut Counter, &Rule, Millis) -> Result<(), Refusal>;

fn count_request(incoming: &Incoming, key: String, limit: u32, operation: Count) -> Result<(), Refusal> {
    // Without limits for rooms, for load tests, there are none here either.
    if incoming.config.rules.hub.0.is_empty() {
        return Ok(());
    }
    let rule = Rule(vec![Window { count: limit, ms: HUB_ISOLATE_WINDOW_MS }]);
    count(incoming.now, key, &rule, operation)
}

fn count(now: Millis, key: String, rule: &Rule, operation: Count) -> Result<(), Refusal> {
    USED.with_borrow_mut(|used| {
        if used.len() > COUNTERS_MAX {
            used.retain(|_, counter| !counter.is_idle(rule, now));
        }
        // So many at once are more than an isolate can tell apart.
        if used.len() > COUNTERS_MAX {
            used.clear();
        }
        operation(used.entry(key).or_default(), rule, now)
    })
}
