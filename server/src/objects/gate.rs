//! The Durable Object of limits per address (`core.md` 1.1): login attempts, offers of passkeys, sign-ups and refused ones, mails, demo
//! rooms, files of guests, wrong codes of invites and demo rooms, wrong admin secrets, and Turnstile tokens that were used. In the same way
//! it counts changes of an account by its owner's id, people whom a code brings by the code, calls to webhooks by the account that causes
//! them, by the host and by both, and requests for previews by the host.
//!
//! Holds hashes only, and forgets them within the limits' windows.

use protocol::words::event::Millis;
use protocol::words::limits::{GUEST_FILES_DAY_BYTES_MAX, LOGIN_BLOCK_MS, TURNSTILE_TOKEN_MS};
use protocol::words::rate::{Counter, Rule, Rules, Window};
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::time::{DAY_MS, remaining_ms};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use crate::calls::auth::{GuessCall, GuestFileCall, SpendCall};
use crate::calls::gate::{
    CountAccount, CountAccountCall, CountChallenge, CountCode, CountDemoCode, CountDemoJoin, CountDemoRoom, CountGuess,
    CountGuestFile, CountHostCall, CountInvite, CountInvited, CountLogin, CountMail, CountOffer, CountPreview,
    CountRegister, CountSharedCall, CountTry, SpendToken, TakeTryBack,
};
use crate::config::Config;
use crate::kit::refusals::Refusals;
use crate::kit::request::answers;
use crate::kit::sql;
use crate::kit::sql::Database;
use crate::runtime;
use crate::runtime::call_error::CallError;

const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE attempts (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX attempts_by_address ON attempts (address, at)",
        "CREATE TABLE blocks (address TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT",
        "CREATE TABLE spent (token TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT",
    ],
    &[
        "CREATE TABLE sign_ups (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX sign_ups_by_address ON sign_ups (address, at)",
    ],
    &[
        "CREATE TABLE guesses (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX guesses_by_address ON guesses (address, at)",
    ],
    &[
        "CREATE TABLE looks (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX looks_by_address ON looks (address, at)",
    ],
    &[
        "CREATE TABLE demo_rooms (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX demo_rooms_by_address ON demo_rooms (address, at)",
        "CREATE TABLE demo_joins (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX demo_joins_by_address ON demo_joins (address, at)",
    ],
    &[
        "CREATE TABLE guest_files (address TEXT NOT NULL, at INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT",
        "CREATE INDEX guest_files_by_address ON guest_files (address, at)",
    ],
    &[
        "CREATE TABLE mails (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX mails_by_address ON mails (address, at)",
    ],
    // The address of these rows is the hash of a user id.
    &[
        "CREATE TABLE account_changes (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX account_changes_by_address ON account_changes (address, at)",
    ],
    // The address of the second table is the hash of a code.
    &[
        "CREATE TABLE invited (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX invited_by_address ON invited (address, at)",
        "CREATE TABLE by_code (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX by_code_by_address ON by_code (address, at)",
    ],
    // The address of these rows is the hash of a user id, of a host, or of both. Requests for previews are among them.
    &[
        "CREATE TABLE webhook_calls (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX webhook_calls_by_address ON webhook_calls (address, at)",
    ],
    &[
        "CREATE TABLE demo_looks (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX demo_looks_by_address ON demo_looks (address, at)",
    ],
    &[
        "CREATE TABLE tries (address TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX tries_by_address ON tries (address, at)",
    ],
];

/// The alarm clears away what nobody asked about again.
const CLEAN_MS: Millis = 2 * TURNSTILE_TOKEN_MS;

#[durable_object]
pub struct Gate {
    state: State,
    env: Env,
    config: &'static Config,
    refusals: Refusals,
}

