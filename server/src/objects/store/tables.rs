//! The tables of a LiveStore store (`livestore.md` 12). One log table per format version, with the published columns; a store is
//! an object, so its id is in no table but where receivers get its pushes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use protocol::machines::chain::{ChainEvent, ChainStore, StoredEvent, backend_id_of};
use protocol::machines::webhook::HookStoreOwner;
use protocol::trust::sealing::ContentKeys;
use protocol::words::event::Millis;
use protocol::words::iso::{iso_utc, parse_iso_utc};
use protocol::words::limits::{
    CHAIN_CLIENTS_MAX, CHAIN_EVENT_AROUND_BYTES, CHAIN_EVENT_BYTES_MAX, CHAIN_SEALED_EVENT_BYTES_MAX, SEQ_MAX,
};
use protocol::words::refusal::Fault;
use worker::State;

use crate::kit::sealed::{self, Column, Db, KeyColumn};
use crate::kit::{attachments, hook_tables, sql};
use crate::runtime;

const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE eventlog_7 (seqNum INTEGER PRIMARY KEY, parentSeqNum INTEGER NOT NULL, name TEXT NOT NULL, args TEXT, \
         createdAt TEXT NOT NULL, clientId TEXT NOT NULL, sessionId TEXT NOT NULL) STRICT",
        "CREATE TABLE clients (client TEXT PRIMARY KEY, sent INTEGER NOT NULL, at INTEGER NOT NULL) STRICT",
    ],
    attachments::STEP,
    crate::kit::counters::STEP,
    sealed::STEP,
    sealed::TRIED,
    &["CREATE TABLE life (one INTEGER PRIMARY KEY CHECK (one = 1), backend TEXT NOT NULL) STRICT"],
    hook_tables::STEP,
    &[
        "CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT",
        // A push that waits for receivers: the events after a place, up to its last one.
        "CREATE TABLE pushes (last INTEGER PRIMARY KEY, after INTEGER NOT NULL) STRICT",
    ],
    crate::kit::counters::ONE_ROW,
];

/// Column of what events say. Their names are those of kinds of events, and are not sealed. Its table is that of the persistence format, whose
/// number stands here and in the step that makes the table, and nowhere else (`livestore.md` 12.1 says how it is raised).
const ARGS: Column =
    Column { table: "eventlog_7", name: "args", key: &[KeyColumn::Number("seqNum")], but: "", is_bytes: false };
const WORDS: &[Column] = &[ARGS, attachments::TEXT];
const EVENTLOG: &str = ARGS.table;

/// Values that SQLite binds in one statement here.
const BOUND_VALUES: usize = 100;
/// Rows that one statement inserts, with four values of each row and two for all.
const INSERTED_AT_ONCE: usize = (BOUND_VALUES - 2) / 4;
/// Rows of one writer that one statement inserts, with two values of each row and four for all.
const INSERTED_OF_ONE_WRITER: usize = (BOUND_VALUES - 4) / 2;

pub struct StoreSql {
    db: Db,
    /// The newest event and when it was accepted are asked for all the time, and change here only.
    head: u64,
    head_at: Millis,
    /// Id of this life of the log.
    backend_id: String,
    /// Statements by the number of rows that they insert, with `true` for rows of one writer, as far as they were wanted.
    inserts: BTreeMap<(usize, bool), String>,
}

impl StoreSql {
    pub fn open(state: &State, keys: &'static ContentKeys) -> Result<Self, Fault> {
        Self::of(Db::open(state, keys, STEPS, WORDS)?)
    }

    fn of(db: Db) -> Result<Self, Fault> {
        let query = "DELETE FROM clients WHERE client NOT IN (SELECT client FROM clients ORDER BY at DESC LIMIT ?)";
        sql::exec(&db, query, &[CHAIN_CLIENTS_MAX.into()])?;
        let query = format!("SELECT seqNum, createdAt FROM {EVENTLOG} ORDER BY seqNum DESC LIMIT 1");
        let newest = sql::rows(&db, &query, &[], |row| Ok((row.number(0)?, time(&row.text(1)?)?)))?;
        let (head, head_at) = newest.first().copied().unwrap_or_default();
        let known = sql::rows(&db, "SELECT backend FROM life", &[], |row| row.text(0))?.pop();
        let backend_id = known.map_or_else(|| begin_life(&db), Ok)?;
        Ok(Self { db, head, head_at, backend_id, inserts: BTreeMap::new() })
    }

    /// The database, for what sockets carry.
    pub(super) fn db(&self) -> &Db {
        &self.db
    }
}

impl ChainStore for StoreSql {
    fn head(&self) -> Result<u64, Fault> {
        Ok(self.head)
    }

    fn head_at(&self) -> Result<Millis, Fault> {
        Ok(self.head_at)
    }

