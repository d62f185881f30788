//! The schema of a person's database: the steps of all subjects in their order, and the columns whose texts are sealed.

use protocol::words::refusal::Fault;
use worker::State;

use super::belongings::{drafts, emoticons, files, home};
use super::leaving::{export, export_files};
use super::people::{asking, group_calls, invites};
use super::sessions::returns;
use super::tables::{self, PersonSql, contact_tables, group_tables, leaving_tables, push_tables, upgrade_tables};
use crate::config::Config;
use crate::kit::jobs;
use crate::kit::sealed::{self, Column, Db};
use crate::projection::audit_log;

/// Migration steps, which never change.
pub(super) const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE person (record TEXT NOT NULL) STRICT",
        "CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT",
        "CREATE TABLE sessions (id TEXT PRIMARY KEY, began_at INTEGER NOT NULL) STRICT",
        "CREATE TABLE wishes (connection TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (connection, user)) STRICT, WITHOUT ROWID",
        "CREATE TABLE watched (user TEXT PRIMARY KEY, seen TEXT NOT NULL, version INTEGER NOT NULL, renewed_at INTEGER NOT NULL) STRICT",
        "CREATE TABLE listeners (kind TEXT NOT NULL, name TEXT NOT NULL, until INTEGER NOT NULL, told INTEGER NOT NULL, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY (kind, name)) STRICT",
        "CREATE TABLE directs (room TEXT PRIMARY KEY, added_at INTEGER NOT NULL) STRICT",
        "CREATE TABLE inbox (room TEXT NOT NULL, seq INTEGER NOT NULL, ts INTEGER NOT NULL, event TEXT NOT NULL, \
     PRIMARY KEY (room, seq)) STRICT, WITHOUT ROWID",
        "CREATE TABLE read_marks (room TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT",
    ],
    // Contacts, blocks and settings (`tables::contact_tables`). A wish may come from a contact, without a request of the device.
    &[
        "CREATE TABLE contacts (user TEXT PRIMARY KEY, name TEXT NOT NULL, pair TEXT NOT NULL, relation TEXT NOT NULL, \
         since INTEGER NOT NULL, told INTEGER NOT NULL, due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT",
        "CREATE TABLE blocks (user TEXT PRIMARY KEY, view TEXT NOT NULL, since INTEGER NOT NULL) STRICT",
        "CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
        "CREATE TABLE privacy_rooms (room TEXT PRIMARY KEY, told INTEGER NOT NULL, due_at INTEGER NOT NULL, \
         tries INTEGER NOT NULL) STRICT",
        "ALTER TABLE wishes ADD COLUMN is_contact INTEGER NOT NULL DEFAULT 0",
    ],
    group_tables::STEP,
    &[
        "CREATE TABLE live (session TEXT NOT NULL, room TEXT NOT NULL, PRIMARY KEY (session, room)) STRICT, WITHOUT ROWID",
    ],
    // Time of the last activity in a room for this person, as far as it was reported to their object.
    &["CREATE TABLE activity (room TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID"],
    &["ALTER TABLE live ADD COLUMN sockets INTEGER NOT NULL DEFAULT 0"],
    audit_log::TABLE,
    audit_log::SENT,
    files::STEP,
    group_tables::PRIVATE,
    group_tables::ACCEPTING,
    export::STEP,
    leaving_tables::STEP,
    invites::STEP,
    drafts::STEP,
    emoticons::STEP,
    contact_tables::ZONES,
    sealed::STEP,
    push_tables::STEP,
    sealed::TRIED,
    push_tables::WITHHELD,
    // Conversations that a blocked person began. They are invisible, but still a tie between the two (`messenger.md` 4).
    &["ALTER TABLE directs ADD COLUMN is_unseen INTEGER NOT NULL DEFAULT 0"],
    contact_tables::LIFTED,
    contact_tables::ACCOUNTS,
    home::STEP,
    upgrade_tables::STEP,
    contact_tables::HIDDEN_FROM,
    returns::STEP,
    export::HEADER,
    invites::MAKER,
    group_calls::STEP,
    asking::STEP,
    group_tables::LEADS,
    group_calls::MADE_SINCE,
    push_tables::ORIGIN,
    invites::GUESTS,
    jobs::STEP,
    group_calls::AS_JOBS,
];

/// Sealed columns.
pub(super) const WORDS: &[Column] = &[
    tables::RECORD,
    tables::SEEN_OTHERS,
    tables::ENTRY,
    contact_tables::PAIR,
    contact_tables::VIEW,
    drafts::CONTENT,
    emoticons::ALT,
    files::NAME,
    export::DATA,
    push_tables::WORDS,
    export_files::NAME,
    home::VALUE,
];

impl PersonSql {
    pub(super) fn open(state: &State, config: &'static Config) -> Result<Self, Fault> {
        Ok(Self(Db::open(state, &config.content_keys, STEPS, WORDS)?))
    }
}
