//! A room's rows in the object's SQLite: [`LogStore`] and [`RoomStore`]. Changes of messages are in `change_tables`, the steps of the tables
//! in `room::schema`.
//!
//! Columns are read by position, because reading by name is slower. Every rule is in `protocol`.

pub mod change_tables;
pub mod file_tables;
pub mod group_tables;
pub mod search_tables;

use std::rc::Rc;
use std::sync::LazyLock;

use protocol::log::{LogMeta, LogStore, RetentionStore, StoredId};
use protocol::machines::room::{OutboxEntry, RoomStore, Unread, read_back};
use protocol::words::event::{Event, Kind, Millis, TOMBSTONE};
use protocol::words::refusal::Fault;

use crate::kit::jobs::Jobs;
use crate::kit::sealed::{Column, Db, KeyColumn};
use crate::kit::sql::{SqlRow, exec, first_row, last_up_to, rows, wrote};

const PLACE: &[KeyColumn] = &[KeyColumn::Number("seq")];
/// Columns of an event's original and current content. A tombstone is not sealed: it has no content, and queries look for it.
pub const BODY: Column = Column { table: "events", name: "body", key: PLACE, but: TOMBSTONE, is_bytes: false };
pub const VIEW: Column = Column { name: "view", ..BODY };

/// Columns that [`RoomSql::event`] reads of a row: the current content, and if that differs from the original.
pub const EVENT: &str = "seq, id, ts, actor, session, name, kind, COALESCE(view, body), view IS NOT NULL";

/// Condition of a query for messages, from the kinds for which [`Kind::is_message`] is `true`.
pub static IS_MESSAGE: LazyLock<String> = LazyLock::new(|| {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_message());
    let words: Vec<String> = kinds.map(|kind| format!("'{}'", kind.as_str())).collect();
    format!("kind IN ({})", words.join(", "))
});

#[derive(Clone)]
pub struct RoomSql {
    pub sql: Db,
    pub room: String,
    /// `true` if anybody hid a message here. Rooms without hidden messages skip the query for each page.
    pub has_hidden: bool,
    pub jobs: Rc<Jobs>,
    /// The room is a demo room, which sends no notifications. Known once its row was read or written (`room::demo`).
    pub is_demo: bool,
}

impl RoomSql {
    pub fn event(&self, row: &SqlRow) -> Result<Event, Fault> {
        let (seq, kind) = (row.number(0)?, row.text(6)?);
        let kind = Kind::parse(&kind).ok_or_else(|| Fault(format!("unknown kind {kind} in the log")))?;
        Ok(Event {
            seq,
            id: row.text(1)?,
            ts: row.number(2)?,
            actor: row.text_or_null(3),
            session: row.text_or_null(4),
            name: row.text(5)?,
            kind,
            body: read_back(
                kind,
                self.sql.open_text(if row.number(8)? > 0 { &VIEW } else { &BODY }, seq, row.text(7)?)?,
            ),
        })
    }
}

impl LogStore for RoomSql {
    fn meta(&self) -> Result<Option<LogMeta>, Fault> {
        let query = "SELECT epoch, oldest, (SELECT max(seq) FROM events), \
                     (SELECT ts FROM events ORDER BY seq DESC LIMIT 1) FROM room";
        let metas = rows(&self.sql, query, &[], |row| {
            let head = row.number_or_null(2)?.unwrap_or(0);
            let ts = row.number_or_null(3)?.unwrap_or(0);
            Ok(LogMeta { epoch: row.number(0)? as u32, head, oldest: row.number(1)?, ts })
        })?;
        Ok(metas.into_iter().next())
    }

    fn create(&mut self, meta: &LogMeta) -> Result<(), Fault> {
        let values = [self.room.as_str().into(), meta.epoch.into(), meta.oldest.into()];
        exec(&self.sql, "INSERT INTO room (one, id, epoch, oldest) VALUES (1, ?, ?, ?)", &values)
    }

    fn find(&self, id: &str) -> Result<Option<StoredId>, Fault> {
        let query = "SELECT seq, ts, actor, kind, body FROM events WHERE id = ?";
        let found = rows(&self.sql, query, &[id.into()], |row| {
            let (seq, kind) = (row.number(0)?, row.text(3)?);
            Ok(StoredId {
                seq,
                ts: row.number(1)?,
                actor: row.text_or_null(2),
                kind: Kind::parse(&kind).ok_or_else(|| Fault(format!("unknown kind {kind} in the log")))?,
                body: self.sql.open_text(&BODY, seq, row.text(4)?)?,
            })
        })?;
        Ok(found.into_iter().next())
    }

