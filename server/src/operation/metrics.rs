//! Numbers of the deployment (`messagehub.md` 9): what the logs have told `dir`, added up. No name of a room is ever in them.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use protocol::people::session::SHARDS;
use worker::Env;

use crate::calls::directory::ReadMetrics;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

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
    join_all(SHARDS.iter().map(|shard| R::ask(env, shard, &()))).await
}
