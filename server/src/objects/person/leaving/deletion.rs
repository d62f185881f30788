//! Deletion of a person for good (`leaving.md` 2): the request, the time in which a login cancels it, and one step after the other until
//! only rows of operation are left.
//!
//! The next step is stored together with the result of the last one. Each step can be repeated: a stop of the object in the middle of one
//! costs a repetition, and never leaves a remainder.

use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::machines::presence::Record;
use protocol::machines::room::GONE_NAME;
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::ids::{RoomRules, UserId};
use protocol::words::personas::{self, Persona};
use protocol::words::principal::UserKind;
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::retry::retry_delay_ms;

use super::export::text;
use super::export_files::rooms_ever;
use crate::calls::account::RemoveAccount;
use crate::calls::auth::{EndCall, EndSession};
use crate::calls::directory::{ForgetOwner, ForgetOwnerCall};
use crate::calls::leaving::{ForgetCall, InboxForgetCall, LeaveCall, Portion};
use crate::calls::room::ForgetPerson;
use crate::kit::request::{Request, ask_shards};
use crate::kit::sealed::Db;
use crate::kit::sql::{Database, exec, rows};
use crate::kit::trace::Trace;
use crate::objects::person::object::PersonObject;
use crate::objects::person::people::{contacts, groups, handles, listing};
use crate::objects::person::tables::leaving_tables::{Leaving, is_leaving, leaving};
use crate::objects::person::tables::{Fact, PersonSql, push_tables};
use crate::objects::person::watching::{notifications, unread};
use crate::platform::bucket;
use crate::projection::audit_log::{self, AuditEntry};
use crate::projection::database;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Most portions of rooms that one alarm requests, and most files that one call of the bucket removes.
const PORTIONS_AT_ONCE: usize = 200;
const FILES_AT_ONCE: u64 = 500;
/// Tables that the wipe leaves alone: the rows of operation.
const RETAINED_TABLES: [&str; 2] = ["schema", "audit"];
/// Tables of a persona that its next player goes on with: the numbers of contacts, and files of earlier players.
const RETAINED_OF_PERSONAS: [&str; 3] = ["contacts", "files", "file_rooms"];

// ---- what is asked

/// Stores the request for deletion. From now on nobody can sign in as this person. A repeated request changes nothing.
pub async fn ask(object: &Rc<PersonObject>, call: &LeaveCall) -> Result<Millis, CallError> {
    object.wake_known()?;
    let (sql, now, user) = (object.db()?, runtime::now_ms(), object.user()?);
    if !matches!(object.with(|memory| Ok(memory.person.record().kind))?, UserKind::User | UserKind::Guest) {
        return Err(Refusal::Forbidden.into());
    }
    let at = match leaving(&sql)? {
        Some(known) => known.at,
        None => {
            let at = now + call.undo_ms;
            object.in_step(|| wish(&sql, user.as_str(), call, now, at))?;
            at
        }
    };
    object.arrange_alarm()?;
    end_sessions(object, user.as_str()).await?;
    Ok(at)
}

fn wish(sql: &Database, user: &str, call: &LeaveCall, now: Millis, at: Millis) -> Result<(), Fault> {
    let trace = &call.trace;
    let (address, request) = (trace.address.as_str(), trace.request.as_str());
    let values = [u64::from(call.keeps_words).into(), at.into(), address.into(), request.into()];
    exec(sql, "INSERT INTO leaving VALUES (1, ?1, ?2, 0, ?2, 0, ?3, ?4)", &values)?;
    audit_log::write(sql, now, &AuditEntry { actor: user, action: "delete_request", target: user, result: "ok" }, trace)
}

/// Cancels the request, as a login as this person means a change of mind; `BAD_CREDENTIALS` once it is too late for that. Returns `true` if
/// there was a request.
pub fn take_back(object: &PersonObject, user: &UserId) -> Result<bool, CallError> {
    let (sql, now) = (object.db()?, runtime::now_ms());
    match leaving(&sql)? {
        None => Ok(false),
        Some(leaving) if leaving.at <= now => Err(Refusal::BadCredentials.into()),
        Some(_) => {
            object.in_step(|| unwish(&sql, user.as_str(), now))?;
            Ok(true)
        }
    }
}

