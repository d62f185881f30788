//! An edit: an earlier message has a new text.

use super::facts::{ChangeEvent, KindFacts};

/// Facts of the kind.
pub(super) const FACTS: KindFacts = KindFacts::of_change(
    ChangeEvent::Edit,
    &["type", "id", "messageId", "content"],
    "messageId?: text, content?: text",
);
