//! A person's own emoticons (`files.md` 4): the list of them. A picture is stored as long as the list or a message shows it. Both are rows
//! of this object, which are written in one step.

use protocol::content::own_emoticons::{EmoticonEntry, check_code, check_place};
use protocol::words::event::Millis;
use protocol::words::refusal::{Fault, Refusal};

use super::files;
use crate::calls::belongings::EmoticonCall;
use crate::kit::sealed::{Column, Db, KeyColumn};
use crate::kit::sql::{SqlRow, exec, rows};
use crate::objects::person::object::PersonObject;
use crate::runtime;
use crate::runtime::call_error::CallError;

pub const STEP: &[&str] = &[
    "CREATE TABLE emoticons (id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, file TEXT NOT NULL, alt TEXT NOT NULL, \
     may_keep INTEGER NOT NULL, added_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX emoticons_by_file ON emoticons (file)",
];

/// Column of the description of a picture. Its code is a name and is not sealed.
pub const ALT: Column =
    Column { table: "emoticons", name: "alt", key: &[KeyColumn::Text("id")], but: "", is_bytes: false };

fn listed_in(db: &Db, row: &SqlRow) -> Result<EmoticonEntry, Fault> {
    let id = row.text(0)?;
    let alt = db.open_text(&ALT, &id, row.text(3)?)?;
    Ok(EmoticonEntry {
        id,
        code: row.text(1)?,
        file: row.text(2)?,
        alt,
        may_keep: row.number(4)? == 1,
        added_at: row.number(5)?,
    })
}

/// Returns all emoticons, oldest first.
pub fn all(db: &Db) -> Result<Vec<EmoticonEntry>, Fault> {
    let query = "SELECT id, code, file, alt, may_keep, added_at FROM emoticons ORDER BY added_at, id";
    rows(db, query, &[], |row| listed_in(db, row))
}

pub fn list_emoticons(object: &PersonObject) -> Result<Vec<EmoticonEntry>, CallError> {
    object.of_known(|memory| Ok(all(&memory.sql.0)?))
}

/// Counts a change before it is made. Returns the list before the change.
pub fn charge(object: &PersonObject) -> Result<Vec<EmoticonEntry>, CallError> {
    object.of_known(|memory| {
        memory.emoticons.charge(&object.config.rules.draft, runtime::now_ms())?;
        Ok(all(&memory.sql.0)?)
    })
}

pub fn add(object: &PersonObject, call: &EmoticonCall) -> Result<EmoticonEntry, CallError> {
    let (code, alt) = (call.code.clone().unwrap_or_default(), call.alt.clone().unwrap_or_default());
    let now = runtime::now_ms();
    object.of_known(|memory| {
        let sql = &memory.sql.0;
        let known = all(sql)?;
        check_code(&code, known.iter().map(|own| own.code.as_str()))?;
        check_place(known.len())?;
        if !files::is_there(sql, &call.file)? {
            return Err(Refusal::validation("fileId", "This isn't one of your files.").into());
        }
        let may_keep = call.may_keep.unwrap_or_default();
        let one =
            EmoticonEntry { id: runtime::new_uuid(), code, file: call.file.clone(), alt, may_keep, added_at: now };
        object.in_step(|| insert(sql, &one, now + object.config.limits.file_unlinked_ms))?;
        Ok(one)
    })
}

fn insert(sql: &Db, one: &EmoticonEntry, free_at: Millis) -> Result<(), Fault> {
    let EmoticonEntry { id, code, file, alt, may_keep, added_at } = one;
    let alt = sql.seal(&ALT, id, alt)?;
    let values = [
        id.as_str().into(),
        code.as_str().into(),
        file.as_str().into(),
        alt.as_str().into(),
        u64::from(*may_keep).into(),
        (*added_at).into(),
    ];
    exec(sql, "INSERT INTO emoticons VALUES (?, ?, ?, ?, ?, ?)", &values)?;
    files::settle(sql, file, free_at)
}

/// Changes the fields of an emoticon that the call names.
pub fn change(object: &PersonObject, call: &EmoticonCall) -> Result<EmoticonEntry, CallError> {
    object.of_known(|memory| {
        let sql = &memory.sql.0;
        let known = all(sql)?;
        let others = known.iter().filter(|one| one.id != call.id).map(|one| one.code.as_str());
        let mut one = known.iter().find(|one| one.id == call.id).cloned().ok_or(Refusal::NotFound)?;
        if let Some(code) = &call.code {
            check_code(code, others)?;
            one.code.clone_from(code);
        }
        one.alt = call.alt.clone().unwrap_or(one.alt);
        one.may_keep = call.may_keep.unwrap_or(one.may_keep);
        update(sql, &one)?;
        Ok(one)
    })
}

fn update(sql: &Db, one: &EmoticonEntry) -> Result<(), Fault> {
    let alt = sql.seal(&ALT, &one.id, &one.alt)?;
    let values =
        [one.code.as_str().into(), alt.as_str().into(), u64::from(one.may_keep).into(), one.id.as_str().into()];
    exec(sql, "UPDATE emoticons SET code = ?, alt = ?, may_keep = ? WHERE id = ?", &values)
}

/// Removes an emoticon from the list, which no longer holds its picture.
pub fn remove(object: &PersonObject, id: &str) -> Result<bool, CallError> {
    object.of_known(|memory| {
        let sql = &memory.sql.0;
        let one = all(sql)?.into_iter().find(|one| one.id == id).ok_or(Refusal::NotFound)?;
        let free_at = runtime::now_ms() + object.config.limits.file_unlinked_ms;
        Ok(object.in_step(|| delete(sql, &one, free_at))?)
    })?;
    object.arrange_alarm()?;
    Ok(true)
}

fn delete(sql: &Db, one: &EmoticonEntry, free_at: Millis) -> Result<(), Fault> {
    exec(sql, "DELETE FROM emoticons WHERE id = ?", &[one.id.as_str().into()])?;
    files::settle(sql, &one.file, free_at)
}

/// Returns `true` if others may copy the emoticon with this picture.
pub fn is_allowed(object: &PersonObject, file: &str) -> Result<bool, CallError> {
    object.of_known(|memory| {
        let is_it = |one: &EmoticonEntry| one.file == file && one.may_keep;
        Ok(all(&memory.sql.0)?.iter().any(is_it))
    })
}

#[cfg(test)]
#[path = "emoticons_tests.rs"]
mod tests;
