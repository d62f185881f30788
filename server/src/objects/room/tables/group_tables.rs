//! A group's rows in the room's SQLite: its record, its members, and the notifications that have to be sent. Every rule is in `protocol`.

use std::collections::BTreeMap;

use protocol::machines::room::{
    Group, GroupNotification, GroupRecord, GroupStore, Member, Membership, Role, Visibility,
};
use protocol::trust::sealing::is_about_keys;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::SEQ_MAX;
use protocol::words::refusal::Fault;

use super::change_tables::Hiding;
use super::{RoomSql, file_tables};
use crate::kit::jobs::remove_all;
use crate::kit::sealed::Column;
use crate::kit::sql::{SqlRow, exec, rows};

/// Statements of the step that brought groups.
pub const STEP: &[&str] = &[
    "CREATE TABLE group_record (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, topic TEXT NOT NULL, \
     visibility TEXT NOT NULL, is_deleted INTEGER NOT NULL, version INTEGER NOT NULL) STRICT",
    "CREATE TABLE members (user TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, standing TEXT NOT NULL, \
     brought_by TEXT NOT NULL, floor INTEGER NOT NULL, place INTEGER NOT NULL, is_shown INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE news (about TEXT PRIMARY KEY, version INTEGER NOT NULL, due_at INTEGER NOT NULL, \
     tries INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

/// Column of a group's topic. The group's name is a name and is not sealed.
pub const TOPIC: Column = Column { table: "group_record", name: "topic", key: &[], but: "", is_bytes: false };

/// Statements of the step that brought the ids of calls that create a group.
pub const MADE_OF: &[&str] = &["ALTER TABLE group_record ADD COLUMN made_of TEXT NOT NULL DEFAULT ''"];

fn unknown(what: &str, text: &str) -> Fault {
    Fault(format!("unknown {what} {text} in a group"))
}

fn record(row: &SqlRow) -> Result<GroupRecord, Fault> {
    let visibility = row.text(2)?;
    Ok(GroupRecord {
        name: row.text(0)?,
        topic: row.text(1)?,
        visibility: Visibility::parse(&visibility).ok_or_else(|| unknown("visibility", &visibility))?,
        is_deleted: row.number(3)? == 1,
        version: row.number(4)?,
        made_of: row.text(5)?,
    })
}

fn member(row: &SqlRow) -> Result<Member, Fault> {
    let (user, role, standing) = (row.text(0)?, row.text(2)?, row.text(3)?);
    Ok(Member {
        user: UserId::parse(&user).map_err(|_| unknown("user", &user))?,
        name: row.text(1)?,
        role: Role::parse(&role).ok_or_else(|| unknown("role", &role))?,
        standing: Membership::parse(&standing).ok_or_else(|| unknown("standing", &standing))?,
        by: row.text(4)?,
        floor: row.number(5)?,
        order: row.number(6)?,
        is_shown: row.number(7)? == 1,
    })
}

impl RoomSql {
    /// Returns the stored topic if there is no key for it: it stays unless there is a new one.
    fn unreadable_topic(&self) -> Result<Option<String>, Fault> {
        let stored = rows(&self.sql, "SELECT topic FROM group_record", &[], |row| row.text(0))?.pop();
        let is_shut =
            |topic: &String| self.sql.open_text(&TOPIC, "", topic.clone()).is_err_and(|fault| is_about_keys(&fault));
        Ok(stored.filter(is_shut))
    }
}

impl GroupStore for RoomSql {
    fn group(&self) -> Result<Option<Group>, Fault> {
        let query = "SELECT name, topic, visibility, is_deleted, version, made_of FROM group_record";
        let Some(mut record) = rows(&self.sql, query, &[], record)?.pop() else {
            return Ok(None);
        };
        // A group works without its topic, which returns with its key.
        record.topic = match self.sql.open_text(&TOPIC, "", record.topic) {
            Err(fault) if is_about_keys(&fault) => String::new(),
            topic => topic?,
        };
        let query = "SELECT user, name, role, standing, brought_by, floor, place, is_shown FROM members";
        let members = rows(&self.sql, query, &[], member)?;
        let members: BTreeMap<String, Member> =
            members.into_iter().map(|member| (member.user.as_str().to_owned(), member)).collect();
        Ok(Some(Group { record, members }))
    }

    fn save_group(&mut self, record: &GroupRecord) -> Result<(), Fault> {
        let topic = match self.unreadable_topic()?.filter(|_| record.topic.is_empty()) {
            Some(topic) => topic,
            None => self.sql.seal(&TOPIC, "", &record.topic)?,
        };
        let values = [
            record.name.as_str().into(),
            topic.as_str().into(),
            record.visibility.as_str().into(),
            u32::from(record.is_deleted).into(),
            record.version.into(),
            record.made_of.as_str().into(),
        ];
        exec(&self.sql, "INSERT OR REPLACE INTO group_record VALUES (1, ?, ?, ?, ?, ?, ?)", &values)
    }

    fn save_member(&mut self, member: &Member) -> Result<(), Fault> {
        let values = [
            member.user.as_str().into(),
            member.name.as_str().into(),
            member.role.as_str().into(),
            member.standing.as_str().into(),
            member.by.as_str().into(),
            member.floor.into(),
            member.order.into(),
            u32::from(member.is_shown).into(),
        ];
        exec(&self.sql, "INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &values)
    }

    fn remove_member(&mut self, user: &str) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM members WHERE user = ?", &[user.into()])?;
        exec(&self.sql, "DELETE FROM outbox WHERE user = ?", &[user.into()])
    }

    fn erase(&mut self) -> Result<(), Fault> {
        const TABLES: [&str; 22] = [
            "events",
            "held",
            "reviews",
            "words",
            "members",
            "outbox",
            "people",
            "changes",
            "reactions",
            "hidden",
            "receipts",
            "told",
            "clearings",
            "hidings",
            "pin",
            "bot_answers",
            "bot_lines",
            "integrations",
            "embedding",
            "own_bots",
            "bot_deliveries",
            "dead",
        ];
        file_tables::detach(self, 0, SEQ_MAX)?;
        TABLES.iter().try_for_each(|table| exec(&self.sql, &format!("DELETE FROM {table}"), &[]))?;
        remove_all::<Hiding>(&self.sql)?;
        file_tables::let_go(self)
    }

    fn notification_add(&mut self, about: &str, version: u64, due_at: Millis) -> Result<(), Fault> {
        let values = [about.into(), version.into(), due_at.into()];
        exec(&self.sql, "INSERT OR REPLACE INTO news VALUES (?, ?, ?, 0)", &values)
    }

    fn notifications(&self) -> Result<Vec<GroupNotification>, Fault> {
        rows(&self.sql, "SELECT about, version, due_at, tries FROM news", &[], |row| {
            Ok(GroupNotification {
                about: row.text(0)?,
                version: row.number(1)?,
                due_at: row.number(2)?,
                tries: u32::try_from(row.number(3)?).unwrap_or(u32::MAX),
            })
        })
    }

    fn notification_done(&mut self, about: &str, version: u64) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM news WHERE about = ? AND version <= ?", &[about.into(), version.into()])
    }

    fn notification_retry(&mut self, about: &str, due_at: Millis) -> Result<(), Fault> {
        let query = "UPDATE news SET due_at = ?2, tries = tries + 1 WHERE about = ?1";
        exec(&self.sql, query, &[about.into(), due_at.into()])
    }
}

#[cfg(test)]
#[path = "group_tables_tests.rs"]
mod tests;
