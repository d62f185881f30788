//! A reaction: somebody reacts to an earlier message, or no longer.

use super::facts::{ChangeEvent, KindFacts};

/// Facts of the kind.
pub(super) const FACTS: KindFacts = KindFacts::of_change(
    ChangeEvent::Reaction,
    &["type", "id", "messageId", "reaction", "op"],
    "messageId?: text, reaction?: text, op?: text, count?: int",
);
