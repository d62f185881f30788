//! Rows of web push: subscriptions, levels, and notifications that wait to be sent.
//!
//! A waiting notification is one row for each subscription and conversation. A newer one replaces an older one, as it does at the push
//! service. If a room delivers an event twice, the last position that the person saw there shows it.

use protocol::content::kinds::NotificationKind;
use protocol::machines::push::{Level, PushDecision};
use protocol::wire::messenger::push_subscription_json;
use protocol::words::event::Millis;
use protocol::words::limits::{PUSH_LEVELS_MAX, PUSH_SUBSCRIPTIONS_MAX, PUSH_WITHHELD_MS};
use protocol::words::refusal::Fault;

use crate::calls::push::PushCall;
use crate::kit::sealed::{Column, Db, KeyColumn, row_of};
use crate::kit::sql::{Database, SqlRow, exec, number, rows, wrote};

/// The step that brings the tables. An owner is a session, or the remembered browser that outlives its sessions.
pub const STEP: &[&str] = &[
    "CREATE TABLE push_subscriptions (id TEXT PRIMARY KEY, endpoint TEXT NOT NULL UNIQUE, p256dh TEXT NOT NULL, \
     auth TEXT NOT NULL, owner TEXT NOT NULL, language TEXT NOT NULL, agent TEXT NOT NULL, created_at INTEGER NOT NULL, \
     ok_at INTEGER, failures INTEGER NOT NULL) STRICT",
    "CREATE TABLE push_browsers (family TEXT PRIMARY KEY, session TEXT NOT NULL) STRICT",
    "CREATE TABLE push_levels (room TEXT PRIMARY KEY, level TEXT NOT NULL, until INTEGER, at INTEGER NOT NULL) STRICT",
    "CREATE TABLE push_marks (room TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT",
    "CREATE TABLE push_outbox (subscription TEXT NOT NULL, about TEXT NOT NULL, seq INTEGER NOT NULL, \
     message TEXT NOT NULL, sender TEXT NOT NULL, what TEXT NOT NULL, title TEXT NOT NULL, words TEXT NOT NULL, \
     is_called INTEGER NOT NULL, unread INTEGER NOT NULL, made_at INTEGER NOT NULL, due_at INTEGER NOT NULL, \
     tries INTEGER NOT NULL, PRIMARY KEY (subscription, about)) STRICT, WITHOUT ROWID",
];

/// The step that brings the column for notifications that wait only because a device was in view when they were written.
pub const WITHHELD: &[&str] = &["ALTER TABLE push_outbox ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0"];

/// The step that brings the origin of a browser's page, to which a notification leads that the browser shows by itself. Empty in older rows.
pub const ORIGIN: &[&str] = &["ALTER TABLE push_subscriptions ADD COLUMN origin TEXT NOT NULL DEFAULT ''"];

pub const WORDS: Column = Column {
    table: "push_outbox",
    name: "words",
    key: &[KeyColumn::Text("subscription"), KeyColumn::Text("about")],
    but: "",
    is_bytes: false,
};

/// Tables of a person that are removed with them.
pub const TABLES: [&str; 5] = ["push_subscriptions", "push_browsers", "push_levels", "push_marks", "push_outbox"];

#[derive(Clone)]
pub struct Subscription {
    pub id: String,
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
    pub language: String,
    pub origin: String,
}

#[derive(Clone)]
pub struct PendingNotification {
    pub subscription: Subscription,
    /// The conversation; empty for a notification without one.
    pub about: String,
    pub seq: u64,
    pub sender: String,
    pub what: NotificationKind,
    pub title: String,
    pub words: String,
    pub is_called: bool,
    pub unread: u64,
    pub made_at: Millis,
    pub tries: u32,
}

pub struct NewNotification<'a> {
    pub about: &'a str,
    pub seq: u64,
    /// Id of the message; empty if the notification is not about a message.
    pub message: &'a str,
    pub sender: &'a str,
    pub what: NotificationKind,
    pub title: &'a str,
    pub words: &'a str,
    pub is_called: bool,
    pub unread: u64,
}

/// Key of a waiting notification: a subscription and a conversation.
pub type NotificationKey = (String, String);

// ---- owners

pub fn note_browser(sql: &Database, family: &str, session: &str) -> Result<(), Fault> {
    exec(sql, "INSERT OR REPLACE INTO push_browsers VALUES (?, ?)", &[family.into(), session.into()])
}

