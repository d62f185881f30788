//! Moderation in the operator's object (`moderation.md` 5): roles, acts, and their effects. The rules are in `protocol::people::moderation`.
//! Each act is one synchronous step, which the runtime commits atomically; all checks come before the first write.

use protocol::people::moderation::{Act, ActKind, Ban, DeploymentRole, Mute, RoleRow, RoomRule, Standing};
use protocol::words::event::Millis;
use protocol::words::limits::{MODERATION_ROWS_MAX, MODERATORS_MAX, OBJECTION_MS, OWN_ACTS_MAX};
use protocol::words::refusal::{Fault, Refusal};

use super::reports;
use super::tables::OperatorSql;
use super::writing_rules;
use crate::calls::moderation::{ActCall, RoleCall, ShownAct};
use crate::kit::sql::{Database, SqlRow, Value, exec, number, rows, wrote};
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime::call_error::CallError;

/// Migration step of the tables. Empty texts and zeros stand for values that an act does not have.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE roles (user TEXT PRIMARY KEY, role TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE acts (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, kind TEXT NOT NULL, \
     actor TEXT NOT NULL, user TEXT NOT NULL, room TEXT NOT NULL, message TEXT NOT NULL, until INTEGER NOT NULL, \
     seconds INTEGER NOT NULL, reason TEXT NOT NULL) STRICT",
    "CREATE INDEX acts_by_user ON acts (user, at)",
    "CREATE INDEX acts_by_time ON acts (at)",
    "CREATE TABLE mutes (user TEXT PRIMARY KEY, until INTEGER NOT NULL, act TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE bans (subject TEXT PRIMARY KEY, until INTEGER NOT NULL, act TEXT NOT NULL, reason TEXT NOT NULL) \
     STRICT, WITHOUT ROWID",
    "CREATE TABLE room_rules (room TEXT PRIMARY KEY, slow_s INTEGER NOT NULL, is_closed INTEGER NOT NULL) \
     STRICT, WITHOUT ROWID",
    "CREATE TABLE objections (act TEXT PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL, answer TEXT NOT NULL) \
     STRICT, WITHOUT ROWID",
];

/// Migration step that stores a ban of a network once per act, so that the end of one act leaves the others.
pub(super) const BANS_BY_ACT: &[&str] = &[
    "ALTER TABLE bans RENAME TO older_bans",
    "CREATE TABLE bans (subject TEXT NOT NULL, until INTEGER NOT NULL, act TEXT NOT NULL, reason TEXT NOT NULL, \
     PRIMARY KEY (subject, act)) STRICT, WITHOUT ROWID",
    "INSERT INTO bans SELECT subject, until, act, reason FROM older_bans",
    "DROP TABLE older_bans",
    "CREATE INDEX bans_by_act ON bans (act)",
];

/// Columns of an act for the person concerned, with the objection.
pub(super) const SHOWN: &str = "acts.id, acts.kind, acts.room, acts.at, acts.until, acts.reason, objections.answer";
pub(super) const FROM_ACTS: &str = "acts LEFT JOIN objections ON objections.act = acts.id";
/// Condition and order of the acts that a person sees about themselves.
pub(super) const OWN: &str = "acts.user = ? AND acts.at > ? ORDER BY acts.place DESC LIMIT ?";