impl DurableObject for Gate {
    fn new(state: State, env: Env) -> Self {
        Self { state, config: Config::of(&env), env, refusals: Refusals::default() }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let rules = &self.config.rules;
        answers! { request:
            CountLogin => |address| self.count_attempt("login", |gate| gate.login(&address)),
            CountOffer => |address| self.count_attempt("offer", |gate| gate.count(&address, "attempts", &rules.rest)),
            CountRegister => |address| self.count_attempt("register", |gate| gate.count(&address, "sign_ups", &rules.register)),
            CountTry => |address| self.count_attempt("register_try", |gate| gate.count(&address, "tries", &rules.register_try)),
            TakeTryBack => |address| self.note_attempt(|gate| gate.take_try_back(&address)),
            CountInvited => |address| self.count_attempt("invited", |gate| gate.count(&address, "invited", &rules.invited)),
            CountCode => |address| self.count_attempt("code", |gate| gate.count(&address, "by_code", &rules.code)),
            CountMail => |address| self.count_attempt("mail", |gate| gate.count(&address, "mails", &rules.mail)),
            CountAccount => |address| self.count_attempt("account", |gate| gate.count(&address, "account_changes", &rules.account)),
            CountGuess => |call| self.note_attempt(|gate| gate.guess(&call, "guesses", &rules.guess)),
            CountInvite => |call| self.count_attempt("invite", |gate| gate.guess(&call, "looks", &rules.invite)),
            CountDemoCode => |call| self.count_attempt("demo_code", |gate| gate.guess(&call, "demo_looks", &rules.demo_code)),
            CountAccountCall => |address| self.count_attempt("webhook_account", |gate| gate.count(&address, "webhook_calls", &rules.webhook_account)),
            CountSharedCall => |address| self.count_attempt("webhook_share", |gate| gate.count(&address, "webhook_calls", &rules.webhook_share)),
            CountHostCall => |address| self.count_attempt("webhook_host", |gate| gate.count(&address, "webhook_calls", &rules.webhook_host)),
            CountChallenge => |address| self.count_attempt("webhook_challenge", |gate| gate.count(&address, "webhook_calls", &rules.webhook_challenge)),
            CountPreview => |address| self.count_attempt("link_host", |gate| gate.count(&address, "webhook_calls", &rules.link_host)),
            CountDemoRoom => |address| self.count_attempt("demo_room", |gate| gate.count(&address, "demo_rooms", &rules.demo_room)),
            CountDemoJoin => |address| self.count_attempt("demo_join", |gate| gate.count(&address, "demo_joins", &rules.demo_join)),
            CountGuestFile => |call| self.count_attempt("guest_file", |gate| gate.file(&call)),
            SpendToken => |call| self.note_attempt(|gate| gate.spend(&call)),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        let now = runtime::now_ms();
        match self.tables(now).and_then(|gate| gate.forget().and_then(|()| gate.remembers())) {
            Ok(true) => runtime::set_alarm(&self.state, now + CLEAN_MS),
            Ok(false) => {}
            Err(fault) => {
                crate::telemetry::fault("gate_alarm", &fault);
                runtime::set_alarm(&self.state, now + CLEAN_MS);
            }
        }
        Response::ok("")
    }
}

impl Gate {
    /// Counts a refusal by `rule`. A refused guess of a secret is counted by the caller that was given it.
    fn count_attempt(
        &self,
        rule: &'static str,
        note: impl FnOnce(&GateSql<'_>) -> Result<bool, CallError>,
    ) -> Result<(), CallError> {
        let answered = self.note_attempt(note);
        if matches!(answered, Err(CallError::Refused(Refusal::RateLimited { .. }))) {
            self.refusals.count(&self.state, &self.env, rule);
        }
        answered
    }

    /// Notes something, where there is anything to note; the alarm clears it away later.
    fn note_attempt(&self, note: impl FnOnce(&GateSql<'_>) -> Result<bool, CallError>) -> Result<(), CallError> {
        let now = runtime::now_ms();
        if note(&self.tables(now)?)? {
            runtime::set_alarm(&self.state, now + CLEAN_MS);
        }
        Ok(())
    }

    fn tables(&self, now: Millis) -> Result<GateSql<'_>, Fault> {
        GateSql::open(sql::of(&self.state), &self.config.rules, now)
    }
}

/// The tables at a time. Questions answer `true` when something was noted.
struct GateSql<'a> {
    db: Database,
    rules: &'a Rules,
    now: Millis,
}

impl<'a> GateSql<'a> {
    fn open(db: Database, rules: &'a Rules, now: Millis) -> Result<Self, Fault> {
        sql::migrate(&db, STEPS)?;
        Ok(Self { db, rules, now })
    }

