//! Requests to the directory of names.

use std::collections::{BTreeMap, BTreeSet};

use protocol::words::event::Millis;
use protocol::words::{bot_cast, personas};
use serde::{Deserialize, Serialize};
use worker::Env;

use super::group::{FindGroupsCall, PublicGroupCall};
use crate::kit::call;
use crate::kit::directory::shard_of;
use crate::kit::request::{Request, requests};
use crate::telemetry;

requests! { Dir:
    AddName "add": NameCall => ();
    RemoveName "remove": NameCall => ();
    /// Finds those of some user ids that are somebody's.
    FindPeople "known": Vec<String> => Vec<String>;
    /// Reads the sums of what the logs of a shard have reported.
    ReadMetrics "counts": () => Vec<(String, u64)>;
    /// Lists some logs of which something waits for receivers, or was given up.
    ListBacklogs "stuck": () => Vec<String>;
    /// Lists the logs with most open sockets, and under the empty name how many have any.
    ListOpenLogs "live": () => Vec<(String, u64)>;
    /// Lists the logs with most dead letters, with their number.
    ListDeadLogs "dead-logs": () => Vec<(String, u64)>;
    /// Lists names of logs after a name, at most [`protocol::words::limits::REBUILD_LOGS_PAGE`] of them.
    ListLogs "logs": String => Vec<String>;
    UpdateGroup "group": PublicGroupCall => ();
    /// Finds public groups: room ids with the number of people.
    FindGroups "groups": FindGroupsCall => Vec<(String, u64)>;
    /// Takes a handle for a person. The answer is `true` if it is theirs.
    TakeHandle "handle-take": HandleWordCall => bool;
    /// Gives a handle up. The answer is `true` if anything is kept of it.
    GiveHandle "handle-give": HandleWordCall => bool;
    /// Finds the user id of the owner of a handle, as far as the shard knows; empty for nobody.
    FindHandleOwner "handle-whose": String => String;
    AddInvite "invite-keep": OwnedHashCall => bool;
    RemoveInvite "invite-forget": OwnedHashCall => bool;
    /// Finds the user id of the person who made an invite, by the hash of its code; empty for nobody.
    FindInviteMaker "invite-whose": String => String;
    /// Notes the person whose page has handed over the address of a push subscription.
    TakeEndpoint "endpoint-take": OwnedHashCall => bool;
    /// Finds the user id of the person whose page handed an address over last, by its hash; empty for nobody.
    FindEndpointOwner "endpoint-whose": String => String;
    /// Forgets the owner of handles, invites and push addresses who is gone for good.
    ForgetOwner "forget-person": ForgetOwnerCall => bool;
}

/// Name of a log or a person.
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
        FindPeople::ask(env, &shard, &users).await.unwrap_or_else(|error| {
            telemetry::call_failed("dir", &error);
            users
        })
    });
    found.extend(call::in_portions(asked).await.into_iter().flatten());
    found
}

/// Handle that a person takes or gives up. Its shard is that of the handle.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HandleWordCall {
    pub handle: String,
    pub user: String,
    /// The person's number of this word.
    pub rev: u64,
    /// When it is anybody's, where it is given up.
    pub free_at: Millis,
    /// They are gone for good: it is not kept who they were.
    pub is_gone: bool,
}

/// Person who is gone for good.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ForgetOwnerCall {
    pub user: String,
    /// When a handle is anybody's that nobody has given up.
    pub free_at: Millis,
}

/// Hash of an invite code or of a push address, with the person to whom it leads. Its shard is that of the hash.
#[derive(Debug, Serialize, Deserialize)]
pub struct OwnedHashCall {
    pub hash: String,
    /// Person who made the invite, or whose page has handed the address over.
    pub user: String,
    /// Time at which it is forgotten.
    pub until: Millis,
}
