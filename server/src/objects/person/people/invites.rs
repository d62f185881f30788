//! A person's invites (`people.md` 5): the invites, the uses that are left, and the people who came.
//!
//! Only the hash of a code is stored. A person who came by an invite to be a contact is accepted at once when they send a request. That
//! consent is a row, and is removed once it is used.

use std::rc::Rc;

use protocol::people::contacts::Relation;
use protocol::people::invite::{InviteState, InviteUse, used};
use protocol::wire::messenger::{invite_json, invite_shown_json};
use protocol::words::event::Millis;
use protocol::words::limits::INVITES_MAX;
use protocol::words::refusal::{Fault, Refusal};

use super::contacts;
use crate::calls::directory::{OwnedHashCall, RemoveInvite};
use crate::calls::invites::{InviteCall, InviteUseAnswer, InviteUseCall};
use crate::kit::call;
use crate::kit::request::Request;
use crate::kit::sql::{Database, SqlRow, exec, rows, wrote};
use crate::objects::person::object::{PersonMemory, PersonObject};
use crate::objects::person::tables::leaving_tables::is_leaving;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

pub const STEP: &[&str] = &[
    "CREATE TABLE invites (hash TEXT PRIMARY KEY, room TEXT, uses_left INTEGER NOT NULL, expires_at INTEGER NOT NULL, \
     made_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE invite_uses (hash TEXT NOT NULL, user TEXT NOT NULL, is_open INTEGER NOT NULL, \
     PRIMARY KEY (hash, user)) STRICT, WITHOUT ROWID",
];

/// The step that keeps the maker's name and picture of the time of the making. `NULL` in older rows.
pub const MAKER: &[&str] = &["ALTER TABLE invites ADD COLUMN name TEXT", "ALTER TABLE invites ADD COLUMN avatar TEXT"];

/// The step that lets guests use some invites.
pub const GUESTS: &[&str] = &["ALTER TABLE invites ADD COLUMN takes_guests INTEGER NOT NULL DEFAULT 0"];

/// Number of characters of a hash by which its maker names an invite.
const ID_CHARS: usize = 16;

struct Invite {
    hash: String,
    room: Option<String>,
    uses_left: u64,
    expires_at: Millis,
    made_at: Millis,
    /// Name and picture that the maker had then.
    maker: Option<(String, String)>,
    takes_guests: bool,
}

const INVITES: &str = "SELECT hash, room, uses_left, expires_at, made_at, name, avatar, takes_guests FROM invites";

fn invite_in(row: &SqlRow) -> Result<Invite, Fault> {
    let (hash, room, uses_left, expires_at) = (row.text(0)?, row.text_or_null(1), row.number(2)?, row.number(3)?);
    let maker = row.text_or_null(5).zip(row.text_or_null(6));
    let (made_at, takes_guests) = (row.number(4)?, row.number(7)? == 1);
    Ok(Invite { hash, room, uses_left, expires_at, made_at, maker, takes_guests })
}

fn read_invite(sql: &Database, hash: &str) -> Result<Option<Invite>, Fault> {
    Ok(rows(sql, &format!("{INVITES} WHERE hash = ?"), &[hash.into()], invite_in)?.pop())
}

/// Returns the invites that have not expired or been used up, and removes the others.
fn living(sql: &Database, now: Millis) -> Result<Vec<Invite>, Fault> {
    forget_old(sql, now)?;
    rows(sql, &format!("{INVITES} ORDER BY made_at, hash"), &[], invite_in)
}

/// Removes the invites that are over, and the list of people who came by them.
pub fn forget_old(sql: &Database, now: Millis) -> Result<(), Fault> {
    exec(sql, "DELETE FROM invites WHERE expires_at <= ?", &[now.into()])?;
    exec(sql, "DELETE FROM invite_uses WHERE hash NOT IN (SELECT hash FROM invites)", &[])
}

/// Returns the time at which the next invite expires.
pub fn due_at(sql: &Database) -> Result<Option<Millis>, Fault> {
    Ok(rows(sql, "SELECT MIN(expires_at) FROM invites", &[], |row| row.number_or_null(0))?.pop().flatten())
}

fn woken<T>(
    object: &PersonObject,
    work: impl FnOnce(&mut PersonMemory) -> Result<T, CallError>,
) -> Result<T, CallError> {
    object.of_known(|memory| {
        // A person who is about to be deleted invites nobody.
        if is_leaving(&memory.sql.0)? {
            return Err(Refusal::NotFound.into());
        }
        work(memory)
    })
}

// ---- what their maker asks

pub fn make(object: &PersonObject, call: &InviteCall) -> Result<bool, CallError> {
    woken(object, |memory| {
        let shown = memory.views()?.to("");
        insert(&memory.sql.0, call, (&shown.display_name, &shown.avatar_id), runtime::now_ms())
    })?;
    object.arrange_alarm()?;
    Ok(true)
}

