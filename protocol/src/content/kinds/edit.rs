//! An edit: an earlier message has a new text.

use super::facts::{ChangeEvent, KindFacts};

pub(super) const FACTS: KindFacts = KindFacts::of_change(
    ChangeEvent::Edit,
    &["type", "id", "messageId", "content"],
    "messageId?: text, content?: text",
);
