//! The object of sessions as all of its parts use it: fields, tables, audit log and alarm.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use protocol::people::session::Life;
use protocol::words::event::Millis;
use protocol::words::limits::OUTBOX_RETRY_MS_MAX;
use protocol::words::rate::Counter;
use protocol::words::refusal::Fault;
use worker::{Env, State};

use super::account_tables::AccountsSql;
use super::address_move_tables::{MovesSql, OpenMove};
use super::caused_mail_tables::CausedMailsSql;
use super::grants::Grants;
use super::link_tables::LinksSql;
use super::outbox_tables::{MailsSql, WaitingMail};
use super::passkey_tables::PasskeysSql;
use super::recovery_code_tables::RecoveryCodesSql;
use super::session_end_tables::{PlannedEnd, SessionEnd};
use super::tables::AuthSql;
use crate::config::Config;
use crate::kit::alarm::Alarm;
use crate::kit::directory::BacklogReport;
use crate::kit::jobs::{Jobs, Kind};
use crate::kit::refusals::Refusals;
use crate::kit::shell::in_one_step;
use crate::kit::sql;
use crate::kit::trace::Trace;
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime::{self, Timer};
use crate::telemetry;

/// Kinds of the object's jobs.
pub(super) const KINDS: &[Kind] =
    &[Kind::of::<PlannedEnd>(), Kind::of::<SessionEnd>(), Kind::of::<WaitingMail>(), Kind::of::<OpenMove>()];

/// State in memory, and the parts that belong to the runtime.
pub(super) struct AuthObject {
    pub state: State,
    pub env: Env,
    pub config: &'static Config,
    pub tables: OnceCell<AuthSql>,
    /// Exact time at which each session was last used. For other sessions the row has the time.
    pub active_at: RefCell<BTreeMap<String, Millis>>,
    /// Counters of REST calls of each session, also those that are not in their rows yet.
    pub calls: RefCell<BTreeMap<String, Counter>>,
    pub called: RefCell<BTreeSet<String>>,
    /// Changes by use that are not in the rows of their sessions yet.
    pub late: RefCell<BTreeMap<String, Late>>,
    /// Timer that writes those changes.
    pub writing: Timer,
    /// Sockets that the person's own object may not know yet.
    pub grants: RefCell<Grants>,
    pub alarm: Alarm,
    pub jobs: Rc<Jobs>,
    pub backlog: BacklogReport,
    pub refusals: Refusals,
    /// Ids of mails that the current act has written.
    pub new_mails: RefCell<Vec<String>>,
}

/// Changes of a session by its use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Late {
    pub life: Life,
    /// `true` if the expiry has moved. If not, the timing stays, and no warning is repeated.
    pub has_moved: bool,
    /// `true` if a single socket or call moved the expiry, so that the others need a notification.
    pub needs_notification: bool,
    /// Time at which the session's sockets are warned.
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
        // This also migrates the tables of sessions.
        self.sql()?;
        Ok(AccountsSql(sql::of(&self.state)))
    }

    pub(super) fn passkeys(&self) -> Result<PasskeysSql, Fault> {
        self.sql()?;
        Ok(PasskeysSql(sql::of(&self.state)))
    }

    pub(super) fn mails(&self) -> Result<MailsSql, Fault> {
        self.sql()?;
        Ok(MailsSql(sql::of(&self.state)))
    }

    pub(super) fn links(&self) -> Result<LinksSql, Fault> {
        self.sql()?;
        Ok(LinksSql(sql::of(&self.state)))
    }

    pub(super) fn recovery_codes(&self) -> Result<RecoveryCodesSql, Fault> {
        self.sql()?;
        Ok(RecoveryCodesSql(sql::of(&self.state)))
    }

    pub(super) fn moves(&self) -> Result<MovesSql, Fault> {
        self.sql()?;
        Ok(MovesSql(sql::of(&self.state), Rc::clone(&self.jobs)))
    }

    pub(super) fn caused_mails(&self) -> Result<CausedMailsSql, Fault> {
        self.sql()?;
        Ok(CausedMailsSql(sql::of(&self.state)))
    }

    // ---- acts

    /// Runs an act in one transaction: a later failure undoes all of its rows.
    pub(super) fn in_one_step<T, E: From<Fault>>(&self, act: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        // The object migrates its tables once. A failed act would undo that.
        self.sql()?;
        in_one_step(&self.state, act)
    }

    /// Runs an act in one transaction, and then arranges the alarm and sends the mails of the act. Both come after the commit, because a
    /// rollback would not undo them.
    pub(super) fn commit<T, E: From<Fault>>(self: &Rc<Self>, act: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.new_mails.borrow_mut().clear();
        let value = self.in_one_step(act)?;
        if let Err(fault) = self.sql().and_then(|sql| self.arrange_alarm(&sql)) {
            self.retry_after("auth_alarm", &fault);
        }
        self.send_new_mails();
        Ok(value)
    }

    /// Writes an audit row in the transaction of its act (`core.md` 1.7).
    pub(super) fn write_audit(&self, now: Millis, entry: &AuditEntry<'_>, trace: &Trace) -> Result<(), Fault> {
        self.sql()?;
        audit_log::write(&sql::of(&self.state), now, entry, trace)
    }

    /// Writes an audit row of an act that has no other rows.
    pub(super) fn audit(&self, now: Millis, entry: &AuditEntry<'_>, trace: &Trace) -> Result<(), Fault> {
        self.write_audit(now, entry, trace)?;
        self.arrange_alarm(&self.sql()?)
    }

    pub(super) fn arrange_alarm(&self, sql: &AuthSql) -> Result<(), Fault> {
        let audit_at = audit_log::due_at(&self.env, &sql::of(&self.state), runtime::now_ms())?;
        let next = [
            sql.next_due()?,
            self.accounts()?.next_family_due()?,
            self.links()?.next_due()?,
            self.jobs.due_at(&sql::of(&self.state))?,
            audit_at,
        ];
        if let Some(at) = next.into_iter().flatten().min() {
            self.ring_by(at);
        }
        Ok(())
    }

    /// Does the work of the alarm. The cron requests the same with `asks` if jobs wait.
    pub(super) async fn ring(self: &Rc<Self>, asks: bool) {
        self.alarm.clear();
        if let Err(fault) = self.time_passed().await {
            self.retry_after("auth_alarm", &fault);
        }
        let ages = self.sql().and_then(|_| self.jobs.ages(&sql::of(&self.state)));
        self.backlog.send_ages(&self.state, &self.env, ages, asks).await;
    }

    /// Logs a fault, and sets the alarm for the work that the fault may have left without one.
    pub(super) fn retry_after(&self, subject: &'static str, fault: &Fault) {
        telemetry::fault(subject, fault);
        self.ring_by(runtime::now_ms() + OUTBOX_RETRY_MS_MAX);
    }

    /// Counts a refusal by a limit.
    pub(super) fn note_refused(&self, rule: &'static str) {
        self.refusals.count(&self.state, &self.env, rule);
    }

    pub(super) fn ring_by(&self, at: Millis) {
        self.alarm.ring_by(&self.state, at);
    }
}
