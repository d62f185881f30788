//! Readings of the deployment: health of its bindings, metrics, alarms.

pub mod alarms;
pub mod health;
pub mod metrics;
