//! A wink: an animated greeting. [`crate::words::winks`] has the catalogue.

use super::content::Content;
use super::facts::{EffectKind, KindFacts, Nature, NotificationKind};
use crate::codec::json::{Value, member, push_member};
use crate::words::rate::LimitRule;

pub(super) const FACTS: KindFacts = KindFacts {
    nature: Nature::Effect(EffectKind::Wink),
    limit: Some(LimitRule::Wink),
    notification: Some(NotificationKind::Wink),
    line: |body| Some(format!("[wink: {}]", wink_of(&Value::parse(body)?)?)),
    members: &["type", "id", "winkId"],
    schema: "winkId?: text, startAt?: time, durationMs?: int",
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WinkContent {
    /// Id in [`crate::words::winks`].
    pub wink_id: String,
}

fn wink_of(members: &Value) -> Option<String> {
    member(members, "winkId")
}

impl WinkContent {
    /// Parses the content from the members of an event; `None` if a member is missing.
    pub(super) fn read(members: &Value) -> Option<Self> {
        Some(Self { wink_id: wink_of(members)? })
    }
}

impl Content for WinkContent {
    fn push(&self, out: &mut String) {
        push_member(out, "winkId", &self.wink_id);
    }
}
