//! Numbers of the deployment (`messagehub.md` 9): what the logs have told `dir`, added up. No name of a room is ever in them.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use worker::Env;

use crate::kit::call;
use crate::kit::namespace::Namespace;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Shards of `dir`.
const SHARDS: &str = "0123456789abcdef";
/// All of them.
pub async fn sums(env: &Env) -> BTreeMap<String, u64> {
    sums_of_all(env).await.0
}

/// All of them, and whether every shard was heard.
pub async fn sums_of_all(env: &Env) -> (BTreeMap<String, u64>, bool) {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    let mut is_whole = true;
    for counts in of_every_shard(env, "counts").await {
        match counts {
            Ok(counts) => counts.into_iter().for_each(|(metric, value)| *sums.entry(metric).or_default() += value),
            Err(error) => {
                is_whole = false;
                telemetry::call_failed("counts", &error);
            }
        }
    }
    (sums, is_whole)
}

/// Returns what `verb` of every shard of `dir` answers: names and numbers.
pub async fn of_every_shard(env: &Env, verb: &str) -> Vec<Result<Vec<(String, u64)>, CallError>> {
    let shards: Vec<String> = SHARDS.chars().map(String::from).collect();
    join_all(shards.iter().map(|shard| call::call(env, Namespace::Dir, shard, verb, &()))).await
}
