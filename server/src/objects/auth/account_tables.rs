//! Tables of an `auth` shard beside those of sessions: accounts, failed sign-ins, and remembered browsers with their tokens.

use protocol::people::account::family::{Family, FamilyStore, StoredToken};
use protocol::people::account::guessing::{self, AttemptOrigin};
use protocol::people::account::password::STORED_SECRET_BYTES;
use protocol::people::account::second_factor::StoredFactor;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::Principal;
use protocol::words::rate::Rule;
use protocol::words::refusal::{Fault, Refusal};

use super::recovery_code_tables::RecoveryCodesSql;
use crate::calls::account::{AccountRow, Attempt, AttemptCall, OpenedCall, UsedFactor};
use crate::calls::backfill::ProjectedAccount;
use crate::kit::sql::{self, Database, SqlRow};
use crate::runtime::call_error::CallError;

pub(super) const STEP: &[&str] = &[
    "CREATE TABLE accounts (email TEXT PRIMARY KEY, user TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password TEXT NOT NULL, \
     created_at INTEGER NOT NULL) STRICT",
    "CREATE TABLE failures (id INTEGER PRIMARY KEY, email TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
    "CREATE INDEX failures_by_email ON failures (email, at)",
    "CREATE TABLE families (id TEXT PRIMARY KEY, session TEXT NOT NULL, principal TEXT NOT NULL, agent TEXT NOT NULL, \
     created_at INTEGER NOT NULL, used_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT",
    "CREATE INDEX families_by_session ON families (session)",
    "CREATE INDEX families_by_end ON families (expires_at)",
    "CREATE TABLE refresh_tokens (hash TEXT PRIMARY KEY, family TEXT NOT NULL, was_used INTEGER NOT NULL, \
     expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family)",
    "CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at)",
];

/// Migration step of an index of hash methods, so that listing them does not read every hash.
pub(super) const METHODS: &[&str] =
    &["CREATE INDEX accounts_by_method ON accounts (substr(password, 1, length(password) - 67))"];

/// Migration step of the sources of failed sign-ins (`protocol::people::account::guessing`).
pub(super) const PLACES: &[&str] = &["ALTER TABLE failures ADD COLUMN place TEXT NOT NULL DEFAULT ''"];

/// Migration step of the times at which owners verified their addresses (`account.md` 3).
pub(super) const VERIFIED: &[&str] = &["ALTER TABLE accounts ADD COLUMN verified_at INTEGER"];

/// Migration step of second factors (`account.md` 12), as JSON.
pub(super) const SECOND_FACTOR: &[&str] = &["ALTER TABLE accounts ADD COLUMN second_factor TEXT"];

const FAMILY: &str = "SELECT id, principal, agent, created_at, used_at, expires_at FROM families";

pub(super) struct AccountsSql(pub(super) Database);

impl AccountsSql {
    // ---- accounts

    pub(super) fn account(&self, email: &str) -> Result<Option<AccountRow>, Fault> {
        let query =
            "SELECT user, name, password, image, created_at, verified_at, second_factor FROM accounts WHERE email = ?";
        let read = |row: &SqlRow| {
            let user = UserId::parse(&row.text(0)?).map_err(|refusal| Fault(refusal.to_string()))?;
            let (name, password) = (row.text(1)?, row.text(2)?);
            let (image, created_at, verified_at) = (row.text_or_null(3), row.number(4)?, row.number_or_null(5)?);
            let second_factor = row.text_or_null(6).map(|stored| serde_json::from_str(&stored)).transpose()?;
            Ok(AccountRow { user, name, password, image, created_at, verified_at, second_factor })
        };
        Ok(sql::rows(&self.0, query, &[email.into()], read)?.pop())
    }

