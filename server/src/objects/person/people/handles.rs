//! A person's handle (`people.md` 4): the current handle, and changes that shards of the directory have to receive.
//!
//! The row of `protocol::people::handle::PersonHandles` is written before and after every call to a shard. If the object is stopped in
//! between, the alarm gives back the handles that were not taken over.

use std::rc::Rc;

use protocol::codec::json::{read, write};
use protocol::people::handle::{HandleRelease, PersonHandles, is_reserved};
use protocol::wire::messenger::{handle_json, person_json};
use protocol::words::event::Millis;
use protocol::words::refusal::{Fault, Refusal};

use crate::calls::directory::{GiveHandle, HandleWordCall, TakeHandle};
use crate::calls::handles::{HandleCall, HandleShownCall};
use crate::kit::directory;
use crate::kit::request::Request;
use crate::kit::sql::{Database, exec, rows};
use crate::objects::person::object::PersonObject;
use crate::objects::person::tables::leaving_tables::is_leaving;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Returns the stored state of the person's handles.
pub fn own(sql: &Database) -> Result<PersonHandles, Fault> {
    let found = rows(sql, "SELECT value FROM kept WHERE name = 'handle'", &[], |row| row.text(0))?;
    Ok(found.first().and_then(|text| read(text)).unwrap_or_default())
}

fn save(sql: &Database, own: &PersonHandles) -> Result<(), Fault> {
    exec(sql, "INSERT OR REPLACE INTO kept VALUES ('handle', ?)", &[write(own).as_str().into()])
}

// ---- what is asked

/// Changes the handle if the call says so. Returns the handle, and the time at which it can be changed, as JSON text.
pub async fn act(object: &Rc<PersonObject>, call: &HandleCall) -> Result<String, CallError> {
    object.wake_known()?;
    let sql = object.db()?;
    if call.gives_up {
        let mut known = own(&sql)?;
        known.give_up(runtime::now_ms());
        save(&sql, &known)?;
    }
    if let Some(wish) = &call.wish {
        choose(object, &sql, wish).await?;
    }
    object.arrange_alarm()?;
    let known = own(&sql)?;
    let changeable_at = known.changeable_at(object.config.limits.handle_change_ms);
    Ok(handle_json(known.handle.as_deref(), changeable_at))
}

async fn choose(object: &PersonObject, sql: &Database, wish: &str) -> Result<(), CallError> {
    let wait_ms = object.config.limits.handle_change_ms;
    let mut known = own(sql)?;
    let Some(rev) = known.claim(wish, runtime::now_ms(), wait_ms)? else {
        return Ok(());
    };
    if is_reserved(wish) {
        return Err(Refusal::Conflict.into());
    }
    save(sql, &known)?;
    // Handles that are not taken over are given back, whatever the outcome is.
    object.arrange_alarm()?;
    let user = object.user()?.to_string();
    let question = HandleWordCall { handle: wish.to_owned(), user, rev, free_at: 0, is_gone: false };
    let is_theirs = ask_shard::<TakeHandle>(object, &question).await?;
    let mut known = own(sql)?;
    let done = if is_theirs {
        known.got(wish, rev, runtime::now_ms(), wait_ms)
    } else {
        known.mark_released(wish, rev);
        Err(Refusal::Conflict)
    };
    save(sql, &known)?;
    Ok(done?)
}

/// Returns the view of the person for somebody who searches for this handle.
pub fn show_handle(object: &PersonObject, call: &HandleShownCall) -> Result<Option<String>, CallError> {
    if !object.wake_if_known()? {
        return Ok(None);
    }
    let sql = object.db()?;
    if own(&sql)?.handle.as_ref() != Some(&call.handle) || is_leaving(&sql)? {
        return Ok(None);
    }
    let found = object.with(|memory| {
        // A blocked person finds the view of the time of the block (`messenger.md` 4): an empty result would reveal the block.
        let visible = memory.views()?.to(&call.by);
        Ok(person_json(&visible.id, &visible.display_name, &visible.avatar_id, visible.kind()))
    })?;
    Ok(Some(found))
}

// ---- what shards hear

pub fn due_at(sql: &Database, now: Millis) -> Result<Option<Millis>, Fault> {
    Ok(own(sql)?.due_at(now))
}

/// Gives handles back to the shards: those that the person does not use, or no longer uses.
pub async fn send_due(object: &PersonObject, now: Millis, is_gone: bool) -> Result<(), Fault> {
    let sql = object.db()?;
    let mut known = own(&sql)?;
    let due = known.due(now);
    if due.is_empty() {
        return Ok(());
    }
    save(&sql, &known)?;
    let user = object.with(|memory| Ok(memory.person.record().user.clone()))?;
    for HandleRelease { handle, rev, was_own, .. } in due {
        let free_at = if was_own { now + object.config.limits.handle_free_ms } else { now };
        let question = HandleWordCall { handle, user: user.clone(), rev, free_at, is_gone };
        match ask_shard::<GiveHandle>(object, &question).await {
            Ok(_) => {
                let mut known = own(&sql)?;
                known.mark_released(&question.handle, rev);
                save(&sql, &known)?;
            }
            Err(error) => telemetry::call_failed("handle", &error),
        }
    }
    Ok(())
}

async fn ask_shard<R: Request<Question = HandleWordCall>>(
    object: &PersonObject,
    question: &HandleWordCall,
) -> Result<R::Answer, CallError> {
    R::ask(&object.env, &directory::shard_of(&question.handle), question).await
}

/// Removes the handles of a deleted person from all shards.
pub async fn forget(object: &PersonObject) -> Result<(), CallError> {
    let (sql, now) = (object.db()?, runtime::now_ms());
    let mut known = own(&sql)?;
    known.let_go(now);
    save(&sql, &known)?;
    send_due(object, now, true).await?;
    match due_at(&sql, now)? {
        None => Ok(()),
        Some(_) => Err(Fault("a handle could not be given up".into()).into()),
    }
}

#[cfg(test)]
#[path = "handles_tests.rs"]
mod tests;
