//! A reaction: a person adds or removes a reaction to an earlier message.

use super::facts::{ChangeEvent, KindFacts};

pub(super) const FACTS: KindFacts = KindFacts::of_change(
    ChangeEvent::Reaction,
    &["type", "id", "messageId", "reaction", "op"],
    "messageId?: text, reaction?: text, op?: text, count?: int",
);
