//! Tables of accounts that move from one address to another (`account.md` 6.2 and 6.3), and the steps of a move.
//!
//! The two addresses belong to two shards, which commit nothing together. The new shard takes the account in first, with a row for the move.
//! Then the old shard removes it. In between both addresses open the account. Each step can be repeated.

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
use crate::kit::jobs::{Jobs, all, find, remove, rewrite};
use crate::kit::sql::{Database, exec, rows};
use crate::runtime::call_error::CallError;

/// The step that brought the tables.
pub(super) const STEP: &[&str] = &[
    // Moves to an address of this shard that the old address does not know to be complete, before they were jobs.
    "CREATE TABLE address_moves (id TEXT PRIMARY KEY, user TEXT NOT NULL, move TEXT NOT NULL, link_end INTEGER NOT NULL, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    // Moves from an address of this shard, by which a repeated question is recognized.
    "CREATE TABLE left_addresses (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

/// The step that ends ways back of releases that gave them to addresses which nobody had proved: their data has no time of the proof.
pub(super) const PROVED_WAYS_BACK: &[&str] =
    &[r#"DELETE FROM links WHERE purpose = 'undo' AND data NOT LIKE '{%"proved":%'"#];

/// The step that makes jobs of moves. Their table stays, empty, for an earlier version after a rollback.
pub(super) const AS_JOBS: &[&str] = &[
    "INSERT INTO jobs (kind, key, body, due_at, tries) SELECT 'address_moves', id, \
     json_object('call', json(move), 'link_end', link_end), due_at, tries FROM address_moves",
    "DELETE FROM address_moves",
];

/// Time for which a completed move is recognized.
const LEFT_MS: Millis = 90 * DAY_MS;
/// Time after which a move may be tried again that met an earlier move of the same account.
pub(super) const BUSY_MS: Millis = 5_000;

/// Move to an address of this shard that the old address does not know to be complete. The key is the id of the link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OpenMove {
    /// The question for the old shard.
    pub call: AddressMove,
    /// Time at which the used link would have expired.
    pub link_end: Millis,
}

/// Result of the departure of an account from its old address.
#[derive(Clone, Debug)]
pub(super) enum Departure {
    /// It leaves in this step.
    Now,
    /// It had left by the same move.
    Before,
    /// It has changed since it was read, and stays.
    Changed(MovingAccount),
    /// It is not there, and did not leave by this move.
    Gone,
}

/// Returns the data of a link to a new address: the link counts for the address from which it was requested, and for the password of that
/// time, by its digest ([`AccountRow::digest`]).
pub(super) fn change_data(old: &str, digest: &str) -> String {
    json!({ "old": old, "password": digest }).to_string()
}

/// Returns the data of a link that takes a change back: the address that the account moved to, and the time of the last proof before that.
fn undo_data(new: &str, proved_at: Option<Millis>) -> String {
    json!({ "new": new, "proved": proved_at }).to_string()
}

/// Returns the time of the proof in the data of a link that takes a change back.
fn proved_in(data: &str) -> Option<Millis> {
    serde_json::from_str::<Value>(data).ok()?.get("proved")?.as_u64()
}

/// Returns the second factor of an account that has changed at one of its addresses while it moves: as it is at the new address, as it was
/// read at the old one, and as it is there now. An end wins, and a code that was used at one of them is used up. A move that takes a change
/// back takes no other factor along.
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

    /// Returns `true` if `user` cannot have an account at this address: it has one, or is kept for whoever had it (`account.md` 6.2).
    pub(super) fn is_taken(&self, email: &str, user: &str, now: Millis) -> Result<bool, Fault> {
        Ok(self.accounts().account(email)?.is_some() || self.links().is_reserved(email, user, now)?)
    }

    // ---- the new address

    /// Takes an account in at its new address, and uses up the link. Belongs in one transaction. Returns `true` if the account has also left
    /// its old address, because that is of this shard; and the end of the link.
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
            // An account has one row in a shard, so it changes place in this step.
            Some(email) if email == call.old => {
                let moving = self.moving(&call.old, &call.user)?.ok_or_else(unknown_token)?;
                if !call.is_of_password(&moving) {
                    return Err(unknown_token().into());
                }
                self.depart(call, now)?;
                moving
            }
            // The account is about to leave another address of this shard.
            Some(_) => return Err(Refusal::Overloaded { retry_after_ms: BUSY_MS }.into()),
        };
        // The link proves the address. What was made between the last proof and a change that is taken back stays as doubtful as it was. A
        // link that came back after the account had moved on does not know the time of that proof, and leaves none.
        let verified_at = if call.is_undo() { proved_in(&link.data) } else { Some(now) };
        // Without a session of the account, the link may be pressed by the owner of the new address, who could not open an account with
        // another person's second factor.
        if call.is_elsewhere && !call.is_undo() && moving.account.second_factor.is_some() {
            return Err(Refusal::ReauthRequired.into());
        }
        // A second factor that was made since a change is taken back with the change.
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

    /// Returns the link that `call` uses; refused on `token` if it is not live, or was made for another move.
    fn check_link(&self, call: &AddressMove, now: Millis) -> Result<StoredLink, CallError> {
        let link = self.links().find(&call.id, now)?.ok_or_else(unknown_token)?;
        let is_for = link.purpose == call.purpose() && link.email == call.new && link.user == call.user;
        let is_of_now = || link.data == change_data(&call.old, &call.copied.account.digest());
        if is_for && (call.is_undo() || is_of_now()) { Ok(link) } else { Err(unknown_token().into()) }
    }

    /// Takes over what has changed at the old address since the account was read there. What changed here counts more, but a code that was
    /// used at either address is used. Returns `false` if the move was given up instead: a change counts for the password of its request.
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

    /// Forgets a move that is complete. Returns `false` if it was forgotten before.
    pub(super) fn close(&self, id: &str) -> Result<bool, Fault> {
        remove::<OpenMove>(&self.0, id)
    }

    /// Undoes a move that another one has overtaken: the account is elsewhere or deleted. Belongs in one transaction. The link of a move
    /// that takes a change back works again until its old end, `link_end`. Returns `true` if there is such a link.
    pub(super) fn give_up(&self, call: &AddressMove, link_end: Option<Millis>) -> Result<bool, Fault> {
        let here = self.moving(&call.new, &call.user)?;
        if here.is_some() {
            self.accounts().remove_account(&call.new)?;
            self.codes().remove_all(&call.new)?;
        }
        // The moves of a deleted person are forgotten: no link of theirs comes back.
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

    /// Lets an account go from its old address. Belongs in one transaction. The account stays if it is no longer as the new shard knows it,
    /// so that no change is lost.
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
        // Nobody who has not proved the old address may take the account, nor keep the address from others.
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

    /// Ends the links by which later owners of the account could take it back: those that expire at `since` or later.
    pub(super) fn end_undo_links(&self, user: &str, since: Millis) -> Result<(), Fault> {
        let values = [user.into(), LinkPurpose::Undo.as_str().into(), since.into()];
        exec(&self.0, "DELETE FROM links WHERE user = ? AND purpose = ? AND expires_at >= ?", &values)
    }

    /// Forgets the moves of a deleted person.
    pub(super) fn forget(&self, user: &str) -> Result<(), Fault> {
        let mut theirs = all::<OpenMove>(&self.0)?.into_iter().filter(|(_, open)| open.call.user == user);
        theirs.try_for_each(|(id, _)| self.close(&id).map(drop))
    }
}

#[cfg(test)]
#[path = "address_move_tests.rs"]
mod tests;