    /// Counts one attempt. Somebody who is too fast is blocked for a minute (`messenger.md` 12).
    fn login(&self, address: &str) -> Result<bool, CallError> {
        let rule = &self.rules.login;
        if rule.0.is_empty() {
            return Ok(false);
        }
        let (now, db) = (self.now, &self.db);
        self.forget()?;
        let blocks =
            sql::rows(db, "SELECT until FROM blocks WHERE address = ?", &[address.into()], |row| row.number(0))?;
        let blocked_ms = blocks.first().map_or(0, |until| remaining_ms(*until, now, LOGIN_BLOCK_MS));
        if blocked_ms > 0 {
            return Err(Refusal::RateLimited { retry_after_ms: blocked_ms }.into());
        }
        let query = "SELECT at FROM attempts WHERE address = ? ORDER BY at";
        let times = sql::rows(db, query, &[address.into()], |row| row.number(0))?;
        if let Err(refusal) = Counter::from_times(rule, &times).charge(rule, now) {
            if self.is_burst(&times) {
                let until = now + LOGIN_BLOCK_MS;
                sql::exec(db, "INSERT OR REPLACE INTO blocks VALUES (?, ?)", &[address.into(), until.into()])?;
                return Err(Refusal::RateLimited { retry_after_ms: LOGIN_BLOCK_MS }.into());
            }
            return Err(refusal.into());
        }
        sql::exec(db, "INSERT INTO attempts VALUES (?, ?)", &[address.into(), now.into()])?;
        Ok(true)
    }

    /// Counts one sign-up, mail, change of an account or offer of passkeys (`messenger.md` 12), one demo room, or one who comes into one
    /// (`demo.md`).
    fn count(&self, address: &str, table: &str, rule: &Rule) -> Result<bool, CallError> {
        let (now, db) = (self.now, &self.db);
        self.forget()?;
        let query = format!("SELECT at FROM {table} WHERE address = ? ORDER BY at");
        let times = sql::rows(db, &query, &[address.into()], |row| row.number(0))?;
        Counter::from_times(rule, &times).charge(rule, now)?;
        sql::exec(db, &format!("INSERT INTO {table} VALUES (?, ?)"), &[address.into(), now.into()])?;
        Ok(true)
    }

    /// Takes back the newest try of the address, which has become an account.
    fn take_try_back(&self, address: &str) -> Result<bool, CallError> {
        let newest = "DELETE FROM tries WHERE rowid = (SELECT MAX(rowid) FROM tries WHERE address = ?)";
        sql::exec(&self.db, newest, &[address.into()])?;
        Ok(false)
    }

    /// Counts one file and its bytes.
    fn file(&self, call: &GuestFileCall) -> Result<bool, CallError> {
        let (now, db, address) = (self.now, &self.db, call.address_hash.as_str());
        self.forget()?;
        let rule = &self.rules.guest_file;
        let query = "SELECT at, bytes FROM guest_files WHERE address = ? ORDER BY at";
        let files = sql::rows(db, query, &[address.into()], |row| Ok((row.number(0)?, row.number(1)?)))?;
        let times: Vec<Millis> = files.iter().map(|(at, _)| *at).collect();
        Counter::from_times(rule, &times).check(rule, now)?;
        let mut of_day = files.iter().filter(|(at, _)| remaining_ms(at + DAY_MS, now, DAY_MS) > 0).peekable();
        let first = of_day.peek().map_or(now, |(at, _)| *at);
        if of_day.map(|(_, bytes)| bytes).sum::<u64>() + call.bytes > GUEST_FILES_DAY_BYTES_MAX {
            return Err(Refusal::RateLimited { retry_after_ms: first + DAY_MS - now }.into());
        }
        let values = [address.into(), now.into(), call.bytes.into()];
        sql::exec(db, "INSERT INTO guest_files VALUES (?, ?, ?)", &values)?;
        Ok(true)
    }

    /// Refuses a secret (`livestore.md` 11) or the code of an invite or a demo room after too many wrong ones; a wrong one is noted.
    fn guess(&self, call: &GuessCall, table: &str, rule: &Rule) -> Result<bool, CallError> {
        let (now, db, address) = (self.now, &self.db, call.address_hash.as_str());
        self.forget()?;
        let query = format!("SELECT at FROM {table} WHERE address = ? ORDER BY at");
        let times = sql::rows(db, &query, &[address.into()], |row| row.number(0))?;
        Counter::from_times(rule, &times).check(rule, now)?;
        if call.is_wrong {
            sql::exec(db, &format!("INSERT INTO {table} VALUES (?, ?)"), &[address.into(), now.into()])?;
        }
        Ok(call.is_wrong)
    }

