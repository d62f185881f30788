//! A person's groups (`people.md` 2): the list of them, invitations, and free places for more.
//!
//! The list is a copy. Each group's own object is authoritative, and notifies this one through its outbox.

use std::rc::Rc;

use protocol::machines::room::{Actor, GroupChange, Membership, Role};
use protocol::people::contacts::Relation;
use protocol::wire::messenger::{room_added_json, room_invited_json, room_removed_json};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::GROUPS_PER_USER_MAX;
use protocol::words::principal::UserKind;
use protocol::words::refusal::{Fault, Refusal};

use super::handlers::send_to_all;
use super::tables::PersonSql;
use super::{PersonMemory, PersonObject, group_calls, privacy, push_tables};
use crate::calls::group::{AdmitAnswer, AdmitCall, ChangeGroupCall, GroupRow, MembershipCall};
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

/// The step that brings the time at which a place was reserved for an invited or former member who is joining. Their standing stays the same
/// in the meantime.
pub(super) const ACCEPTING: &[&str] = &["ALTER TABLE groups ADD COLUMN accepting_at INTEGER NOT NULL DEFAULT 0"];

/// The step that brings if the person leads the group. Of rows from before that is not known.
pub(super) const LEADS: &[&str] = &["ALTER TABLE groups ADD COLUMN leads INTEGER NOT NULL DEFAULT 1"];

/// Time after which a reserved place is free again if it was not taken.
const PLACE_RESERVED_MS: Millis = 60_000;
/// Standing of a person who left the group. The row stays, so that a late notification does not bring them back.
const LEFT: &str = "gone";

/// State of a group as this object knows it.
struct GroupState {
    version: u64,
    standing: String,
    /// Time at which a place was reserved for an invited or former member; 0 for never.
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

    /// Returns the number of groups that take a place, without `room`: a repeated request for the same group must not take two places.
    fn count_others(&self, room: &str, now: Millis) -> Result<u64, Fault> {
        let query = "SELECT COUNT(*) FROM groups WHERE room <> ?2 AND (standing = 'member' OR \
                     (standing = 'kept' AND changed_at > ?1) OR (standing IN ('invited', 'gone') AND accepting_at > ?1))";
        let reserved_after = now.saturating_sub(PLACE_RESERVED_MS);
        sql::number(&self.0, query, &[reserved_after.into(), room.into()])
    }

    /// Takes the oldest groups of a standing above the limit out of the list. Returns them.
    fn let_oldest_go(&self, standing: Membership) -> Result<Vec<String>, Fault> {
        let query = "UPDATE groups SET standing = 'gone', accepting_at = 0 WHERE room IN (SELECT room FROM groups \
                     WHERE standing = ? ORDER BY changed_at DESC, room LIMIT -1 OFFSET ?) RETURNING room";
        let values = [standing.as_str().into(), (GROUPS_PER_USER_MAX as u64).into()];
        sql::rows(&self.0, query, &values, |row| row.text(0))
    }

    fn reserve_place(&self, room: &str, now: Millis) -> Result<(), Fault> {
        let (reserved_before, unused) = (
            now.saturating_sub(PLACE_RESERVED_MS),
            "DELETE FROM groups WHERE standing = 'kept' AND version = 0 AND changed_at <= ?",
        );
        sql::exec(&self.0, unused, &[reserved_before.into()])?;
        // An invited or former member keeps that standing until the group reports another one: the group may refuse them.
        let query = "INSERT INTO groups VALUES (?1, 0, 'kept', '', '', '', ?2, 0, 0, 1) ON CONFLICT (room) DO UPDATE SET \
                     accepting_at = iif(standing = 'kept', 0, ?2), changed_at = iif(standing = 'kept', ?2, changed_at)";
        sql::exec(&self.0, query, &[room.into(), now.into()])
    }