fn unwish(sql: &Database, user: &str, now: Millis) -> Result<(), Fault> {
    exec(sql, "DELETE FROM leaving", &[])?;
    let act = AuditEntry { actor: user, action: "delete_cancel", target: user, result: "ok" };
    audit_log::write(sql, now, &act, &Trace::default())
}

/// Returns an error for a person who is about to be deleted: they cannot sign in, not even with a remembered browser.
pub fn check_stays(object: &PersonObject) -> Result<(), CallError> {
    if is_leaving(&*object.db()?)? { Err(Refusal::Unauthenticated.into()) } else { Ok(()) }
}

/// Removes the entries and the name of another person who was deleted.
pub fn forget_entries(object: &Rc<PersonObject>, call: &InboxForgetCall) -> Result<bool, CallError> {
    forget_sender(&object.tables()?, &call.room, &call.sender, call.after)?;
    unread::recount(object, [call.room.as_str()]);
    Ok(true)
}

fn forget_sender(sql: &PersonSql, room: &str, sender: &str, after: u64) -> Result<(), Fault> {
    push_tables::forget_sender(&sql.0, room, sender, after)?;
    sql.forget_entries_of(room, sender, after)?;
    let query = "UPDATE groups SET by_name = ? WHERE brought_by = ?";
    exec(&sql.0, query, &[GONE_NAME.into(), sender.into()])
}

// ---- carrying it out

/// Carries out the steps that are due. Returns `true` if the person has just been deleted.
pub async fn carry_on(object: &Rc<PersonObject>, now: Millis) -> Result<bool, Fault> {
    let sql = object.db()?;
    let is_due = |leaving: &Leaving| leaving.at.max(leaving.due_at) <= now;
    if !leaving(&sql)?.is_some_and(|leaving| is_due(&leaving)) || object.runs.is_leaving.replace(true) {
        return Ok(false);
    }
    let result = steps(object, &sql).await;
    object.runs.is_leaving.set(false);
    match result {
        Ok(is_gone) => Ok(is_gone),
        Err(error) => {
            telemetry::call_failed("leaving", &error);
            postpone(&sql, runtime::now_ms())?;
            Ok(false)
        }
    }
}

fn postpone(sql: &Database, now: Millis) -> Result<(), Fault> {
    let tries = leaving(sql)?.map_or(0, |leaving| leaving.tries);
    let later = now + retry_delay_ms(tries);
    exec(sql, "UPDATE leaving SET tries = tries + 1, due_at = ?", &[later.into()])
}

async fn steps(object: &Rc<PersonObject>, sql: &Db) -> Result<bool, CallError> {
    loop {
        let Some(leaving) = leaving(sql)? else {
            return Ok(false);
        };
        let user = object.with(|memory| Ok(memory.person.record().user.clone()))?;
        match leaving.step {
            0 => begin(object, sql, &user).await?,
            1 => part(object).await?,
            2 => {
                if !leave_rooms(object, sql, &user, leaving.keeps_words).await? {
                    exec(sql, "UPDATE leaving SET tries = 0, due_at = ?", &[runtime::now_ms().into()])?;
                    return Ok(false);
                }
            }
            3 => remove_files(object, sql, &user).await?,
            4 => {
                let visible_from = visible_from(sql)?;
                database::forget_person(&object.env, &user, leaving.keeps_words, visible_from).await?;
            }
            5 => {
                notifications::notify_listeners(object).await?;
                handles::forget(object).await?;
                forget_in_directory(object, &user).await?;
                if !listing::forget(object, user).await? {
                    return Err(Fault("the directory could not be notified".into()).into());
                }
            }
            _ => return wipe(object, sql, &user, &leaving).map(|()| true),
        }
        exec(sql, "UPDATE leaving SET step = ?, tries = 0", &[(leaving.step + 1).into()])?;
    }
}

