//! A deletion: an earlier message is deleted for everyone.

use super::facts::{ChangeEvent, KindFacts};

pub(super) const FACTS: KindFacts =
    KindFacts::of_change(ChangeEvent::Delete, &["type", "id", "messageId", "for"], "messageId?: text");