    /// Stores a standing. One that stays as it was, in a group with another name perhaps, keeps its time.
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
            u64::from(call.role <= Role::Admin).into(),
        ];
        let query = "INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?, ?, ?, \
                     coalesce((SELECT changed_at FROM groups WHERE room = ?1 AND standing = ?3), ?7), ?, 0, ?)";
        sql::exec(&self.0, query, &values)
    }

    /// Removes all entries of a group that the person has left.
    fn forget_entries(&self, room: &str) -> Result<(), Fault> {
        push_tables::forget_room(&self.0, room)?;
        sql::exec(&self.0, "DELETE FROM inbox WHERE room = ?", &[room.into()])?;
        sql::exec(&self.0, "DELETE FROM read_marks WHERE room = ?", &[room.into()])
    }

    /// Returns the groups that are not public, whose members may see each other (`sign-in.md` 1).
    pub(super) fn private_groups(&self) -> Result<Vec<String>, Fault> {
        let query = "SELECT room FROM groups WHERE standing = 'member' AND is_private = 1";
        sql::rows(&self.0, query, &[], |row| row.text(0))
    }

    /// Returns groups and invitations to groups.
    pub(super) fn groups(&self) -> Result<Vec<GroupRow>, Fault> {
        let query = "SELECT room, standing, name, brought_by, by_name, changed_at FROM groups WHERE standing IN ('member', 'invited') \
                     ORDER BY changed_at, room";
        sql::rows(&self.0, query, &[], |row| {
            Ok(GroupRow {
                room: row.text(0)?,
                is_pending: row.text(1)? == Membership::Invited.as_str(),
                name: row.text(2)?,
                by: row.text(3)?,
                by_name: row.text(4)?,
                at: row.number(5)?,
            })
        })
    }

    /// Returns the name of a group of which the person is a member.
    pub(super) fn group_name(&self, room: &str) -> Result<Option<String>, Fault> {
        let query = "SELECT name FROM groups WHERE room = ? AND standing = 'member'";
        Ok(sql::rows(&self.0, query, &[room.into()], |row| row.text(0))?.pop())
    }

    /// Returns `true` if the group reported that the person is no longer a member, and the person is not joining it right now.
    pub(super) fn has_left_group(&self, room: &str, now: Millis) -> Result<bool, Fault> {
        Ok(self
            .known(room)?
            .is_some_and(|known| known.standing == LEFT && known.accepting_at + PLACE_RESERVED_MS <= now))
    }
}

pub(super) fn list_groups(object: &PersonObject) -> Result<Vec<GroupRow>, CallError> {
    if !object.wake_known()? {
        return Ok(Vec::new());
    }
    Ok(object.with(|memory| memory.sql.groups())?)
}

/// Returns if somebody may bring the person into a group, and how: a contact at once, others after an invitation. Personas accept at once,
/// as they do with requests (`people.md` 3).
///
/// A blocked sender learns nothing: the invitation is never shown. The same holds for a sender from whom the person takes no invitations
/// (`settings.md` 1). So the answer is the same in both cases.
pub(super) fn admit(object: &PersonObject, call: &AdmitCall) -> Result<AdmitAnswer, CallError> {
    if !object.wake_known()? {
        return Err(Refusal::NotFound.into());
    }
    let now = runtime::now_ms();
    let admitted = object.with(|memory| admitted(memory, call, now))?;
    let full = || Refusal::over_limit("userIds", "Someone here is in too many groups.", GROUPS_PER_USER_MAX);
    admitted.ok_or_else(|| full().into())
}

/// Returns `None` if there is no place for one more group.
fn admitted(memory: &PersonMemory, call: &AdmitCall, now: Millis) -> Result<Option<AdmitAnswer>, Fault> {
    let is_asked = is_asked(memory, &call.by)?;
    // This is the name that the sender may see: a changed name would reveal that this person is active.
    let name = memory.views()?.to(call.by.as_str()).display_name;
    let known = memory.sql.known(&call.room)?.map(|known| known.standing);
    let is_member = known.as_deref() == Some(Membership::Member.as_str());
    // Invitations do not count as groups, and one more takes the place of the oldest: strangers could otherwise fill the list. Nor does a
    // persona's list fill, whom strangers bring in at once: its oldest group goes. A bot has no list.
    let kind = memory.person.record().kind;
    if !is_member && !is_asked && kind != UserKind::Bot {
        if kind != UserKind::Persona && memory.sql.count_others(&call.room, now)? >= GROUPS_PER_USER_MAX as u64 {
            return Ok(None);
        }
        memory.sql.reserve_place(&call.room, now)?;
    }
    Ok(Some(AdmitAnswer { name, is_asked }))
}

fn is_asked(memory: &PersonMemory, by: &UserId) -> Result<bool, Fault> {
    let accepts_at_once = matches!(memory.person.record().kind, UserKind::Persona | UserKind::Bot);
    let is_contact = memory.sql.relation(by.as_str())? == Relation::Contact;
    let is_own = memory.person.record().user == by.as_str();
    Ok(!is_own && (!accepts_invitations_of(memory, by.as_str())? || !(accepts_at_once || is_contact)))
}

