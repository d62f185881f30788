//! Rows of a person's groups: the standing in each, as the groups reported it, and places that are reserved.

use protocol::machines::room::{Membership, Role};
use protocol::words::event::Millis;
use protocol::words::limits::GROUPS_PER_USER_MAX;
use protocol::words::refusal::Fault;

use super::PersonSql;
use super::push_tables;
use crate::calls::group::{GroupRow, MembershipCall};
use crate::kit::sql;

pub const STEP: &[&str] = &["CREATE TABLE groups (room TEXT PRIMARY KEY, version INTEGER NOT NULL, \
     standing TEXT NOT NULL, name TEXT NOT NULL, brought_by TEXT NOT NULL, by_name TEXT NOT NULL, \
     changed_at INTEGER NOT NULL) STRICT"];

/// The step that tells private groups from public ones.
pub const PRIVATE: &[&str] = &["ALTER TABLE groups ADD COLUMN is_private INTEGER NOT NULL DEFAULT 0"];

/// The step that brings the time at which a place was reserved for an invited or former member who is joining. Their standing stays the same
/// in the meantime.
pub const ACCEPTING: &[&str] = &["ALTER TABLE groups ADD COLUMN accepting_at INTEGER NOT NULL DEFAULT 0"];

/// The step that brings if the person leads the group. Of rows from before that is not known.
pub const LEADS: &[&str] = &["ALTER TABLE groups ADD COLUMN leads INTEGER NOT NULL DEFAULT 1"];

/// Time after which a reserved place is free again if it was not taken.
pub const PLACE_RESERVED_MS: Millis = 60_000;
/// Standing of a person who left the group. The row stays, so that a late notification does not bring them back.
pub const LEFT: &str = "gone";

pub struct GroupState {
    pub version: u64,
    pub standing: String,
    /// Time at which a place was reserved for an invited or former member; 0 for never.
    pub accepting_at: Millis,
}

impl PersonSql {
    pub fn known(&self, room: &str) -> Result<Option<GroupState>, Fault> {
        let query = "SELECT version, standing, accepting_at FROM groups WHERE room = ?";
        let known = sql::rows(&self.0, query, &[room.into()], |row| {
            Ok(GroupState { version: row.number(0)?, standing: row.text(1)?, accepting_at: row.number(2)? })
        });
        Ok(known?.pop())
    }

    /// Returns the number of groups that take a place, without `room`: a repeated request for the same group must not take two places.
    pub fn count_others(&self, room: &str, now: Millis) -> Result<u64, Fault> {
        let query = "SELECT COUNT(*) FROM groups WHERE room <> ?2 AND (standing = 'member' OR \
                     (standing = 'kept' AND changed_at > ?1) OR (standing IN ('invited', 'gone') AND accepting_at > ?1))";
        let reserved_after = now.saturating_sub(PLACE_RESERVED_MS);
        sql::number(&self.0, query, &[reserved_after.into(), room.into()])
    }

    /// Takes the oldest groups of a standing above the limit out of the list. Returns them.
    pub fn let_oldest_go(&self, standing: Membership) -> Result<Vec<String>, Fault> {
        let query = "UPDATE groups SET standing = 'gone', accepting_at = 0 WHERE room IN (SELECT room FROM groups \
                     WHERE standing = ? ORDER BY changed_at DESC, room LIMIT -1 OFFSET ?) RETURNING room";
        let values = [standing.as_str().into(), (GROUPS_PER_USER_MAX as u64).into()];
        sql::rows(&self.0, query, &values, |row| row.text(0))
    }

    pub fn reserve_place(&self, room: &str, now: Millis) -> Result<(), Fault> {
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
    pub fn save_membership(&self, call: &MembershipCall, standing: &str, now: Millis) -> Result<(), Fault> {
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

    pub fn forget_entries(&self, room: &str) -> Result<(), Fault> {
        push_tables::forget_room(&self.0, room)?;
        sql::exec(&self.0, "DELETE FROM inbox WHERE room = ?", &[room.into()])?;
        sql::exec(&self.0, "DELETE FROM read_marks WHERE room = ?", &[room.into()])
    }

    /// Returns the groups that are not public, whose members may see each other (`sign-in.md` 1).
    pub fn private_groups(&self) -> Result<Vec<String>, Fault> {
        let query = "SELECT room FROM groups WHERE standing = 'member' AND is_private = 1";
        sql::rows(&self.0, query, &[], |row| row.text(0))
    }

    pub fn groups(&self) -> Result<Vec<GroupRow>, Fault> {
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

    pub fn group_name(&self, room: &str) -> Result<Option<String>, Fault> {
        let query = "SELECT name FROM groups WHERE room = ? AND standing = 'member'";
        Ok(sql::rows(&self.0, query, &[room.into()], |row| row.text(0))?.pop())
    }

    /// Returns `true` if the group reported that the person is no longer a member, and the person is not joining it right now.
    pub fn has_left_group(&self, room: &str, now: Millis) -> Result<bool, Fault> {
        Ok(self
            .known(room)?
            .is_some_and(|known| known.standing == LEFT && known.accepting_at + PLACE_RESERVED_MS <= now))
    }
}
