//! A nudge: a shake of the window.

use super::facts::{EffectKind, KindFacts, Nature, NotificationKind};
use crate::words::rate::LimitRule;

pub(super) const FACTS: KindFacts = KindFacts {
    nature: Nature::Effect(EffectKind::Nudge),
    limit: Some(LimitRule::Nudge),
    notification: Some(NotificationKind::Nudge),
    line: |_| Some("[nudge]".to_owned()),
    members: &["type", "id"],
    schema: "effect?: text",
};