    pub(super) fn add_account(&self, email: &str, account: &AccountRow) -> Result<(), Fault> {
        let AccountRow { user, name, password, image, created_at, verified_at, second_factor } = account;
        let factor = second_factor.as_ref().map(serde_json::to_string).transpose()?;
        let values = [
            email.into(),
            user.as_str().into(),
            name.as_str().into(),
            password.as_str().into(),
            (*created_at).into(),
            image.as_deref().into(),
            (*verified_at).into(),
            factor.as_deref().into(),
        ];
        sql::exec(&self.0, "INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &values)
    }

    pub(super) fn email_of(&self, user: &str) -> Result<Option<String>, Fault> {
        Ok(sql::rows(&self.0, "SELECT email FROM accounts WHERE user = ?", &[user.into()], |row| row.text(0))?.pop())
    }

    /// Returns accounts after a position, in the order in which they were created.
    pub(super) fn accounts_after(&self, after: u64, limit: u32) -> Result<Vec<(u64, ProjectedAccount)>, Fault> {
        let query =
            "SELECT rowid, user, email, name, image, created_at FROM accounts WHERE rowid > ? ORDER BY rowid LIMIT ?";
        sql::rows(&self.0, query, &[after.into(), limit.into()], |row| {
            let (user, email, name, image) = (row.text(1)?, row.text(2)?, row.text(3)?, row.text_or_null(4));
            Ok((row.number(0)?, ProjectedAccount { user, email, name, image, created_at: row.number(5)? }))
        })
    }

    /// Stores the time at which the owner verified the address. The last verification counts.
    pub(super) fn verify(&self, email: &str, now: Millis) -> Result<(), Fault> {
        sql::exec(&self.0, "UPDATE accounts SET verified_at = ? WHERE email = ?", &[now.into(), email.into()])
    }

    /// Stores the address of the account's picture, or none.
    pub(super) fn save_image(&self, email: &str, image: Option<&str>) -> Result<(), Fault> {
        sql::exec(&self.0, "UPDATE accounts SET image = ? WHERE email = ?", &[image.into(), email.into()])
    }

    pub(super) fn remove_account(&self, email: &str) -> Result<(), Fault> {
        self.forget_failures(email)?;
        sql::exec(&self.0, "DELETE FROM accounts WHERE email = ?", &[email.into()])
    }

    /// Returns the methods of the stored hashes, each once.
    fn methods(&self) -> Result<Vec<String>, Fault> {
        const { assert!(STORED_SECRET_BYTES == 67, "the index is of what stands before that") };
        let method = "substr(password, 1, length(password) - 67)";
        // The query skips from one method to the next, however many accounts use it.
        let query = format!(
            "WITH RECURSIVE methods (method) AS (SELECT MIN({method}) FROM accounts UNION ALL \
             SELECT (SELECT MIN({method}) FROM accounts WHERE {method} > methods.method) FROM methods \
             WHERE methods.method IS NOT NULL) SELECT method FROM methods WHERE method IS NOT NULL"
        );
        sql::rows(&self.0, &query, &[], |row| row.text(0))
    }

    pub(super) fn save_password(&self, email: &str, password: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "UPDATE accounts SET password = ? WHERE email = ?", &[password.into(), email.into()])
    }

    /// Replaces a password if its stored form still has this SHA-256 ([`AccountRow::digest`]). Returns `false`, and changes nothing, if
    /// not.
    pub(super) fn swap_password(&self, email: &str, digest: &str, password: &str) -> Result<bool, Fault> {
        let is_known = self.account(email)?.is_some_and(|account| account.digest() == digest);
        if is_known {
            self.save_password(email, password)?;
        }
        Ok(is_known)
    }

    pub(super) fn save_second_factor(&self, email: &str, factor: Option<&StoredFactor>) -> Result<(), Fault> {
        let factor = factor.map(serde_json::to_string).transpose()?;
        let values = [factor.as_deref().into(), email.into()];
        sql::exec(&self.0, "UPDATE accounts SET second_factor = ? WHERE email = ?", &values)
    }

    /// Returns the account that a person has proved to own, if it has not changed since in a way that needs a new proof.
    ///
    /// # Errors
    ///
    /// `CONFLICT` if the person has no account at this address any more, and `BAD_CREDENTIALS` if the stored form of its password has another
    /// SHA-256 ([`AccountRow::digest`]).
    pub(super) fn proved_account(
        &self,
        email: &str,
        user: &str,
        digest: Option<&str>,
    ) -> Result<AccountRow, CallError> {
        let account = self.account(email)?.filter(|account| account.user.as_str() == user).ok_or(Refusal::Conflict)?;
        match digest.is_none_or(|digest| account.digest() == digest) {
            true => Ok(account),
            false => Err(Refusal::BadCredentials.into()),
        }
    }

    /// Gives an account a second factor. Its recovery codes end: they can replace the factor, and an intruder who knew only the password may
    /// have made them.
    pub(super) fn make_factor(&self, email: &str, factor: &StoredFactor) -> Result<(), Fault> {
        RecoveryCodesSql(self.0.clone()).remove_all(email)?;
        self.save_second_factor(email, Some(factor))
    }

