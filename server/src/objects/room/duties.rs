//! Duties of a room's object: the work of its one alarm, the time of it, and what follows from a step. Each subject knows its own; this file
//! has their order.

use std::rc::Rc;

use protocol::log::Retention;
use protocol::machines::room::{Outbound, Room, RoomAuditEntry};
use protocol::trust::sealing::is_about_keys;
use protocol::words::event::Millis;
use protocol::words::limits::OUTBOX_RETRY_MS;
use protocol::words::refusal::{Denied, Fault};
use wasm_bindgen_futures::spawn_local;

use super::bots::{cast, webhooks};
use super::deliveries::{inboxes, outbox};
use super::demo;
use super::messages::held;
use super::metrics::count_turn;
use super::object::{RoomMemory, RoomObject, Subjects};
use super::people::presence;
use super::reading::{projection, search};
use super::tables::RoomSql;
use super::tables::change_tables::Hiding;
use super::tables::file_tables::FileNews;
use crate::kit::alarm::Retries;
use crate::kit::counters;
use crate::kit::jobs::Kind;
use crate::kit::namespace::Namespace;
use crate::kit::shell::Shell;
use crate::kit::trace::Trace;
use crate::projection::audit_log;
use crate::runtime;
use crate::telemetry;

/// Functions of the subjects for the object.
pub(super) const SUBJECTS: Subjects = Subjects { wake: demo::wake, write_down, follow, due_at };

/// Kinds of the object's jobs.
pub(super) const KINDS: &[Kind] = &[Kind::of::<Hiding>(), Kind::of::<FileNews>()];

/// Tables of other work that the object tries until it is done.
pub(super) const RETRIES: &[Retries] = &[
    Retries::of("outbox"),
    Retries::of("news"),
    Retries { first_ms: OUTBOX_RETRY_MS, ..Retries::of("clearings") },
    Retries { again_ms: Some(cast::BOT_REFUSED_MS_MAX), ..Retries::of("bot_answers") },
];

/// Does the work of the alarm. The cron requests the same with `asks` if work waits, because an alarm that failed too often does not come
/// again.
pub(super) async fn ring(object: &Rc<RoomObject>, asks: bool) {
    object.base.alarm.clear();
    woken_by_alarm(object);
    cast::start_due_answers(object);
    demo::ring(object).await;
    if matches!(object.exists(), Ok(false)) {
        // The day of this demo room is over: there are no notifications and no tables.
        return;
    }
    outbox::deliver_due(object).await;
    webhooks::deliver(object).await;
    search::index_next(object).await;
    seal_some(object).await;
    trim(object);
    projection::deliver(object).await;
    let results = [audit_log::maintain(&object.env, &object.base.state).await, counters::report(object.as_ref()).await];
    for fault in results.into_iter().filter_map(Result::err) {
        telemetry::fault("room_duty", &fault);
    }
    if let Err(fault) = object.arrange_alarm() {
        object.break_down(&fault);
    }
    outbox::report_backlog(object, asks).await;
}

/// Seals some of the stored rows with the newest key (`sealed`).
async fn seal_some(object: &RoomObject) {
    let known = object.with(|room, store| Ok((store.sql.clone(), Namespace::Room.object_name(room.id().as_str()))));
    if let Ok((db, name)) = known {
        db.sweep_and_report(&object.env, name, "room_duty").await;
    }
}

/// Does what the machine does at each alarm.
fn woken_by_alarm(object: &Rc<RoomObject>) {
    match object.wake(None) {
        Ok(false) => return,
        Ok(true) => {}
        Err(fault) => return object.break_down(&fault),
    }
    let has_expired = object.turn(|room, store, now, out| {
        let heartbeat_of = |conn| {
            object.base.sockets.get(conn).and_then(|socket| runtime::last_heartbeat_at(&object.base.state, &socket))
        };
        room.sweep(store, now, heartbeat_of, out)?;
        room.forget_old_held(store, now)?;
        room.forget_strangers(store, out)?;
        Ok(room.forget_dead_letters(store, now)?)
    });
    if matches!(has_expired, Ok(true)) {
        counters::report_gauges_soon(object);
    }
}

