//! An edit: an earlier message says something else now.

use super::facts::{ChangeEvent, KindFacts};

/// Facts of the kind.
pub(super) const FACTS: KindFacts = KindFacts::of_change(
    ChangeEvent::Edit,
    &["type", "id", "messageId", "content"],
    "messageId?: text, content?: text, editedAt?: time",
);