/// Notes that a remembered browser goes on in another session.
pub fn note_renewed(sql: &Database, before: &str, session: &str) -> Result<(), Fault> {
    exec(sql, "UPDATE push_browsers SET session = ? WHERE session = ?", &[session.into(), before.into()])
}

/// Returns the owner of a subscription that `session` makes: its browser, if that is remembered, else the session.
fn owner_of(sql: &Database, session: &str) -> Result<String, Fault> {
    let query = "SELECT family FROM push_browsers WHERE session = ?";
    let family = rows(sql, query, &[session.into()], |row| row.text(0))?.pop();
    Ok(family.unwrap_or_else(|| session.to_owned()))
}

/// Removes the subscription of a session or a remembered browser that has ended, with its notifications.
pub fn end_owner(sql: &Database, owner: &str) -> Result<(), Fault> {
    exec(sql, "DELETE FROM push_browsers WHERE family = ?", &[owner.into()])?;
    exec(sql, "DELETE FROM push_subscriptions WHERE owner = ?", &[owner.into()])?;
    forget_orphans(sql)
}

/// Removes the subscription of a session or its remembered browser; both go on.
pub fn end_of_session(sql: &Database, session: &str) -> Result<(), Fault> {
    exec(sql, "DELETE FROM push_subscriptions WHERE owner = ?", &[owner_of(sql, session)?.as_str().into()])?;
    forget_orphans(sql)
}

pub fn end_at(sql: &Database, endpoint: &str) -> Result<(), Fault> {
    exec(sql, "DELETE FROM push_subscriptions WHERE endpoint = ?", &[endpoint.into()])?;
    forget_orphans(sql)
}

fn forget_orphans(sql: &Database) -> Result<(), Fault> {
    exec(sql, "DELETE FROM push_outbox WHERE subscription NOT IN (SELECT id FROM push_subscriptions)", &[])
}

// ---- subscriptions

pub fn count(sql: &Database) -> Result<u64, Fault> {
    number(sql, "SELECT COUNT(*) FROM push_subscriptions", &[])
}

fn subscription(row: &SqlRow) -> Result<Subscription, Fault> {
    let [id, endpoint, p256dh, auth, language, origin] = [0, 1, 2, 3, 4, 5].map(|at| row.text(at));
    Ok(Subscription {
        id: id?,
        endpoint: endpoint?,
        p256dh: p256dh?,
        auth: auth?,
        language: language?,
        origin: origin?,
    })
}

pub fn all(sql: &Database) -> Result<Vec<Subscription>, Fault> {
    let query = "SELECT id, endpoint, p256dh, auth, language, origin FROM push_subscriptions ORDER BY created_at, id";
    rows(sql, query, &[], subscription)
}

/// Stores a subscription. The same address is the same subscription, an owner has one at most, and the oldest are removed above the limit.
/// Returns its id.
pub fn add(sql: &Database, call: &PushCall, now: Millis) -> Result<String, Fault> {
    let owner = owner_of(sql, &call.session)?;
    let query = "INSERT INTO push_subscriptions VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, 0, ?) ON CONFLICT (endpoint) DO UPDATE SET \
                 p256dh = excluded.p256dh, auth = excluded.auth, owner = excluded.owner, language = excluded.language, \
                 agent = excluded.agent, origin = excluded.origin, failures = 0 RETURNING id";
    let texts = [&call.id, &call.endpoint, &call.p256dh, &call.auth, &owner, &call.language, &call.agent];
    let mut values: Vec<crate::kit::sql::Value> = texts.into_iter().map(|text| text.as_str().into()).collect();
    values.push(now.into());
    values.push(call.origin.as_str().into());
    let id = rows(sql, query, &values, |row| row.text(0))?.pop().unwrap_or_default();
    // A browser that changes its address receives each notification once.
    exec(
        sql,
        "DELETE FROM push_subscriptions WHERE owner = ? AND id <> ?",
        &[owner.as_str().into(), id.as_str().into()],
    )?;
    let query = "DELETE FROM push_subscriptions WHERE id <> ? AND id NOT IN \
                 (SELECT id FROM push_subscriptions WHERE id <> ? ORDER BY created_at DESC, id DESC LIMIT ?)";
    let others = (PUSH_SUBSCRIPTIONS_MAX - 1) as u64;
    exec(sql, query, &[id.as_str().into(), id.as_str().into(), others.into()])?;
    forget_orphans(sql)?;
    Ok(id)
}

