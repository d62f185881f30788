//! Work that no request waits for: crons, the consumers of our queues, letters that queues gave up, the database written again.

pub mod cron;
pub mod dead_letters;
mod letters;
mod outbound_queue;
mod projection_queue;
pub mod queue;
pub mod rebuild;
