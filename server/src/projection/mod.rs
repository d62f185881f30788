//! D1: a projection of rooms, people and hubs, and never the source of truth.

pub mod audit;
pub mod audit_log;
mod changes;
pub mod database;
pub mod queue;
pub mod rebuilds;
mod reports;
mod statement;