fn insert(sql: &Database, call: &InviteCall, (name, avatar): (&str, &str), now: Millis) -> Result<(), CallError> {
    if living(sql, now)?.iter().filter(|invite| invite.uses_left > 0).count() >= INVITES_MAX {
        return Err(Refusal::over_limit("uses", "Too many invites are open.", INVITES_MAX).into());
    }
    let values = [
        call.hash.as_str().into(),
        call.room.as_deref().into(),
        call.uses.into(),
        call.expires_at.into(),
        now.into(),
        name.into(),
        avatar.into(),
        u64::from(call.takes_guests).into(),
    ];
    Ok(exec(sql, "INSERT INTO invites VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &values)?)
}

/// Returns all invites, each as JSON text, with commas between them.
pub fn list_invites(object: &PersonObject) -> Result<String, CallError> {
    woken(object, |memory| Ok(items(&memory.sql.0, runtime::now_ms())?.join(",")))
}

/// Returns the invites for an archive or a list, each as JSON text.
pub fn items(sql: &Database, now: Millis) -> Result<Vec<String>, Fault> {
    let item = |Invite { hash, room, uses_left, expires_at, made_at, takes_guests, .. }: &Invite| {
        let id = hash.get(..ID_CHARS).unwrap_or_default();
        invite_json(id, room.as_deref(), *takes_guests, *uses_left, *expires_at, *made_at)
    };
    Ok(living(sql, now)?.iter().map(item).collect())
}

/// Withdraws an invite. Returns the hash of its code.
pub fn end_invite(object: &PersonObject, call: &InviteCall) -> Result<String, CallError> {
    woken(object, |memory| {
        let sql = &memory.sql.0;
        let named = |invite: &Invite| invite.hash == call.hash || invite.hash.get(..ID_CHARS) == Some(call.id.as_str());
        let invite = living(sql, runtime::now_ms())?.into_iter().find(named).ok_or(Refusal::NotFound)?;
        object.in_step(|| withdraw(sql, &invite.hash))?;
        Ok(invite.hash)
    })
}

/// Ends the invites that were made since a time, in one step: somebody else may have made them (`account.md` 4). The directory forgets whose
/// they were. Where it cannot be asked, its row opens nothing, and goes with the end of the invite.
pub async fn end_since(object: &PersonObject, user: &str, made_since: Millis) -> Result<(), Fault> {
    let ended = object.in_step(|| object.with(|memory| withdraw_since(&memory.sql.0, made_since)))?;
    let forgotten = ended.into_iter().map(|hash| async move {
        let entry = OwnedHashCall { hash, user: user.to_owned(), until: 0 };
        RemoveInvite::ask(&object.env, entry.hash.get(..1).unwrap_or_default(), &entry).await
    });
    for error in call::in_portions(forgotten).await.into_iter().filter_map(Result::err) {
        telemetry::call_failed("invite-forget", &error);
    }
    Ok(())
}

/// Removes the invites that were made since a time, and returns the hashes of their codes.
fn withdraw_since(sql: &Database, made_since: Millis) -> Result<Vec<String>, Fault> {
    let query = "SELECT hash FROM invites WHERE made_at >= ? ORDER BY hash";
    let ended = rows(sql, query, &[made_since.into()], |row| row.text(0))?;
    ended.iter().try_for_each(|hash| withdraw(sql, hash))?;
    Ok(ended)
}

fn withdraw(sql: &Database, hash: &str) -> Result<(), Fault> {
    exec(sql, "DELETE FROM invites WHERE hash = ?", &[hash.into()])?;
    exec(sql, "DELETE FROM invite_uses WHERE hash = ?", &[hash.into()])
}

// ---- what others ask

/// Returns the part of an invite that everybody with the code may see. A person who came by it before sees it even after it is over for
/// others. A blocked person sees what they saw of the maker at the block. They may also look without a session, so a viewer whom nobody knows
/// gets name and picture of the time of the making, whoever was blocked since.
pub fn show_invite(object: &PersonObject, call: &InviteUseCall) -> Result<String, CallError> {
    if call.by == object.user()?.as_str() {
        return Err(Refusal::Conflict.into());
    }
    woken(object, |memory| {
        let (invite, _) = find_use(memory, call, false, runtime::now_ms())?;
        let (name, avatar) = shown_maker(memory, &invite, &call.by)?;
        let room = invite.room.as_deref().map(|room| group_name(memory, room)).transpose()?;
        Ok(invite_shown_json(&name, &avatar, room.as_deref(), invite.takes_guests, invite.expires_at))
    })
}

/// Returns name and picture of the maker, as `viewer` may see them; empty for a viewer whom nobody knows.
fn shown_maker(memory: &PersonMemory, invite: &Invite, viewer: &str) -> Result<(String, String), Fault> {
    if let Some(maker) = invite.maker.clone().filter(|_| viewer.is_empty()) {
        return Ok(maker);
    }
    let visible = memory.views()?.to(viewer);
    Ok((visible.display_name, visible.avatar_id))
}

/// Counts the use of an invite by a person, once for each person.
pub async fn come(object: &Rc<PersonObject>, call: &InviteUseCall) -> Result<InviteUseAnswer, CallError> {
    if call.by == object.user()?.as_str() {
        return Err(Refusal::Conflict.into());
    }
    let used = count_use(object, call)?;
    if used.room.is_none() && used.is_open {
        contacts::welcome(object, &call.by).await?;
    }
    Ok(used)
}

fn count_use(object: &PersonObject, call: &InviteUseCall) -> Result<InviteUseAnswer, CallError> {
    woken(object, |memory| {
        let (invite, what) = find_use(memory, call, memory.sql.hides()?.blocks(&call.by), runtime::now_ms())?;
        check_guest(&invite, call)?;
        if let Some(room) = &invite.room {
            group_name(memory, room)?;
        }
        if what == InviteUse::First {
            object.in_step(|| take_use(&memory.sql.0, call))?;
        }
        let name = memory.views()?.to(call.by.as_str()).display_name;
        Ok(InviteUseAnswer { room: invite.room, is_open: what != InviteUse::Done, name })
    })
}

/// Refuses a guest where the maker did not choose that guests may use the invite.
fn check_guest(invite: &Invite, call: &InviteUseCall) -> Result<(), Refusal> {
    if call.is_guest && !invite.takes_guests { Err(Refusal::Forbidden) } else { Ok(()) }
}

fn take_use(sql: &Database, call: &InviteUseCall) -> Result<(), Fault> {
    let hash = call.hash.as_str();
    exec(sql, "UPDATE invites SET uses_left = uses_left - 1 WHERE hash = ?", &[hash.into()])?;
    exec(sql, "INSERT INTO invite_uses VALUES (?, ?, 1)", &[hash.into(), call.by.as_str().into()])
}

/// Notes that the use succeeded: the group or the request for a contact is open.
pub fn finish_use(object: &PersonObject, call: &InviteUseCall) -> Result<bool, CallError> {
    woken(object, |memory| {
        close_use(&memory.sql.0, call)?;
        Ok(true)
    })
}

fn close_use(sql: &Database, call: &InviteUseCall) -> Result<(), Fault> {
    let values = [call.hash.as_str().into(), call.by.as_str().into()];
    exec(sql, "UPDATE invite_uses SET is_open = 0 WHERE hash = ? AND user = ?", &values)
}

/// Takes back a use that opened nothing after all, as if it had not happened.
pub fn back(object: &PersonObject, call: &InviteUseCall) -> Result<bool, CallError> {
    woken(object, |memory| {
        object.in_step(|| give_use_back(&memory.sql.0, call))?;
        Ok(true)
    })
}

fn give_use_back(sql: &Database, call: &InviteUseCall) -> Result<(), Fault> {
    let (hash, query) = (call.hash.as_str(), "DELETE FROM invite_uses WHERE hash = ? AND user = ? AND is_open = 1");
    if wrote(sql, query, &[hash.into(), call.by.as_str().into()])? {
        exec(sql, "UPDATE invites SET uses_left = uses_left + 1 WHERE hash = ?", &[hash.into()])?;
    }
    Ok(())
}

fn find_use(
    memory: &PersonMemory,
    call: &InviteUseCall,
    is_blocked: bool,
    now: Millis,
) -> Result<(Invite, InviteUse), CallError> {
    let sql = &memory.sql.0;
    let invite = read_invite(sql, &call.hash)?.ok_or(Refusal::NotFound)?;
    let query = "SELECT is_open FROM invite_uses WHERE hash = ? AND user = ?";
    let came = rows(sql, query, &[call.hash.as_str().into(), call.by.as_str().into()], |row| row.number(0))?;
    let found = InviteState {
        uses_left: invite.uses_left,
        expires_at: invite.expires_at,
        came: came.first().map(|is_open| *is_open == 1),
        is_blocked,
        is_needless: match &invite.room {
            Some(room) => call.is_in.contains(room),
            None => memory.sql.relation(&call.by)? == Relation::Contact,
        },
        is_full: invite.room.is_none() && contacts::fullness(memory)?.is_full(),
    };
    let what = used(Some(found), now)?;
    Ok((invite, what))
}

/// Returns the name of the group; `NOT_FOUND` if the invite's maker has left it, because the invite is useless then.
fn group_name(memory: &PersonMemory, room: &str) -> Result<String, CallError> {
    Ok(memory.sql.group_name(room)?.ok_or(Refusal::NotFound)?)
}

#[cfg(test)]
#[path = "invites_tests.rs"]
mod tests;
