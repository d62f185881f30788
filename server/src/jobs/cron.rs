//! The crons of `wrangler.toml` (`messagehub.md` 8): what no object's own alarm does.
//!
//! Sessions are not swept here: each `auth` object's alarm ends its own sessions when they expire.

use futures_util::future::join_all;
use protocol::operation::metrics::is_gauge;
use protocol::people::session::SHARDS;
use protocol::words::ids::UserId;
use protocol::words::refusal::Fault;
use protocol::words::time::DAY_MS;
use worker::Env;

use super::dead_letters;
use crate::calls::directory::{ListBacklogs, ReadMetrics};
use crate::calls::hub::{HubCall, WakeHub};
use crate::calls::operator;
use crate::calls::person::WakePerson;
use crate::calls::room::WakeRoom;
use crate::config::Config;
use crate::kit::namespace::Namespace;
use crate::kit::request::Request;
use crate::operation::alarms;
use crate::platform::bucket;
use crate::projection::audit;
use crate::{runtime, telemetry};

/// The daily cron. All other crons wake backlogs and evaluate alarms.
const NIGHTLY: &str = "17 3 * * *";
/// Number of pages of a thousand archived files that one night reads. Each page is a request, and a Worker may make a thousand.
const ARCHIVE_PAGES_MAX: usize = 300;

pub async fn run(env: &Env, cron: &str) {
    let done = if cron == NIGHTLY {
        vec![audit::forget_expired(env).await, forget_archives(env).await]
    } else {
        let mut done = join_all(SHARDS.iter().map(|shard| wake_backlogs(env, shard))).await;
        // Alarms come last: the objects that were woken have reported their gauges by now.
        let left = dead_letters::redrive(env).await;
        done.push(alarms::evaluate(env, left).await);
        done
    };
    for fault in done.into_iter().filter_map(Result::err) {
        telemetry::fault("scheduled", &fault);
    }
}

/// Wakes the objects that reported a backlog to a shard of the directory: an alarm that failed too often does not ring again.
/// Writes a log line with the gauges of all logs of the shard.
async fn wake_backlogs(env: &Env, shard: &str) -> Result<(), Fault> {
    let asked = ReadMetrics::ask(env, shard, &()).await;
    let counts = asked.map_err(|error| Fault(format!("counts: {error:?}")))?;
    let current = counts.iter().filter(|(metric, _)| is_gauge(metric));
    // One by one: collecting brings a sort of its own.
    let mut gauges = serde_json::Map::new();
    gauges.extend(current.map(|(metric, value)| (metric.clone(), (*value).into())));
    if gauges.is_empty() {
        return Ok(());
    }
    telemetry::event("gauges", serde_json::json!({ "shard": shard, "gauges": gauges }));
    let asked = ListBacklogs::ask(env, shard, &()).await;
    let backlogs = asked.map_err(|error| Fault(format!("backlogs: {error:?}")))?;
    join_all(backlogs.iter().map(|log| wake(env, log))).await.into_iter().collect()
}

async fn wake(env: &Env, log: &str) -> Result<(), Fault> {
    let woken = match log.split_once(':') {
        Some(("hub", room)) => {
            let call = HubCall { room: room.to_owned(), ..HubCall::default() };
            WakeHub::ask(env, room, &call).await.map(|_| ())
        }
        Some(("rm", room)) => WakeRoom::ask(env, room, &()).await,
        Some(("auth", name)) => {
            let shard = name.strip_prefix('0').unwrap_or(name);
            WakeRoom::ask_in(env, Namespace::Auth, shard, &()).await
        }
        Some(("flags", _)) => WakeRoom::ask_in(env, Namespace::Operator, operator::OBJECT, &()).await,
        Some(("me", user)) if UserId::parse(user).is_ok() => WakePerson::ask(env, user, &()).await,
        _ => return Ok(()),
    };
    woken.map_err(|error| Fault(format!("wake: {error:?}")))
}

/// Removes expired archives of messages, which are kept as long as their audit rows, and expired dead letters.
async fn forget_archives(env: &Env) -> Result<(), Fault> {
    forget_files(env, "hub/").await?;
    forget_files(env, dead_letters::FOLDER).await
}

async fn forget_files(env: &Env, folder: &str) -> Result<(), Fault> {
    let until = runtime::now_ms().saturating_sub(Config::of(env).limits.audit_days * DAY_MS);
    let forget = async {
        let bucket = env.bucket(bucket::BINDING)?;
        let mut cursor = None;
        for _ in 0..ARCHIVE_PAGES_MAX {
            let list = bucket.list().prefix(folder);
            let list = match cursor {
                Some(cursor) => list.cursor(cursor),
                None => list,
            };
            let page = list.execute().await?;
            let files = page.objects();
            let old = files.iter().filter(|file| file.uploaded().as_millis() <= until);
            let old: Vec<String> = old.map(worker::Object::key).collect();
            if !old.is_empty() {
                bucket.delete_multiple(old).await?;
            }
            cursor = page.cursor().filter(|_| page.truncated());
            if cursor.is_none() {
                break;
            }
        }
        Ok::<_, worker::Error>(cursor.is_none())
    };
    match forget.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Fault("archive: more files than one night can read".into())),
        Err(error) => Err(Fault(format!("archive: {error}"))),
    }
}
