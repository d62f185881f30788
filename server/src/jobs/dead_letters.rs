//! Dead letters: messages that our queues gave up (`core.md` 1.6: `cfm-dead`). They are stored in the bucket unchanged, one file for each
//! batch, and the cron redrives them until all are done.
//!
//! Messages of queues are safe to repeat in any order, so a file is removed only when all of its messages are done. A crash in between, or
//! a message that always fails, only causes repetitions of the others.

use std::slice;

use futures_util::future::join_all;
use protocol::codec::json;
use protocol::operation::queue::Letter;
use protocol::words::limits::{DEAD_BATCHES_AT_ONCE, DEAD_DRIVE_MS_MAX};
use protocol::words::refusal::Fault;
use serde_json::json;
use worker::{Bucket, Env, MessageBatch, MessageExt, RawMessage};

use super::letters::{letter_of, retry};
use super::outbound_queue::carry_out;
use crate::platform::bucket;
use crate::platform::timeout::within;
use crate::projection::queue::{apply_apart, changes_of};
use crate::{runtime, telemetry};

/// Beginning of the names of the queue; each environment has its own.
pub const QUEUE: &str = "cfm-dead";
/// Folder of the files in the bucket.
pub const FOLDER: &str = "dead/";

/// Stores a batch in the bucket. If that fails, the queue keeps the batch and delivers it again.
pub async fn store(batch: &MessageBatch<String>, env: &Env) {
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    let letters: Vec<Letter> = messages.iter().map(letter_of).collect();
    let (Some(first), Some(letter)) = (messages.first(), letters.first()) else { return };
    let key = format!("{FOLDER}{:013}-{}.json", letter.at, first.id());
    let put = async { env.bucket(bucket::BINDING)?.put(key, json::write(&letters)).execute().await };
    match put.await {
        Ok(_) => {
            telemetry::event("dead_letters", json!({ "kept": letters.len() }));
            batch.ack_all();
        }
        Err(error) => {
            telemetry::fault("dead_letters", &Fault(error.to_string()));
            messages.iter().for_each(|message| retry(env, message));
        }
    }
}

/// Redrives some stored batches, within a time limit. Returns the number of batches that are left. The first batch is drawn at random, so
/// that batches that fail or are slow do not hold up the others.
pub async fn redrive(env: &Env) -> Result<u64, Fault> {
    let redriven = async {
        let bucket = env.bucket(bucket::BINDING)?;
        let found = bucket.list().prefix(FOLDER).execute().await?.objects();
        let mut keys: Vec<String> = found.iter().map(worker::Object::key).collect();
        let lot = u64::from_be_bytes(runtime::random_bytes()) as usize % keys.len().max(1);
        keys.rotate_left(lot);
        let (mut done, mut failed) = (0, None);
        let ends_at = runtime::now_ms() + DEAD_DRIVE_MS_MAX;
        for key in keys.iter().take(DEAD_BATCHES_AT_ONCE) {
            let left_ms = ends_at.saturating_sub(runtime::now_ms());
            if left_ms == 0 {
                failed = Some("the time is over".to_owned());
                break;
            }
            // A file that cannot be read or removed stays, and counts as left.
            match within(left_ms, redrive_batch(env, &bucket, key)).await {
                Some(Ok(Ok(()))) => done += 1,
                Some(Ok(Err(fault))) => failed = Some(fault.to_string()),
                Some(Err(error)) => failed = Some(error.to_string()),
                None => failed = Some(format!("{key} takes too long")),
            }
        }
        let left = keys.len() - done;
        if !keys.is_empty() {
            telemetry::event("dead_letters", json!({ "batches_done": done, "batches_left": left, "error": failed }));
        }
        Ok::<_, worker::Error>(left as u64)
    };
    redriven.await.map_err(|error| Fault(format!("dead letters: {error}")))
}

async fn redrive_batch(env: &Env, bucket: &Bucket, key: &str) -> worker::Result<Result<(), Fault>> {
    let file = bucket.get(key).execute().await?;
    let Some(body) = file.as_ref().and_then(worker::Object::body) else {
        // Another run has removed the file.
        return Ok(Ok(()));
    };
    let text = body.text().await?;
    let Some(letters) = json::read::<Vec<Letter>>(&text) else {
        return Ok(Err(Fault(format!("{key} is unreadable"))));
    };
    let redriven = join_all(letters.iter().map(|letter| redrive_letter(env, letter))).await;
    let redriven: Result<(), Fault> = redriven.into_iter().collect();
    if redriven.is_ok() {
        bucket.delete(key).await?;
    }
    Ok(redriven)
}

async fn redrive_letter(env: &Env, letter: &Letter) -> Result<(), Fault> {
    if let Some(handed) = letter.text.as_ref().and_then(|text| json::read(text)) {
        return carry_out(env, &handed).await;
    }
    let changes = changes_of(env, slice::from_ref(letter)).await.pop().transpose()?.flatten();
    apply_apart(env, &changes.ok_or_else(|| Fault("not a message of this Worker".into()))?).await
}
