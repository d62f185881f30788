//! Messages of our queues: their contents, and their repetition.

use protocol::operation::queue::{Letter, retry_in_s};
use wasm_bindgen::JsCast;
use worker::{Env, MessageExt, QueueRetryOptionsBuilder, RawMessage};

use crate::config::Config;
use crate::runtime;

/// Copies a message of a queue, unchanged.
pub fn letter_of(message: &RawMessage) -> Letter {
    let (at, body) = (message.timestamp().as_millis(), message.body());
    if body.is_instance_of::<js_sys::ArrayBuffer>() || body.is_instance_of::<js_sys::Uint8Array>() {
        return Letter::of_bytes(at, &js_sys::Uint8Array::new(&body).to_vec());
    }
    let text = body.as_string();
    let json = if text.is_none() { js_sys::JSON::stringify(&body).ok().map(String::from) } else { None };
    Letter { at, json, text, b64: None }
}

/// Has a message delivered again, after a delay that grows with its age.
pub fn retry(env: &Env, message: &RawMessage) {
    let age_ms = runtime::now_ms().saturating_sub(message.timestamp().as_millis());
    let delay_s = Config::of(env).queue_retry_s.unwrap_or_else(|| retry_in_s(age_ms));
    message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(delay_s).build());
}
