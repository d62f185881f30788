//! A hub room's rows in the object's SQLite, and the steps by which the tables came to be. Every rule is in `protocol::machines::hub`.

use protocol::machines::hub::{
    Body, HubLimits, HubMeta, HubStore, Item, NewMessage, QuotaCharge, StoredContent, StoredKey,
};
use protocol::machines::webhook::HookStoreOwner;
use protocol::trust::sealing::ContentKeys;
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use worker::State;

use super::archive_tables;
use crate::kit::namespace::Namespace;
use crate::kit::sealed::{self, Column, Db, KeyColumn};
use crate::kit::sql::{Database, SqlRow, exec, first_row, last_up_to, number, rows, wrote};
use crate::kit::trace::Trace;
use crate::projection::audit_log::{self, AuditEntry};

/// Steps are only ever added.
const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE room (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, epoch INTEGER NOT NULL, \
     oldest INTEGER NOT NULL, made_at INTEGER NOT NULL, head INTEGER NOT NULL, bytes_end INTEGER NOT NULL, \
     ts INTEGER NOT NULL, audited INTEGER NOT NULL, is_listed INTEGER NOT NULL) STRICT",
        // An anonymous writer has the empty name. Of what was trimmed, rows with the writer's own id stay, with a digest.
        "CREATE TABLE messages (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, actor TEXT NOT NULL, payer TEXT NOT NULL, \
     ts INTEGER NOT NULL, type TEXT NOT NULL, is_text INTEGER NOT NULL, is_keyed INTEGER NOT NULL, \
     bytes INTEGER NOT NULL, bytes_end INTEGER NOT NULL, digest BLOB, body BLOB) STRICT",
        "CREATE UNIQUE INDEX messages_by_id ON messages (actor, id)",
        "CREATE TABLE hooks (id TEXT PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL, previous TEXT, \
     previous_until INTEGER, is_active INTEGER NOT NULL, is_ordered INTEGER NOT NULL, \
     dead_in_a_row INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE outbox (hook TEXT NOT NULL, seq INTEGER NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL, \
     busy_until INTEGER NOT NULL, PRIMARY KEY (hook, seq)) STRICT, WITHOUT ROWID",
        "CREATE TABLE dead (hook TEXT NOT NULL, seq INTEGER NOT NULL, status INTEGER NOT NULL, error TEXT NOT NULL, \
     attempts INTEGER NOT NULL, died_at INTEGER NOT NULL, PRIMARY KEY (hook, seq)) STRICT, WITHOUT ROWID",
        "CREATE TABLE audit (no INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL) STRICT",
    ],
    crate::kit::counters::STEP,
    // Acts were notes that nobody read.
    &["ALTER TABLE audit RENAME TO notes"],
    audit_log::TABLE,
    audit_log::SENT,
    &[
        "INSERT INTO audit (ts, actor, action, target, address, request, result) \
     SELECT at, '', 'hook-disabled', what, '', '', 'ok' FROM notes",
        "DROP TABLE notes",
    ],
    crate::kit::attachments::STEP,
    sealed::STEP,
    sealed::TRIED,
    // Limits that an operator set for this room, as it last heard of them.
    &["CREATE TABLE limits (one INTEGER PRIMARY KEY CHECK (one = 1), rate INTEGER, retention_days INTEGER) STRICT"],
    archive_tables::STEP,
    crate::kit::counters::ONE_ROW,
];

const BODY: Column =
    Column { table: "messages", name: "body", key: &[KeyColumn::Number("seq")], but: "", is_bytes: true };
/// Column of the digest, sealed as well: short words can be found out by their digest.
const DIGEST: Column = Column { name: "digest", ..BODY };
const WORDS: &[Column] = &[BODY, DIGEST, crate::kit::attachments::TEXT];

#[derive(Clone)]
pub struct HubSql {
    pub(super) sql: Db,
    room: String,
}

