//! The object of sessions, as all of its parts know it: fields, tables, audit log and alarm.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use protocol::people::session::Life;
use protocol::words::event::Millis;
use protocol::words::rate::Counter;
use protocol::words::refusal::Fault;
use worker::{Env, State};

use super::account_tables::AccountsSql;
use super::grants::Grants;
use super::passkey_tables::PasskeysSql;
use super::tables::AuthSql;
use crate::config::Config;
use crate::kit::alarm::Alarm;
use crate::kit::refusals::Refusals;
use crate::kit::sql;
use crate::kit::trace::Trace;
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime::{self, Timer};

/// Memory of the object, and its parts in the runtime.
pub(super) struct AuthObject {
    pub state: State,
    pub env: Env,
    pub config: &'static Config,
    pub tables: OnceCell<AuthSql>,
    /// When each session was last used, exactly; a session that is not here is known from its row.
    pub active_at: RefCell<BTreeMap<String, Millis>>,
    /// REST calls per session, and of which sessions they are not in their rows yet.
    pub calls: RefCell<BTreeMap<String, Counter>>,
    pub called: RefCell<BTreeSet<String>>,
    /// Changes by use of sessions that are not in their rows yet.
    pub late: RefCell<BTreeMap<String, Late>>,
    /// Timer that writes them there.
    pub writing: Timer,
    /// Sockets that the person's own object may not know of yet.
    pub grants: RefCell<Grants>,
    pub alarm: Alarm,
    pub refusals: Refusals,
}

/// Changes that use made to a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Late {
    pub life: Life,
    /// The end moved at all. If not, what was arranged for it stands: who was warned is not warned again.
    pub has_moved: bool,
    /// The end moved by use of one socket or call: the others have to hear of it.
    pub is_news: bool,
    /// When its sockets are to be warned.
    pub warn_at: Option<Millis>,
}

impl AuthObject {
    pub(super) fn sql(&self) -> Result<AuthSql, Fault> {
        if let Some(tables) = self.tables.get() {
            return Ok(tables.clone());
        }
        let tables = AuthSql::open(sql::of(&self.state))?;
        Ok(self.tables.get_or_init(|| tables).clone())
    }

    pub(super) fn accounts(&self) -> Result<AccountsSql, Fault> {
        // The sessions' tables and these are brought up to date together.
        self.sql()?;
        Ok(AccountsSql(sql::of(&self.state)))
    }

    pub(super) fn passkeys(&self) -> Result<PasskeysSql, Fault> {
        self.sql()?;
        Ok(PasskeysSql(sql::of(&self.state)))
    }

    /// Writes an audit row, in the synchronous step of the act, which the runtime commits as one (`core.md` 1.7).
    pub(super) fn audit(&self, now: Millis, entry: &AuditEntry<'_>, trace: &Trace) -> Result<(), Fault> {
        let tables = self.sql()?;
        let sql = sql::of(&self.state);
        audit_log::write(&sql, now, entry, trace)?;
        self.arrange_alarm(&tables)
    }

    pub(super) fn arrange_alarm(&self, sql: &AuthSql) -> Result<(), Fault> {
        let audit_at = audit_log::due_at(&self.env, &sql::of(&self.state), runtime::now_ms())?;
        let next = [sql.next_due()?, self.accounts()?.next_family_due()?, audit_at];
        if let Some(at) = next.into_iter().flatten().min() {
            self.ring_by(at);
        }
        Ok(())
    }

    /// A limit refused something.
    pub(super) fn note_refused(&self, rule: &'static str) {
        self.refusals.count(&self.state, &self.env, rule);
    }

    pub(super) fn ring_by(&self, at: Millis) {
        self.alarm.ring_by(&self.state, at);
    }
}