    fn read(&self, after: u64, limit: u32, bytes_max: usize) -> Result<Vec<StoredEvent>, Fault> {
        let (until, bytes) = self.page_end(after, limit, bytes_max)?;
        let query = format!(
            "SELECT createdAt, name, args, clientId, sessionId FROM {EVENTLOG} WHERE seqNum > ? AND seqNum <= ? \
             ORDER BY seqNum"
        );
        let values = [after.into(), until.into()];
        let mut page = EventPage { seq: place(after)?, created_at: (String::new(), 0), events: Vec::new() };
        if bytes <= LARGE_PAGE_BYTES {
            let packed = sql::texts(&self.db, &query, &values)?;
            let mut texts = packed.iter();
            while let Some(created_at) = texts.next() {
                let mut text = || texts.next().flatten().map(str::to_owned);
                let (name, args) = (text(), self.args(page.seq, text())?);
                page.push(created_at, [name, args, text(), text()])?;
            }
            return Ok(page.events);
        }
        let page = RefCell::new(page);
        sql::rows(&self.db, &query, &values, |row| {
            let text = |at| row.text_or_null(at);
            let args = self.args(page.borrow().seq, text(2))?;
            page.borrow_mut().push(text(0).as_deref(), [text(1), args, text(3), text(4)])
        })?;
        Ok(page.into_inner().events)
    }

    fn event_bytes_max(&self) -> usize {
        if self.db.seals() { CHAIN_SEALED_EVENT_BYTES_MAX } else { CHAIN_EVENT_BYTES_MAX }
    }

    fn insert(&mut self, events: &[StoredEvent]) -> Result<(), Fault> {
        let is_one_writer = are_of_one_writer(events);
        let at_once = if is_one_writer { INSERTED_OF_ONE_WRITER } else { INSERTED_AT_ONCE };
        events.chunks(at_once).try_for_each(|rows| self.insert_rows(rows, is_one_writer))
    }

    fn backend_id(&self) -> String {
        self.backend_id.clone()
    }

