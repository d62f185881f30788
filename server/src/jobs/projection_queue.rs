//! The queue `wasmchannel` (`wasmchannel.md` 6), from rooms to the projection. Each message is acknowledged or retried on its own.

use futures_util::future::join_all;
use protocol::operation::queue::Letter;
use protocol::wire::wasmchannel::RowChange;
use protocol::words::refusal::Fault;
use serde_json::json;
use worker::{Env, MessageBatch, MessageExt, RawMessage};

use super::letters::{letter_of, retry};
use crate::projection::queue::{apply, apply_apart, changes_of};
use crate::telemetry;

/// Beginning of the names of the queue; each environment has its own.
pub const QUEUE: &str = "wasmchannel";

/// Writes a batch into the tables with few transactions: one for each row would be a hundred times the work. If that fails, each message,
/// and in the end each row, is tried by itself, so that one does not hold up the others.
pub async fn receive(batch: &MessageBatch<String>, env: &Env) {
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    let letters: Vec<Letter> = messages.iter().map(letter_of).collect();
    let mut found: Vec<(RawMessage, Vec<RowChange>)> = Vec::new();
    for (message, changes) in messages.into_iter().zip(changes_of(env, &letters).await) {
        match changes {
            Ok(Some(changes)) => found.push((message, changes)),
            Ok(None) => {
                // Not a message of this Worker: another try would not help.
                telemetry::event("queue_unreadable", json!({ "queue": QUEUE }));
                message.ack();
            }
            Err(fault) => try_again(env, &message, &fault),
        }
    }
    let (messages, changes): (Vec<RawMessage>, Vec<Vec<RowChange>>) = found.into_iter().unzip();
    if apply(env, &changes.concat()).await.is_ok() {
        return messages.iter().for_each(MessageExt::ack);
    }
    join_all(messages.iter().zip(&changes).map(|(message, changes)| receive_one(env, message, changes))).await;
}

async fn receive_one(env: &Env, message: &RawMessage, changes: &[RowChange]) {
    match apply_apart(env, changes).await {
        Ok(()) => message.ack(),
        Err(fault) => try_again(env, message, &fault),
    }
}

fn try_again(env: &Env, message: &RawMessage, fault: &Fault) {
    telemetry::fault("queue", fault);
    retry(env, message);
}
