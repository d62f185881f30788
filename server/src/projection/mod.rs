//! D1: tables that are told what rooms, people and hubs have, and are never asked for what is true.

pub mod audit;
pub mod audit_log;
mod changes;
pub mod database;
pub mod queue;
pub mod rebuilds;
mod reports;
mod statement;
