//! Work that no request waits for: crons, consumers of our queues, dead letters, and the rebuild of the projection.

pub mod cron;
pub mod dead_letters;
mod letters;
mod outbound_queue;
mod projection_queue;
pub mod rebuild;

use worker::{Env, MessageBatch};

/// Handles a batch. A message that fails is delivered again, after a growing delay; after the queue's last try it goes to the dead-letter
/// queue, and from there into the bucket.
pub async fn consume(batch: MessageBatch<String>, env: &Env) {
    let queue = batch.queue();
    if queue.starts_with(projection_queue::QUEUE) {
        projection_queue::receive(&batch, env).await;
    } else if queue.starts_with(dead_letters::QUEUE) {
        dead_letters::store(&batch, env).await;
    } else {
        outbound_queue::receive(&batch, env).await;
    }
}
