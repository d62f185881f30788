//! Evaluation of alarms by the cron (`protocol::operation::alarms`): it measures, has the operator's object evaluate the alarms, and sends alerts
//! to `ALERT_URL`.
//!
//! Alerts are rows of that object until the receiver has accepted them, so a crash in between causes a repetition with the same number.
//! The address is the operator's own and is not resolved before use: its form is checked when the variables are read.

use protocol::operation::alarms::{Alarm, Alert, DeploymentMetrics, Source};
use protocol::words::limits::ALERT_MS_MAX;
use protocol::words::refusal::Fault;
use worker::Env;

use super::metrics;
use crate::calls::operator::OBJECT;
use crate::calls::quota::{LEDGER, Ledger, ReadLedger};
use crate::calls::watch::{AcknowledgeAlert, EvaluateAlarms};
use crate::config::Config;
use crate::kit::body::Record;
use crate::kit::request::Request;
use crate::runtime::{self, Outside};
use crate::telemetry;

/// Measures, evaluates the alarms and sends alerts. `dead_batches` is the number of batches of dead letters in the bucket.
pub async fn evaluate(env: &Env, dead_batches: Result<u64, Fault>) -> Result<(), Fault> {
    let (sums, is_whole) = metrics::sums_of_all(env).await;
    let mut measured = DeploymentMetrics::of_sums(&sums);
    if !is_whole {
        note_missing(&mut measured, Source::Logs, &Fault("a shard of dir did not answer".into()));
    }
    match dead_batches {
        Ok(batches) => measured.set(Alarm::DeadLetters, measured.value(Alarm::DeadLetters) + batches),
        Err(fault) => note_missing(&mut measured, Source::Bucket, &fault),
    }
    match read_ledger(env).await {
        Ok(ledger) => measured.set_quota(ledger.used, ledger.limit),
        Err(fault) => note_missing(&mut measured, Source::Ledger, &fault),
    }
    let asked = EvaluateAlarms::ask(env, OBJECT, &Record(measured)).await;
    let Record(unsent) = asked.map_err(|error| Fault(format!("alarms: {error:?}")))?;
    let Some(url) = &Config::of(env).alert_url else { return Ok(()) };
    // One after the other, so that the receiver gets them in order.
    for alert in unsent {
        send_alert(url, &alert).await?;
        let noted = AcknowledgeAlert::ask(env, OBJECT, &alert.no).await;
        noted.map_err(|error| Fault(format!("alarms: {error:?}")))?;
    }
    Ok(())
}

/// Notes a source that did not answer. Alarms that need it keep their state.
fn note_missing(measured: &mut DeploymentMetrics, source: Source, fault: &Fault) {
    telemetry::fault("not_measured", fault);
    measured.silent.push(source);
}

/// Returns the state of the ledger of the model's calls.
pub async fn read_ledger(env: &Env) -> Result<Ledger, Fault> {
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
