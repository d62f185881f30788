//! Operation of a deployment: metrics, alarms, queues, and rebuilds of the projection.

pub mod alarms;
pub mod metrics;
#[cfg(feature = "doors")]
pub mod queue;
pub mod rebuild;
pub mod series;
#[cfg(feature = "doors")]
pub mod telemetry;
