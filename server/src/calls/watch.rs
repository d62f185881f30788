//! Requests about alarms of the deployment, to the one object that keeps its switches as well.

use protocol::operation::alarms::{Alert, DeploymentMetrics};
use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

use crate::kit::body::{Empty, Record};
use crate::kit::request::requests;

requests! { Operator:
    /// Compares new numbers with the alarms that are up. Answers the news that nobody was told yet, the oldest first.
    EvaluateAlarms "watch": Record<DeploymentMetrics> => Record<Vec<Alert>>;
    /// Acknowledges the news of a number: its receiver has taken it.
    AcknowledgeAlert "told": u64 => Empty;
    ReadWatch "state": Empty => WatchState;
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ActiveAlarm {
    /// Its word. Another version may have alarms that this one lacks.
    pub alarm: String,
    pub since: Millis,
    /// The number when it was looked at last.
    pub value: u64,
}

/// [`DeploymentMetrics`] at one time; `messages` and `refused` count from the beginning of the deployment, and `series` is empty in readings of
/// earlier versions.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reading {
    pub at: Millis,
    pub sockets: u64,
    pub messages: u64,
    pub refused: u64,
    #[serde(default)]
    pub series: Vec<u64>,
}

/// State of the watch, as the owner's page shows it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct WatchState {
    pub alarms: Vec<ActiveAlarm>,
    /// News of alarms that nobody has taken yet.
    #[serde(rename = "untold")]
    pub unsent: u64,
    /// Readings of the last day, the oldest first.
    pub readings: Vec<Reading>,
}
