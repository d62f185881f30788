//! *Appear offline to single people* (`presence.md` 2.7).
//!
//! The view that each of them has is a row of the blocks (`contact_tables`), so every answer with a presence has it (`PersonMemory::views`).
//! Rooms receive the ids of these people with the settings (`privacy`).

use std::rc::Rc;

use protocol::machines::presence::PresenceDelta;
use protocol::words::event::Millis;
use protocol::words::limits::HIDDEN_FROM_MAX;
use protocol::words::refusal::{Fault, Refusal};

use super::privacy;
use crate::calls::contacts::HideFromCall;
use crate::objects::person::object::{PersonMemory, PersonObject};
use crate::runtime;
use crate::runtime::call_error::CallError;

pub fn list_hidden_from(object: &PersonObject) -> Result<Vec<String>, CallError> {
    object.read_known(|memory| memory.sql.hidden_from())
}

/// Appears offline to somebody, or shows them the status again. Returns all people to whom the person appears offline.
pub async fn hide_from(object: &Rc<PersonObject>, call: HideFromCall) -> Result<Vec<String>, CallError> {
    if object.user()? == call.other {
        return Err(Refusal::validation("userId", "You can't appear offline to yourself.").into());
    }
    object.wake_known()?;
    let now = runtime::now_ms();
    let changed = object.step(|memory| Ok(hide_in(memory, &call, now)??))?;
    privacy::follow(object, changed).await?;
    Ok(object.with(|memory| memory.sql.hidden_from())?)
}

fn hide_in(
    memory: &mut PersonMemory,
    call: &HideFromCall,
    now: Millis,
) -> Result<Result<Option<PresenceDelta>, Refusal>, Fault> {
    let (other, hidden_from) = (call.other.as_str(), memory.sql.hidden_from()?);
    if hidden_from.iter().any(|user| user == other) == call.is_hidden {
        return Ok(Ok(None));
    }
    if !call.is_hidden {
        memory.sql.lift_hidden_from(other, now)?;
    } else if hidden_from.len() >= HIDDEN_FROM_MAX {
        let message = "You can't appear offline to more people.";
        return Ok(Err(Refusal::over_limit("userId", message, HIDDEN_FROM_MAX)));
    } else {
        match privacy::view_to_store(memory, other, now)? {
            Some((seen, as_stranger)) => memory.sql.save_hidden_from(other, &seen, &as_stranger, now)?,
            None => memory.sql.renew_hidden_from(other, now)?,
        }
    }
    Ok(Ok(Some(privacy::has_changed(memory, true)?)))
}

#[cfg(test)]
#[path = "hidden_from_tests.rs"]
mod tests;