/// Returns the roles, mutes and bans that are in force.
pub(super) fn standing(sql: &Database, now: Millis) -> Result<Standing, Fault> {
    let query = "SELECT user, role FROM roles ORDER BY user";
    let roles = rows(sql, query, &[], |row| Ok((row.text(0)?, row.text(1)?)))?;
    let role = |(user, role): (String, String)| Some(RoleRow { user, role: DeploymentRole::parse(&role)? });
    let query = "SELECT user, until, act FROM mutes WHERE until > ? ORDER BY user";
    let mutes = rows(sql, query, &[now.into()], |row| {
        Ok(Mute { user: row.text(0)?, until: row.number(1)?, act: row.text(2)? })
    })?;
    let query = "SELECT subject, until, act, reason FROM bans WHERE until = 0 OR until > ? \
                 ORDER BY subject, until = 0 DESC, until DESC, act";
    let mut bans = rows(sql, query, &[now.into()], |row| {
        Ok(Ban { subject: row.text(0)?, until: row.number(1)?, act: row.text(2)?, reason: row.text(3)? })
    })?;
    // The longest of several bans of a network counts.
    bans.dedup_by(|other, last| other.subject == last.subject);
    let query = "SELECT room, slow_s, is_closed FROM room_rules ORDER BY room";
    let rooms = rows(sql, query, &[], |row| {
        Ok(RoomRule { room: row.text(0)?, slow_s: row.number(1)?, is_closed: row.number(2)? == 1 })
    })?;
    let roles = roles.into_iter().filter_map(role).collect();
    Ok(Standing { roles, mutes, bans, rooms, writing: writing_rules::read(sql)? })
}

/// Grants or revokes a role. A call that changes nothing leaves no audit row.
pub(super) fn set_role(sql: &OperatorSql, call: &RoleCall, now: Millis) -> Result<(), CallError> {
    let (user, before) = (call.by.what.as_str(), role_of(&sql.0, &call.by.what)?);
    if before == call.role {
        return Ok(());
    }
    match call.role {
        Some(role) => {
            if before.is_none() && count(&sql.0, "roles")? >= MODERATORS_MAX as u64 {
                return Err(Refusal::over_limit("user", "Too many accounts have a role.", MODERATORS_MAX).into());
            }
            let values = [user.into(), role.as_str().into(), now.into()];
            exec(&sql.0, "INSERT OR REPLACE INTO roles VALUES (?, ?, ?)", &values)?;
            sql.write(&call.by, "role_give", user, role.as_str(), now)?;
        }
        None => {
            exec(&sql.0, "DELETE FROM roles WHERE user = ?", &[user.into()])?;
            sql.write(&call.by, "role_take", user, before.map_or("", DeploymentRole::as_str), now)?;
        }
    }
    Ok(())
}

/// Stores an act with its effects and its audit row. Returns the act as the person concerned sees it.
pub(super) fn add_act(sql: &Database, call: &ActCall, id: &str, now: Millis) -> Result<ShownAct, CallError> {
    let ActCall { by, act, networks, trace, report } = call;
    let role = acting_role(sql, call)?;
    if act.kind.names_person() {
        let user = act.user.as_deref().unwrap_or_default();
        if report.is_none() && user == by {
            return Err(Refusal::Forbidden.into());
        }
        // Lifting an act needs no rank over its target: every moderator may free an account that has a role by now.
        if !matches!(act.kind, ActKind::Unmute | ActKind::Unban) {
            role.check_over(role_of(sql, user)?)?;
        }
    }
    if let Some(known) = earlier_removal(sql, act)? {
        answer_report(sql, call, now)?;
        return Ok(known);
    }
    forget_ended(sql, now)?;
    apply(sql, act, networks, id, now)?;
    insert(sql, by, act, id, now)?;
    let (action, target) = (act.kind.action(), act.target());
    audit_log::write(sql, now, &AuditEntry { actor: by, action, target: &target, result: id }, trace)?;
    answer_report(sql, call, now)?;
    let until = Some(act.until(now)).filter(|until| *until > 0);
    let (kind, room, reason) = (act.kind.as_str().to_owned(), act.room.clone(), act.reason.clone());
    Ok(ShownAct { id: id.to_owned(), kind, room, at: now, until, reason, objection: None })
}

/// Returns the role in which the caller acts. An operator acts as an owner, and only on an open report (`moderation.md` 7.2).
fn acting_role(sql: &Database, call: &ActCall) -> Result<DeploymentRole, CallError> {
    match &call.report {
        // The room has already removed the message, so its writer gets the act even if the report was answered in the meantime.
        Some(_) if call.act.kind == ActKind::Remove => Ok(DeploymentRole::Owner),
        Some(report) => reports::check_open(sql, report).map(|()| DeploymentRole::Owner),
        None => Ok(role_of(sql, &call.by)?.ok_or(Refusal::Forbidden)?),
    }
}

