//! Drafts of a person (`settings.md` 3). `protocol::people::draft` decides which version counts.
//!
//! A discarded draft leaves a row without text, so that an older version from another device does not restore it.

use protocol::machines::presence::DeviceKey;
use protocol::people::draft::{Draft, DraftOutcome};
use protocol::wire::messenger::{draft_answer_json, draft_json, drafts_json};
use protocol::words::event::Millis;
use protocol::words::limits::{DRAFT_STORED_MS, DRAFTS_MAX};
use protocol::words::principal::UserKind;
use protocol::words::refusal::{Fault, Refusal};

use crate::calls::belongings::DraftCall;
use crate::kit::sealed::{Column, Db, KeyColumn};
use crate::kit::sql::{Database, SqlRow, exec, rows};
use crate::objects::person::object::PersonObject;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// The step that brings the table. `kept_at` is the time at which the draft was stored, by the object's own clock.
pub const STEP: &[&str] = &["CREATE TABLE drafts (room TEXT PRIMARY KEY, content TEXT NOT NULL, reply_to TEXT, \
     at INTEGER NOT NULL, kept_at INTEGER NOT NULL) STRICT, WITHOUT ROWID"];

/// Column of the text, which is empty for a discarded draft.
pub const CONTENT: Column =
    Column { table: "drafts", name: "content", key: &[KeyColumn::Text("room")], but: "", is_bytes: false };

const ROWS: &str = "SELECT room, content, reply_to, at FROM drafts";

fn draft_in(db: &Db, row: &SqlRow) -> Result<Draft, Fault> {
    let room = row.text(0)?;
    let content = db.open_text(&CONTENT, &room, row.text(1)?)?;
    Ok(Draft { room, content, reply_to: row.text_or_null(2), at: row.number(3)? })
}

fn known(sql: &Db, room: &str) -> Result<Option<Draft>, Fault> {
    Ok(rows(sql, &format!("{ROWS} WHERE room = ?"), &[room.into()], |row| draft_in(sql, row))?.pop())
}

/// Stores a draft if it is newer than the stored one. Returns JSON text for the device.
pub fn put(object: &PersonObject, call: DraftCall) -> Result<String, CallError> {
    object.wake_known()?;
    let now = runtime::now_ms();
    let (sql, charged, is_gone) = object.with(|memory| {
        // A session that ended in the meantime must leave nothing to the next player.
        let is_gone = memory.person.record().kind == UserKind::Persona
            && !memory.sql.sessions()?.iter().any(|(id, _)| *id == call.session);
        let charged = memory.drafts.charge(&object.config.rules.draft, now);
        Ok((memory.sql.0.clone(), charged, is_gone))
    })?;
    if is_gone {
        return Err(Refusal::Unauthenticated.into());
    }
    charged?;
    forget_old(&sql, now)?;
    let DraftCall { session, room, content, reply_to, at } = call;
    let draft = Draft { room, content, reply_to, at: Draft::time(at, now) };
    let before = known(&sql, &draft.room)?;
    let verdict = draft.over(before.as_ref());
    if verdict == DraftOutcome::Stale {
        return Ok(draft_answer_json(before.map_or(draft.at, |before| before.at), true));
    }
    let draft = draft.replacing(before.as_ref());
    object.in_step(|| save_draft(&sql, &draft, now))?;
    if verdict == DraftOutcome::New {
        send_to_others(object, &session, &draft)?;
    }
    object.arrange_alarm()?;
    Ok(draft_answer_json(draft.at, false))
}

fn save_draft(sql: &Db, draft: &Draft, now: Millis) -> Result<(), Fault> {
    let Draft { room, content, reply_to, at } = draft;
    let reply_to = reply_to.as_deref().filter(|_| !content.is_empty());
    let content = sql.seal(&CONTENT, room, content)?;
    let values = [room.as_str().into(), content.as_str().into(), reply_to.into(), (*at).into(), now.into()];
    exec(sql, "INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?, ?)", &values)?;
    // The number of discarded drafts has the same limit as the number of drafts.
    for is_empty in [0_u32, 1] {
        let query = "DELETE FROM drafts WHERE room IN (SELECT room FROM drafts WHERE (content = '') = ? \
                     ORDER BY at DESC, room LIMIT -1 OFFSET ?)";
        exec(sql, query, &[is_empty.into(), (DRAFTS_MAX as u64).into()])?;
    }
    Ok(())
}

fn send_to_others(object: &PersonObject, session: &str, draft: &Draft) -> Result<(), Fault> {
    let keys: Vec<DeviceKey> = object.with(|memory| {
        let others = memory.devices.iter().filter(|(_, device)| device.attachment.session != session);
        Ok(others.map(|(key, _)| *key).collect())
    })?;
    if !keys.is_empty() {
        object.send_frame(&keys, &draft_json(&draft.room, &draft.content, draft.reply_to.as_deref(), draft.at, true));
    }
    Ok(())
}

/// Returns JSON text.
pub fn list_drafts(object: &PersonObject) -> Result<String, CallError> {
    if !object.wake_if_known()? {
        return Ok(drafts_json(&[]));
    }
    let items = object.with(|memory| {
        forget_old(&memory.sql.0, runtime::now_ms())?;
        items(&memory.sql.0)
    })?;
    Ok(drafts_json(&items))
}

/// Returns each draft as JSON text, newest first.
pub fn items(sql: &Db) -> Result<Vec<String>, Fault> {
    let drafts =
        rows(sql, &format!("{ROWS} WHERE content <> '' ORDER BY at DESC, room"), &[], |row| draft_in(sql, row))?;
    let item = |draft: &Draft| draft_json(&draft.room, &draft.content, draft.reply_to.as_deref(), draft.at, false);
    Ok(drafts.iter().map(item).collect())
}

/// Removes drafts that are too old, and those of an earlier player of a persona.
pub fn forget_old(sql: &Database, now: Millis) -> Result<(), Fault> {
    let query = "DELETE FROM drafts WHERE at <= ? OR \
                 kept_at <= COALESCE((SELECT value FROM facts WHERE name = 'visible_from'), 0)";
    exec(sql, query, &[now.saturating_sub(DRAFT_STORED_MS).into()])
}

/// Returns the time at which the next draft is too old.
pub fn due_at(sql: &Database) -> Result<Option<Millis>, Fault> {
    let oldest = rows(sql, "SELECT MIN(at) FROM drafts", &[], |row| row.number_or_null(0))?.pop().flatten();
    Ok(oldest.map(|at| at + DRAFT_STORED_MS))
}

/// Removes all drafts when a player of a persona has left.
pub fn forget_all(sql: &Database) -> Result<(), Fault> {
    exec(sql, "DELETE FROM drafts", &[])
}

#[cfg(test)]
#[path = "drafts_tests.rs"]
mod tests;
