//! Handles: exact names by which accounts are found (`people.md` 4).
//!
//! A handle is a row in the shard of its hash, which decides whose it is: that makes it one person's. What somebody's handle is stands
//! in their own object. The two never share a transaction: the person's object writes down what it is about to take before it asks,
//! and what it did not keep it gives back, again and again, until the shard has heard. Every word to a shard carries a number that only
//! grows, so that what comes late or twice changes nothing.

use crate::record;
use crate::words::bot_cast;
use crate::words::event::Millis;
use crate::words::limits::{HANDLE_CHARS_MAX, HANDLE_CHARS_MIN, HANDLE_WISH_MS, HANDLE_WISHES_MAX, OUTBOX_RETRY_MS};
use crate::words::personas::PERSONAS;
use crate::words::refusal::Refusal;
use crate::words::retry::retry_delay_ms;

/// Words that look as if somebody spoke for the place.
const KEPT_BACK: [&str; 16] = [
    "admin",
    "administrator",
    "system",
    "support",
    "help",
    "hilfe",
    "root",
    "mod",
    "moderator",
    "staff",
    "team",
    "official",
    "security",
    "guest",
    "gast",
    "cfmessenger",
];

/// Returns `true` when `text` has the form of a handle: as it is written, small letters only.
pub fn is_handle(text: &str) -> bool {
    (HANDLE_CHARS_MIN..=HANDLE_CHARS_MAX).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !text.contains("__")
}

/// Returns `true` when nobody may have it: it looks like the name or id of the cast, of a program or of the place, with or without
/// underscores between its letters.
pub fn is_reserved(handle: &str) -> bool {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    let bare = plain(handle);
    let cast = PERSONAS.iter().map(|persona| (persona.id, persona.name));
    handle.starts_with("bot_")
        || KEPT_BACK.contains(&bare.as_str())
        || cast.chain(bot_cast::names()).any(|(id, name)| plain(id) == bare || plain(name) == bare)
}

// ---- at the shard

/// A handle as its shard has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandleEntry {
    /// Id of the person who has it, or had it; empty when that person is gone for good.
    pub user: String,
    /// The person's number of the newest word about it.
    pub rev: u64,
    /// Time from which on a handle that was given up is anybody's.
    pub free_at: Option<Millis>,
}

/// Returns the shard's entry after `user` asked for the handle; `None` where it is somebody else's, or the word comes late.
pub fn taken(known: Option<HandleEntry>, user: &str, rev: u64, now: Millis) -> Option<HandleEntry> {
    let is_theirs = match known {
        None => true,
        Some(known) if known.user == user => known.rev <= rev,
        Some(known) => known.free_at.is_some_and(|at| at <= now),
    };
    is_theirs.then(|| HandleEntry { user: user.to_owned(), rev, free_at: None })
}

/// Returns the shard's entry after `user` gave the handle up; `None` where that changes nothing. There is an entry also where nothing was,
/// so that a wish that comes later than its end takes nothing.
pub fn given_up(known: Option<HandleEntry>, user: &str, rev: u64, free_at: Millis) -> Option<HandleEntry> {
    let is_theirs = known.is_none_or(|known| known.user == user && known.rev <= rev);
    is_theirs.then(|| HandleEntry { user: user.to_owned(), rev, free_at: Some(free_at) })
}

// ---- in the person's object

/// Handles of a person, as the person's object knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonHandles {
    /// The one they have.
    pub handle: Option<String>,
    /// Time at which they chose it, or the one before; 0 for never.
    pub set_at: Millis,
    /// Number of the newest word to a shard.
    rev: u64,
    /// Handles that shards may still have in their name.
    loose: Vec<HandleRelease>,
}

/// A handle that is to be given up, unless a wish that is under way makes it theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandleRelease {
    /// The handle.
    pub handle: String,
    /// Number of the newest word about it.
    pub rev: u64,
    /// `true` when they had it: others wait for a while.
    pub was_own: bool,
    /// Time at which its shard is told.
    due_at: Millis,
    tries: u32,
}

record!(PersonHandles { handle = "handle", set_at = "setAt", rev = "rev", loose = "loose" });
record!(HandleRelease { handle = "handle", rev = "rev", was_own = "wasOwn", due_at = "dueAt", tries = "tries" });

impl PersonHandles {
    /// Returns the time from which on it can be changed; 0 where it never was.
    pub fn changeable_at(&self, wait_ms: Millis) -> Millis {
        if self.set_at == 0 { 0 } else { self.set_at + wait_ms }
    }

    /// Their wish for a handle: the number with which its shard is asked, `None` when they have it already. Written down before the shard
    /// is asked.
    pub fn wish(&mut self, handle: &str, now: Millis, wait_ms: Millis) -> Result<Option<u64>, Refusal> {
        if self.handle.as_deref() == Some(handle) {
            return Ok(None);
        }
        self.check_changeable(now, wait_ms)?;
        // The same wish is under way: it is one.
        if let Some(loose) =
            self.loose.iter().find(|loose| loose.handle == handle && loose.tries == 0 && loose.due_at > now)
        {
            return Ok(Some(loose.rev));
        }
        if self.loose.len() >= HANDLE_WISHES_MAX {
            return Err(Refusal::RateLimited { retry_after_ms: OUTBOX_RETRY_MS });
        }
        let was_own = self.loose.iter().any(|loose| loose.handle == handle && loose.was_own);
        Ok(Some(self.loosen(handle.to_owned(), was_own, now + HANDLE_WISH_MS)))
    }

    /// The shard said yes: now it is theirs, unless another wish was faster or this one took too long.
    pub fn got(&mut self, handle: &str, rev: u64, now: Millis, wait_ms: Millis) -> Result<(), Refusal> {
        if self.handle.as_deref() == Some(handle) {
            return Ok(());
        }
        self.check_changeable(now, wait_ms)?;
        if !self.loose.iter().any(|loose| loose.handle == handle && loose.rev == rev) {
            return Err(Refusal::Conflict);
        }
        self.told(handle, rev);
        self.give_up(now);
        (self.handle, self.set_at) = (Some(handle.to_owned()), now);
        Ok(())
    }

    /// Gives up all handles of a person on their way out: nothing waits any more.
    pub fn let_go(&mut self, now: Millis) {
        self.give_up(now);
        for loose in &mut self.loose {
            loose.due_at = now;
        }
    }

    /// Gives up the handle that they have.
    pub fn give_up(&mut self, now: Millis) {
        if let Some(before) = self.handle.take() {
            self.loosen(before, true, now);
        }
    }

    /// Returns the handles to give up at their shards now, each with a new number: earlier requests come too late. Stored before shards are told.
    pub fn due(&mut self, now: Millis) -> Vec<HandleRelease> {
        let mut due = Vec::new();
        for loose in self.loose.iter_mut().filter(|loose| loose.due_at <= now) {
            self.rev += 1;
            (loose.rev, loose.due_at) = (self.rev, now + retry_delay_ms(loose.tries));
            loose.tries = loose.tries.saturating_add(1);
            due.push(loose.clone());
        }
        due
    }

    /// Its shard has nothing in their name any more, as of this word.
    pub fn told(&mut self, handle: &str, rev: u64) {
        self.loose.retain(|loose| loose.handle != handle || loose.rev != rev);
    }

    /// Returns the time at which the next shard is to be told.
    pub fn due_at(&self) -> Option<Millis> {
        self.loose.iter().map(|loose| loose.due_at).min()
    }

    fn check_changeable(&self, now: Millis, wait_ms: Millis) -> Result<(), Refusal> {
        match self.changeable_at(wait_ms).saturating_sub(now) {
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