/// Answers the report of an operator's act, with an audit row. A report that is already answered stays as it is.
fn answer_report(sql: &Database, call: &ActCall, now: Millis) -> Result<(), Fault> {
    let Some(report) = &call.report else { return Ok(()) };
    let Some(target) = reports::close(sql, report, reports::ACTED, now)? else { return Ok(()) };
    let entry = AuditEntry { actor: &call.by, action: "report_answer", target: &target, result: reports::ACTED };
    audit_log::write(sql, now, &entry, &call.trace)
}

/// Returns the stored act of an earlier removal. A moderator's retry is the same act.
fn earlier_removal(sql: &Database, act: &Act) -> Result<Option<ShownAct>, Fault> {
    let (ActKind::Remove, Some(room), Some(message)) = (act.kind, &act.room, &act.message) else {
        return Ok(None);
    };
    let query =
        format!("SELECT {SHOWN} FROM {FROM_ACTS} WHERE acts.kind = 'remove' AND acts.room = ? AND acts.message = ?");
    Ok(rows(sql, &query, &[room.as_str().into(), message.as_str().into()], shown)?.pop())
}

fn insert(sql: &Database, by: &str, act: &Act, id: &str, now: Millis) -> Result<(), Fault> {
    let text = |value: &Option<String>| Value::from(value.as_deref().unwrap_or_default());
    let values = [
        id.into(),
        now.into(),
        act.kind.as_str().into(),
        by.into(),
        text(&act.user),
        text(&act.room),
        text(&act.message),
        act.until(now).into(),
        act.seconds.unwrap_or(0).into(),
        act.reason.as_str().into(),
    ];
    let query = "INSERT INTO acts (id, at, kind, actor, user, room, message, until, seconds, reason) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    exec(sql, query, &values)
}

const END_BAN: &str = "DELETE FROM bans WHERE act IN (SELECT act FROM bans WHERE subject = ?)";

/// Stores a ban in place of the person's earlier one. A network that several acts ban has a row for each act.
fn ban(sql: &Database, act: &Act, networks: &[String], id: &str, now: Millis) -> Result<(), CallError> {
    check_space(sql, "bans", 1 + networks.len())?;
    let user = act.user.as_deref().unwrap_or_default();
    exec(sql, END_BAN, &[user.into()])?;
    for subject in std::iter::once(user).chain(networks.iter().map(String::as_str)) {
        let values = [subject.into(), act.until(now).into(), id.into(), act.reason.as_str().into()];
        exec(sql, "INSERT OR REPLACE INTO bans VALUES (?, ?, ?, ?)", &values)?;
    }
    Ok(())
}

/// Stores the effects of an act, or refuses it.
fn apply(sql: &Database, act: &Act, networks: &[String], id: &str, now: Millis) -> Result<(), CallError> {
    let user = act.user.as_deref().unwrap_or_default();
    let room = act.room.as_deref().unwrap_or_default();
    let until = act.until(now);
    match act.kind {
        ActKind::Remove => {}
        ActKind::Mute => {
            check_space(sql, "mutes", 1)?;
            exec(sql, "INSERT OR REPLACE INTO mutes VALUES (?, ?, ?)", &[user.into(), until.into(), id.into()])?;
        }
        ActKind::Unmute => check_wrote(wrote(sql, "DELETE FROM mutes WHERE user = ?", &[user.into()])?)?,
        ActKind::Ban => {
            ban(sql, act, networks, id, now)?;
        }
        ActKind::Unban => {
            check_wrote(wrote(sql, END_BAN, &[user.into()])?)?;
        }
        ActKind::Slow => {
            let query = "INSERT INTO room_rules VALUES (?, ?, 0) \
                         ON CONFLICT (room) DO UPDATE SET slow_s = excluded.slow_s";
            exec(sql, query, &[room.into(), act.seconds.unwrap_or(0).into()])?;
        }
        ActKind::Close | ActKind::Open => {
            let is_closed = u32::from(act.kind == ActKind::Close);
            if act.kind == ActKind::Close {
                exec(sql, "INSERT INTO room_rules VALUES (?, 0, 0) ON CONFLICT DO NOTHING", &[room.into()])?;
            }
            let query = "UPDATE room_rules SET is_closed = ? WHERE room = ? AND is_closed <> ?";
            check_wrote(wrote(sql, query, &[is_closed.into(), room.into(), is_closed.into()])?)?;
        }
    }
    Ok(exec(sql, "DELETE FROM room_rules WHERE slow_s = 0 AND is_closed = 0", &[])?)
}

