//! Held messages (`moderation.md` 8.1): their rows, and the calls of moderators. Every rule is in `protocol::machines::room`.

use std::rc::Rc;

use protocol::machines::room::{HeldKey, HeldMessage, HeldStore, LimitRule};
use protocol::wire::messenger::dropped_json;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::refusal::{Fault, Refusal};
use wasm_bindgen_futures::spawn_local;

use crate::calls::moderation;
use crate::calls::writing_rules::JudgeCall;
use crate::kit::sealed::{Column, KeyColumn};
use crate::kit::sql::{exec, first_row, rows};
use crate::objects::room::metrics::counted;
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::{RoomSql, file_tables};
use crate::runtime;
use crate::runtime::call_error::CallError;

pub const STEP: &[&str] = &[
    "CREATE TABLE held (id TEXT PRIMARY KEY, at INTEGER NOT NULL, user TEXT NOT NULL, session TEXT, name TEXT NOT NULL, \
     body TEXT NOT NULL, rule TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE held_files (held TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (held, id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX held_files_by_id ON held_files (id)",
];

/// The step that brings what became of held messages.
pub const REVIEWS: &[&str] = &[
    "CREATE TABLE reviews (id TEXT PRIMARY KEY, user TEXT NOT NULL, at INTEGER NOT NULL, is_published INTEGER NOT NULL) \
     STRICT, WITHOUT ROWID",
    "CREATE INDEX reviews_by_user ON reviews (user, at)",
    "CREATE INDEX reviews_by_time ON reviews (at)",
];

pub const BODY: Column =
    Column { table: "held", name: "body", key: &[KeyColumn::Text("id")], but: "", is_bytes: false };

impl HeldStore for RoomSql {
    fn held_keys(&self) -> Result<Vec<HeldKey>, Fault> {
        rows(&self.sql, "SELECT id, user, at FROM held", &[], |row| {
            Ok(HeldKey { id: row.text(0)?, user: row.text(1)?, at: row.number(2)? })
        })
    }

    fn held(&self, id: &str) -> Result<Option<HeldMessage>, Fault> {
        let query = "SELECT id, at, user, session, name, body, rule FROM held WHERE id = ?";
        first_row(&self.sql, query, &[id.into()], |row| {
            Ok(HeldMessage {
                id: row.text(0)?,
                at: row.number(1)?,
                user: row.text(2)?,
                session: row.text_or_null(3),
                name: row.text(4)?,
                body: self.sql.open_text(&BODY, id, row.text(5)?)?,
                rule: row.text(6)?,
            })
        })
    }

    fn save_held(&mut self, held: &HeldMessage) -> Result<(), Fault> {
        let HeldMessage { id, at, user, session, name, body, rule } = held;
        let values = [
            id.as_str().into(),
            (*at).into(),
            user.as_str().into(),
            session.as_deref().into(),
            name.as_str().into(),
            self.sql.seal(&BODY, id, body)?.as_str().into(),
            rule.as_str().into(),
        ];
        exec(&self.sql, "INSERT INTO held VALUES (?, ?, ?, ?, ?, ?, ?)", &values)?;
        file_tables::hold(self, id, body)
    }

    fn forget_held(&mut self, id: &str) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM held WHERE id = ?", &[id.into()])?;
        file_tables::let_go(self)
    }

    fn save_review(&mut self, held: &HeldKey, is_published: bool, since: Millis) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM reviews WHERE at < ?", &[since.into()])?;
        let HeldKey { id, user, at } = held;
        let values = [id.as_str().into(), user.as_str().into(), (*at).into(), u32::from(is_published).into()];
        exec(&self.sql, "INSERT OR REPLACE INTO reviews VALUES (?, ?, ?, ?)", &values)
    }

    fn reviewed(&self, user: &str, since: Millis, limit: u32) -> Result<Vec<(String, bool)>, Fault> {
        let query = "SELECT id, is_published FROM reviews WHERE user = ? AND at > ? AND id NOT IN (SELECT id FROM held) \
                     ORDER BY at DESC, id LIMIT ?";
        rows(&self.sql, query, &[user.into(), since.into(), limit.into()], |row| {
            Ok((row.text(0)?, row.number(1)? == 1))
        })
    }
}

/// Lists the held messages. A room that does not exist holds none, and is not made.
pub fn list(object: &Rc<RoomObject>) -> Result<Vec<HeldMessage>, CallError> {
    if object.wake_existing()?.is_none() {
        return Ok(Vec::new());
    }
    Ok(object.with(|room, store| room.held_messages(store, runtime::now_ms()))?)
}

/// Publishes or drops a held message. Returns the user id of its writer.
pub fn judge(object: &Rc<RoomObject>, call: &JudgeCall) -> Result<String, CallError> {
    object.wake_existing()?.ok_or(Refusal::NotFound)?;
    let judged = object.turn(|room, store, now, out| {
        object.trace.replace(call.trace.clone());
        room.judge_held(store, now, &call.principal, (&call.id, call.is_published), out)
    });
    Ok(counted(object, LimitRule::Mutate, judged)?)
}

/// Tells the writers of messages that gave their places to others. Devices that miss it learn it when they join.
pub fn tell_displaced(object: &Rc<RoomObject>, displaced: &[(String, String)]) {
    for (user, id) in displaced {
        let told = object.with(|room, _| Ok((UserId::parse(user)?, dropped_json(room.id().as_str(), id))));
        let Ok((user, frame)) = told else { continue };
        let object = Rc::clone(object);
        spawn_local(async move { moderation::tell(&object.env, user, frame).await });
    }
}

#[cfg(test)]
#[path = "held_tests.rs"]
mod tests;