    fn insert(&mut self, event: &Event) -> Result<bool, Fault> {
        let values = [
            event.seq.into(),
            event.id.as_str().into(),
            event.ts.into(),
            event.actor.as_deref().into(),
            event.session.as_deref().into(),
            event.name.as_str().into(),
            event.kind.as_str().into(),
            self.sql.seal(&BODY, event.seq, &event.body)?.as_str().into(),
        ];
        let query = "INSERT INTO events (seq, id, ts, actor, session, name, kind, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
                     ON CONFLICT (id) DO NOTHING";
        let is_new = wrote(&self.sql, query, &values)?;
        if is_new {
            self.attach_files(event)?;
        }
        Ok(is_new)
    }

    fn read(&self, from: u64, to: u64, limit: u32) -> Result<Vec<Event>, Fault> {
        let query = format!("SELECT {EVENT} FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?");
        rows(&self.sql, &query, &[from.into(), to.into(), limit.into()], |row| self.event(row))
    }

    fn times(&self, actor: &str, kind: Kind, after: Millis) -> Result<Vec<Millis>, Fault> {
        let from = self.seq_at(after)?;
        let query = "SELECT ts FROM events WHERE seq > ? AND actor = ? AND kind = ? ORDER BY seq";
        rows(&self.sql, query, &[from.into(), actor.into(), kind.as_str().into()], |row| row.number(0))
    }

    fn seq_at(&self, ts: Millis) -> Result<u64, Fault> {
        let query = "SELECT min(seq), max(seq) FROM events";
        let ends = first_row(&self.sql, query, &[], |row| Ok((row.number_or_null(0)?, row.number_or_null(1)?)))?;
        let Some((Some(first), Some(last))) = ends else {
            return Ok(0);
        };
        let found = last_up_to(&self.sql, ("events", "ts"), (first, last), ts)?;
        Ok(if found < first { 0 } else { found })
    }

    fn seq_of_earlier_session(&self, actor: &str, session: &str) -> Result<u64, Fault> {
        let query = "SELECT max(seq) FROM events WHERE actor = ? AND session <> ?";
        Ok(first_row(&self.sql, query, &[actor.into(), session.into()], |row| row.number_or_null(0))?
            .flatten()
            .unwrap_or(0))
    }
}

impl RetentionStore for RoomSql {
    fn originals(&self, from: u64, to: u64, limit: u32) -> Result<Vec<(u64, Kind, String)>, Fault> {
        let query = "SELECT seq, kind, body FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?";
        rows(&self.sql, query, &[from.into(), to.into(), limit.into()], |row| {
            let kind = row.text(1)?;
            let kind = Kind::parse(&kind).ok_or_else(|| Fault(format!("unknown kind {kind} in the log")))?;
            let seq = row.number(0)?;
            Ok((seq, kind, self.sql.open_text(&BODY, seq, row.text(2)?)?))
        })
    }

    fn drop_bodies(&mut self, digests: &[(u64, String)], oldest: u64) -> Result<(), Fault> {
        for (seq, digest) in digests {
            let query = "UPDATE events SET body = ?, view = NULL WHERE seq = ?";
            exec(&self.sql, query, &[self.sql.seal(&BODY, *seq, digest)?.as_str().into(), (*seq).into()])?;
        }
        self.forget_changes(oldest)?;
        self.unindex_before(oldest)?;
        exec(&self.sql, "UPDATE room SET oldest = ?", &[oldest.into()])
    }

    fn drop_rows(&mut self, before_seq: u64, until: Millis) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM events WHERE seq < ? AND ts <= ?", &[before_seq.into(), until.into()])
    }

    fn time_of(&self, seq: u64) -> Result<Option<Millis>, Fault> {
        first_row(&self.sql, "SELECT ts FROM events WHERE seq = ?", &[seq.into()], |row| row.number(0))
    }

    fn oldest_row(&self) -> Result<Option<(u64, Millis)>, Fault> {
        let query = "SELECT seq, ts FROM events ORDER BY seq LIMIT 1";
        first_row(&self.sql, query, &[], |row| Ok((row.number(0)?, row.number(1)?)))
    }
}

