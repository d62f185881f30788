//! Numbers of the deployment (`messagehub.md` 9): what the logs have told `dir`, added up. No name of a room is ever in them.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use worker::Env;

use crate::calls::directory::ReadMetrics;
use crate::kit::request::Request;
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
    for counts in of_every_shard::<ReadMetrics>(env).await {
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

/// Asks every shard of `dir`; their answers.
pub async fn of_every_shard<R: Request<Question = ()>>(env: &Env) -> Vec<Result<R::Answer, CallError>> {
    let shards: Vec<String> = SHARDS.chars().map(String::from).collect();
    join_all(shards.iter().map(|shard| R::ask(env, shard, &()))).await
}
