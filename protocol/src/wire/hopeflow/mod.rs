//! The HopeFlow door: frames of a person's devices and the one publish route (`hopeflow.md`). `credential` finds the token,
//! `read` turns frames and bodies into inputs of [`crate::machines::channel`], `write` turns notifications, answers and refusals into text.

mod credential;
mod read;
mod write;

pub use credential::{check_purpose, may_publish, token_of};
pub use read::{read_frame, read_key, read_publish, read_resume, takes_type};
pub use write::{PublishRefusal, answer_json, frame_json};

/// Subprotocol of durable envelopes (`hopeflow.md` 6).
pub const PROTOCOL_V2: &str = "hopeflow.v2";
