//! Calls to other people's servers (`messagehub.md` 7.2): how they are signed, when they are repeated, in which order they
//! leave, and when a receiver is given up. Hub rooms and stores of LiveStore have such receivers. Which addresses may be called is in
//! [`crate::trust::guard`].
//!
//! | File | Part |
//! |---|---|
//! | `receiver`, `store` | rows: receivers, what waits for them, what they did not take |
//! | `receivers` | the outbox, the order of deliveries, and their results |
//! | `schedule` | waiting times, and the end of the tries |
//! | `signature` | the signature of a call |

mod receiver;
mod receivers;
mod schedule;
mod signature;
mod store;

pub use receiver::{DeadLetter, HookRow, OutboxRow};
pub use receivers::{AttemptSettlement, DueAttempt, Receivers};
pub use schedule::{AttemptOutcome, HookDisposition, after_attempt, delivery_wait_ms, is_soon, retry_after_ms};
pub use signature::{Secret, SignatureHeaders, sign};
pub use store::{DeadLetterStore, HookStore, HookStoreOwner, MemoryHookStore};