/// Returns `true` if there was such a subscription.
pub fn remove(sql: &Database, id: &str) -> Result<bool, Fault> {
    let was_there = wrote(sql, "DELETE FROM push_subscriptions WHERE id = ?", &[id.into()])?;
    forget_orphans(sql)?;
    Ok(was_there)
}

/// Returns the subscriptions, each as JSON text, oldest first.
pub fn items(sql: &Database, session: &str) -> Result<Vec<String>, Fault> {
    let owner = owner_of(sql, session)?;
    let query = "SELECT id, agent, created_at, ok_at, failures, owner FROM push_subscriptions ORDER BY created_at, id";
    rows(sql, query, &[], |row| {
        let failures = u32::try_from(row.number(4)?).unwrap_or(u32::MAX);
        let (id, agent, is_own) = (row.text(0)?, row.text(1)?, row.text(5)? == owner);
        Ok(push_subscription_json(&id, &agent, row.number(2)?, row.number_or_null(3)?, failures, is_own))
    })
}

/// Stores the outcome of an attempt: accepted at `ok_at`, or one more failure.
pub fn note_attempt(sql: &Database, id: &str, ok_at: Option<Millis>) -> Result<(), Fault> {
    match ok_at {
        Some(at) => {
            let query = "UPDATE push_subscriptions SET failures = 0, ok_at = ? WHERE id = ?";
            exec(sql, query, &[at.into(), id.into()])
        }
        None => exec(sql, "UPDATE push_subscriptions SET failures = failures + 1 WHERE id = ?", &[id.into()]),
    }
}

// ---- choices

/// Returns the stored quiet hours and preview.
pub fn choices(sql: &Database) -> Result<Option<String>, Fault> {
    Ok(rows(sql, "SELECT value FROM kept WHERE name = 'push'", &[], |row| row.text(0))?.pop())
}

pub fn save_choices(sql: &Database, text: &str) -> Result<(), Fault> {
    exec(sql, "INSERT OR REPLACE INTO kept VALUES ('push', ?)", &[text.into()])
}

/// Returns the state of the counter of test notifications: its limit outlasts the object's sleep.
pub fn tests(sql: &Database) -> Result<String, Fault> {
    let query = "SELECT value FROM kept WHERE name = 'push_tests'";
    Ok(rows(sql, query, &[], |row| row.text(0))?.pop().unwrap_or_default())
}

pub fn save_tests(sql: &Database, text: &str) -> Result<(), Fault> {
    exec(sql, "INSERT OR REPLACE INTO kept VALUES ('push_tests', ?)", &[text.into()])
}

pub fn level(sql: &Database, room: &str, now: Millis) -> Result<Level, Fault> {
    let query = "SELECT level, until FROM push_levels WHERE room = ?";
    let stored = rows(sql, query, &[room.into()], |row| Ok((row.text(0)?, row.number_or_null(1)?)))?.pop();
    let stored = stored.and_then(|(word, until)| Some(Level::parse(&word)?.at(until, now)));
    Ok(stored.unwrap_or_default())
}

pub fn levels(sql: &Database, now: Millis) -> Result<Vec<(String, Level, Option<Millis>)>, Fault> {
    let query = "SELECT room, level, until FROM push_levels WHERE until IS NULL OR until > ? ORDER BY room";
    let read =
        |row: &SqlRow| Ok((row.text(0)?, Level::parse(&row.text(1)?).unwrap_or_default(), row.number_or_null(2)?));
    rows(sql, query, &[now.into()], read)
}

/// Stores a level. The default needs no row, and the oldest rows are removed above the limit.
pub fn save_level(sql: &Database, room: &str, level: Level, until: Option<Millis>, now: Millis) -> Result<(), Fault> {
    exec(sql, "DELETE FROM push_levels WHERE room = ? OR until <= ?", &[room.into(), now.into()])?;
    if level != Level::default() {
        let values = [room.into(), level.as_str().into(), until.into(), now.into()];
        exec(sql, "INSERT INTO push_levels VALUES (?, ?, ?, ?)", &values)?;
    }
    let query =
        "DELETE FROM push_levels WHERE room IN (SELECT room FROM push_levels ORDER BY at DESC, room LIMIT -1 OFFSET ?)";
    exec(sql, query, &[(PUSH_LEVELS_MAX as u64).into()])
}

