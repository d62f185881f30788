//! Calls to other people's servers (`messagehub.md` 7.2): how they are signed, when they are repeated, in which order they
//! leave, and when a receiver is given up. Which addresses may be called is in [`crate::trust::guard`].

mod schedule;
mod signature;

pub use schedule::{
    AttemptOutcome, HookDisposition, HookHealth, QueuedDelivery, after_attempt, due, is_soon, next_due, retry_after_ms,
};
pub use signature::{Secret, SignatureHeaders, sign};
