//! Requests about alarms of the deployment, to the one object that keeps its switches as well.

use protocol::operation::alarms::{Alarm, Alert, DeploymentMetrics};
use protocol::record;
use protocol::words::event::Millis;

use crate::kit::body::{Empty, Record, record_bodies};
use crate::kit::request::requests;

requests! { Flags:
    /// Compares new numbers with the alarms that are up. Answers the news that nobody was told yet, the oldest first.
    EvaluateAlarms "watch": Record<DeploymentMetrics> => Record<Vec<Alert>>;
    /// Acknowledges the news of a number: its receiver has taken it.
    AcknowledgeAlert "told": u64 => Empty;
    /// Reads the state of the watch.
    ReadWatch "state": Empty => WatchState;
}

/// An alarm that is up.
#[derive(Debug)]
pub struct ActiveAlarm {
    /// Alarm that is up.
    pub alarm: Alarm,
    /// Since when.
    pub since: Millis,
    /// The number when it was looked at last.
    pub value: u64,
}

record!(ActiveAlarm { alarm = "alarm", since = "since", value = "value" });

/// Numbers at one time; `messages` and `refused` count from the beginning of the deployment.
#[derive(Debug)]
pub struct Reading {
    /// Time of the reading.
    pub at: Millis,
    /// See [`DeploymentMetrics`].
    pub sockets: u64,
    /// See [`DeploymentMetrics`].
    pub messages: u64,
    /// See [`DeploymentMetrics`].
    pub refused: u64,
    /// See [`DeploymentMetrics`]; empty in readings of earlier versions.
    pub series: Vec<u64>,
}

record!(Reading {
    at = "at",
    sockets = "sockets",
    messages = "messages",
    refused = "refused",
    series = "series" or Vec::new(),
});

/// State of the watch, as the owner's page shows it.
#[derive(Debug, Default)]
pub struct WatchState {
    /// Alarms that are up.
    pub alarms: Vec<ActiveAlarm>,
    /// News of alarms that nobody has taken yet.
    pub unsent: u64,
    /// Readings of the last day, the oldest first.
    pub readings: Vec<Reading>,
}

record!(WatchState { alarms = "alarms", unsent = "untold", readings = "readings" });

record_bodies!(WatchState);
