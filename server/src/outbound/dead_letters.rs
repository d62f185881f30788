//! Dead letters of a log (`messagehub.md` 7.3): an operator's calls that list, retry and remove them. Hub rooms, groups with bots and stores
//! of LiveStore share these calls and supply their own rows.

use std::rc::Rc;

use protocol::machines::webhook::DeadLetter;
use protocol::wire::messagehub::dead_letters_json;
use protocol::words::limits::PAGE_EVENTS_DEFAULT;
use protocol::words::refusal::{Denied, Fault, Refusal};

use crate::calls::hub::HubCall;
use crate::kit::body::{Empty, Json};
use crate::kit::counters::{self, MetricsSource};
use crate::kit::shell::Shell;
use crate::runtime::call_error::CallError;

pub trait LeavesDeadLetters: Shell + MetricsSource {
    /// Loads the log into memory. Returns `false` if there is none.
    fn wake_log(self: &Rc<Self>) -> Result<bool, Fault>;

    /// Returns at most `limit` dead letters after a receiver and a message.
    fn letters_after(&self, after: (&str, u64), limit: u32) -> Result<Vec<DeadLetter>, Fault>;

    /// Retries a dead letter from the first attempt on. Refuses one that does not exist, or that can no longer be sent.
    fn revive(self: &Rc<Self>, hook: &str, seq: u64) -> Result<(), Denied>;

    /// Removes a dead letter. Refuses one that does not exist.
    fn bury(self: &Rc<Self>, hook: &str, seq: u64) -> Result<(), Denied>;
}

/// Lists a page of dead letters of all receivers, after the receiver and message of the call.
pub async fn list<T: LeavesDeadLetters>(object: &Rc<T>, call: &HubCall) -> Result<Json, CallError> {
    wake(object)?;
    let limit = call.limit.unwrap_or(PAGE_EVENTS_DEFAULT);
    let after = (call.hook.as_deref().unwrap_or_default(), call.after.unwrap_or(0));
    // One letter more than the page shows if another page follows.
    let letters = object.letters_after(after, limit + 1)?;
    counters::report_gauges(&**object).await;
    Ok(Json(dead_letters_json(&letters, limit as usize)))
}

pub async fn retry<T: LeavesDeadLetters>(object: &Rc<T>, call: &HubCall) -> Result<Empty, CallError> {
    wake(object)?;
    let (hook, seq) = place(call)?;
    object.revive(hook, seq)?;
    counters::report_gauges(&**object).await;
    Ok(Empty)
}

pub async fn remove<T: LeavesDeadLetters>(object: &Rc<T>, call: &HubCall) -> Result<Empty, CallError> {
    wake(object)?;
    let (hook, seq) = place(call)?;
    object.bury(hook, seq)?;
    counters::report_gauges(&**object).await;
    Ok(Empty)
}

pub fn found(is_there: bool) -> Result<(), Denied> {
    if is_there { Ok(()) } else { Err(Refusal::NotFound.into()) }
}

fn wake<T: LeavesDeadLetters>(object: &Rc<T>) -> Result<(), CallError> {
    Ok(found(object.wake_log()?)?)
}

fn place(call: &HubCall) -> Result<(&str, u64), Refusal> {
    call.hook.as_deref().zip(call.seq).ok_or(Refusal::NotFound)
}
