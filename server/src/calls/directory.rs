//! Requests to the directory of names.

use std::collections::{BTreeMap, BTreeSet};

use protocol::record;
use protocol::words::event::Millis;
use protocol::words::{bot_cast, personas};
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::kit::call;
use crate::kit::counting::shard_of;
use crate::kit::namespace::Namespace;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// To a `dir` shard (`/add`, `/remove`): something was made, or is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct NameCall {
    /// `guest`, `account` or `room`.
    pub kind: String,
    /// User or room id.
    pub name: String,
}

/// Those of `users` who are somebody: the cast, our programs, and whom their shard knows. What cannot be asked is taken for somebody.
pub async fn known<'a>(env: &Env, users: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let is_always_there = |user: &str| personas::find(user).is_some() || bot_cast::find(user).is_some();
    let (mut found, mut by_shard) = (BTreeSet::new(), BTreeMap::<String, Vec<String>>::new());
    for user in users {
        if is_always_there(user) {
            found.insert(user.to_owned());
        } else {
            by_shard.entry(shard_of(user)).or_default().push(user.to_owned());
        }
    }
    let asked = by_shard.into_iter().map(|(shard, users)| async move {
        let known: Result<Vec<String>, CallError> = call::call(env, Namespace::Dir, &shard, "known", &users).await;
        known.unwrap_or_else(|error| {
            telemetry::call_failed("dir", &error);
            users
        })
    });
    found.extend(call::in_portions(asked).await.into_iter().flatten());
    found
}

/// To the shard of a handle: somebody wants it (`/handle-take`), or gives it up (`/handle-give`). Answer: whether it is theirs, or is
/// not any more.
#[derive(Debug)]
pub struct HandleWordCall {
    /// Handle that is taken or given up.
    pub handle: String,
    /// User id of the person.
    pub user: String,
    /// The person's number of this word.
    pub rev: u64,
    /// When it is anybody's, where it is given up.
    pub free_at: Millis,
    /// They are gone for good: it is not kept who they were.
    pub is_gone: bool,
}

/// To every shard (`/forget-person`): somebody is gone for good.
#[derive(Debug)]
pub struct PersonGoneCall {
    /// User id of the person.
    pub user: String,
    /// When a handle is anybody's that nobody has given up.
    pub free_at: Millis,
}

/// To the shard of a code's hash: an invite was made (`/invite-keep`), or is gone (`/invite-forget`).
#[derive(Debug)]
pub struct InviteKeptCall {
    /// SHA-256 of the code.
    pub hash: String,
    /// User id of the person who made it.
    pub user: String,
    /// When it ends.
    pub until: Millis,
}

record!(HandleWordCall { handle = "handle", user = "user", rev = "rev", free_at = "freeAt", is_gone = "isGone" });
record!(PersonGoneCall { user = "user", free_at = "freeAt" });
record!(InviteKeptCall { hash = "hash", user = "user", until = "until" });
