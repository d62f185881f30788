//! A person's groups (`people.md` 2): which ones, invitations, and whether there is room for one more.
//!
//! A copy: the truth is in each group's own object, which tells this one through its outbox.

use protocol::machines::room::{Actor, GroupChange, Membership};
use protocol::people::contacts::Relation;
use protocol::wire::messenger::{room_added_json, room_invited_json, room_removed_json};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::GROUPS_PER_USER_MAX;
use protocol::words::principal::UserKind;
use protocol::words::refusal::{Fault, Refusal};

use super::handlers::send_to_all;
use super::tables::PersonSql;
use super::{Memory, PersonObject, privacy, push_tables};
use crate::calls::group::{AdmitAnswer, AdmitCall, ChangeGroupCall, GroupRow, MembershipCall};
use crate::calls::person::UserCall;
use crate::calls::room::ChangeGroup;
use crate::kit::request::Request;
use crate::kit::sql;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Statements of the step that brought groups.
pub(super) const STEP: &[&str] = &["CREATE TABLE groups (room TEXT PRIMARY KEY, version INTEGER NOT NULL, \
     standing TEXT NOT NULL, name TEXT NOT NULL, brought_by TEXT NOT NULL, by_name TEXT NOT NULL, \
     changed_at INTEGER NOT NULL) STRICT"];

/// The step that tells private groups from public ones.
pub(super) const PRIVATE: &[&str] = &["ALTER TABLE groups ADD COLUMN is_private INTEGER NOT NULL DEFAULT 0"];

/// The step that brings the time since which a place is kept for a person who was asked, or is gone, and is coming in: they stay it meanwhile.
pub(super) const ACCEPTING: &[&str] = &["ALTER TABLE groups ADD COLUMN accepting_at INTEGER NOT NULL DEFAULT 0"];

/// A place that was kept and never taken is free again after this.
const KEPT_MS: Millis = 60_000;
/// Standing of whoever is not in the group any more: late news must not bring them back.
const GONE: &str = "gone";

/// State of a group as this object knows it.
struct GroupState {
    version: u64,
    standing: String,
    /// Time at which a place was kept for a person who was asked, or is gone; 0 for never.
    accepting_at: Millis,
}

impl PersonSql {
    fn known(&self, room: &str) -> Result<Option<GroupState>, Fault> {
        let query = "SELECT version, standing, accepting_at FROM groups WHERE room = ?";
        let known = sql::rows(&self.0, query, &[room.into()], |row| {
            Ok(GroupState { version: row.number(0)?, standing: row.text(1)?, accepting_at: row.number(2)? })
        });
        Ok(known?.pop())
    }

    /// Groups that have a place, but for `room`: whoever asks for it again does not take two.
    fn count_others(&self, room: &str, now: Millis) -> Result<u64, Fault> {
        let query = "SELECT COUNT(*) FROM groups WHERE room <> ?2 AND (standing = 'member' OR \
                     (standing = 'kept' AND changed_at > ?1) OR (standing IN ('invited', 'gone') AND accepting_at > ?1))";
        let kept_after = now.saturating_sub(KEPT_MS);
        Ok(sql::rows(&self.0, query, &[kept_after.into(), room.into()], |row| row.number(0))?.pop().unwrap_or(0))
    }

    fn count_invitations(&self) -> Result<u64, Fault> {
        let query = "SELECT COUNT(*) FROM groups WHERE standing = 'invited'";
        Ok(sql::rows(&self.0, query, &[], |row| row.number(0))?.pop().unwrap_or(0))
    }

    fn keep_place(&self, room: &str, now: Millis) -> Result<(), Fault> {
        let (kept_before, unused) = (
            now.saturating_sub(KEPT_MS),
            "DELETE FROM groups WHERE standing = 'kept' AND version = 0 AND changed_at <= ?",
        );
        sql::exec(&self.0, unused, &[kept_before.into()])?;
        // Who was asked stays asked, and who is gone stays gone, until the group says something else: it may not let them in.
        let query = "INSERT INTO groups VALUES (?1, 0, 'kept', '', '', '', ?2, 0, 0) ON CONFLICT (room) DO UPDATE SET \
                     accepting_at = iif(standing = 'kept', 0, ?2), changed_at = iif(standing = 'kept', ?2, changed_at)";
        sql::exec(&self.0, query, &[room.into(), now.into()])
    }

