//! Arrangement of the account, on all of its devices (`home.md`): the last word about each field. `protocol::people::home` decides which word
//! counts.
//!
//! A removed field leaves a row without value, so that an older word from another device does not bring it back.

use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::codec::json::Value;
use protocol::people::home::{HomeEntry, HomePage, HomeWord};
use protocol::wire::messenger::home_json;
use protocol::words::event::Millis;
use protocol::words::limits::{HOME_AT_ONCE_MAX, HOME_BYTES_MAX, HOME_FIELDS_MAX, HOME_REMOVED_MS};
use protocol::words::refusal::{Fault, Refusal};

use crate::kit::sealed::{Column, Db, KeyColumn};
use crate::kit::sql::{SqlRow, exec, rows};
use crate::objects::person::object::PersonObject;
use crate::objects::person::tables::{Fact, PersonSql};
use crate::runtime;
use crate::runtime::call_error::CallError;

/// The step that brings the table. `bytes` is the size of name and value before the value is sealed, and `kept_at` the time at which the word
/// was stored, by the object's own clock.
pub const STEP: &[&str] = &[
    "CREATE TABLE home (field TEXT PRIMARY KEY, value TEXT NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, \
     version INTEGER NOT NULL, bytes INTEGER NOT NULL, kept_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX home_by_version ON home (version)",
];

/// Column of the values, as JSON text; empty for a removed field.
pub const VALUE: Column =
    Column { table: "home", name: "value", key: &[KeyColumn::Text("field")], but: "", is_bytes: false };

const ROWS: &str = "SELECT field, value, at, author, version FROM home";

/// Words that a call stores, and its answer.
#[derive(Debug, PartialEq, Eq)]
struct Writing {
    words: BTreeMap<String, HomeWord>,
    answer: HomePage,
}

fn entry_in(db: &Db, row: &SqlRow) -> Result<(HomeEntry, u64), Fault> {
    let name = row.text(0)?;
    let text = db.open_text(&VALUE, &name, row.text(1)?)?;
    let value = if text.is_empty() { Some(Value::Null) } else { Value::parse(&text) };
    let value = value.ok_or_else(|| Fault("a value of a field that cannot be read".to_owned()))?;
    let word = HomeWord { value, at: row.number(2)?, by: row.text(3)? };
    Ok((HomeEntry { name, word }, row.number(4)?))
}

/// Returns the words that were stored after `since` as JSON text.
pub fn read(object: &PersonObject, since: u64) -> Result<String, CallError> {
    object.of_known(|memory| Ok(page(&memory.sql, since)?.to_json()))
}

fn page(sql: &PersonSql, since: u64) -> Result<HomePage, Fault> {
    let newest = sql.fact(Fact::HomeVersion)?;
    let since = if since > newest { 0 } else { since };
    let query = format!("{ROWS} WHERE version > ? ORDER BY version LIMIT ?");
    let values = [since.into(), (HOME_AT_ONCE_MAX as u64 + 1).into()];
    let mut found = rows(&sql.0, &query, &values, |row| entry_in(&sql.0, row))?;
    let more = found.len() > HOME_AT_ONCE_MAX;
    found.truncate(HOME_AT_ONCE_MAX);
    let last = found.last().filter(|_| more).map(|(_, version)| *version);
    let fields = found.into_iter().map(|(entry, _)| entry).collect();
    Ok(HomePage { version: last.unwrap_or(newest), before: None, fields, more })
}

/// Stores the words of a device that count, and notifies all devices. Returns JSON text for the device.
pub fn write(object: &Rc<PersonObject>, fields: &[HomeEntry]) -> Result<String, CallError> {
    let now = runtime::now_ms();
    let (answer, has_stored) = object.of_known(|memory| {
        let sql = &memory.sql;
        let mut writing = plan(sql, fields, now)?;
        if !writing.words.is_empty() {
            writing.answer.version = object.in_step(|| save(sql, &writing.words, now))?;
        }
        Ok((writing.answer, !writing.words.is_empty()))
    })?;
    if has_stored {
        object.send_to_all(&home_json(answer.version))?;
    }
    Ok(answer.to_json())
}

/// Decides which words count. The caller must not await before they are stored.
fn plan(sql: &PersonSql, said: &[HomeEntry], now: Millis) -> Result<Writing, CallError> {
    let before = sql.fact(Fact::HomeVersion)?;
    let (mut words, mut stored) = (BTreeMap::<String, HomeWord>::new(), BTreeMap::new());
    let mut fields = Vec::new();
    for HomeEntry { name, word } in said {
        let known = known(&sql.0, name)?;
        let counts = word.clone().over(words.get(name).or(known.as_ref()), now);
        if let Some(word) = &counts {
            words.insert(name.clone(), word.clone());
        }
        let counting = counts.or_else(|| words.get(name).cloned()).or_else(|| known.clone());
        fields.extend(counting.filter(|counting| counting != word).map(|word| HomeEntry { name: name.clone(), word }));
        stored.insert(name.clone(), known);
    }
    check_space(&sql.0, &words, &stored)?;
    let answer = HomePage { version: before, before: Some(before), fields, more: false };
    Ok(Writing { words, answer })
}

