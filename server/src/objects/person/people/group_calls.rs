//! Calls to a person's groups that must not be lost: bots and integrations that end with their maker (`integrations.md` 1) or because somebody
//! else may have made them (`account.md` 4), and invitations, of personas also groups, for which there is no place any more (`people.md` 2).
//! Each is a job, whose key is the group.

use std::rc::Rc;

use protocol::machines::room::{Actor, GroupChange};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Fault;
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;

use super::invites;
use crate::calls::group::ChangeGroupCall;
use crate::calls::own_bots::{EndPrograms, EndProgramsCall};
use crate::calls::room::ChangeGroup;
use crate::kit::jobs::{Attempt, Job, Outcome, find, remove};
use crate::kit::request::Request;
use crate::kit::sql::{Database, rows};
use crate::objects::person::object::{PersonMemory, PersonObject};
use crate::objects::person::tables::Fact;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// The step that brought a table of its own. A call without a time declines an invitation, or leaves.
pub const STEP: &[&str] = &["CREATE TABLE group_calls (room TEXT PRIMARY KEY, before INTEGER, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID"];

/// The step that says since when bots and integrations end. Until then all of them ended, as where it is empty.
pub const MADE_SINCE: &[&str] = &["ALTER TABLE group_calls ADD COLUMN made_since INTEGER"];

/// The step that makes its rows jobs. The table stays, empty, for an earlier version after a rollback.
pub const AS_JOBS: &[&str] = &[
    "INSERT INTO jobs (kind, key, body, due_at, tries) SELECT 'group_calls', room, \
     json_object('before', before, 'made_since', made_since), due_at, tries FROM group_calls",
    "DELETE FROM group_calls",
];

/// Call that a group has not taken yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupCall {
    /// Bots and integrations end whose maker began before this time. `None` for a group that the person declines or leaves.
    before: Option<Millis>,
    /// Of them those that were made at this time or later; `None` for all.
    made_since: Option<Millis>,
}

impl Job for GroupCall {
    const KIND: &'static str = "group_calls";
    type Context = Rc<PersonObject>;

    async fn run(&self, object: &Rc<PersonObject>, attempt: Attempt<'_>) -> Outcome {
        match self.send(object, attempt.key).await {
            // A group that is gone, or that the person has left, has nothing to do.
            Err(CallError::Refused(_)) => Outcome::Done,
            sent => Outcome::of(Self::KIND, sent),
        }
    }
}

impl GroupCall {
    /// Returns the end of everything that either of two calls ends.
    fn with(self, earlier: Option<Self>) -> Self {
        match earlier {
            Some(Self { before: Some(before), made_since }) => {
                Self { before: self.before.max(Some(before)), made_since: self.made_since.min(made_since) }
            }
            _ => self,
        }
    }

    async fn send(&self, object: &PersonObject, id: &str) -> Result<(), CallError> {
        let record = object.with(|memory| Ok(memory.person.record().clone()))?;
        let (user, name) = (UserId::parse(&record.user)?, record.name);
        if let Some(before) = self.before {
            let question = EndProgramsCall { user, before, made_since: self.made_since };
            return EndPrograms::ask(&object.env, id, &question).await;
        }
        // A person who has accepted meanwhile stays. A persona also leaves groups of which it is a member.
        let change = match record.kind {
            UserKind::Persona => GroupChange::Remove { user: user.clone() },
            _ => GroupChange::Decline,
        };
        let question = ChangeGroupCall { by: Actor { user, name }, change, trace: Default::default() };
        ChangeGroup::ask(&object.env, id, &question).await
    }
}

/// Adds a job for each group that the person leads: its bots and integrations end whose maker began before `before`, of them those that were
/// made at `made_since` or later. If the group already has such a job, the new one ends what either of the two does.
pub fn enqueue_program_ends(
    memory: &PersonMemory,
    (before, made_since): (Millis, Option<Millis>),
    now: Millis,
) -> Result<(), Fault> {
    let (sql, query) = (&memory.sql.0, "SELECT room FROM groups WHERE standing IN ('member', 'kept') AND leads = 1");
    for room in rows(sql, query, &[], |row| row.text(0))? {
        let end = GroupCall { before: Some(before), made_since }.with(find(sql, &room)?);
        memory.jobs.add(sql, &room, &end, now)?;
    }
    Ok(())
}

/// Adds a job that declines an invitation, or by which a persona leaves the group, where its bots and integrations then end.
pub fn enqueue_decline(memory: &PersonMemory, room: &str, now: Millis) -> Result<(), Fault> {
    memory.jobs.add(&memory.sql.0, room, &GroupCall { before: None, made_since: None }, now)
}

/// Removes the job that declines an invitation, because the person is a member now.
pub fn forget_decline(sql: &Database, room: &str) -> Result<(), Fault> {
    match find::<GroupCall>(sql, room)? {
        Some(GroupCall { before: None, .. }) => remove::<GroupCall>(sql, room).map(drop),
        _ => Ok(()),
    }
}

/// Ends what the person made in groups: the account was banned (`moderation.md` 3), or its owner has taken it back (`account.md` 4). Then the
/// invites end that were made since, too.
pub async fn end_own_programs(object: &Rc<PersonObject>, made_since: Option<Millis>) -> Result<(), CallError> {
    if !object.wake_if_known()? {
        return Ok(());
    }
    object.with(|memory| {
        let before = memory.sql.fact(Fact::VisibleFrom)?.saturating_add(1);
        enqueue_program_ends(memory, (before, made_since), runtime::now_ms())
    })?;
    spawn_sending(object);
    object.arrange_alarm()?;
    match made_since {
        Some(made_since) => Ok(invites::end_since(object, object.user()?.as_str(), made_since).await?),
        None => Ok(()),
    }
}

/// Starts sending. The caller does not wait for it.
pub fn spawn_sending(object: &Rc<PersonObject>) {
    let object = Rc::clone(object);
    spawn_local(async move {
        if let Err(fault) = send_due(&object).await {
            telemetry::fault("group_calls", &fault);
        }
    });
}

/// Makes the calls that are due, side by side. Each can be repeated.
pub async fn send_due(object: &Rc<PersonObject>) -> Result<(), Fault> {
    let sql = object.with(|memory| Ok(memory.sql.0.clone()))?;
    object.jobs.run_due::<GroupCall>(&sql, object).await
}

#[cfg(test)]
#[path = "group_calls_tests.rs"]
mod tests;