    fn clear(&mut self) -> Result<(), Fault> {
        sql::exec(&self.db, &format!("DELETE FROM {EVENTLOG}"), &[])?;
        for table in ["clients", "outbox", "dead", "pushes"] {
            sql::exec(&self.db, &format!("DELETE FROM {table}"), &[])?;
        }
        self.backend_id = begin_life(&self.db)?;
        (self.head, self.head_at) = (0, 0);
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

impl HookStoreOwner for StoreSql {
    type Hooks = Db;

    fn hook_store(&self) -> &Db {
        &self.db
    }

    fn hook_store_mut(&mut self) -> &mut Db {
        &mut self.db
    }
}

impl StoreSql {
    pub fn id(&self) -> Result<Option<String>, Fault> {
        Ok(sql::rows(&self.db, "SELECT id FROM store", &[], |row| row.text(0))?.pop())
    }

    pub fn keep_id(&self, id: &str) -> Result<(), Fault> {
        if self.id()?.as_deref() == Some(id) {
            return Ok(());
        }
        sql::exec(&self.db, "INSERT OR REPLACE INTO store VALUES (1, ?)", &[id.into()])
    }

    /// The events after `after`, up to `last`, are a push that waits for receivers.
    pub fn add_push(&self, after: u64, last: u64) -> Result<(), Fault> {
        sql::exec(&self.db, "INSERT OR REPLACE INTO pushes VALUES (?, ?)", &[last.into(), after.into()])
    }

    /// Returns the place before the push that ends with `last`.
    pub fn push_before(&self, last: u64) -> Result<Option<u64>, Fault> {
        let query = "SELECT after FROM pushes WHERE last = ?";
        Ok(sql::rows(&self.db, query, &[last.into()], |row| row.number(0))?.pop())
    }

    /// Forgets pushes that no receiver waits for.
    pub fn forget_pushes(&self) -> Result<(), Fault> {
        let query = "DELETE FROM pushes WHERE last NOT IN (SELECT seq FROM outbox UNION SELECT seq FROM dead)";
        sql::exec(&self.db, query, &[])
    }
}

/// A page above this is read text by text: to have it as one is one more copy of all of it.
const LARGE_PAGE_BYTES: u64 = 256 * 1024;

/// Bytes of an event's texts, in a query: they are added up without being read.
const OCTETS: &str =
    "octet_length(name) + coalesce(octet_length(args), 0) + octet_length(clientId) + octet_length(sessionId)";

impl StoreSql {
    /// Inserts rows with one statement. They have one time, and with `is_one_writer` one client and session.
    fn insert_rows(&mut self, rows: &[StoredEvent], is_one_writer: bool) -> Result<(), Fault> {
        let Some(StoredEvent { event: first, created_at }) = rows.first() else { return Ok(()) };
        let parent = u64::try_from(first.parent).map_err(|_| Fault(format!("{} is no place", first.parent)))?;
        let sealed = (parent + 1..).zip(rows).map(|(seq, stored)| {
            let args = stored.event.args.as_deref();
            args.map(|args| self.db.sealed(&ARGS, seq, args)).transpose()
        });
        let sealed: Vec<Option<Cow<'_, str>>> = sealed.collect::<Result<_, Fault>>()?;
        let created_at_text = iso_utc(*created_at);
        let mut texts = Vec::with_capacity(BOUND_VALUES);
        texts.push(Some(created_at_text.as_str()));
        if is_one_writer {
            texts.extend([Some(first.client.as_str()), Some(first.session.as_str())]);
        }
        for (StoredEvent { event, .. }, args) in rows.iter().zip(&sealed) {
            texts.extend([Some(event.name.as_str()), args.as_deref()]);
            if !is_one_writer {
                texts.extend([Some(event.client.as_str()), Some(event.session.as_str())]);
            }
        }
        let query = self.inserts.entry((rows.len(), is_one_writer));
        let query = query.or_insert_with(|| insert_query(rows.len(), is_one_writer));
        sql::exec_texts(&self.db, query, &[parent.into()], texts)?;
        (self.head, self.head_at) = (parent + rows.len() as u64, *created_at);
        Ok(())
    }

    /// Returns what the event after place `seq` says.
    fn args(&self, seq: i64, stored: Option<String>) -> Result<Option<String>, Fault> {
        stored.map(|args| self.db.open_text(&ARGS, seq + 1, args)).transpose()
    }

    /// The last event of a page that begins after `after`, and the bytes of all that it could have: only where they are too many
    /// it is looked where it has to end.
    fn page_end(&self, after: u64, limit: u32, bytes_max: usize) -> Result<(u64, u64), Fault> {
        let all = after.saturating_add(limit.into()).min(SEQ_MAX);
        let around = CHAIN_EVENT_AROUND_BYTES as u64;
        let query =
            format!("SELECT coalesce(sum(?3 + {OCTETS}), 0) FROM {EVENTLOG} WHERE seqNum > ?1 AND seqNum <= ?2");
        let bytes = sql::rows(&self.db, &query, &[after.into(), all.into(), around.into()], |row| row.number(0))?;
        let (bytes, bytes_max) = (bytes.first().copied().unwrap_or(0), bytes_max as u64);
        if bytes <= bytes_max {
            return Ok((all, bytes));
        }
        let query = format!(
            "SELECT coalesce(max(seqNum), 0) FROM (SELECT seqNum, sum(?3 + {OCTETS}) OVER (ORDER BY seqNum) AS bytes \
             FROM {EVENTLOG} WHERE seqNum > ?1 AND seqNum <= ?2) WHERE bytes <= ?4"
        );
        let values = [after.into(), all.into(), around.into(), bytes_max.into()];
        let last = sql::rows(&self.db, &query, &values, |row| row.number(0))?;
        Ok((last.first().copied().unwrap_or(0).max(after.saturating_add(1)), bytes))
    }
}

struct EventPage {
    /// The place of the last.
    seq: i64,
    /// The time of the last: what came together has one.
    created_at: (String, Millis),
    events: Vec<StoredEvent>,
}

impl EventPage {
    fn push(&mut self, created_at: Option<&str>, texts: [Option<String>; 4]) -> Result<(), Fault> {
        let there = |text: Option<String>| text.ok_or_else(|| Fault("a text of an event is missing".into()));
        let created_at = created_at.unwrap_or_default();
        if self.created_at.0 != created_at {
            self.created_at = (created_at.to_owned(), time(created_at)?);
        }
        let [name, args, client, session] = texts;
        // A chain has no gaps.
        let parent = self.seq;
        self.seq += 1;
        let (name, client, session) = (there(name)?, there(client)?, there(session)?);
        let event = ChainEvent { seq: self.seq, parent, name, args, client, session };
        self.events.push(StoredEvent { event, created_at: self.created_at.1 });
        Ok(())
    }
}

/// Returns `true` if one window of one client made all of these, as it is with most pushes.
fn are_of_one_writer(events: &[StoredEvent]) -> bool {
    let is_same = |one: &ChainEvent, next: &ChainEvent| one.client == next.client && one.session == next.session;
    events.windows(2).all(|pair| matches!(pair, [one, next] if is_same(&one.event, &next.event)))
}

/// Returns the statement for `count` rows: places count on from the first parent, the time is the same, and so is a single writer.
fn insert_query(count: usize, is_one_writer: bool) -> String {
    let mut query = format!("INSERT INTO {EVENTLOG} VALUES ");
    for row in 0..count {
        let comma = if row > 0 { "," } else { "" };
        let (seq, name) = (row + 1, if is_one_writer { 5 + 2 * row } else { 3 + 4 * row });
        let (args, (client, session)) = (name + 1, if is_one_writer { (3, 4) } else { (name + 2, name + 3) });
        let _ = write!(query, "{comma}(?1+{seq},?1+{row},?{name},?{args},?2,?{client},?{session})");
    }
    query
}

/// Gives the log a new id, and returns it.
fn begin_life(db: &Db) -> Result<String, Fault> {
    let backend_id = backend_id_of(runtime::drawn_bytes()?);
    sql::exec(db, "INSERT OR REPLACE INTO life VALUES (1, ?)", &[backend_id.as_str().into()])?;
    Ok(backend_id)
}

fn time(text: &str) -> Result<Millis, Fault> {
    parse_iso_utc(text).ok_or_else(|| Fault(format!("{text} is no time")))
}

fn place(number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault(format!("{number} is no place")))
}

#[cfg(test)]
#[path = "tables_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "tables_twin_tests.rs"]
mod twin_tests;
