//! Ledger of a day's calls and of the people who caused them (`messenger.md` 7). A call is reserved before it is made and settled after.
//!
//! A reservation has the id of the answer: a caller that stopped finds it when it comes again, and no answer is counted twice. A reservation
//! that is never settled counts until the end of the day, because its call may have been made.

use serde::{Deserialize, Serialize};

use super::Breaker;
use crate::words::event::Millis;
use crate::words::limits::OperatorLimits;
use crate::words::refusal::Fault;
use crate::words::time::DAY_MS;

/// Calls of a day: of all, of one person, and of one demo room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls of all.
    pub daily: u64,
    /// Calls of one person.
    pub person: u64,
    /// Calls of one demo room: people come and go there without number.
    pub demo_room: u64,
}

impl Limits {
    pub fn of(limits: &OperatorLimits) -> Self {
        Self {
            daily: limits.bot_calls_max,
            person: limits.bot_calls_person_max,
            demo_room: limits.bot_calls_demo_room_max,
        }
    }
}

/// Selection of the calls that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallScope<'a> {
    All,
    Person(&'a str),
    DemoRoom(&'a str),
}

pub trait CallStore {
    /// Lets go of what is of an earlier day.
    fn forget(&mut self, day_began_at: Millis) -> Result<(), Fault>;
    /// Returns the reservation for this answer, and marks it as not settled.
    fn again(&mut self, answer: &str) -> Result<Option<u64>, Fault>;
    fn count(&self, whose: CallScope<'_>) -> Result<u64, Fault>;
    /// Adds a reservation and returns its number.
    fn insert(&mut self, call: &CallRequest, now: Millis) -> Result<u64, Fault>;
    /// Marks the call as made. Returns `false` when the reservation is unknown or was settled before.
    fn settle(&mut self, id: u64) -> Result<bool, Fault>;
    fn breaker(&self) -> Result<Breaker, Fault>;
    fn save_breaker(&mut self, breaker: &Breaker) -> Result<(), Fault>;
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallRequest {
    /// Writer of the message that asks for it.
    pub user: String,
    pub demo_room: Option<String>,
    /// Id of the answer, if there is to be one.
    pub answer: Option<String>,
    /// A model is called, which may have failed before.
    #[serde(default)]
    pub by_model: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// The call may be made, under this number.
    Granted(u64),
    /// The calls of the day, of the person or of the demo room are used up.
    UsedUp,
    /// The model is left alone.
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerState {
    /// Calls of this day.
    pub used: u64,
    /// `true` when the day has no calls left, or the person or demo room of the request has none.
    pub is_used_up: bool,
    /// The model is left alone.
    pub is_open: bool,
}

fn forget(store: &mut impl CallStore, now: Millis) -> Result<(), Fault> {
    store.forget(now - now % DAY_MS)
}

/// Returns the state of the ledger, also for the person and demo room of `call` if there is one.
pub fn standing(
    store: &mut impl CallStore,
    limits: Limits,
    now: Millis,
    call: Option<&CallRequest>,
) -> Result<LedgerState, Fault> {
    forget(store, now)?;
    let used = store.count(CallScope::All)?;
    let own = call.map(|call| (CallScope::Person(&call.user), limits.person));
    let room =
        call.and_then(|call| call.demo_room.as_deref()).map(|room| (CallScope::DemoRoom(room), limits.demo_room));
    let mut is_used_up = used >= limits.daily;
    for (whose, limit) in own.into_iter().chain(room) {
        is_used_up |= store.count(whose)? >= limit;
    }
    Ok(LedgerState { used, is_used_up, is_open: store.breaker()?.is_open(now) })
}

pub fn reserve(
    store: &mut impl CallStore,
    limits: Limits,
    now: Millis,
    call: &CallRequest,
) -> Result<Reservation, Fault> {
    let known = standing(store, limits, now, Some(call))?;
    let again = call.answer.as_deref().map(|answer| store.again(answer)).transpose()?.flatten();
    if again.is_none() && known.is_used_up {
        return Ok(Reservation::UsedUp);
    }
    // An existing reservation stays. If the breaker excluded the model, it does so for the repeated call as well.
    if call.by_model {
        let mut breaker = store.breaker()?;
        if !breaker.admits(now) {
            return Ok(Reservation::Open);
        }
        store.save_breaker(&breaker)?;
    }
    Ok(Reservation::Granted(again.map_or_else(|| store.insert(call, now), Ok)?))
}

/// Settles a call, which counts whatever its result is; with `by_model` the breaker is notified once.
pub fn settle(store: &mut impl CallStore, now: Millis, id: u64, went_well: bool, by_model: bool) -> Result<(), Fault> {
    // Before anything is forgotten: what was reserved before midnight may be settled after.
    if store.settle(id)? && by_model {
        let mut breaker = store.breaker()?;
        breaker.record_result(now, went_well);
        store.save_breaker(&breaker)?;
    }
    forget(store, now)
}
