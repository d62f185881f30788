//! Limits of one room that an operator set apart from those of the deployment (`messagehub.md` 8.2).

use super::log::HubRetention;
use crate::words::limits::HUB_ROOM_RATE_MS;
use crate::words::rate::{Rule, Window};
use crate::words::time::DAY_MS;

/// Limits of one room; `None` stands for the limit of the deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HubLimits {
    /// Messages per writer in [`HUB_ROOM_RATE_MS`].
    pub rate: Option<u32>,
    pub retention_days: Option<u32>,
}

impl HubLimits {
    /// Returns the rule for messages of a writer, where `common` is that of the deployment.
    pub fn rule(&self, common: &Rule) -> Rule {
        self.rate.map_or_else(|| common.clone(), |count| Rule(vec![Window { count, ms: HUB_ROOM_RATE_MS }]))
    }

    /// Returns the retention of messages, where `common` is that of the deployment.
    pub fn retention(&self, common: &HubRetention) -> HubRetention {
        let keep_ms = self.retention_days.map_or(common.keep_ms, |days| u64::from(days) * DAY_MS);
        HubRetention { keep_ms, ..*common }
    }
}
