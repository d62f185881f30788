//! The schema of a room's database: the steps of all subjects in their order, and the columns whose texts are sealed.

use std::rc::Rc;

use protocol::words::refusal::Fault;
use worker::State;

use super::bots::{cast, integrations, own_bots};
use super::deliveries::outbox;
use super::demo;
use super::messages::{held, pins};
use super::reading::{embedding, projection};
use super::tables::{BODY, RoomSql, VIEW, change_tables, file_tables, group_tables, search_tables};
use crate::config::Config;
use crate::kit::jobs::{self, Jobs};
use crate::kit::sealed::{self, Column, Db};
use crate::kit::sql::{Database, has_tables, migrate, rows};
use crate::kit::{counters, hook_tables};
use crate::projection::audit_log;

/// Steps are only ever added.
pub(super) const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE room (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, epoch INTEGER NOT NULL, \
     oldest INTEGER NOT NULL) STRICT",
        "CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, ts INTEGER NOT NULL, actor TEXT, session TEXT, \
     name TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT",
        "CREATE UNIQUE INDEX events_by_id ON events (id)",
        "CREATE TABLE outbox (user TEXT PRIMARY KEY, from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    ],
    // Settings of people: contacts, blocks and privacy (`people::privacy`).
    &["CREATE TABLE people (user TEXT PRIMARY KEY, known TEXT NOT NULL) STRICT, WITHOUT ROWID"],
    group_tables::STEP,
    change_tables::TABLES,
    change_tables::RECEIPTS,
    search_tables::INDEX,
    projection::STEP,
    change_tables::CLEARINGS,
    audit_log::TABLE,
    search_tables::INDEXED,
    // Earlier rows all belong to people who were not in the room.
    &["ALTER TABLE outbox ADD COLUMN kept_to INTEGER NOT NULL DEFAULT 9007199254740991"],
    audit_log::SENT,
    projection::BOUND_STEP,
    change_tables::BY_PLACE,
    counters::STEP,
    group_tables::MADE_OF,
    file_tables::STEP,
    // Uses of limits with long windows, for actions that are not stored.
    &["CREATE TABLE limits (name TEXT NOT NULL, user TEXT NOT NULL, used TEXT NOT NULL, PRIMARY KEY (name, user)) \
     STRICT, WITHOUT ROWID"],
    search_tables::BEGINNINGS,
    change_tables::HIDINGS,
    pins::STEP,
    sealed::STEP,
    projection::REACTED_STEP,
    sealed::TRIED,
    cast::STEP,
    demo::STEP,
    search_tables::PIECES,
    held::STEP,
    held::REVIEWS,
    integrations::STEP,
    embedding::STEP,
    own_bots::STEP,
    hook_tables::DEAD_STEP,
    counters::ONE_ROW,
    own_bots::MAKERS,
    own_bots::WEBHOOK_TIMES,
    jobs::STEP,
    outbox::AS_JOBS,
];

/// Sealed columns.
pub(super) const WORDS: &[Column] = &[BODY, VIEW, group_tables::TOPIC, held::BODY];

impl RoomSql {
    /// Opens the tables of `state` for the room with this id, and brings them up to date.
    pub(super) fn open(state: &State, config: &'static Config, room: String, jobs: Rc<Jobs>) -> Result<Self, Fault> {
        Self::on(Db::open(state, &config.content_keys, STEPS, WORDS)?, room, jobs)
    }

    pub(super) fn on(sql: Db, room: String, jobs: Rc<Jobs>) -> Result<Self, Fault> {
        search_tables::forbid(&sql)?;
        let has_hidden = change_tables::has_hidden(&sql)?;
        Ok(Self { sql, room, has_hidden, jobs, is_demo: false })
    }

    /// Returns the id of the room that lives in `sql`; `None` if there is none. For wake-ups without a name.
    pub(super) fn room_in(sql: &Database) -> Result<Option<String>, Fault> {
        // A call for a room that does not exist must not create tables.
        if !has_tables(sql)? {
            return Ok(None);
        }
        migrate(sql, STEPS)?;
        rows(sql, "SELECT id FROM room", &[], |row| row.text(0)).map(|ids| ids.into_iter().next())
    }
}