impl HubSql {
    /// The tables of `state`, brought up to date, for the room with this id.
    pub fn open(state: &State, keys: &'static ContentKeys, room: String) -> Result<Self, Fault> {
        Ok(Self { sql: Db::open(state, keys, STEPS, WORDS)?, room })
    }

    /// The id of the room that lives in `sql`, if one does: for wake-ups that bring no name with them.
    pub fn room_in(sql: &Database) -> Result<Option<String>, Fault> {
        // A question about a room that does not exist must not create tables.
        if !crate::kit::sql::has_tables(sql)? {
            return Ok(None);
        }
        crate::kit::sql::migrate(sql, STEPS)?;
        rows(sql, "SELECT id FROM room", &[], |row| row.text(0)).map(|ids| ids.into_iter().next())
    }

    /// Returns `true` if `dir` knows of the room.
    pub fn is_listed(&self) -> Result<bool, Fault> {
        let listed = rows(&self.sql, "SELECT is_listed FROM room", &[], |row| row.number(0))?;
        Ok(listed.first().is_some_and(|listed| *listed > 0))
    }

    /// `dir` knows of it.
    pub fn set_listed(&self) -> Result<(), Fault> {
        exec(&self.sql, "UPDATE room SET is_listed = 1", &[])
    }

    /// It has to be told anew.
    pub fn set_unlisted(&self) -> Result<(), Fault> {
        exec(&self.sql, "UPDATE room SET is_listed = 0", &[])
    }

    /// Limits of the room as it last heard of them.
    pub fn limits(&self) -> Result<HubLimits, Fault> {
        let number = |value: Option<u64>| value.and_then(|number| u32::try_from(number).ok());
        Ok(first_row(&self.sql, "SELECT rate, retention_days FROM limits", &[], |row| {
            Ok(HubLimits { rate: number(row.number_or_null(0)?), retention_days: number(row.number_or_null(1)?) })
        })?
        .unwrap_or_default())
    }

    /// The room heard of other limits.
    pub fn set_limits(&self, limits: &HubLimits) -> Result<(), Fault> {
        let values = [limits.rate.map(u64::from).into(), limits.retention_days.map(u64::from).into()];
        exec(&self.sql, "INSERT OR REPLACE INTO limits VALUES (1, ?, ?)", &values)
    }

    /// Newest message whose audit row is on its way.
    pub fn audited(&self) -> Result<u64, Fault> {
        number(&self.sql, "SELECT audited FROM room", &[])
    }

    /// Audit rows up to here are on their way.
    pub fn set_audited(&self, seq: u64) -> Result<(), Fault> {
        exec(&self.sql, "UPDATE room SET audited = max(audited, ?)", &[seq.into()])
    }

    /// Notes that a receiver was disabled (`messagehub.md` 7.2, `core.md` 1.7).
    pub fn note_disabled(&self, at: Millis, hook: &str) -> Result<(), Fault> {
        let target = format!("{}/{hook}", Namespace::Hub.object_name(&self.room));
        let entry = AuditEntry { actor: "", action: "hook-disabled", target: &target, result: "ok" };
        audit_log::write(&self.sql, at, &entry, &Trace::default())
    }

    fn item(&self, row: &SqlRow) -> Result<Item, Fault> {
        let seq = row.number(0)?;
        let bytes = self.sql.open_bytes(&BODY, seq, row.bytes(6))?;
        let body = if row.number(5)? > 0 {
            String::from_utf8(bytes).map(Body::Text).map_err(|_| Fault("a text in the log is none".into()))?
        } else {
            Body::Bytes(bytes)
        };
        Ok(Item {
            seq,
            id: row.text(1)?,
            ts: row.number(2)?,
            sender: Some(row.text(3)?).filter(|actor| !actor.is_empty()),
            content_type: row.text(4)?,
            body,
        })
    }