/// Trims events that are too old, one portion in each turn. Most alarms find none, and need no turn for that.
fn trim(object: &Rc<RoomObject>) {
    let (now, retention) = (runtime::now_ms(), Retention::of_days(object.config.limits.retention_days));
    let is_due = object.with(|room, store| Ok(room.trim_at(store, &retention)?.is_some_and(|at| at <= now)));
    if now < object.runs.keyless_until.get() || !is_due.unwrap_or(false) {
        return;
    }
    loop {
        match object.turn(|room, store, now, out| Ok(room.trim(store, now, &retention, out)?)) {
            Ok(true) => {}
            Err(Denied::Broken(fault)) if is_about_keys(&fault) => return object.wait_for_keys(),
            Ok(false) | Err(_) => return,
        }
    }
}

/// Returns the earliest time at which stored work is due: the outbox, the index, the database, retention and others.
fn due_at(object: &RoomObject) -> Result<Option<Millis>, Fault> {
    let memory = object.base.memory.borrow();
    let Some(RoomMemory { room, store }) = memory.as_ref() else { return Ok(None) };
    let now = runtime::now_ms();
    object.clock.bring_forward(&store.sql, RETRIES, now)?;
    let retention = Retention::of_days(object.config.limits.retention_days);
    let not_before = |at: Millis| at.max(object.runs.keyless_until.get());
    let due = [
        outbox::alarm_at(object, store)?,
        projection::due_at(room, store, now)?.map(not_before),
        audit_log::due_at(&object.env, &store.sql, now)?,
        room.trim_at(store, &retention)?.map(not_before),
        object.metrics.report_at(now, room.sockets()),
        store.sql.sweep_at(now),
        cast::due_at(store, &object.runs.answering.borrow(), now)?,
        demo::due_at(store, now)?,
        webhooks::due_at(object, room, store)?,
    ];
    Ok(due.into_iter().flatten().min().map(|at| at.max(now)))
}

// ---- steps

/// Stores the notifications and audit rows of a turn in its transaction (`core.md` 1.7), so that they are sent even if this object stops
/// before.
fn write_down(room: &Room, store: &RoomSql, now: Millis, out: &Outbound, trace: &Trace) -> Result<(), Fault> {
    for (user, seq) in &out.read_to {
        if inboxes::needs_notification(room, store, user)? {
            store.clear_later(user, *seq, now + OUTBOX_RETRY_MS, 0)?;
        }
    }
    for (user, message) in &out.hidden_for {
        if store.was_sent(user)? {
            store.add_hiding(user, message, now)?;
        }
    }
    cast::enqueue_answers(store, now, out)?;
    for RoomAuditEntry { actor, what, target } in &out.acts {
        audit_log::write(&store.sql, now, &audit_log::AuditEntry { actor, action: what, target, result: "ok" }, trace)?;
    }
    Ok(())
}

/// Begins what follows from a committed step that began at `now`: numbers, reports, and the work that the step has written down. The alarm
/// begins it anew if this object stops now.
fn follow(object: &Rc<RoomObject>, now: Millis, out: &Outbound, send_failed: usize) {
    count_turn(object, now, out, send_failed, &object.runs.closed.take());
    presence::report(object, now, out);
    inboxes::clear_read(object, out);
    let is_hidden = inboxes::send_hidden(object, out);
    object.arrange_timers();
    let arrived_at = object.gathered.take_began_at().unwrap_or(now);
    let head = object.with(|room, _| Ok(room.log().head())).unwrap_or_default();
    if object.runs.head_seen.replace(head) != head || !out.acts.is_empty() {
        object.metrics.fanned_out(runtime::now_ms().saturating_sub(arrived_at));
        projection::arrange(object, now);
    } else {
        object.arrange_report();
    }
    if out.dead_letters_gone {
        counters::report_gauges_soon(object);
    }
    held::tell_displaced(object, &out.displaced);
    let is_filled = out.outbox_filled || is_hidden;
    if out.called.is_empty() && !is_filled && !out.webhooks_filled {
        return;
    }
    object.base.ring_by(now + OUTBOX_RETRY_MS);
    if !out.called.is_empty() {
        cast::start_due_answers(object);
    }
    if is_filled {
        let object = Rc::clone(object);
        spawn_local(async move { outbox::deliver(&object).await });
    }
    if out.webhooks_filled {
        webhooks::begin(object);
    }
}

#[cfg(test)]
#[path = "duties_tests.rs"]
mod tests;
