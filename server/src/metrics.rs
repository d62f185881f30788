//! Numbers of the deployment (`messagehub.md` 9): what the logs have told `dir`, added up. No name of a room is ever in them.

use protocol::sorted::SortedMap;

use futures_util::future::join_all;
use worker::Env;

use crate::objects::call;
use crate::objects::namespace::Namespace;
use crate::telemetry;

/// Shards of `dir`.
const SHARDS: &str = "0123456789abcdef";
/// All of them.
pub async fn sums(env: &Env) -> SortedMap<String, u64> {
    let shards: Vec<String> = SHARDS.chars().map(String::from).collect();
    let asked =
        shards.iter().map(|shard| call::call::<_, Vec<(String, u64)>>(env, Namespace::Dir, shard, "counts", &()));
    let mut sums: SortedMap<String, u64> = SortedMap::new();
    for counts in join_all(asked).await {
        match counts {
            Ok(counts) => counts.into_iter().for_each(|(metric, value)| *sums.get_or_default(metric) += value),
            Err(error) => telemetry::call_failed("counts", &error),
        }
    }
    sums
}