    /// The newest kept message at which `column`, which rises with `seq`, is at most `limit`.
    fn search(&self, column: &str, limit: u64) -> Result<u64, Fault> {
        let query = "SELECT oldest, max(head, (SELECT coalesce(max(seq), 0) FROM messages)) FROM room";
        let ends = first_row(&self.sql, query, &[], |row| Ok((row.number(0)?, row.number(1)?)))?;
        ends.map_or(Ok(0), |ends| last_up_to(&self.sql, ("messages", column), ends, limit))
    }
}

impl HubStore for HubSql {
    fn meta(&self) -> Result<Option<HubMeta>, Fault> {
        let metas = rows(&self.sql, "SELECT epoch, head, oldest, ts, bytes_end FROM room", &[], |row| {
            Ok(HubMeta {
                epoch: row.number(0)? as u32,
                head: row.number(1)?,
                oldest: row.number(2)?,
                ts: row.number(3)?,
                bytes_end: row.number(4)?,
            })
        })?;
        let Some(stored) = metas.into_iter().next() else {
            return Ok(None);
        };
        // The numbers in `room` are written when something is trimmed; what came later tells them itself.
        let newest =
            rows(&self.sql, "SELECT seq, ts, bytes_end FROM messages ORDER BY seq DESC LIMIT 1", &[], |row| {
                Ok((row.number(0)?, row.number(1)?, row.number(2)?))
            })?;
        Ok(Some(match newest.into_iter().next() {
            Some((head, ts, bytes_end)) if head > stored.head => HubMeta { head, ts, bytes_end, ..stored },
            _ => stored,
        }))
    }

    fn create(&mut self, meta: &HubMeta) -> Result<(), Fault> {
        let values = [
            self.room.as_str().into(),
            meta.epoch.into(),
            meta.oldest.into(),
            meta.ts.into(),
            meta.head.into(),
            meta.bytes_end.into(),
            meta.ts.into(),
        ];
        exec(&self.sql, "INSERT INTO room VALUES (1, ?, ?, ?, ?, ?, ?, ?, 0, 0)", &values)
    }

    fn find(&self, actor: &str, id: &str) -> Result<Option<StoredKey>, Fault> {
        let query = "SELECT seq, ts, is_text, digest, body FROM messages WHERE actor = ? AND id = ?";
        let found = rows(&self.sql, query, &[actor.into(), id.into()], |row| {
            let seq = row.number(0)?;
            let content = if row.is_null(3) {
                let bytes = self.sql.open_bytes(&BODY, seq, row.bytes(4))?;
                StoredContent::Whole { is_text: row.number(2)? > 0, bytes }
            } else {
                StoredContent::Digest(self.sql.open_bytes(&DIGEST, seq, row.bytes(3))?)
            };
            Ok(StoredKey { seq, ts: row.number(1)?, content })
        })?;
        Ok(found.into_iter().next())
    }

    fn insert(&mut self, message: NewMessage<'_>) -> Result<bool, Fault> {
        let NewMessage { item, payer, bytes_end, is_keyed } = message;
        let values = [
            item.seq.into(),
            item.id.as_str().into(),
            item.sender.as_deref().unwrap_or_default().into(),
            payer.into(),
            item.ts.into(),
            item.content_type.as_str().into(),
            u32::from(item.body.is_text()).into(),
            u32::from(is_keyed).into(),
            (item.body.bytes().len() as u64).into(),
            bytes_end.into(),
            self.sql.seal_bytes(&BODY, item.seq, item.body.bytes())?.as_slice().into(),
        ];
        let query = "INSERT INTO messages (seq, id, actor, payer, ts, type, is_text, is_keyed, bytes, bytes_end, body) \
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (actor, id) DO NOTHING";
        wrote(&self.sql, query, &values)
    }

    fn read(&self, from: u64, to: u64, limit: u32, bytes_max: u64) -> Result<Vec<Item>, Fault> {
        let begin = if bytes_max == u64::MAX { 0 } else { self.bytes_before(from)? };
        let end = begin.saturating_add(bytes_max).min(protocol::words::limits::SEQ_MAX);
        let query = "SELECT seq, id, ts, actor, type, is_text, body FROM messages \
                     WHERE seq BETWEEN ?1 AND ?2 AND digest IS NULL AND (seq = ?1 OR bytes_end <= ?4) ORDER BY seq LIMIT ?3";
        rows(&self.sql, query, &[from.into(), to.into(), limit.into(), end.into()], |row| self.item(row))
    }