fn check_wrote(has_changed: bool) -> Result<(), Refusal> {
    if has_changed { Ok(()) } else { Err(Refusal::Conflict) }
}

fn check_space(sql: &Database, table: &'static str, more: usize) -> Result<(), CallError> {
    if count(sql, table)? + more as u64 <= MODERATION_ROWS_MAX as u64 {
        return Ok(());
    }
    Err(Refusal::over_limit("user", "There are too many mutes or bans.", MODERATION_ROWS_MAX).into())
}

fn count(sql: &Database, table: &'static str) -> Result<u64, Fault> {
    number(sql, &format!("SELECT count(*) FROM {table}"), &[])
}

fn role_of(sql: &Database, user: &str) -> Result<Option<DeploymentRole>, Fault> {
    let found = rows(sql, "SELECT role FROM roles WHERE user = ?", &[user.into()], |row| row.text(0))?;
    Ok(found.first().and_then(|role| DeploymentRole::parse(role)))
}

/// Lists the acts that a person sees about themselves, the newest first.
pub(super) fn own_acts(sql: &Database, user: &str, now: Millis) -> Result<Vec<ShownAct>, Fault> {
    rows(sql, &format!("SELECT {SHOWN} FROM {FROM_ACTS} WHERE {OWN}"), &own_values(user, now), shown)
}

/// Returns the bound values of [`OWN`].
pub(super) fn own_values(user: &str, now: Millis) -> [Value; 3] {
    [user.into(), now.saturating_sub(OBJECTION_MS).into(), (OWN_ACTS_MAX as u64).into()]
}

/// Finds an act that the person concerned may see; at most one.
pub(super) fn find_act(sql: &Database, id: &str, now: Millis) -> Result<Vec<ShownAct>, Fault> {
    let query = format!("SELECT {SHOWN} FROM {FROM_ACTS} WHERE acts.id = ? AND acts.user <> '' AND acts.at > ?");
    rows(sql, &query, &[id.into(), now.saturating_sub(OBJECTION_MS).into()], shown)
}

pub(super) fn shown(row: &SqlRow) -> Result<ShownAct, Fault> {
    let objection = row.text_or_null(6).map(|answer| if answer.is_empty() { "open".to_owned() } else { answer });
    Ok(ShownAct {
        id: row.text(0)?,
        kind: row.text(1)?,
        room: Some(row.text(2)?).filter(|room| !room.is_empty()),
        at: row.number(3)?,
        until: Some(row.number(4)?).filter(|until| *until > 0),
        reason: row.text(5)?,
        objection,
    })
}

fn forget_ended(sql: &Database, now: Millis) -> Result<(), Fault> {
    exec(sql, "DELETE FROM mutes WHERE until <= ?", &[now.into()])?;
    exec(sql, "DELETE FROM bans WHERE until > 0 AND until <= ?", &[now.into()])
}

/// Removes acts that are older than `cutoff`, with their objections. Their effects stay in force.
pub(super) fn forget(sql: &Database, cutoff: Millis) -> Result<(), Fault> {
    let query = "DELETE FROM objections WHERE act IN (SELECT id FROM acts WHERE at < ?)";
    exec(sql, query, &[cutoff.into()])?;
    exec(sql, "DELETE FROM acts WHERE at < ?", &[cutoff.into()])
}

#[cfg(test)]
#[path = "moderation_tests.rs"]
mod tests;
