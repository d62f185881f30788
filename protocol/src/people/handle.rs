//! Handles: exact names by which accounts are found (`people.md` 4).
//!
//! A handle is a row in the shard of its hash, so it has one owner. The person's object stores the current handle. The two objects have no
//! common transaction. Before a call, the person's object stores the handle that it wants. A handle that it did not keep is given back until
//! the shard has answered. Each call has a growing number, so that late and repeated calls change nothing.

use super::names::looks_official;
use crate::content::normal::{Form, normal};
use crate::content::unseen::draws_nothing;
use crate::record;
use crate::words::bot_cast;
use crate::words::event::Millis;
use crate::words::limits::{HANDLE_CHARS_MAX, HANDLE_CHARS_MIN, HANDLE_CLAIM_MS, HANDLE_CLAIMS_MAX, OUTBOX_RETRY_MS};
use crate::words::personas::PERSONAS;
use crate::words::refusal::Refusal;
use crate::words::retry::retry_delay_ms;
use crate::words::time::remaining_ms;

/// Words that only mean "guest".
const GUESTS: [&str; 2] = ["guest", "gast"];

/// Returns `true` if `text` has the form of a handle, in small letters.
pub fn is_handle(text: &str) -> bool {
    (HANDLE_CHARS_MIN..=HANDLE_CHARS_MAX).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !text.contains("__")
}

/// Returns the handle for a typed text: in small letters, without `@`, spaces and invisible characters, and with letters of normal width
/// (`text.md` 9).
pub fn typed_handle(text: &str) -> String {
    let handle: String = normal(text, Form::Nfkc).chars().filter(|c| !draws_nothing(*c)).collect();
    handle.trim_start_matches('@').to_lowercase()
}

/// Returns `true` for a reserved handle: it looks like the name or id of the cast, of a bot or of the deployment, with or without
/// underscores.
pub fn is_reserved(handle: &str) -> bool {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    let bare = plain(handle);
    let cast = PERSONAS.iter().map(|persona| (persona.id, persona.name));
    handle.starts_with("bot_")
        || GUESTS.contains(&bare.as_str())
        || looks_official(handle)
        || cast.chain(bot_cast::names()).any(|(id, name)| plain(id) == bare || plain(name) == bare)
}

// ---- at the shard

/// Handle in its shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandleEntry {
    /// Id of the current or last owner; empty if that person was deleted.
    pub user: String,
    /// Number of the owner's latest call about the handle.
    pub rev: u64,
    /// Time from which a released handle is free.
    pub free_at: Option<Millis>,
}

/// Returns the shard's entry after a claim by `user`; `None` if another person has the handle, or if the call is late.
pub fn taken(known: Option<HandleEntry>, user: &str, rev: u64, now: Millis) -> Option<HandleEntry> {
    let is_theirs = match known {
        None => true,
        Some(known) if known.user == user => known.rev <= rev,
        Some(known) => known.free_at.is_some_and(|at| at <= now),
    };
    is_theirs.then(|| HandleEntry { user: user.to_owned(), rev, free_at: None })
}

/// Returns the shard's entry after a release by `user`; `None` if that changes nothing. Even an unknown handle gets an entry, so that its
/// claim, if it arrives later, is ignored.
pub fn given_up(known: Option<HandleEntry>, user: &str, rev: u64, free_at: Millis) -> Option<HandleEntry> {
    let is_theirs = known.is_none_or(|known| known.user == user && known.rev <= rev);
    is_theirs.then(|| HandleEntry { user: user.to_owned(), rev, free_at: Some(free_at) })
}

// ---- in the person's object

record! {
    /// Handles of a person, as the person's object stores them.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct PersonHandles {
        pub handle: Option<String> = "handle",
        /// Time at which the current or last handle was chosen; 0 for never.
        pub set_at: Millis = "setAt",
        /// Number of the newest call to a shard.
        rev: u64 = "rev",
        /// Handles that shards may still store for this person.
        loose: Vec<HandleRelease> = "loose",
    }
}

record! {
    /// Handle to give up, unless a claim in progress succeeds.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HandleRelease {
        pub handle: String = "handle",
        /// Number of the latest call about the handle.
        pub rev: u64 = "rev",
        /// `true` if it was the current handle, which then stays reserved for a while.
        pub was_own: bool = "wasOwn",
        /// Time of the call to its shard.
        due_at: Millis = "dueAt",
        tries: u32 = "tries",
    }
}

