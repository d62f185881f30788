//! Watches after a room or a private group was left (`docs/protocol/presence.md`): whoever may have watched because of it, on either side,
//! is asked again.

use std::rc::Rc;

use protocol::contacts::Relation;
use protocol::event::Millis;
use protocol::ids::UserId;
use protocol::limits::WATCH_PARTED_MS;
use protocol::refusal::Fault;
use protocol::{bots, personas};

use super::call::{self, CallError};
use super::calls_person::AgainCall;
use super::namespace::Namespace;
use super::person::{Memory, PersonObject};
use super::person_news;
use super::person_sql::{Fact, PersonSql};
use crate::telemetry;

impl PersonSql {
    /// Forgets that this person has sockets in `room`, where they may be again in a moment.
    pub(super) fn leave_room(&self, room: &str, now: Millis) -> Result<(), Fault> {
        if self.forget_room(room)? { self.part(now + WATCH_PARTED_MS) } else { Ok(()) }
    }

    /// Has companions asked again at `due_at` or before.
    pub(super) fn part(&self, due_at: Millis) -> Result<(), Fault> {
        let sooner = self.parting_due_at()?.map_or(due_at, |known| known.min(due_at));
        self.set_fact(Fact::PartingDueAt, sooner)
    }

    /// Tells when companions are to be asked again.
    pub(super) fn parting_due_at(&self) -> Result<Option<Millis>, Fault> {
        Ok(Some(self.fact(Fact::PartingDueAt)?).filter(|due_at| *due_at > 0))
    }
}

/// People whom a room or a group alone may tie to this person.
#[derive(Default)]
struct Companions {
    watchers: Vec<String>,
    watched: Vec<String>,
}

/// Asks companions again, if that is due. Whoever cannot be reached is asked when the lease is renewed.
pub(super) async fn ask_if_due(object: &Rc<PersonObject>, now: Millis) -> Result<(), Fault> {
    let Companions { watchers, watched } = object.with(|memory| {
        if memory.sql.parting_due_at()?.is_none_or(|due_at| due_at > now) {
            return Ok(Companions::default());
        }
        memory.sql.set_fact(Fact::PartingDueAt, 0)?;
        companions(memory, now)
    })?;
    for user in &watched {
        person_news::look_again(object, user);
    }
    let told = call::in_portions(watchers.iter().map(|watcher| tell(object, watcher))).await;
    for error in told.into_iter().filter_map(Result::err) {
        telemetry::call_failed("watch-again", &error);
    }
    Ok(())
}

fn companions(memory: &Memory, now: Millis) -> Result<Companions, Fault> {
    let mut found = Companions::default();
    for watcher in memory.sql.watchers(now)? {
        if !person_news::lasting_ties(memory, &watcher)?.are_any() {
            found.watchers.push(watcher);
        }
    }
    for user in memory.sql.watched()? {
        let is_public = personas::find(&user).is_some() || bots::find(&user).is_some();
        if !is_public && memory.sql.relation(&user)? != Relation::Contact {
            found.watched.push(user);
        }
    }
    Ok(found)
}

async fn tell(object: &PersonObject, watcher: &str) -> Result<(), CallError> {
    let watched = object.with(|memory| Ok(memory.person.record().user.clone()))?;
    let question = AgainCall { watcher: UserId::parse(watcher)?, watched: UserId::parse(&watched)? };
    call::call(&object.env, Namespace::Person, watcher, "watch-again", &question).await
}

/// Hears that somebody whom this person watches left a room or a group: they are asked again.
pub(super) fn told(object: &Rc<PersonObject>, call: &AgainCall) -> Result<(), CallError> {
    if object.wake_for(&call.watcher)? {
        person_news::look_again(object, call.watched.as_str());
    }
    Ok(())
}