// ---- what waits

/// Returns the position up to which a conversation was seen or read.
pub fn mark(sql: &Database, room: &str) -> Result<u64, Fault> {
    let query = "SELECT MAX(seq) FROM (SELECT seq FROM push_marks WHERE room = ?1 UNION ALL \
                 SELECT seq FROM read_marks WHERE room = ?1)";
    Ok(rows(sql, query, &[room.into()], |row| row.number_or_null(0))?.pop().flatten().unwrap_or(0))
}

pub fn save_mark(sql: &Database, room: &str, seq: u64) -> Result<(), Fault> {
    let query = "INSERT INTO push_marks VALUES (?, ?) ON CONFLICT (room) DO UPDATE SET seq = MAX(seq, excluded.seq)";
    exec(sql, query, &[room.into(), seq.into()])
}

/// Adds a notification for every subscription, in the place of an older one of the same conversation. A withheld notification is due at
/// the time by which the end of a silent device would be known.
pub fn put(db: &Db, added: &NewNotification<'_>, now: Millis, decision: PushDecision) -> Result<(), Fault> {
    let is_withheld = decision == PushDecision::Withheld;
    let due_at = if is_withheld { now + PUSH_WITHHELD_MS } else { now };
    let NewNotification { about, seq, message, sender, what, title, words, is_called, unread } = *added;
    for id in rows(db, "SELECT id FROM push_subscriptions", &[], |row| row.text(0))? {
        let words = db.seal(&WORDS, row_of(&id, about), words)?;
        let texts = [id.as_str(), about, message, sender, what.as_str(), title, words.as_str()];
        let numbers = [seq, u64::from(is_called), unread, now, due_at, u64::from(is_withheld)];
        let texts = texts.into_iter().map(crate::kit::sql::Value::from);
        let values: Vec<crate::kit::sql::Value> = texts.chain(numbers.map(crate::kit::sql::Value::from)).collect();
        let query = "INSERT OR REPLACE INTO push_outbox (subscription, about, message, sender, what, title, words, seq, \
                     is_called, unread, made_at, due_at, withheld, tries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)";
        exec(db, query, &values)?;
    }
    Ok(())
}

/// Removes notifications that were withheld up to `at`, because the person saw their events.
pub fn remove_seen(sql: &Database, at: Millis) -> Result<(), Fault> {
    exec(sql, "DELETE FROM push_outbox WHERE withheld = 1 AND made_at <= ?", &[at.into()])
}

/// Makes withheld notifications due at `at`, unless they were due before.
pub fn make_due(sql: &Database, at: Millis) -> Result<(), Fault> {
    exec(sql, "UPDATE push_outbox SET due_at = MIN(due_at, ?) WHERE withheld = 1", &[at.into()])
}

pub fn due_subscriptions(sql: &Database, now: Millis) -> Result<Vec<String>, Fault> {
    rows(sql, "SELECT DISTINCT subscription FROM push_outbox WHERE due_at <= ?", &[now.into()], |row| row.text(0))
}

/// Returns the keys of a few notifications of a subscription that are due.
pub fn due(sql: &Database, id: &str, now: Millis, limit: u64) -> Result<Vec<NotificationKey>, Fault> {
    let query =
        "SELECT subscription, about FROM push_outbox WHERE subscription = ? AND due_at <= ? ORDER BY due_at LIMIT ?";
    rows(sql, query, &[id.into(), now.into(), limit.into()], |row| Ok((row.text(0)?, row.text(1)?)))
}

/// Returns the waiting notification with this key, with the current text.
pub fn waiting(db: &Db, (id, about): &NotificationKey) -> Result<Option<PendingNotification>, Fault> {
    let query = "SELECT s.id, s.endpoint, s.p256dh, s.auth, s.language, s.origin, o.seq, o.sender, o.what, o.title, o.words, o.is_called, \
                 o.unread, o.made_at, o.tries FROM push_outbox o JOIN push_subscriptions s ON s.id = o.subscription \
                 WHERE o.subscription = ? AND o.about = ?";
    let found = rows(db, query, &[id.as_str().into(), about.as_str().into()], |row| {
        Ok(PendingNotification {
            subscription: subscription(row)?,
            about: about.clone(),
            seq: row.number(6)?,
            sender: row.text(7)?,
            what: NotificationKind::parse(&row.text(8)?).unwrap_or(NotificationKind::Message),
            title: row.text(9)?,
            words: db.open_text(&WORDS, row_of(id, about), row.text(10)?)?,
            is_called: row.number(11)? == 1,
            unread: row.number(12)?,
            made_at: row.number(13)?,
            tries: u32::try_from(row.number(14)?).unwrap_or(u32::MAX),
        })
    });
    Ok(found?.pop())
}

