//! The tables of a LiveStore store (`livestore.md` 12). One log table per format version, with the published columns; a store is
//! an object, so its name is in no table.

use protocol::chain::{ChainEvent, ChainStore, StoredEvent};
use protocol::event::Millis;
use protocol::iso::{iso_utc, parse_iso_utc};
use protocol::limits::{CHAIN_CLIENTS_MAX, CHAIN_EVENT_AROUND_BYTES};
use protocol::refusal::Fault;
use worker::SqlStorage;

use super::sql::Value;
use super::{carried, sql};

const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE eventlog_7 (seqNum INTEGER PRIMARY KEY, parentSeqNum INTEGER NOT NULL, name TEXT NOT NULL, args TEXT, \
         createdAt TEXT NOT NULL, clientId TEXT NOT NULL, sessionId TEXT NOT NULL) STRICT",
        "CREATE TABLE clients (client TEXT PRIMARY KEY, sent INTEGER NOT NULL, at INTEGER NOT NULL) STRICT",
    ],
    carried::STEP,
    super::numbers::STEP,
];

/// See the module's description.
pub struct StoreSql {
    db: SqlStorage,
    /// The head is asked for all the time, and changes here only.
    head: u64,
}

impl StoreSql {
    /// Opens the tables.
    pub fn open(db: SqlStorage) -> Result<Self, Fault> {
        sql::migrate(&db, STEPS)?;
        let query = "DELETE FROM clients WHERE client NOT IN (SELECT client FROM clients ORDER BY at DESC LIMIT ?)";
        sql::exec(&db, query, &[CHAIN_CLIENTS_MAX.into()])?;
        let head = sql::rows(&db, "SELECT coalesce(max(seqNum), 0) FROM eventlog_7", &[], |row| row.number(0))?;
        Ok(Self { db, head: head.first().copied().unwrap_or(0) })
    }

    /// The database, for what sockets carry.
    pub fn db(&self) -> &SqlStorage {
        &self.db
    }
}

impl ChainStore for StoreSql {
    fn head(&self) -> Result<u64, Fault> {
        Ok(self.head)
    }

    fn read(&self, after: u64, limit: u32, bytes_max: usize) -> Result<Vec<StoredEvent>, Fault> {
        // The sum goes from row to row and stops at the first that does not fit: nothing behind it is read.
        let query = "WITH RECURSIVE page (place, bytes) AS (SELECT ?1, 0 UNION ALL SELECT seqNum, \
                     bytes + ?4 + length(CAST(name || coalesce(args, '') || clientId || sessionId AS BLOB)) \
                     FROM page JOIN eventlog_7 ON seqNum = place + 1 WHERE bytes <= ?3 LIMIT ?2 + 1) \
                     SELECT seqNum, parentSeqNum, name, args, createdAt, clientId, sessionId FROM eventlog_7 WHERE seqNum > ?1 \
                     AND seqNum <= max(?1 + 1, (SELECT max(place) FROM page WHERE bytes <= ?3)) ORDER BY seqNum";
        let around = CHAIN_EVENT_AROUND_BYTES as u64;
        let values = [after.into(), limit.into(), (bytes_max as u64).into(), around.into()];
        sql::rows(&self.db, query, &values, |row| {
            let created_at = row.text(4)?;
            let created_at = parse_iso_utc(&created_at).ok_or_else(|| Fault(format!("{created_at} is no time")))?;
            let event = ChainEvent {
                seq: place(row.number(0)?)?,
                parent: place(row.number(1)?)?,
                name: row.text(2)?,
                args: row.text_or_null(3),
                client: row.text(5)?,
                session: row.text(6)?,
            };
            Ok(StoredEvent { event, created_at })
        })
    }

    fn insert(&mut self, events: &[StoredEvent]) -> Result<(), Fault> {
        for StoredEvent { event, created_at } in events {
            let seq = u64::try_from(event.seq).map_err(|_| Fault(format!("{} is no place", event.seq)))?;
            let values: [Value; 7] = [
                seq.into(),
                seq.saturating_sub(1).into(),
                event.name.as_str().into(),
                event.args.as_deref().into(),
                iso_utc(*created_at).as_str().into(),
                event.client.as_str().into(),
                event.session.as_str().into(),
            ];
            sql::exec(&self.db, "INSERT INTO eventlog_7 VALUES (?, ?, ?, ?, ?, ?, ?)", &values)?;
            self.head = seq;
        }
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Fault> {
        sql::exec(&self.db, "DELETE FROM eventlog_7", &[])?;
        sql::exec(&self.db, "DELETE FROM clients", &[])?;
        self.head = 0;
        Ok(())
    }

    fn sent(&self, client: &str) -> Result<Option<u64>, Fault> {
        let query = "SELECT sent FROM clients WHERE client = ?";
        Ok(sql::rows(&self.db, query, &[client.into()], |row| row.number(0))?.pop())
    }

    fn set_sent(&mut self, client: &str, seq: u64, now: Millis) -> Result<(), Fault> {
        let query = "INSERT OR REPLACE INTO clients VALUES (?, ?, ?)";
        sql::exec(&self.db, query, &[client.into(), seq.into(), now.into()])
    }
}

fn place(number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault(format!("{number} is no place")))
}