/// Returns `true` if invitations of `by` reach the person.
fn accepts_invitations_of(memory: &PersonMemory, by: &str) -> Result<bool, Fault> {
    let is_contact = memory.sql.relation(by)? == Relation::Contact;
    Ok(!memory.sql.hides()?.blocks(by) && privacy::settings_in(memory)?.who_can_add.holds(is_contact))
}

/// Takes the oldest groups out of a list that has too many of a kind that strangers can add, and notes that the person goes there. Returns
/// them.
fn surplus(memory: &PersonMemory, now: Millis) -> Result<Vec<String>, Fault> {
    let mut dropped = memory.sql.let_oldest_go(Membership::Invited)?;
    if memory.person.record().kind == UserKind::Persona {
        dropped.extend(memory.sql.let_oldest_go(Membership::Member)?);
    }
    dropped.iter().try_for_each(|room| group_calls::owe_decline(memory, room, now))?;
    Ok(dropped)
}

/// Stores the person's standing in a group. A notification that is older than the stored state changes nothing.
pub(super) fn update_membership(object: &Rc<PersonObject>, call: &MembershipCall) -> Result<(), CallError> {
    // A person who is gone needs no notification, and nobody reads the groups of a bot.
    if UserKind::of_id(object.user()?.as_str()) == UserKind::Bot || !object.wake_known()? {
        return Ok(());
    }
    let now = runtime::now_ms();
    let (mut frame, mut dropped) = (None, Vec::new());
    let mut result = Ok(());
    let committed = runtime::in_transaction(&object.state, || {
        result = object.with(|memory| {
            frame = take(memory, call, now)?;
            dropped = surplus(memory, now)?;
            Ok(())
        });
        result.is_ok()
    });
    result?;
    if !committed {
        return Err(Fault("a membership did not commit".into()).into());
    }
    if !dropped.is_empty() {
        group_calls::spawn_sending(object);
        object.arrange_alarm()?;
    }
    let removals = dropped.iter().map(|room| room_removed_json(room));
    frame.into_iter().chain(removals).try_for_each(|frame| Ok(send_to_all(object, &frame)?))
}

/// Stores the notification of a group. Returns the frame for the person's devices.
fn take(memory: &PersonMemory, call: &MembershipCall, now: Millis) -> Result<Option<String>, Fault> {
    let known = memory.sql.known(&call.room)?;
    if known.as_ref().is_some_and(|known| known.version >= call.version) {
        return Ok(None);
    }
    let standing = match call.standing {
        Some(Membership::Member) => Membership::Member.as_str(),
        // The invitation of a blocked sender is not shown, nor is one that the person's settings refuse.
        Some(Membership::Invited) if accepts_invitations_of(memory, &call.by)? => Membership::Invited.as_str(),
        _ => LEFT,
    };
    memory.sql.save_membership(call, standing, now)?;
    if standing == LEFT {
        memory.sql.forget_entries(&call.room)?;
    } else if standing == Membership::Member.as_str() {
        group_calls::forget_decline(&memory.sql.0, &call.room)?;
    }
    let (before, was_reserved) = match &known {
        Some(known) => (known.standing.as_str(), known.standing == LEFT && known.accepting_at > 0),
        None => (LEFT, false),
    };
    // This also covers a reserved place: a page may already know the outcome from the answer to its call.
    let was_there = before != LEFT || was_reserved;
    Ok(match call.standing {
        _ if before == standing && !was_reserved => None,
        Some(Membership::Member) => Some(room_added_json(&call.room_json, &call.by)),
        Some(Membership::Invited) if standing != LEFT => {
            Some(room_invited_json(&call.room_json, &call.by, &call.by_name))
        }
        _ if was_there => Some(room_removed_json(&call.room)),
        _ => None,
    })
}

/// Removes a guest who is forgotten from every group. Returns `true` if all groups have accepted that.
pub(super) async fn leave_all(object: &PersonObject) -> Result<bool, Fault> {
    let (rows, by) = object.with(|memory| {
        let record = memory.person.record();
        let user = UserId::parse(&record.user).map_err(|refusal| Fault(refusal.to_string()))?;
        Ok((memory.sql.groups()?, Actor { user, name: record.name.clone() }))
    })?;
    let mut all_know = true;
    for row in rows {
        let change = GroupChange::Remove { user: by.user.clone() };
        let question = ChangeGroupCall { by: by.clone(), change, trace: Default::default() };
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