    /// Uses a second factor. No `await` separates this from the step that it authorizes.
    ///
    /// # Errors
    ///
    /// `SECOND_FACTOR` if the account has a factor, and the given one is wrong or was used before.
    pub(super) fn use_factor(
        &self,
        email: &str,
        account: &AccountRow,
        used: Option<&UsedFactor>,
    ) -> Result<(), CallError> {
        let Some(factor) = &account.second_factor else { return Ok(()) };
        match used {
            Some(UsedFactor::Code(step, secret)) if *step > factor.used => {
                let factor = StoredFactor { secret: secret.clone(), used: *step, ..factor.clone() };
                Ok(self.save_second_factor(email, Some(&factor))?)
            }
            Some(UsedFactor::Recovery(hashes)) => {
                let codes = RecoveryCodesSql(self.0.clone());
                for hash in hashes {
                    if codes.take(email, hash)? {
                        return Ok(());
                    }
                }
                Err(Refusal::SecondFactor.into())
            }
            _ => Err(Refusal::SecondFactor.into()),
        }
    }

    // ---- failed sign-ins

    /// Counts an attempt before its result is known, so that simultaneous attempts cannot exceed the limit.
    pub(super) fn attempt(&self, call: &AttemptCall, rule: &Rule, now: Millis) -> Result<Attempt, CallError> {
        let account = self.account(&call.email)?;
        let place = place_of(call, account.as_ref());
        let key = failures_key(&call.email, call.is_recovery);
        let failures = self.failures(&key, now.saturating_sub(guessing::memory_ms(rule)))?;
        guessing::check(rule, &failures, &place, now)?;
        let attempt = self.add_failure(&key, &place.key(), now)?;
        Ok(Attempt { attempt, account, methods: self.methods()? })
    }

    /// Returns the source and time of failed sign-ins with `email` after `oldest`. Removes all older rows.
    fn failures(&self, email: &str, oldest: Millis) -> Result<Vec<(String, Millis)>, Fault> {
        sql::exec(&self.0, "DELETE FROM failures WHERE at <= ?", &[oldest.into()])?;
        let query = "SELECT place, at FROM failures WHERE email = ? ORDER BY at";
        sql::rows(&self.0, query, &[email.into()], |row| Ok((row.text(0)?, row.number(1)?)))
    }

    fn add_failure(&self, email: &str, place: &str, now: Millis) -> Result<u64, Fault> {
        let query = "INSERT INTO failures (email, at, place) VALUES (?, ?, ?) RETURNING id";
        let ids = sql::rows(&self.0, query, &[email.into(), now.into(), place.into()], |row| row.number(0))?;
        ids.into_iter().next().ok_or_else(|| Fault("an attempt has no number".into()))
    }

    /// Removes an attempt that was counted under this key ([`failures_key`]).
    pub(super) fn take_failure_back(&self, id: u64, email: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM failures WHERE id = ? AND email = ?", &[id.into(), email.into()])
    }

    /// Removes the failures of this attempt's source, and the attempt: the account's owner has signed in from there.
    pub(super) fn forgive(&self, attempt: u64, email: &str) -> Result<(), Fault> {
        let query =
            "DELETE FROM failures WHERE email = ? AND place = (SELECT place FROM failures WHERE id = ? AND email = ?)";
        sql::exec(&self.0, query, &[email.into(), attempt.into(), email.into()])
    }

    /// Handles an attempt with the right password. If that is the password of the account in this spelling of the address, the failures of
    /// its source are cleared. Otherwise only the attempt is, so that the owner of another spelling gets no more guesses here.
    ///
    /// # Errors
    ///
    /// `SECOND_FACTOR` if the account now has a factor, and the given one is missing or was used before.
    pub(super) fn note_opened(&self, call: &OpenedCall) -> Result<(), CallError> {
        let key = failures_key(&call.email, call.is_recovery);
        let account = self.account(&call.email)?.filter(|account| account.digest() == call.compared);
        let Some(account) = account.filter(|_| !call.is_half) else {
            return Ok(self.take_failure_back(call.attempt, &key)?);
        };
        if call.asks_factor {
            self.use_factor(&call.email, &account, call.factor.as_ref())?;
        }
        Ok(self.forgive(call.attempt, &key)?)
    }