impl RoomStore for RoomSql {
    fn unread(&self, user: &str, after: u64, limit: u32) -> Result<Vec<Unread>, Fault> {
        let query = format!(
            "SELECT seq, ts, actor FROM events WHERE seq > ? AND {} AND actor <> ? AND body <> ? ORDER BY seq LIMIT ?",
            *IS_MESSAGE
        );
        rows(&self.sql, &query, &[after.into(), user.into(), TOMBSTONE.into(), limit.into()], |row| {
            Ok(Unread { seq: row.number(0)?, ts: row.number(1)?, actor: row.text(2)? })
        })
    }

    fn authors(&self, from: u64, to: u64) -> Result<Vec<String>, Fault> {
        let query = format!("SELECT DISTINCT actor FROM events WHERE seq BETWEEN ? AND ? AND {}", *IS_MESSAGE);
        rows(&self.sql, &query, &[from.into(), to.into()], |row| row.text(0))
    }

    fn begin_anew(&mut self, epoch: u32) -> Result<(), Fault> {
        let query = "UPDATE room SET epoch = ?, oldest = 1, told_seq = 0, told_bound = 1, indexed_seq = 0";
        self.has_hidden = false;
        exec(&self.sql, query, &[epoch.into()])
    }

    fn outbox_add(&mut self, user: &str, seq: u64, was_here: bool, due_at: Millis) -> Result<(), Fault> {
        let stored_to = if was_here { 0 } else { seq };
        let query = "INSERT INTO outbox (user, from_seq, to_seq, due_at, tries, kept_to) VALUES (?1, ?2, ?2, ?3, 0, ?4) \
                     ON CONFLICT (user) DO UPDATE SET from_seq = min(from_seq, excluded.from_seq), \
                     to_seq = max(to_seq, excluded.to_seq), kept_to = max(kept_to, excluded.kept_to)";
        exec(&self.sql, query, &[user.into(), seq.into(), due_at.into(), stored_to.into()])
    }

    fn outbox(&self) -> Result<Vec<OutboxEntry>, Fault> {
        rows(&self.sql, "SELECT user, from_seq, to_seq, due_at, tries, kept_to FROM outbox", &[], |row| {
            Ok(OutboxEntry {
                user: row.text(0)?,
                from_seq: row.number(1)?,
                to_seq: row.number(2)?,
                due_at: row.number(3)?,
                tries: row.number(4)? as u32,
                stored_to: row.number(5)?,
            })
        })
    }

    fn outbox_done(&mut self, sent: &OutboxEntry, seq: u64) -> Result<(), Fault> {
        if !self.outbox()?.iter().any(|entry| entry.user == sent.user && entry.is_covered_by(sent, seq)) {
            return Ok(());
        }
        let user = sent.user.as_str();
        exec(&self.sql, "DELETE FROM outbox WHERE user = ? AND to_seq <= ?", &[user.into(), seq.into()])?;
        let query = "UPDATE outbox SET from_seq = max(from_seq, ?2 + 1), tries = 0 WHERE user = ?1";
        exec(&self.sql, query, &[user.into(), seq.into()])
    }

    fn outbox_retry(&mut self, user: &str, due_at: Millis) -> Result<(), Fault> {
        let query = "UPDATE outbox SET due_at = ?2, tries = tries + 1 WHERE user = ?1";
        exec(&self.sql, query, &[user.into(), due_at.into()])
    }

    fn limits(&self, name: &str) -> Result<Vec<(String, String)>, Fault> {
        let query = "SELECT user, used FROM limits WHERE name = ?";
        rows(&self.sql, query, &[name.into()], |row| Ok((row.text(0)?, row.text(1)?)))
    }

    fn save_limit(&mut self, name: &str, user: &str, used: &str) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM limits WHERE name = ? AND user = ?", &[name.into(), user.into()])?;
        if used.is_empty() {
            return Ok(());
        }
        exec(&self.sql, "INSERT INTO limits VALUES (?, ?, ?)", &[name.into(), user.into(), used.into()])
    }
}

#[cfg(test)]
mod tests;