    fn save_membership(&self, call: &MembershipCall, standing: &str, now: Millis) -> Result<(), Fault> {
        let values = [
            call.room.as_str().into(),
            call.version.into(),
            standing.into(),
            call.name.as_str().into(),
            call.by.as_str().into(),
            call.by_name.as_str().into(),
            now.into(),
            u64::from(call.is_private).into(),
        ];
        sql::exec(&self.0, "INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)", &values)
    }

    /// Removes all that waits of a group that the person is no longer in.
    fn forget_entries(&self, room: &str) -> Result<(), Fault> {
        push_tables::forget_room(&self.0, room)?;
        sql::exec(&self.0, "DELETE FROM inbox WHERE room = ?", &[room.into()])?;
        sql::exec(&self.0, "DELETE FROM read_marks WHERE room = ?", &[room.into()])
    }

    /// Groups that are not for everybody, whose members may see each other (`sign-in.md` 1).
    pub(super) fn private_groups(&self) -> Result<Vec<String>, Fault> {
        let query = "SELECT room FROM groups WHERE standing = 'member' AND is_private = 1";
        sql::rows(&self.0, query, &[], |row| row.text(0))
    }

    /// Groups, and invitations to groups.
    pub(super) fn groups(&self) -> Result<Vec<GroupRow>, Fault> {
        let query = "SELECT room, standing, name, brought_by, by_name FROM groups WHERE standing IN ('member', 'invited') \
                     ORDER BY changed_at, room";
        sql::rows(&self.0, query, &[], |row| {
            Ok(GroupRow {
                room: row.text(0)?,
                is_pending: row.text(1)? == Membership::Invited.as_str(),
                name: row.text(2)?,
                by: row.text(3)?,
                by_name: row.text(4)?,
            })
        })
    }

    /// Returns the name of a group that the person is in.
    pub(super) fn group_name(&self, room: &str) -> Result<Option<String>, Fault> {
        let query = "SELECT name FROM groups WHERE room = ? AND standing = 'member'";
        Ok(sql::rows(&self.0, query, &[room.into()], |row| row.text(0))?.pop())
    }

    /// Returns `true` when the person was told that they are not in this group any more, and is not coming back right now.
    pub(super) fn has_left_group(&self, room: &str, now: Millis) -> Result<bool, Fault> {
        Ok(self.known(room)?.is_some_and(|known| known.standing == GONE && known.accepting_at + KEPT_MS <= now))
    }
}

pub(super) fn list(object: &PersonObject, call: &UserCall) -> Result<Vec<GroupRow>, CallError> {
    if !object.wake_for(&call.user)? {
        return Ok(Vec::new());
    }
    Ok(object.with(|memory| memory.sql.groups())?)
}

/// Says whether somebody may bring the person into a group, and how: by a contact at once, by others after a question. Personas accept
/// at once, as they do with requests (`people.md` 3). A blocked asker learns nothing: the question is never shown. Neither is that of an
/// asker from whom the person takes none (`settings.md` 1), so that the answer gives neither case away.
pub(super) fn admit(object: &PersonObject, call: &AdmitCall) -> Result<AdmitAnswer, CallError> {
    if !object.wake_for(&call.user)? {
        return Err(Refusal::NotFound.into());
    }
    let now = runtime::now_ms();
    let admitted = object.with(|memory| admitted(memory, call, now))?;
    let full = || Refusal::over_limit("userIds", "Somebody here is in too many groups.", GROUPS_PER_USER_MAX);
    admitted.ok_or_else(|| full().into())
}

/// `None` where there is no place for one more.
fn admitted(memory: &Memory, call: &AdmitCall, now: Millis) -> Result<Option<AdmitAnswer>, Fault> {
    let is_asked = is_asked(memory, &call.user, &call.by)?;
    // The name that they may see: an edited one would give away that somebody is there.
    let name = memory.looks()?.to(call.by.as_str()).display_name;
    let known = memory.sql.known(&call.room)?.map(|known| known.standing);
    let (is_member, is_invited) =
        (known.as_deref() == Some(Membership::Member.as_str()), known.as_deref() == Some(Membership::Invited.as_str()));
    let has_place = is_member || is_invited && is_asked;
    // Invitations are not groups: what strangers may fill must not keep anybody from their own.
    let count = if is_asked { memory.sql.count_invitations()? } else { memory.sql.count_others(&call.room, now)? };
    if !has_place && count >= GROUPS_PER_USER_MAX as u64 {
        return Ok(None);
    }
    if !has_place && !is_asked {
        memory.sql.keep_place(&call.room, now)?;
    }
    Ok(Some(AdmitAnswer { name, is_asked }))
}

