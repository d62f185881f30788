//! How many calls a day has, and whose they are (`messenger.md` 7). A call is reserved before it is made and settled after.
//!
//! A reservation bears the id of the answer: whoever died and comes again finds it, and no answer is counted twice. One that is never
//! settled counts until the day is over: nobody knows whether its call was made.

use serde::{Deserialize, Serialize};

use super::Breaker;
use crate::event::Millis;
use crate::refusal::Fault;

/// A UTC day.
pub const DAY_MS: Millis = 86_400_000;

/// Calls of a day: of all, of one person, and of one demo room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of all.
    pub daily: u64,
    /// Of one person.
    pub person: u64,
    /// Of one demo room: people come and go there without number.
    pub demo_room: u64,
}

/// Whose calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// Those of all.
    All,
    /// Those of one person.
    Person(&'a str),
    /// Those of one demo room.
    DemoRoom(&'a str),
}

/// Rows of the ledger.
pub trait CallStore {
    /// Lets go of what is of an earlier day.
    fn forget(&mut self, day_began_at: Millis) -> Result<(), Fault>;
    /// The reservation for this answer, which is not settled from now on.
    fn again(&mut self, answer: &str) -> Result<Option<u64>, Fault>;
    /// So many calls.
    fn count(&self, whose: Whose<'_>) -> Result<u64, Fault>;
    /// A new reservation.
    fn insert(&mut self, call: &WhoseCall, now: Millis) -> Result<u64, Fault>;
    /// The call was made. False when nothing is known of it, or it was said before.
    fn settle(&mut self, id: u64) -> Result<bool, Fault>;
    /// How the model is doing.
    fn breaker(&self) -> Result<Breaker, Fault>;
    /// Keeps that.
    fn save_breaker(&mut self, breaker: &Breaker) -> Result<(), Fault>;
}

/// Whose message asks for a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WhoseCall {
    /// Whose message.
    pub user: String,
    /// The demo room in which it is asked for.
    #[serde(default)]
    pub demo_room: Option<String>,
    /// Id of the answer, if there is to be one.
    #[serde(default)]
    pub answer: Option<String>,
    /// A model is called, which may have failed before.
    #[serde(default)]
    pub by_model: bool,
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// It may, under this number.
    Granted(u64),
    /// The day's calls, or the person's, are used up.
    UsedUp,
    /// The model is left alone.
    Open,
}

/// How the ledger stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Calls of this day.
    pub used: u64,
    /// Somebody who was asked about has none left, or nobody has.
    pub is_used_up: bool,
    /// The model is left alone.
    pub is_open: bool,
}

fn forget(store: &mut impl CallStore, now: Millis) -> Result<(), Fault> {
    store.forget(now - now % DAY_MS)
}

/// How the ledger stands, to whoever asks if somebody does.
pub fn standing(
    store: &mut impl CallStore,
    limits: Limits,
    now: Millis,
    call: Option<&WhoseCall>,
) -> Result<Standing, Fault> {
    forget(store, now)?;
    let used = store.count(Whose::All)?;
    let own = call.map(|call| (Whose::Person(&call.user), limits.person));
    let room = call.and_then(|call| call.demo_room.as_deref()).map(|room| (Whose::DemoRoom(room), limits.demo_room));
    let mut is_used_up = used >= limits.daily;
    for (whose, limit) in own.into_iter().chain(room) {
        is_used_up |= store.count(whose)? >= limit;
    }
    Ok(Standing { used, is_used_up, is_open: store.breaker()?.is_open(now) })
}

/// Reserves a call.
pub fn reserve(store: &mut impl CallStore, limits: Limits, now: Millis, call: &WhoseCall) -> Result<Reserved, Fault> {
    let known = standing(store, limits, now, Some(call))?;
    let again = call.answer.as_deref().map(|answer| store.again(answer)).transpose()?.flatten();
    if again.is_none() && known.is_used_up {
        return Ok(Reserved::UsedUp);
    }
    // What has its place keeps it, and a model that is left alone is left alone by whoever comes again, too.
    if call.by_model {
        let mut breaker = store.breaker()?;
        if !breaker.admits(now) {
            return Ok(Reserved::Open);
        }
        store.save_breaker(&breaker)?;
    }
    Ok(Reserved::Granted(again.map_or_else(|| store.insert(call, now), Ok)?))
}

/// Settles a call. It counts, whatever became of it; `by_model`: the breaker hears of it, once.
pub fn settle(store: &mut impl CallStore, now: Millis, id: u64, went_well: bool, by_model: bool) -> Result<(), Fault> {
    // Before anything is forgotten: what was reserved before midnight may be settled after.
    if store.settle(id)? && by_model {
        let mut breaker = store.breaker()?;
        breaker.heard(now, went_well);
        store.save_breaker(&breaker)?;
    }
    forget(store, now)
}