    fn first_within(&self, from: u64, to: u64, bytes_max: u64) -> Result<u64, Fault> {
        let query = "SELECT seq FROM messages WHERE seq BETWEEN ?1 AND ?2 \
                     AND bytes_end - bytes >= (SELECT bytes_end FROM messages WHERE seq = ?2) - ?3 ORDER BY seq LIMIT 1";
        Ok(first_row(&self.sql, query, &[from.into(), to.into(), bytes_max.into()], |row| row.number(0))?.unwrap_or(to))
    }

    fn recent(&self, after: Millis) -> Result<Vec<QuotaCharge>, Fault> {
        let from = self.search("ts", after)?;
        rows(&self.sql, "SELECT ts, payer, bytes FROM messages WHERE seq > ? ORDER BY seq", &[from.into()], |row| {
            Ok(QuotaCharge { ts: row.number(0)?, payer: row.text(1)?, bytes: row.number(2)? })
        })
    }

    fn seq_at(&self, ts: Millis) -> Result<u64, Fault> {
        self.search("ts", ts)
    }

    fn seq_of_bytes(&self, bytes_end: u64) -> Result<u64, Fault> {
        self.search("bytes_end", bytes_end)
    }

    fn bytes_before(&self, seq: u64) -> Result<u64, Fault> {
        let query = "SELECT bytes_end - bytes FROM messages WHERE seq = ?";
        let found = rows(&self.sql, query, &[seq.into()], |row| row.number(0))?.pop();
        match found {
            Some(bytes) => Ok(bytes),
            None => Ok(self.meta()?.map_or(0, |meta| meta.bytes_end)),
        }
    }

    fn drop_bodies(&mut self, digests: &[(u64, Vec<u8>)], oldest: u64) -> Result<(), Fault> {
        if let Some(meta) = self.meta()? {
            let query = "UPDATE room SET oldest = ?, head = ?, ts = ?, bytes_end = ?";
            exec(&self.sql, query, &[oldest.into(), meta.head.into(), meta.ts.into(), meta.bytes_end.into()])?;
        }
        for (seq, digest) in digests {
            let query = "UPDATE messages SET body = NULL, digest = ? WHERE seq = ? AND is_keyed = 1";
            let digest = self.sql.seal_bytes(&DIGEST, seq, digest)?;
            if !wrote(&self.sql, query, &[digest.as_slice().into(), (*seq).into()])? {
                exec(&self.sql, "DELETE FROM messages WHERE seq = ?", &[(*seq).into()])?;
            }
        }
        Ok(())
    }

    fn drop_rows(&mut self, before_seq: u64, until: Millis) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM messages WHERE seq < ? AND ts <= ?", &[before_seq.into(), until.into()])
    }

    fn time_of(&self, seq: u64) -> Result<Option<Millis>, Fault> {
        first_row(&self.sql, "SELECT ts FROM messages WHERE seq = ?", &[seq.into()], |row| row.number(0))
    }

    fn oldest_row(&self) -> Result<Option<(u64, Millis)>, Fault> {
        let query = "SELECT seq, ts FROM messages ORDER BY seq LIMIT 1";
        first_row(&self.sql, query, &[], |row| Ok((row.number(0)?, row.number(1)?)))
    }
}

impl HookStoreOwner for HubSql {
    type Hooks = Db;

    fn hook_store(&self) -> &Db {
        &self.sql
    }

    fn hook_store_mut(&mut self) -> &mut Db {
        &mut self.sql
    }
}

#[cfg(test)]
#[path = "tables_tests.rs"]
pub mod tests;

#[cfg(test)]
#[path = "tables_twin_tests.rs"]
mod twin_tests;