impl HandleRelease {
    /// Returns the milliseconds until the call to the shard: the release of a lost claim, or a retry.
    fn wait_ms(&self, now: Millis) -> Millis {
        remaining_ms(self.due_at, now, if self.tries == 0 { HANDLE_CLAIM_MS } else { retry_delay_ms(self.tries) })
    }
}

impl PersonHandles {
    /// Returns the time from which the handle can be changed; 0 if there never was one.
    pub fn changeable_at(&self, wait_ms: Millis) -> Millis {
        if self.set_at == 0 { 0 } else { self.set_at + wait_ms }
    }

    /// Begins to claim a handle. Returns the number of the call to its shard, or `None` if the person has the handle already. The change is
    /// stored before the call.
    pub fn claim(&mut self, handle: &str, now: Millis, wait_ms: Millis) -> Result<Option<u64>, Refusal> {
        if self.handle.as_deref() == Some(handle) {
            return Ok(None);
        }
        self.check_changeable(now, wait_ms)?;
        // A claim of the same handle is in progress, and continues.
        let is_claimed = |loose: &&HandleRelease| loose.handle == handle && loose.tries == 0 && loose.wait_ms(now) > 0;
        if let Some(loose) = self.loose.iter().find(is_claimed) {
            return Ok(Some(loose.rev));
        }
        if self.loose.len() >= HANDLE_CLAIMS_MAX {
            return Err(Refusal::RateLimited { retry_after_ms: OUTBOX_RETRY_MS });
        }
        let was_own = self.loose.iter().any(|loose| loose.handle == handle && loose.was_own);
        Ok(Some(self.loosen(handle.to_owned(), was_own, now + HANDLE_CLAIM_MS)))
    }

    /// Stores a handle that the shard has accepted, unless another claim was faster or this one took too long.
    pub fn got(&mut self, handle: &str, rev: u64, now: Millis, wait_ms: Millis) -> Result<(), Refusal> {
        if self.handle.as_deref() == Some(handle) {
            return Ok(());
        }
        self.check_changeable(now, wait_ms)?;
        if !self.loose.iter().any(|loose| loose.handle == handle && loose.rev == rev) {
            return Err(Refusal::Conflict);
        }
        self.mark_released(handle, rev);
        self.give_up(now);
        (self.handle, self.set_at) = (Some(handle.to_owned()), now);
        Ok(())
    }

    /// Releases all handles of a deleted person at once.
    pub fn let_go(&mut self, now: Millis) {
        self.give_up(now);
        for loose in &mut self.loose {
            loose.due_at = now;
        }
    }

    pub fn give_up(&mut self, now: Millis) {
        if let Some(before) = self.handle.take() {
            self.loosen(before, true, now);
        }
    }

    /// Returns the handles to release now, each with a new number that outdates earlier calls. The change is stored before the calls.
    pub fn due(&mut self, now: Millis) -> Vec<HandleRelease> {
        let mut due = Vec::new();
        for loose in self.loose.iter_mut().filter(|loose| loose.wait_ms(now) == 0) {
            self.rev += 1;
            (loose.rev, loose.due_at) = (self.rev, now + retry_delay_ms(loose.tries));
            loose.tries = loose.tries.saturating_add(1);
            due.push(loose.clone());
        }
        due
    }

    /// Removes a handle that the shard has released by the call `rev`.
    pub fn mark_released(&mut self, handle: &str, rev: u64) {
        self.loose.retain(|loose| loose.handle != handle || loose.rev != rev);
    }

    /// Returns the time of the next call to a shard.
    pub fn due_at(&self, now: Millis) -> Option<Millis> {
        self.loose.iter().map(|loose| now + loose.wait_ms(now)).min()
    }

    fn check_changeable(&self, now: Millis, wait_ms: Millis) -> Result<(), Refusal> {
        match remaining_ms(self.changeable_at(wait_ms), now, wait_ms) {
            0 => Ok(()),
            retry_after_ms => Err(Refusal::RateLimited { retry_after_ms }),
        }
    }

    fn loosen(&mut self, handle: String, was_own: bool, due_at: Millis) -> u64 {
        self.rev += 1;
        self.loose.retain(|loose| loose.handle != handle);
        self.loose.push(HandleRelease { handle, rev: self.rev, was_own, due_at, tries: 0 });
        self.rev
    }
}

#[cfg(test)]
#[path = "handle_tests.rs"]
mod tests;