    /// Returns `true` if the first, shortest window is full: only a burst leads to a block.
    fn is_burst(&self, times: &[Millis]) -> bool {
        let is_inside = |window: &Window, at: Millis| remaining_ms(at + window.ms, self.now, window.ms) > 0;
        let is_full =
            |window: &Window| times.iter().filter(|at| is_inside(window, **at)).count() >= window.count as usize;
        self.rules.login.0.first().is_some_and(is_full)
    }

    /// A token is good once, whatever siteverify says the second time.
    fn spend(&self, call: &SpendCall) -> Result<bool, CallError> {
        let (now, db, token) = (self.now, &self.db, call.token_hash.as_str());
        self.forget()?;
        if call.is_unused {
            sql::exec(db, "DELETE FROM spent WHERE token = ?", &[token.into()])?;
            return Ok(false);
        }
        let known = sql::rows(db, "SELECT until FROM spent WHERE token = ?", &[token.into()], |row| row.number(0))?;
        if !known.is_empty() {
            return Err(Refusal::TurnstileFailed.into());
        }
        sql::exec(db, "INSERT INTO spent VALUES (?, ?)", &[token.into(), (now + TURNSTILE_TOKEN_MS).into()])?;
        Ok(true)
    }

    fn forget(&self) -> Result<(), Fault> {
        let (now, db, rules) = (self.now, &self.db, self.rules);
        let calls_outside = [&rules.webhook_share, &rules.webhook_host, &rules.webhook_challenge, &rules.link_host];
        let calls_outside = calls_outside.into_iter().fold(&rules.webhook_account, longer);
        let retained = [
            // Offers of passkeys are among them, under another hash of the address.
            ("attempts", longer(&rules.login, &rules.rest)),
            ("sign_ups", &rules.register),
            ("tries", &rules.register_try),
            ("invited", &rules.invited),
            ("by_code", &rules.code),
            ("mails", &rules.mail),
            ("account_changes", &rules.account),
            ("looks", &rules.invite),
            ("demo_looks", &rules.demo_code),
            ("guesses", &rules.guess),
            ("demo_rooms", &rules.demo_room),
            ("demo_joins", &rules.demo_join),
            ("guest_files", &rules.guest_file),
            ("webhook_calls", calls_outside),
        ];
        for (table, rule) in retained {
            // Bytes of guests are counted by the day, whatever their rule counts by.
            let retention_ms = if table == "guest_files" { rule.longest_ms().max(DAY_MS) } else { rule.longest_ms() };
            let oldest = now.saturating_sub(retention_ms);
            sql::exec(db, &format!("DELETE FROM {table} WHERE at <= ?"), &[oldest.into()])?;
        }
        sql::exec(db, "DELETE FROM blocks WHERE until <= ?", &[now.into()])?;
        sql::exec(db, "DELETE FROM spent WHERE until <= ?", &[now.into()])
    }

    /// Returns `true` if anything is left to clear away later.
    fn remembers(&self) -> Result<bool, Fault> {
        let query = "SELECT (SELECT COUNT(*) FROM attempts) + (SELECT COUNT(*) FROM blocks) + (SELECT COUNT(*) FROM spent) \
                     + (SELECT COUNT(*) FROM sign_ups) + (SELECT COUNT(*) FROM guesses) + (SELECT COUNT(*) FROM looks) \
                     + (SELECT COUNT(*) FROM demo_rooms) + (SELECT COUNT(*) FROM demo_joins) + (SELECT COUNT(*) FROM guest_files) \
                     + (SELECT COUNT(*) FROM mails) + (SELECT COUNT(*) FROM account_changes) \
                     + (SELECT COUNT(*) FROM invited) + (SELECT COUNT(*) FROM by_code) \
                     + (SELECT COUNT(*) FROM webhook_calls) + (SELECT COUNT(*) FROM demo_looks) + (SELECT COUNT(*) FROM tries)";
        Ok(sql::rows(&self.db, query, &[], |row| row.number(0))?.first().is_some_and(|count| *count > 0))
    }
}

/// Returns the rule that looks back further.
fn longer<'a>(one: &'a Rule, other: &'a Rule) -> &'a Rule {
    if one.longest_ms() > other.longest_ms() { one } else { other }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
