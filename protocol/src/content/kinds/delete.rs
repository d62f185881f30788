//! A deletion: an earlier message is gone for everybody.

use super::facts::{ChangeEvent, KindFacts};

/// Facts of the kind.
pub(super) const FACTS: KindFacts =
    KindFacts::of_change(ChangeEvent::Delete, &["type", "id", "messageId", "for"], "messageId?: text");
