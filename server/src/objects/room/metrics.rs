//! Metrics of a room (`messagehub.md` 9, `messenger.md` 11): the part of `kit::counters` that knows rooms. Two doors lead into a room.

use std::rc::Rc;

use protocol::codec::json::Value;
use protocol::content::kinds::EffectKind;
use protocol::machines::room::{Connection, LimitRule, Outbound, RoomCounters, Wire};
use protocol::machines::webhook::DeadLetterStore;
use protocol::operation::series::{DROPPED_LAG, RESUMED_MESSENGER, RESUMED_PACKETS, closed_counter, refused_counter};
use protocol::words::event::{Event, Millis};
use protocol::words::ids::RoomForm;
use protocol::words::refusal::{Denied, Fault, Refusal};
use protocol::words::socket::ConnKey;
use worker::{Env, State};

use super::object::RoomObject;
use crate::kit::counters::{Gauges, MESSENGER, Metrics, MetricsSource, measure};
use crate::kit::namespace::Namespace;
use crate::kit::socket_events::CUT;

const PACKETS: &str = "wasmchannel";

impl MetricsSource for RoomObject {
    fn metered(&self) -> (&Metrics, &State, &Env) {
        (&self.metrics, &self.base.state, &self.env)
    }

    fn gauges(&self) -> Result<Option<Gauges>, Fault> {
        let measured = self.with(|room, store| {
            let targets = room.targets();
            let packets = targets.iter().filter(|target| target.wire == Wire::Packets).count();
            let mut gauges = vec![
                ("cfm_sockets{door=\"messenger\"}", (targets.len() - packets) as u64),
                ("cfm_sockets{door=\"wasmchannel\"}", packets as u64),
                ("cfm_sealed_unreadable", store.sql.unreadable()?),
            ];
            // Only groups have bots. Anybody can arrange a webhook that takes nothing: these letters raise no alarm and wake no object.
            if matches!(room.id().form(), RoomForm::Group) {
                gauges.push(("cfm_bot_dead_letters", store.sql.dead_state()?.1));
            }
            Ok(Gauges { name: Namespace::Room.object_name(room.id().as_str()), sockets: targets.len(), gauges })
        });
        Ok(measured.ok())
    }
}

pub fn door_of(wire: Wire) -> &'static str {
    if wire == Wire::Packets { PACKETS } else { MESSENGER }
}

/// Counts the refusal of a write that came over REST. Returns the result of the write.
pub fn counted<T>(object: &RoomObject, rule: LimitRule, written: Result<T, Denied>) -> Result<T, Denied> {
    if let Err(Denied::Refused(refusal)) = &written {
        let is_limited = matches!(refusal, Refusal::RateLimited { .. });
        object.metrics.count(if is_limited { limit(rule) } else { refused_counter(refusal.code()) }, 1);
        // Other refusals wait for a report that is due anyway: a conversation that has not begun gets no alarm because of them.
        if is_limited || matches!(refusal, Refusal::Muted { .. } | Refusal::RoomClosed) {
            object.arrange_report();
        }
    }
    written
}

/// Counts a committed turn that began at `began_at`. `codes` are those of the sockets that closed.
pub fn count_turn(
    object: &Rc<RoomObject>,
    began_at: Millis,
    out: &Outbound,
    send_failed: usize,
    codes: &[(ConnKey, u16)],
) {
    let (metrics, RoomCounters { sent, gone, .. }) = (&object.metrics, &out.counters);
    count_trouble(metrics, out, send_failed);
    if sent.is_empty() && gone.is_empty() {
        return;
    }
    let measured = object.with(|room, _| {
        let kind = match room.id().form() {
            RoomForm::Direct(..) => "dm",
            RoomForm::Group => "group",
            RoomForm::Public => "public",
        };
        Ok((kind, room.sockets(), room.log().head()))
    });
    let Ok((kind, sockets, head)) = measured else { return };
    for (event, is_packet) in sent {
        count_sent(metrics, event, *is_packet, kind, sockets.saturating_sub(1));
    }
    for (conn, connection) in gone {
        let Connection { principal, wire, joined_at, head_at_join, .. } = connection;
        let closed = out.closes.iter().find(|close| close.conn == *conn).map(|close| close.code);
        let code = codes.iter().find(|(gone, _)| gone == conn).map(|(_, code)| *code);
        let (code, events) = (closed.or(code).unwrap_or(CUT), head.saturating_sub(*head_at_join));
        metrics.closed(Some(principal.user.as_str()), door_of(*wire), code, *joined_at, events);
    }
    if !sent.is_empty() {
        measure(object, began_at);
    }
}

/// Counts what was refused, dropped and repeated in a turn, and who came back.
fn count_trouble(metrics: &Metrics, out: &Outbound, send_failed: usize) {
    let RoomCounters { replayed, lagging, limited, refused_codes, resumed, .. } = &out.counters;
    metrics.count("cfm_replayed_total", *replayed);
    metrics.count(DROPPED_LAG, *lagging);
    metrics.send_failed(send_failed);
    limited.iter().for_each(|rule| metrics.count(limit(*rule), 1));
    refused_codes.iter().for_each(|code| metrics.count(refused_counter(code), 1));
    out.closes.iter().for_each(|close| metrics.count(closed_counter(close.code), 1));
    for wire in resumed {
        metrics.count(if *wire == Wire::Packets { RESUMED_PACKETS } else { RESUMED_MESSENGER }, 1);
    }
}

fn count_sent(metrics: &Metrics, event: &Event, is_packet: bool, kind: &str, recipients: usize) {
    let (door, messages, bytes) = if is_packet {
        (PACKETS, "cfm_messages_total{door=\"wasmchannel\"}", "cfm_bytes_total{door=\"wasmchannel\"}")
    } else {
        (MESSENGER, "cfm_messages_total{door=\"messenger\"}", "cfm_bytes_total{door=\"messenger\"}")
    };
    metrics.count(messages, 1);
    metrics.count(bytes, event.body.len() as u64);
    if !metrics.accepts_points() {
        return;
    }
    let user = event.actor.as_deref();
    let member = |name: &str| {
        let body = Value::parse(&event.body);
        body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    match event.kind.effect() {
        Some(EffectKind::Nudge) => metrics.point(user, &["nudge_sent", kind, ""], &[recipients as f64]),
        Some(EffectKind::Wink) => metrics.point(user, &["wink_sent", kind, &member("winkId")], &[recipients as f64]),
        None => metrics.sent(user, kind, door, member("content").encode_utf16().count(), recipients),
    }
}

/// Returns the name under which refusals of a rule are counted.
fn limit(rule: LimitRule) -> &'static str {
    match rule {
        LimitRule::Chat => "cfm_rate_limited_total{rule=\"chat\"}",
        LimitRule::Nudge => "cfm_rate_limited_total{rule=\"nudge\"}",
        LimitRule::Wink => "cfm_rate_limited_total{rule=\"wink\"}",
        LimitRule::Mutate => "cfm_rate_limited_total{rule=\"mutate\"}",
        LimitRule::History => "cfm_rate_limited_total{rule=\"history\"}",
        LimitRule::Presence => "cfm_rate_limited_total{rule=\"presence\"}",
        LimitRule::Packet => "cfm_rate_limited_total{rule=\"packet\"}",
        LimitRule::Frame => "cfm_rate_limited_total{rule=\"frame\"}",
    }
}