pub fn due_at(sql: &Database) -> Result<Option<Millis>, Fault> {
    Ok(rows(sql, "SELECT MIN(due_at) FROM push_outbox", &[], |row| row.number_or_null(0))?.pop().flatten())
}

/// Removes a notification that was sent or is not wanted any more, unless a newer one has replaced it.
pub fn take(sql: &Database, waiting: &PendingNotification) -> Result<(), Fault> {
    let query = "DELETE FROM push_outbox WHERE subscription = ? AND about = ? AND seq = ?";
    exec(sql, query, &[waiting.subscription.id.as_str().into(), waiting.about.as_str().into(), waiting.seq.into()])
}

pub fn retry_later(sql: &Database, waiting: &PendingNotification, due_at: Millis) -> Result<(), Fault> {
    let query = "UPDATE push_outbox SET due_at = ?, tries = tries + 1, withheld = 0 WHERE subscription = ? AND about = ? AND seq = ?";
    let (id, about) = (waiting.subscription.id.as_str(), waiting.about.as_str());
    exec(sql, query, &[due_at.into(), id.into(), about.into(), waiting.seq.into()])
}

/// Removes the notification with this key, even if it cannot be read.
pub fn drop_at(sql: &Database, (id, about): &NotificationKey) -> Result<(), Fault> {
    let query = "DELETE FROM push_outbox WHERE subscription = ? AND about = ?";
    exec(sql, query, &[id.as_str().into(), about.as_str().into()])
}

/// Updates the words of a waiting notification after its message was edited.
pub fn update_words(db: &Db, room: &str, seq: u64, words: &str, is_called: bool) -> Result<(), Fault> {
    let query = "SELECT subscription FROM push_outbox WHERE about = ? AND seq = ?";
    for id in rows(db, query, &[room.into(), seq.into()], |row| row.text(0))? {
        let words = db.seal(&WORDS, row_of(&id, room), words)?;
        let query = "UPDATE push_outbox SET words = ?, is_called = ? WHERE subscription = ? AND about = ?";
        exec(db, query, &[words.as_str().into(), u64::from(is_called).into(), id.as_str().into(), room.into()])?;
    }
    Ok(())
}

/// Removes the notification of a message that was deleted for this person alone.
pub fn forget_message(sql: &Database, room: &str, message: &str) -> Result<(), Fault> {
    exec(sql, "DELETE FROM push_outbox WHERE about = ? AND message = ?", &[room.into(), message.into()])
}

/// Removes the notifications about a deleted person: those after `after` in `room`, and the one of a contact request.
pub fn forget_sender(sql: &Database, room: &str, sender: &str, after: u64) -> Result<(), Fault> {
    let query = "DELETE FROM push_outbox WHERE sender = ? AND (about = '' OR about = ? AND seq > ?)";
    exec(sql, query, &[sender.into(), room.into(), after.into()])
}

/// Removes the notifications of a group that the person has left.
pub fn forget_room(sql: &Database, room: &str) -> Result<(), Fault> {
    exec(sql, "DELETE FROM push_outbox WHERE about = ?", &[room.into()])
}

/// Removes the notifications of messages that were read or deleted.
pub fn was_read(sql: &Database, room: &str, from: u64, to: u64) -> Result<(), Fault> {
    exec(sql, "DELETE FROM push_outbox WHERE about = ? AND seq BETWEEN ? AND ?", &[room.into(), from.into(), to.into()])
}

pub fn forget_waiting(sql: &Database) -> Result<(), Fault> {
    exec(sql, "DELETE FROM push_outbox", &[])
}

/// Removes all rows of a player of a persona who has left, with their choices.
pub fn forget_all(sql: &Database) -> Result<(), Fault> {
    TABLES.iter().try_for_each(|table| exec(sql, &format!("DELETE FROM {table}"), &[]))
}

#[cfg(test)]
#[path = "push_tables_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "push_waiting_tests.rs"]
mod waiting_tests;
