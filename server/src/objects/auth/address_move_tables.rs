//! Tables of accounts that move from one address to another (`account.md` 6.2 and 6.3), and the steps of a move.
//!
//! The two addresses belong to two shards, which have no common transaction. First the new shard stores the account and a row for the move,
//! then the old shard removes the account. In between, both addresses open the account. Each step can be repeated.

use std::rc::Rc;

use protocol::people::account::link::{LinkPurpose, unknown_token};
use protocol::people::account::second_factor::StoredFactor;
use protocol::words::event::Millis;
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::time::DAY_MS;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account_tables::AccountsSql;
use super::link_tables::{LinksSql, StoredLink};
use super::recovery_code_tables::RecoveryCodesSql;
use crate::calls::account::AccountRow;
use crate::calls::address::{AddressMove, MovingAccount};
use crate::kit::jobs::{Jobs, find, remove, remove_having, rewrite};
use crate::kit::sql::{Database, exec, rows};
use crate::runtime::call_error::CallError;

/// Migration step of the tables.
pub(super) const STEP: &[&str] = &[
    // Moves to an address of this shard that are not known to be complete at the old address, before they were jobs.
    "CREATE TABLE address_moves (id TEXT PRIMARY KEY, user TEXT NOT NULL, move TEXT NOT NULL, link_end INTEGER NOT NULL, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    // Moves from an address of this shard, by which a repeated call is recognized.
    "CREATE TABLE left_addresses (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

/// Migration step that ends undo links which earlier versions sent to unverified addresses. Their data has no time of verification.
pub(super) const PROVED_WAYS_BACK: &[&str] =
    &[r#"DELETE FROM links WHERE purpose = 'undo' AND data NOT LIKE '{%"proved":%'"#];

/// Migration step that makes the moves jobs. The table stays, empty, for an earlier version after a rollback.
pub(super) const AS_JOBS: &[&str] = &[
    "INSERT INTO jobs (kind, key, body, due_at, tries) SELECT 'address_moves', id, \
     json_object('call', json(move), 'link_end', link_end), due_at, tries FROM address_moves",
    "DELETE FROM address_moves",
];

/// Time for which a completed move is recognized.
const LEFT_MS: Millis = 90 * DAY_MS;
/// Delay of a move that met an earlier move of the same account.
pub(super) const BUSY_MS: Millis = 5_000;

/// Move that is not complete yet. The key is the id of the link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OpenMove {
    /// Call to the old shard.
    pub call: AddressMove,
    /// Time at which the used link would have expired.
    pub link_end: Millis,
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

/// The tables, and the runner that completes moves.
pub(super) struct MovesSql(pub(super) Database, pub(super) Rc<Jobs>);

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
        let open = OpenMove { call: call.clone(), link_end: link.expires_at };
        self.1.add(&self.0, &call.id, &open, now)?;
        Ok((has_left, link.expires_at))
    }

    /// Returns the link that `call` uses. Refuses on `token` if it has expired or belongs to another move.
    fn check_link(&self, call: &AddressMove, now: Millis) -> Result<StoredLink, CallError> {
        let link = self.links().find(&call.id, now)?.ok_or_else(unknown_token)?;
        let is_for = link.purpose == call.purpose() && link.email == call.new && link.user == call.user;
        let is_of_now = || link.data == change_data(&call.old, &call.copied.account.digest());
        if is_for && (call.is_undo() || is_of_now()) { Ok(link) } else { Err(unknown_token().into()) }
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
        if let Some(open) = find::<OpenMove>(&self.0, &call.id)? {
            rewrite(&self.0, &call.id, &OpenMove { call: call.clone(), ..open })?;
        }
        Ok(true)
    }

    /// Removes a completed move. Returns `false` if it was removed before.
    pub(super) fn close(&self, id: &str) -> Result<bool, Fault> {
        remove::<OpenMove>(&self.0, id)
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
        remove_having::<OpenMove>(&self.0, |open| open.call.user == user)
    }
}

#[cfg(test)]
#[path = "address_move_tests.rs"]
mod tests;
