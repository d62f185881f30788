//! Metrics of a hub room (`messagehub.md` 9): the part of `kit::counters` that knows hub rooms.

use std::rc::Rc;

use protocol::machines::hub::{HubConnection, HubCounters, HubOut};
use protocol::machines::webhook::{DeadLetterStore, HookStoreOwner};
use protocol::operation::series::{DROPPED_LAG, DROPPED_TOO_LARGE, RESUMED_HUB, closed_counter};
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use protocol::words::socket::Close;
use worker::{Env, State};

use super::object::{HubMemory, HubObject};
use crate::kit::counters::{Gauges, Metrics, MetricsSource, measure};
use crate::kit::namespace::Namespace;

/// The door in data points and labels.
pub(super) const DOOR: &str = "hub";

const RATE_LIMITED: &str = "cfm_rate_limited_total{rule=\"hub\"}";

impl MetricsSource for HubObject {
    fn metered(&self) -> (&Metrics, &State, &Env) {
        (&self.metrics, &self.base.state, &self.env)
    }

    fn gauges(&self) -> Result<Option<Gauges>, Fault> {
        self.with(|HubMemory { hub, store }| {
            let meta = hub.log().meta();
            let gauges = vec![
                ("cfm_messages_total{door=\"hub\"}", meta.head),
                ("cfm_bytes_total{door=\"hub\"}", meta.bytes_end),
                ("cfm_sockets{door=\"hub\"}", hub.count() as u64),
                ("cfm_outbox_depth", hub.receivers.waiting()),
                ("cfm_dead_letters", store.hook_store().dead_state()?.1),
                ("cfm_sealed_unreadable", store.sql.unreadable()?),
            ];
            Ok(Some(Gauges { name: Namespace::Hub.object_name(hub.room()), sockets: hub.count(), gauges }))
        })
    }
}

/// A committed turn was carried out, which closed these sockets.
pub(super) fn count_turn(metrics: &Metrics, counters: HubCounters, closes: &[Close], send_failed: usize) {
    let HubCounters { rate_limited, replayed, lagging, too_large, resumed } = counters;
    let counts = [
        (RATE_LIMITED, rate_limited),
        ("cfm_replayed_total", replayed),
        (DROPPED_LAG, lagging),
        (DROPPED_TOO_LARGE, too_large),
        (RESUMED_HUB, resumed),
    ];
    counts.into_iter().for_each(|(metric, times)| metrics.count(metric, times));
    closes.iter().for_each(|close| metrics.count(closed_counter(close.code), 1));
    metrics.send_failed(send_failed);
}

/// Messages of a turn that began at `began_at` were stored and handed to so many sockets.
pub(super) fn count_stored(object: &Rc<HubObject>, began_at: Millis, out: &HubOut, recipients: usize) {
    for item in &out.stored {
        object.metrics.sent(item.sender.as_deref(), DOOR, DOOR, item.body.bytes().len(), recipients);
    }
    measure(object, began_at);
}

/// A socket is gone while the log has come to `head`.
pub(super) fn count_closed(metrics: &Metrics, connection: &HubConnection, code: u16, head: u64) {
    let events = head.saturating_sub(connection.head_at_join);
    metrics.closed(connection.principal.as_deref(), DOOR, code, connection.joined_at, events);
}
