//! The cron's look at how things are (`protocol::operation::alarms`): measures, lets the owner's object say what turned, and tells `ALERT_URL`.
//!
//! News are rows of that object until their receiver has taken them, so a crash in between costs a repetition, under the same number.
//! The address is the owner's own and not looked up: that it is public in its form is checked when the variables are read.

use protocol::operation::alarms::{Alert, DeploymentMetrics, Source};
use protocol::words::limits::ALERT_MS_MAX;
use protocol::words::refusal::Fault;
use worker::Env;

use super::metrics;
use crate::calls::flags::OBJECT;
use crate::calls::quota::{LEDGER, Ledger, ReadLedger};
use crate::calls::watch::{AcknowledgeAlert, EvaluateAlarms};
use crate::config::Config;
use crate::kit::body::Record;
use crate::kit::request::Request;
use crate::runtime::{self, Outside};
use crate::telemetry;

/// Takes a look. `dead_batches` is what queues gave up, in the bucket.
pub async fn watch(env: &Env, dead_batches: Result<u64, Fault>) -> Result<(), Fault> {
    let (sums, is_whole) = metrics::sums_of_all(env).await;
    let mut measured = DeploymentMetrics::of_sums(&sums);
    if !is_whole {
        not_measured(&mut measured, Source::Logs, &Fault("a shard of dir did not answer".into()));
    }
    match dead_batches {
        Ok(batches) => measured.dead_letters += batches,
        Err(fault) => not_measured(&mut measured, Source::Bucket, &fault),
    }
    match ledger(env).await {
        Ok(ledger) => (measured.quota_used, measured.quota_limit) = (ledger.used, ledger.limit),
        Err(fault) => not_measured(&mut measured, Source::Ledger, &fault),
    }
    let asked = EvaluateAlarms::ask(env, OBJECT, &Record(measured)).await;
    let Record(untold) = asked.map_err(|error| Fault(format!("alarms: {error:?}")))?;
    let Some(url) = &Config::of(env).alert_url else { return Ok(()) };
    // In their order: whoever hears the second has heard the first.
    for alert in untold {
        send_alert(url, &alert).await?;
        let told = AcknowledgeAlert::ask(env, OBJECT, &alert.no).await;
        told.map_err(|error| Fault(format!("alarms: {error:?}")))?;
    }
    Ok(())
}

/// Something did not answer: that is said, and the others are judged without it.
fn not_measured(measured: &mut DeploymentMetrics, source: Source, fault: &Fault) {
    telemetry::fault("not_measured", fault);
    measured.silent.push(source);
}

/// Returns the state of the ledger of the model's calls.
pub async fn ledger(env: &Env) -> Result<Ledger, Fault> {
    let asked = ReadLedger::ask(env, LEDGER, &()).await;
    asked.map_err(|error| Fault(format!("ledger: {error:?}")))
}

async fn send_alert(url: &str, alert: &Alert) -> Result<(), Fault> {
    let id = format!("alarm.{}", alert.no);
    let headers =
        [("content-type", "application/json"), ("user-agent", "cf-messenger-alarm/1"), ("webhook-id", id.as_str())];
    let sent = runtime::fetch_outside(url, "POST", &headers, Some(&alert.body()), ALERT_MS_MAX, 0).await;
    match sent {
        Ok(Outside { status: 200..=299, .. }) => Ok(()),
        // The address may be a secret: it is in no line.
        Ok(Outside { status, .. }) => Err(Fault(format!("ALERT_URL answered {status}"))),
        Err(_) => Err(Fault("ALERT_URL did not answer".into())),
    }
}
