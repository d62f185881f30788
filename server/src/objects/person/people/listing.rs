//! Entry of this person at the shard of the directory (`core.md` 1.1). The need for it is stored with the first session, and the alarm
//! repeats the call until the shard has the entry. When the person is forgotten, the shard forgets first.

use protocol::words::event::Millis;
use protocol::words::ids::is_demo;
use protocol::words::limits::OUTBOX_RETRY_MS;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Fault;
use protocol::words::retry::retry_delay_ms;
use protocol::words::time::remaining_ms;

use crate::calls::directory::{AddName, NameCall, RemoveName};
use crate::kit::directory;
use crate::kit::request::Request;
use crate::objects::person::object::{PersonMemory, PersonObject};
use crate::objects::person::tables::Fact;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Stores that the shard needs the entry, unless it has it. The caller runs this in the step that creates the person. The alarm repeats the
/// work of [`send_now`] if that fails.
pub fn note(memory: &PersonMemory, now: Millis) -> Result<(), Fault> {
    let record = memory.person.record();
    // A visitor of a demo room alone cannot be found, and is forgotten after a day.
    let is_named_there = matches!(record.kind, UserKind::Guest | UserKind::User) && !is_demo(&record.user);
    if is_named_there && memory.sql.fact(Fact::IsListed)? == 0 {
        memory.sql.set_fact(Fact::ListDueAt, now + OUTBOX_RETRY_MS)?;
    }
    Ok(())
}

/// Returns the time of the next call to the shard.
pub fn due_at(memory: &PersonMemory, now: Millis) -> Result<Option<Millis>, Fault> {
    let longest_ms = retry_delay_ms(u32::try_from(memory.sql.fact(Fact::ListTries)?).unwrap_or(u32::MAX));
    let stored = Some(memory.sql.fact(Fact::ListDueAt)?).filter(|at| *at > 0);
    Ok(stored.map(|at| now + remaining_ms(at, now, longest_ms)))
}

/// Sends the entry to the shard before the first session begins, so that a signed-in person can be found. The alarm goes on if this fails.
pub async fn send_now(object: &PersonObject) {
    let sent = send_if_due(object, runtime::now_ms() + OUTBOX_RETRY_MS).await;
    telemetry::logged("listing", sent.and_then(|()| object.arrange_alarm()));
}

/// Sends the entry to the shard if that is due.
pub async fn send_if_due(object: &PersonObject, now: Millis) -> Result<(), Fault> {
    let due = object.with(|memory| {
        let is_due = due_at(memory, now)?.is_some_and(|at| at <= now);
        Ok(is_due.then(|| memory.person.record().user.clone()))
    })?;
    let Some(user) = due else {
        return Ok(());
    };
    match name::<AddName>(object, user).await {
        Ok(()) => object.with(|memory| {
            memory.sql.set_fact(Fact::IsListed, 1)?;
            settle(memory)
        }),
        Err(error) => {
            telemetry::call_failed("dir", &error);
            postpone(object)
        }
    }
}

/// Asks the shard to forget this person. Returns `false` if the shard could not be reached, and has to be asked again.
pub async fn forget(object: &PersonObject, user: String) -> Result<bool, Fault> {
    match name::<RemoveName>(object, user).await {
        Ok(()) => Ok(true),
        Err(error) => {
            telemetry::call_failed("dir", &error);
            postpone(object)?;
            Ok(false)
        }
    }
}

fn settle(memory: &PersonMemory) -> Result<(), Fault> {
    memory.sql.set_fact(Fact::ListDueAt, 0)?;
    memory.sql.set_fact(Fact::ListTries, 0)
}

fn postpone(object: &PersonObject) -> Result<(), Fault> {
    object.with(|memory| {
        let tries = memory.sql.fact(Fact::ListTries)?;
        memory.sql.set_fact(Fact::ListTries, tries + 1)?;
        let delay_ms = retry_delay_ms(u32::try_from(tries).unwrap_or(u32::MAX));
        memory.sql.set_fact(Fact::ListDueAt, runtime::now_ms() + delay_ms)
    })
}

async fn name<R: Request<Question = NameCall>>(object: &PersonObject, user: String) -> Result<R::Answer, CallError> {
    let kind = if user.starts_with("g_") { "guest" } else { "account" };
    let question = NameCall { kind: kind.to_owned(), name: user };
    let shard = directory::shard_of(&question.name);
    R::ask(&object.env, &shard, &question).await
}
