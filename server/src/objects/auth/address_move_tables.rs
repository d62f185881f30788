//! Tables of accounts that move from one address to another (`account.md` 6.2 and 6.3), and the steps of a move.
//!
//! The two addresses belong to two shards, which have no common transaction. First the new shard stores the account and a row for the move,
//! then the old shard removes the account. In between, both addresses open the account. Each step can be repeated.

use protocol::people::account::link::{LinkPurpose, unknown_token};
use protocol::people::account::second_factor::StoredFactor;
use protocol::words::event::Millis;
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::time::DAY_MS;
use serde_json::{Value, json};

use super::account_tables::AccountsSql;
use super::link_tables::{LinksSql, StoredLink};
use super::recovery_code_tables::RecoveryCodesSql;
use crate::calls::account::AccountRow;
use crate::calls::address::{AddressMove, MovingAccount};
use crate::kit::sql::{Database, exec, rows, wrote};
use crate::runtime::call_error::CallError;

/// Migration step of the tables.
pub(super) const STEP: &[&str] = &[
    // Moves to an address of this shard that are not known to be complete at the old address.
    "CREATE TABLE address_moves (id TEXT PRIMARY KEY, user TEXT NOT NULL, move TEXT NOT NULL, link_end INTEGER NOT NULL, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    // Moves from an address of this shard, by which a repeated call is recognized.
    "CREATE TABLE left_addresses (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

/// Migration step that ends undo links which earlier versions sent to unverified addresses. Their data has no time of verification.
pub(super) const PROVED_WAYS_BACK: &[&str] =
    &[r#"DELETE FROM links WHERE purpose = 'undo' AND data NOT LIKE '{%"proved":%'"#];

/// Time for which a completed move is recognized.
const LEFT_MS: Millis = 90 * DAY_MS;
/// Delay of a move that met an earlier move of the same account.
pub(super) const BUSY_MS: Millis = 5_000;

/// Move that is not complete yet.
#[derive(Clone, Debug)]
pub(super) struct OpenMove {
    /// Call to the old shard.
    pub call: AddressMove,
    /// Time at which the used link would have expired.
    pub link_end: Millis,
    pub tries: u32,
}

/// Result of the departure of an account from its old address.
#[derive(Clone, Debug)]
pub(super) enum Departure {
    /// The account leaves in this step.
    Now,
    /// The account had left by the same move.
    Before,
    /// The account has changed since it was read, and stays.
    Changed(MovingAccount),
    /// The account is not there, and did not leave by this move.
    Gone,
}

/// Returns the data of a link to a new address. The link is valid only for the address and the password at the time of the request; the
/// latter is stored as its digest ([`AccountRow::digest`]).
pub(super) fn change_data(old: &str, digest: &str) -> String {
    json!({ "old": old, "password": digest }).to_string()
}

/// Returns the data of an undo link: the new address, and the time of the last verification before the change.
fn undo_data(new: &str, proved_at: Option<Millis>) -> String {
    json!({ "new": new, "proved": proved_at }).to_string()
}

/// Returns the time of the verification from the data of an undo link.
fn proved_in(data: &str) -> Option<Millis> {
    serde_json::from_str::<Value>(data).ok()?.get("proved")?.as_u64()
}

/// Merges the second factors of an account that changed while it moved: the factor at the new address, the copy that was read at the old
/// one, and the factor that is there now. A removal wins, and a code that was used at either address is used. An undo does not bring another
/// factor along.
fn merged_factor([here, copied, kept]: [Option<StoredFactor>; 3], is_undo: bool) -> Option<StoredFactor> {
    if !is_undo && here == copied {
        return kept;
    }
    let here = here?;
    match kept {
        Some(kept) if kept.made_at == here.made_at => Some(StoredFactor { used: here.used.max(kept.used), ..here }),
        None if !is_undo => None,
        _ => Some(here),
    }
}

pub(super) struct MovesSql(pub(super) Database);

impl MovesSql {
    fn accounts(&self) -> AccountsSql {
        AccountsSql(self.0.clone())
    }

    fn codes(&self) -> RecoveryCodesSql {
        RecoveryCodesSql(self.0.clone())
    }

    fn links(&self) -> LinksSql {
        LinksSql(self.0.clone())
    }

    /// Returns the account at `email` with its codes if it is `user`'s.
    pub(super) fn moving(&self, email: &str, user: &str) -> Result<Option<MovingAccount>, Fault> {
        let account = self.accounts().account(email)?.filter(|account| account.user.as_str() == user);
        account.map(|account| Ok(MovingAccount { account, codes: self.codes().all(email)? })).transpose()
    }

    /// Returns `true` if `user` cannot have an account at this address: it has one, or is reserved for its former owner (`account.md` 6.2).
    pub(super) fn is_taken(&self, email: &str, user: &str, now: Millis) -> Result<bool, Fault> {
        Ok(self.accounts().account(email)?.is_some() || self.links().is_reserved(email, user, now)?)
    }

    // ---- the new address

    /// Stores an account at its new address and uses the link, in the caller's transaction. Returns the end of the link, and `true` if the
    /// account has already left its old address, which is the case if that belongs to this shard.
    pub(super) fn enter(&self, call: &AddressMove, now: Millis) -> Result<(bool, Millis), CallError> {
        let link = self.check_link(call, now)?;
        let accounts = self.accounts();
        if self.is_taken(&call.new, &call.user, now)? {
            return Err(Refusal::EmailTaken.into());
        }
        let here = accounts.email_of(&call.user)?;
        let has_left = here.is_some();
        let moving = match here {
            None => call.copied.clone(),
            // A shard has one row per account, so the address changes in this step.
            Some(email) if email == call.old => {
                let moving = self.moving(&call.old, &call.user)?.ok_or_else(unknown_token)?;
                if !call.is_of_password(&moving) {
                    return Err(unknown_token().into());
                }
                self.depart(call, now)?;
                moving
            }
            // The account has not yet left another address of this shard.
            Some(_) => return Err(Refusal::Overloaded { retry_after_ms: BUSY_MS }.into()),
        };
        // Using the link verifies the address. An undo restores the earlier time of verification, so that later changes stay in doubt. The
        // link of an undo that followed further moves does not know that time, and leaves the address unverified.
        let verified_at = if call.is_undo() { proved_in(&link.data) } else { Some(now) };
        // Without a session, the owner of the new address may have used the link. That person could not sign in with another person's second
        // factor.
        if call.is_elsewhere && !call.is_undo() && moving.account.second_factor.is_some() {
            return Err(Refusal::ReauthRequired.into());
        }
        // An undo also removes a second factor that was made since the change.
        let since = link.expires_at.saturating_sub(LinkPurpose::Undo.life_ms());
        let stays = |factor: &StoredFactor| !call.is_undo() || factor.made_at < since;
        let second_factor = moving.account.second_factor.filter(stays);
        let account = AccountRow { verified_at, second_factor, ..moving.account };
        accounts.add_account(&call.new, &account)?;
        self.codes().replace(&call.new, if call.ends_earlier() { &[] } else { &moving.codes })?;
        self.links().remove(&call.id)?;
        self.end_undo_links_to(&call.new, &call.user)?;
        self.add(call, link.expires_at, now)?;
        Ok((has_left, link.expires_at))
    }

    /// Returns the link that `call` uses. Refuses on `token` if it has expired or belongs to another move.
    fn check_link(&self, call: &AddressMove, now: Millis) -> Result<StoredLink, CallError> {
        let link = self.links().find(&call.id, now)?.ok_or_else(unknown_token)?;
        let is_for = link.purpose == call.purpose() && link.email == call.new && link.user == call.user;
        let is_of_now = || link.data == change_data(&call.old, &call.copied.account.digest());
        if is_for && (call.is_undo() || is_of_now()) { Ok(link) } else { Err(unknown_token().into()) }
    }

    fn add(&self, call: &AddressMove, link_end: Millis, now: Millis) -> Result<(), Fault> {
        let text = serde_json::to_string(call)?;
        let values =
            [call.id.as_str().into(), call.user.as_str().into(), text.as_str().into(), link_end.into(), now.into()];
        exec(&self.0, "INSERT INTO address_moves VALUES (?, ?, ?, ?, ?, 0)", &values)
    }

    /// Returns moves to be completed by `by`.
    pub(super) fn due(&self, by: Millis) -> Result<Vec<OpenMove>, Fault> {
        let query = "SELECT move, link_end, tries FROM address_moves WHERE due_at <= ? ORDER BY due_at, id";
        rows(&self.0, query, &[by.into()], |row| {
            let tries = u32::try_from(row.number(2)?).unwrap_or(u32::MAX);
            Ok(OpenMove { call: serde_json::from_str(&row.text(0)?)?, link_end: row.number(1)?, tries })
        })
    }

    pub(super) fn next_due(&self) -> Result<Option<Millis>, Fault> {
        let query = "SELECT MIN(due_at) FROM address_moves";
        Ok(rows(&self.0, query, &[], |row| row.number_or_null(0))?.pop().flatten())
    }

    /// Delays a move whose old shard did not answer.
    pub(super) fn delay(&self, id: &str, due_at: Millis) -> Result<(), Fault> {
        let query = "UPDATE address_moves SET due_at = ?, tries = tries + 1 WHERE id = ?";
        exec(&self.0, query, &[due_at.into(), id.into()])
    }

    /// Takes over changes that happened at the old address since the account was read there. Changes here take precedence, but a code that
    /// was used at either address is used. Returns `false` if the move was cancelled: a change is valid only for the password of its
    /// request.
    pub(super) fn merge(&self, call: &mut AddressMove, kept: MovingAccount) -> Result<bool, Fault> {
        if !call.is_of_password(&kept) {
            return self.give_up(call, None).map(|_| false);
        }
        if let Some(here) = self.moving(&call.new, &call.user)? {
            if here.account.password == call.copied.account.password {
                self.accounts().save_password(&call.new, &kept.account.password)?;
            }
            let factors = [&here, &call.copied, &kept].map(|moving| moving.account.second_factor.clone());
            self.accounts().save_second_factor(&call.new, merged_factor(factors, call.is_undo()).as_ref())?;
            let was_used = |hash: &String| call.copied.codes.contains(hash) && !kept.codes.contains(hash);
            let codes = if call.ends_earlier() {
                here.codes
            } else if here.codes == call.copied.codes {
                kept.codes.clone()
            } else {
                here.codes.into_iter().filter(|hash| !was_used(hash)).collect()
            };
            self.codes().replace(&call.new, &codes)?;
        }
        call.copied = kept;
        let text = serde_json::to_string(call)?;
        let values = [text.as_str().into(), call.id.as_str().into()];
        exec(&self.0, "UPDATE address_moves SET move = ? WHERE id = ?", &values)?;
        Ok(true)
    }

    /// Removes a completed move. Returns `false` if it was removed before.
    pub(super) fn close(&self, id: &str) -> Result<bool, Fault> {
        wrote(&self.0, "DELETE FROM address_moves WHERE id = ?", &[id.into()])
    }

    /// Cancels a move that a later one has overtaken, in the caller's transaction: the account is elsewhere or deleted. An undo link works
    /// again until `link_end`. Returns `true` if there is such a link.
    pub(super) fn give_up(&self, call: &AddressMove, link_end: Option<Millis>) -> Result<bool, Fault> {
        let here = self.moving(&call.new, &call.user)?;
        if here.is_some() {
            self.accounts().remove_account(&call.new)?;
            self.codes().remove_all(&call.new)?;
        }
        // The moves of a deleted person are removed, so their links do not come back.
        let is_known = self.close(&call.id)?;
        let Some(expires_at) = link_end.filter(|_| is_known && call.is_undo()) else {
            return Ok(false);
        };
        let (email, user) = (call.new.clone(), call.user.clone());
        let data = undo_data(&call.old, here.and_then(|here| here.account.verified_at));
        let link = StoredLink { purpose: LinkPurpose::Undo, email, user, data, expires_at };
        self.links().add(&call.id, &link).map(|()| true)
    }

    // ---- the old address

    /// Removes an account from its old address, in the caller's transaction. If it has changed since the new shard read it, it stays, so
    /// that no change is lost.
    pub(super) fn leave(&self, call: &AddressMove, now: Millis) -> Result<Departure, Fault> {
        let query = "SELECT at FROM left_addresses WHERE id = ?";
        if !rows(&self.0, query, &[call.id.as_str().into()], |row| row.number(0))?.is_empty() {
            return Ok(Departure::Before);
        }
        match self.moving(&call.old, &call.user)? {
            None => Ok(Departure::Gone),
            Some(kept) if !kept.opens_like(&call.copied) => Ok(Departure::Changed(kept)),
            Some(_) => self.depart(call, now).map(|()| Departure::Now),
        }
    }

    fn depart(&self, call: &AddressMove, now: Millis) -> Result<(), Fault> {
        self.accounts().remove_account(&call.old)?;
        self.codes().remove_all(&call.old)?;
        let links = self.links();
        links.remove_of(&call.user, LinkPurpose::Reset)?;
        links.remove_of(&call.user, LinkPurpose::Verify)?;
        // An address that was never verified is neither reserved for the former owner nor able to take the account back.
        let proved_at = call.copied.account.verified_at;
        if let Some(hash) = call.undo_hash.as_ref().filter(|_| proved_at.is_some()) {
            let link = StoredLink {
                purpose: LinkPurpose::Undo,
                email: call.old.clone(),
                user: call.user.clone(),
                data: undo_data(&call.new, proved_at),
                expires_at: now + LinkPurpose::Undo.life_ms(),
            };
            links.add(hash, &link)?;
        }
        exec(&self.0, "DELETE FROM left_addresses WHERE at <= ?", &[now.saturating_sub(LEFT_MS).into()])?;
        exec(&self.0, "INSERT INTO left_addresses VALUES (?, ?)", &[call.id.as_str().into(), now.into()])
    }

    // ---- links and ends

    fn end_undo_links_to(&self, email: &str, user: &str) -> Result<(), Fault> {
        let values = [email.into(), user.into(), LinkPurpose::Undo.as_str().into()];
        exec(&self.0, "DELETE FROM links WHERE email = ? AND user = ? AND purpose = ?", &values)
    }

    /// Ends undo links by which later owners of the account could take it back: those that expire at `since` or later.
    pub(super) fn end_undo_links(&self, user: &str, since: Millis) -> Result<(), Fault> {
        let values = [user.into(), LinkPurpose::Undo.as_str().into(), since.into()];
        exec(&self.0, "DELETE FROM links WHERE user = ? AND purpose = ? AND expires_at >= ?", &values)
    }

    /// Removes the moves of a deleted person.
    pub(super) fn forget(&self, user: &str) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM address_moves WHERE user = ?", &[user.into()])
    }
}

#[cfg(test)]
#[path = "address_move_tests.rs"]
mod tests;
