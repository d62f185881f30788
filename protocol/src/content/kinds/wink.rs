//! A wink: an animated greeting. [`crate::words::winks`] has the catalogue.

use super::facts::{EffectKind, KindFacts, Nature, NotificationKind};
use super::{Content, RowKind};
use crate::codec::json::{Value, member, push_member};
use crate::words::rate::LimitRule;

/// Facts of the kind.
pub(super) const FACTS: KindFacts = KindFacts {
    nature: Nature::Effect(EffectKind::Wink),
    limit: Some(LimitRule::Wink),
    notification: Some(NotificationKind::Wink),
    line: |body| Some(format!("[wink: {}]", wink_of(&Value::parse(body)?)?)),
    members: &["type", "id", "winkId"],
    schema: "winkId?: text, startAt?: time, durationMs?: int",
    read: |members| Some(RowKind::Wink(WinkContent { wink_id: wink_of(members)? })),
    empty: || RowKind::Wink(WinkContent::default()),
};

/// Content of a wink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WinkContent {
    /// Id in [`crate::words::winks`].
    pub wink_id: String,
}

fn wink_of(members: &Value) -> Option<String> {
    member(members, "winkId")
}

impl Content for WinkContent {
    fn push(&self, out: &mut String) {
        push_member(out, "winkId", &self.wink_id);
    }
}