    /// Removes all failures, of passwords and of codes, because the owner of the address has signed in another way.
    pub(super) fn forget_failures(&self, email: &str) -> Result<(), Fault> {
        let of_codes = failures_key(email, true);
        sql::exec(&self.0, "DELETE FROM failures WHERE email IN (?, ?)", &[email.into(), of_codes.as_str().into()])
    }

    // ---- remembered browsers

    /// Returns the remembered browser that a session belongs to.
    pub(super) fn family_of(&self, session: &str) -> Result<Option<Family>, Fault> {
        Ok(sql::rows(&self.0, &format!("{FAMILY} WHERE session = ?"), &[session.into()], family)?.pop())
    }

    pub(super) fn remove_family(&self, id: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM refresh_tokens WHERE family = ?", &[id.into()])?;
        sql::exec(&self.0, "DELETE FROM families WHERE id = ?", &[id.into()])
    }

    /// Returns browsers that have expired. Removes used tokens that would have expired by now.
    pub(super) fn families_due(&self, now: Millis) -> Result<Vec<Family>, Fault> {
        sql::exec(&self.0, "DELETE FROM refresh_tokens WHERE was_used = 1 AND expires_at <= ?", &[now.into()])?;
        sql::rows(&self.0, &format!("{FAMILY} WHERE expires_at <= ?"), &[now.into()], family)
    }

    pub(super) fn next_family_due(&self) -> Result<Option<Millis>, Fault> {
        let query = "SELECT MIN(expires_at) FROM families";
        Ok(sql::rows(&self.0, query, &[], |row| row.number_or_null(0))?.pop().flatten())
    }
}

impl FamilyStore for AccountsSql {
    fn token(&self, hash: &str) -> Result<Option<(String, StoredToken)>, Fault> {
        let query = "SELECT family, was_used, expires_at FROM refresh_tokens WHERE hash = ?";
        let read = |row: &SqlRow| {
            Ok((row.text(0)?, StoredToken { was_used: row.number(1)? == 1, expires_at: row.number(2)? }))
        };
        Ok(sql::rows(&self.0, query, &[hash.into()], read)?.pop())
    }

    fn add_token(&mut self, hash: &str, family: &str, expires_at: Millis) -> Result<(), Fault> {
        let values = [hash.into(), family.into(), expires_at.into()];
        sql::exec(&self.0, "INSERT INTO refresh_tokens VALUES (?, ?, 0, ?)", &values)
    }

    fn use_token(&mut self, hash: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "UPDATE refresh_tokens SET was_used = 1 WHERE hash = ?", &[hash.into()])
    }

    fn save_family(&mut self, family: &Family) -> Result<(), Fault> {
        let Family { id, principal, agent, created_at, used_at, expires_at } = family;
        let who = serde_json::to_string(principal).map_err(|error| Fault(error.to_string()))?;
        let values = [
            id.as_str().into(),
            principal.session.as_str().into(),
            who.as_str().into(),
            agent.as_str().into(),
            (*created_at).into(),
            (*used_at).into(),
            (*expires_at).into(),
        ];
        sql::exec(&self.0, "INSERT OR REPLACE INTO families VALUES (?, ?, ?, ?, ?, ?, ?)", &values)
    }

    fn family(&self, id: &str) -> Result<Option<Family>, Fault> {
        Ok(sql::rows(&self.0, &format!("{FAMILY} WHERE id = ?"), &[id.into()], family)?.pop())
    }
}

/// Returns the key under which failures at an address are counted. Recovery codes have a key of their own, so that failed codes do not block
/// the password (`account.md` 5.1). No address contains a space.
pub(super) fn failures_key(email: &str, is_recovery: bool) -> String {
    if is_recovery { format!("{email} recover") } else { email.to_owned() }
}

/// Returns the source of an attempt: a browser of the account's owner, else the network.
fn place_of(call: &AttemptCall, account: Option<&AccountRow>) -> AttemptOrigin {
    match (&call.browser, account) {
        (Some(browser), Some(account)) if browser.user == account.user => AttemptOrigin::Browser(browser.id.clone()),
        _ => AttemptOrigin::Network(call.network.clone()),
    }
}

fn family(row: &SqlRow) -> Result<Family, Fault> {
    let principal: Principal = serde_json::from_str(&row.text(1)?)?;
    Ok(Family {
        id: row.text(0)?,
        principal,
        agent: row.text(2)?,
        created_at: row.number(3)?,
        used_at: row.number(4)?,
        expires_at: row.number(5)?,
    })
}

#[cfg(test)]
#[path = "account_tables_tests.rs"]
mod tests;
