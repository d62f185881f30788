//! Work that no request waits for: crons, consumers of our queues, dead letters, and the rebuild of the projection.

pub mod cron;
pub mod dead_letters;
mod letters;
mod outbound_queue;
mod projection_queue;
pub mod queue;
pub mod rebuild;