/// Ends all sessions of this person, and stores the list of rooms in which they ever were, or which know their settings.
async fn begin(object: &Rc<PersonObject>, sql: &Database, user: &str) -> Result<(), CallError> {
    let forgotten = ask_shards::<RemoveAccount>(&object.env, &user.to_owned()).await;
    forgotten.into_iter().collect::<Result<Vec<_>, _>>()?;
    end_sessions(object, user).await?;
    Ok(object.in_step(|| note_rooms(sql, &object.config.rooms))?)
}

fn note_rooms(sql: &Database, rules: &RoomRules) -> Result<(), Fault> {
    let mut rooms: BTreeSet<String> = rooms_ever(sql, rules)?.into_iter().map(|(room, _)| room).collect();
    // This list has two more kinds of conversations that must keep nothing of the person: those that a blocked person began, and those that
    // somebody opened without writing. They have no messages of the person, but received the person's settings.
    rooms.extend(rows(sql, "SELECT room FROM directs UNION SELECT room FROM privacy_rooms", &[], text)?);
    let query = "INSERT OR IGNORE INTO leaving_rooms (room) VALUES (?)";
    rooms.iter().try_for_each(|room| exec(sql, query, &[room.as_str().into()]))
}

async fn end_sessions(object: &Rc<PersonObject>, user: &str) -> Result<(), CallError> {
    for (session, _) in object.with(|memory| memory.sql.sessions())? {
        let shard = protocol::people::session::shard_of(&session).unwrap_or_default().to_owned();
        let (code, reason) = (CloseCode::Unauthenticated.code(), "deleted".to_owned());
        let question = EndCall { session: session.clone(), user: user.to_owned(), code, reason };
        match EndSession::ask(&object.env, &shard, &question).await {
            Ok(()) => {}
            // The session has already ended.
            Err(CallError::Refused(_)) => {
                object.with(|memory| memory.sql.remove_session(&session))?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn part(object: &Rc<PersonObject>) -> Result<(), CallError> {
    if groups::leave_all(object).await? && contacts::end_all_contacts(object).await? {
        return Ok(());
    }
    Err(Fault("a group or contact could not be notified".into()).into())
}

/// Returns `true` if all rooms have removed the person.
async fn leave_rooms(object: &PersonObject, sql: &Db, user: &str, keeps_words: bool) -> Result<bool, CallError> {
    for _ in 0..PORTIONS_AT_ONCE {
        let Some((room, after, was_here)) = next_room(sql)? else {
            return Ok(true);
        };
        // From here on the room receives no settings of the person, because late ones would restore them.
        if object.runs.is_sending_privacy.get() {
            return Err(Fault("rooms are being notified".into()).into());
        }
        PersonSql(sql.clone()).forget_room_version(&room)?;
        let (user, visible_from) = (user.to_owned(), visible_from(sql)?);
        let question = ForgetCall { user, after, was_here, keeps_words, visible_from };
        match ForgetPerson::ask(&object.env, &room, &question).await {
            Ok(Portion { next, was_here, is_done: false, .. }) => note_portion(sql, &room, next, was_here)?,
            // A room that does not exist any more has no data of anybody.
            Ok(_) | Err(CallError::Refused(_)) => {
                exec(sql, "DELETE FROM leaving_rooms WHERE room = ?", &[room.as_str().into()])?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Returns the time up to which everything belongs to earlier players of the persona, and stays (`account.md` 10); 0 for everybody else.
fn visible_from(sql: &Db) -> Result<Millis, Fault> {
    PersonSql(sql.clone()).fact(Fact::VisibleFrom)
}

/// Returns the next room that has to remove the person, the position reached there, and if it had any data of the person.
fn next_room(sql: &Database) -> Result<Option<(String, u64, bool)>, Fault> {
    let query = "SELECT room, after, was_here FROM leaving_rooms ORDER BY room LIMIT 1";
    Ok(rows(sql, query, &[], |row| Ok((row.text(0)?, row.number(1)?, row.number(2)? == 1)))?.pop())
}

fn note_portion(sql: &Database, room: &str, next: u64, was_here: bool) -> Result<(), Fault> {
    let query = "UPDATE leaving_rooms SET after = ?, was_here = ? WHERE room = ?";
    exec(sql, query, &[next.into(), u64::from(was_here).into(), room.into()])
}

/// Removes files, avatars and archives of the person.
async fn remove_files(object: &PersonObject, sql: &Db, user: &str) -> Result<(), CallError> {
    let (bucket, from) = (object.env.bucket(bucket::BINDING)?, visible_from(sql)?);
    loop {
        let keys = rows(sql, "SELECT key FROM files WHERE at > ? LIMIT ?", &[from.into(), FILES_AT_ONCE.into()], text)?;
        if keys.is_empty() {
            break;
        }
        bucket.delete_multiple(keys.clone()).await?;
        for key in &keys {
            exec(sql, "DELETE FROM files WHERE key = ?", &[key.as_str().into()])?;
        }
    }
    for id in rows(sql, "SELECT id FROM exports", &[], text)? {
        bucket.delete(bucket::archive_key(user, &id)).await?;
    }
    Ok(())
}

/// Removes handles and invites of the person from every shard, also those that this object no longer knows.
async fn forget_in_directory(object: &PersonObject, user: &str) -> Result<(), CallError> {
    let free_at = runtime::now_ms() + object.config.limits.handle_free_ms;
    let question = ForgetOwnerCall { user: user.to_owned(), free_at };
    let forgotten = ask_shards::<ForgetOwner>(&object.env, &question).await;
    forgotten.into_iter().collect::<Result<Vec<_>, _>>().map(|_| ())
}

/// Wipes the tables. One row of the audit log records the end.
fn wipe(object: &PersonObject, sql: &Db, user: &str, leaving: &Leaving) -> Result<(), CallError> {
    object.in_step(|| wipe_tables(sql, user, leaving, runtime::now_ms()))?;
    *object.base.memory.borrow_mut() = None;
    Ok(())
}

fn wipe_tables(sql: &Db, user: &str, leaving: &Leaving, now: Millis) -> Result<(), Fault> {
    let person = PersonSql(sql.clone());
    let persona = personas::find(user);
    let before = if persona.is_some() { person.record()? } else { None };
    let is_kept =
        |table: &str| RETAINED_TABLES.contains(&table) || persona.is_some() && RETAINED_OF_PERSONAS.contains(&table);
    let query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'";
    let tables = rows(sql, query, &[], text)?;
    for table in tables.iter().filter(|table| !is_kept(table)) {
        exec(sql, &format!("DELETE FROM \"{table}\""), &[])?;
    }
    if let Some(persona) = persona {
        begin_anew(&person, persona, before.as_ref(), now)?;
    }
    let act = AuditEntry { actor: user, action: "delete", target: user, result: "ok" };
    audit_log::write(sql, now, &act, &leaving.trace)
}

/// Prepares a persona whose account is gone for its next player, who begins empty (`account.md` 10). Versions and numbers go on: others have
/// the earlier ones, and ignore what is older.
fn begin_anew(sql: &PersonSql, persona: &Persona, before: Option<&Record>, now: Millis) -> Result<(), Fault> {
    sql.set_fact(Fact::VisibleFrom, now)?;
    sql.begin_contacts_anew(now)?;
    exec(&sql.0, "DELETE FROM file_rooms WHERE id NOT IN (SELECT id FROM files)", &[])?;
    let query = "UPDATE files SET free_at = COALESCE(free_at, ?) WHERE id NOT IN (SELECT id FROM file_rooms)";
    exec(&sql.0, query, &[now.into()])?;
    let fresh = Record::new(persona.id, UserKind::Persona, persona.name, persona.avatar, persona.message_en);
    let version = before.map_or(0, |before| before.version) + 1;
    let privacy = before.filter(|before| before.privacy > 0).map_or(0, |before| before.privacy + 1);
    sql.save_record(&Record { version, card_version: version, privacy, ..fresh })
}

#[cfg(test)]
#[path = "deletion_tests.rs"]
mod tests;