fn is_asked(memory: &Memory, user: &UserId, by: &UserId) -> Result<bool, Fault> {
    let accepts_at_once = matches!(memory.person.record().kind, UserKind::Persona | UserKind::Bot);
    let is_contact = memory.sql.relation(by.as_str())? == Relation::Contact;
    Ok(user != by && (!is_heard(memory, by.as_str())? || !(accepts_at_once || is_contact)))
}

/// Returns `true` when the questions of `by` about groups reach the person.
fn is_heard(memory: &Memory, by: &str) -> Result<bool, Fault> {
    let is_contact = memory.sql.relation(by)? == Relation::Contact;
    Ok(!memory.sql.hides()?.blocks(by) && privacy::settings_in(memory)?.who_can_add.holds(is_contact))
}

/// A group says how this person stands to it. Older news than what is known changes nothing.
pub(super) fn update_membership(object: &PersonObject, call: &MembershipCall) -> Result<(), CallError> {
    // Somebody who is gone need not be told.
    if !object.wake_for(&call.user)? {
        return Ok(());
    }
    let now = runtime::now_ms();
    let mut frame = None;
    let mut result = Ok(());
    let committed = runtime::in_transaction(&object.state, || {
        result = object.with(|memory| {
            frame = take(memory, call, now)?;
            Ok(())
        });
        result.is_ok()
    });
    result?;
    if !committed {
        return Err(Fault("a membership did not commit".into()).into());
    }
    if let Some(frame) = frame {
        send_to_all(object, &frame)?;
    }
    Ok(())
}

/// Keeps what was told; the frame by which the person's devices learn of it.
fn take(memory: &Memory, call: &MembershipCall, now: Millis) -> Result<Option<String>, Fault> {
    let known = memory.sql.known(&call.room)?;
    if known.as_ref().is_some_and(|known| known.version >= call.version) {
        return Ok(None);
    }
    let standing = match call.standing {
        Some(Membership::Member) => Membership::Member.as_str(),
        // An invitation of somebody who is blocked is not seen, nor one that the person does not take.
        Some(Membership::Invited) if is_heard(memory, &call.by)? => Membership::Invited.as_str(),
        _ => GONE,
    };
    memory.sql.save_membership(call, standing, now)?;
    if standing == GONE {
        memory.sql.forget_entries(&call.room)?;
    }
    let (before, was_kept) = match &known {
        Some(known) => (known.standing.as_str(), known.standing == GONE && known.accepting_at > 0),
        None => (GONE, false),
    };
    // Also of a place that was kept: what came of it may have been told to a page already, by the answer to its call.
    let was_there = before != GONE || was_kept;
    Ok(match call.standing {
        _ if before == standing && !was_kept => None,
        Some(Membership::Member) => Some(room_added_json(&call.room_json, &call.by)),
        Some(Membership::Invited) if standing != GONE => {
            Some(room_invited_json(&call.room_json, &call.by, &call.by_name))
        }
        _ if was_there => Some(room_removed_json(&call.room)),
        _ => None,
    })
}

/// A guest goes for good: leaves every group. True when all groups know.
pub(super) async fn leave_all(object: &PersonObject) -> Result<bool, Fault> {
    let (rows, by) = object.with(|memory| {
        let record = memory.person.record();
        let user = UserId::parse(&record.user).map_err(|refusal| Fault(refusal.to_string()))?;
        Ok((memory.sql.groups()?, Actor { user, name: record.name.clone() }))
    })?;
    let mut all_know = true;
    for row in rows {
        let change = GroupChange::Remove { user: by.user.clone() };
        let question = ChangeGroupCall { room: row.room.clone(), by: by.clone(), change, trace: Default::default() };
        match ChangeGroup::ask(&object.env, &row.room, &question).await {
            Ok(()) | Err(CallError::Refused(_)) => {}
            Err(error) => {
                telemetry::call_failed("group-change", &error);
                all_know = false;
            }
        }
    }
    Ok(all_know)
}

#[cfg(test)]
#[path = "groups_tests.rs"]
mod tests;