fn known(sql: &Db, name: &str) -> Result<Option<HomeWord>, Fault> {
    let found = rows(sql, &format!("{ROWS} WHERE field = ?"), &[name.into()], |row| entry_in(sql, row))?.pop();
    Ok(found.map(|(entry, _)| entry.word))
}

/// Returns the size of a field; a removed one takes no space.
fn bytes_of(name: &str, word: &HomeWord) -> u64 {
    if word.is_removal() { 0 } else { (name.len() + word.value.to_string().len()) as u64 }
}

/// Checks whether the words fit beside those of the other fields. What takes no more space than before always fits.
fn check_space(
    sql: &Db,
    words: &BTreeMap<String, HomeWord>,
    stored: &BTreeMap<String, Option<HomeWord>>,
) -> Result<(), CallError> {
    let query = "SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM home WHERE value <> ''";
    let full = rows(sql, query, &[], |row| Ok((row.number(0)?, row.number(1)?)))?.pop().unwrap_or_default();
    let sum = |sizes: &mut dyn Iterator<Item = u64>| {
        sizes.filter(|bytes| *bytes > 0).fold((0, 0), |(count, sum): (u64, u64), bytes| (count + 1, sum + bytes))
    };
    let added = sum(&mut words.iter().map(|(name, word)| bytes_of(name, word)));
    let replaced = |name: &String| stored.get(name).and_then(Option::as_ref).map_or(0, |word| bytes_of(name, word));
    let freed = sum(&mut words.keys().map(replaced));
    let is_over = |full: u64, added: u64, freed: u64, most: usize| added > freed && full + added - freed > most as u64;
    if is_over(full.0, added.0, freed.0, HOME_FIELDS_MAX) {
        return Err(Refusal::over_limit("fields", "An account can't have more fields.", HOME_FIELDS_MAX).into());
    }
    if is_over(full.1, added.1, freed.1, HOME_BYTES_MAX) {
        return Err(Refusal::over_limit("fields", "The fields of an account are too large.", HOME_BYTES_MAX).into());
    }
    Ok(())
}

/// Stores words, each with a version of its own. Returns the last version.
fn save(sql: &PersonSql, words: &BTreeMap<String, HomeWord>, now: Millis) -> Result<u64, Fault> {
    let mut version = sql.fact(Fact::HomeVersion)?;
    for (name, word) in words {
        version += 1;
        let text = if word.is_removal() { String::new() } else { word.value.to_string() };
        let text = sql.0.seal(&VALUE, name, &text)?;
        let values = [
            name.as_str().into(),
            text.as_str().into(),
            word.at.into(),
            word.by.as_str().into(),
            version.into(),
            bytes_of(name, word).into(),
            now.into(),
        ];
        exec(&sql.0, "INSERT OR REPLACE INTO home VALUES (?, ?, ?, ?, ?, ?, ?)", &values)?;
    }
    sql.set_fact(Fact::HomeVersion, version)?;
    forget_removed(&sql.0, now)?;
    Ok(version)
}

/// Forgets removed fields that are too old, or too many.
fn forget_removed(sql: &Db, now: Millis) -> Result<(), Fault> {
    let query = "DELETE FROM home WHERE value = '' AND kept_at <= ?";
    exec(sql, query, &[now.saturating_sub(HOME_REMOVED_MS).into()])?;
    let query = "DELETE FROM home WHERE field IN (SELECT field FROM home WHERE value = '' \
                 ORDER BY version DESC LIMIT -1 OFFSET ?)";
    exec(sql, query, &[(HOME_FIELDS_MAX as u64).into()])
}

/// Returns all fields that are not removed as JSON text, by name; empty if there are none.
pub fn archived(sql: &Db) -> Result<String, Fault> {
    let found = rows(sql, &format!("{ROWS} WHERE value <> '' ORDER BY field"), &[], |row| entry_in(sql, row))?;
    let entries: Vec<HomeEntry> = found.into_iter().map(|(entry, _)| entry).collect();
    Ok(if entries.is_empty() { String::new() } else { protocol::people::home::fields_json(&entries) + "\n" })
}

#[cfg(test)]
#[path = "home_tests.rs"]
mod tests;
