//! Duties of a hub room that time brings, and those that wait for others: other servers, the archive, the audit table, `dir`
//! (`messagehub.md` 7, 8). The rows were written with the messages, so a crash in between costs a repetition and nothing else.

use std::rc::Rc;

use protocol::codec::json;
use protocol::machines::hub::{AttemptSettlement, DueAttempt, HubStore, Item, OutboundJob, OutboundJobKind};
use protocol::machines::webhook::{AttemptOutcome, HookDisposition, is_soon};
use protocol::trust::sealing::{AssociatedData, is_about_keys};
use protocol::wire::messagehub::{audit_json, delivery_id, delivery_json};
use protocol::words::event::Millis;
use protocol::words::limits::{PAGE_EVENTS_DEFAULT, REBUILD_PAGE_ROWS, SWEEP_LOOK_MS};
use protocol::words::refusal::{Denied, Fault};
use wasm_bindgen_futures::spawn_local;

use super::archive;
use super::archive_tables::ArchivedFile;
use super::object::{HubMemory, HubObject, QUEUE};
use crate::calls::directory::{AddName, NameCall, RemoveName};
use crate::calls::flags;
use crate::calls::hub::{Attempt, AttemptResult};
use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::counters::report;
use crate::kit::directory::shard_of;
use crate::kit::namespace::Namespace;
use crate::kit::request::Request;
use crate::kit::sealed::Db;
use crate::kit::shell::Shell;
use crate::outbound::connectors;
use crate::projection::{audit, audit_log};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Name that tells digests of the audit table apart.
const AUDIT_TABLE: &str = "d1.hub_audit";
/// Interval of asking whether deliveries are still switched off.
const PAUSE_MS: Millis = 5_000;
/// Bodies that are read at once for their digests.
const BACKFILL_BYTES: u64 = 4 << 20;
/// A wait up to this long is a timer in memory: an alarm may be late by about as much.
const TIMER_MS_MAX: Millis = 2_000;

/// The alarm.
pub(super) async fn ring(object: &Rc<HubObject>) {
    flags::learn(&object.env).await;
    match object.wake(None) {
        Ok(false) => return,
        Ok(true) => {}
        Err(fault) => return object.break_down(&fault),
    }
    let swept = object.turn(|hub, step| {
        let heartbeat_of = |conn| {
            object.base.sockets.get(conn).and_then(|socket| runtime::last_heartbeat_at(&object.base.state, &socket))
        };
        hub.sweep(step.now, heartbeat_of, step.out);
        hub.forget_dead(step.store, step.now)?;
        Ok(())
    });
    if swept.is_ok() {
        let known = |memory: &HubMemory| Ok((memory.store.sql.clone(), Namespace::Hub.object_name(memory.hub.room())));
        if let Ok((db, name)) = object.with(known) {
            db.sweep_some().await;
            db.report_unreadable(&object.env, name).await.unwrap_or_else(|fault| telemetry::fault("hub_duty", &fault));
        }
        deliver(object).await;
        let audit_sent = audit_log::maintain(&object.env, &object.base.state).await;
        let (mut audited, mut trimmed) = (Ok(()), Ok(()));
        if runtime::now_ms() >= object.keyless_until.get() {
            audited = write_audit(object).await;
            trimmed = trim(object).await;
        }
        for duty in [audit_sent, audited, trimmed, list_room(object).await, report(object.as_ref()).await] {
            if let Err(fault) = duty {
                telemetry::fault("hub_duty", &fault);
                if is_about_keys(&fault) {
                    // The same row would fail at once.
                    object.keyless_until.set(runtime::now_ms() + SWEEP_LOOK_MS);
                }
            }
        }
        if forget(object).await {
            return;
        }
    }
    if let Err(fault) = object.arrange_duties() {
        object.break_down(&fault);
    }
}

/// The delivery timer.
pub(super) fn work_on(object: &Rc<HubObject>) {
    let object = Rc::clone(object);
    spawn_local(async move { deliver(&object).await });
}

// ---- other servers

/// Begins every attempt that is due, or hands it to the queue. One run at a time.
async fn deliver(object: &Rc<HubObject>) {
    if object.is_at_work.replace(true) {
        return;
    }
    while let Ok(true) = deliver_some(object).await {}
    object.is_at_work.set(false);
    arrange_delivery(object);
}

fn arrange_delivery(object: &Rc<HubObject>) {
    let next = object.with(|HubMemory { hub, store }| hub.delivery_at(store));
    if let Ok(Some(at)) = next {
        let at = at.max(object.paused_until.get());
        let now = runtime::now_ms();
        if at <= now + TIMER_MS_MAX {
            object.delivery_timer.arrange(now, at.max(now + 1));
        }
        object.arrange_alarm(at.max(now));
    }
}

async fn deliver_some(object: &Rc<HubObject>) -> Result<bool, Fault> {
    if !object.wake(None)? {
        return Ok(false);
    }
    let waits = object.with(|HubMemory { hub, .. }| Ok((hub.outbox_count() > 0).then(|| hub.room().to_owned())))?;
    let Some(room) = waits else { return Ok(false) };
    if !flags::is_on_in(&object.env, flags::Flag::Webhooks, &room).await {
        object.paused_until.set(runtime::now_ms() + PAUSE_MS);
        return Ok(false);
    }
    let due = object.turn(|hub, step| Ok(hub.take_due(step.store, step.now)?)).map_err(broken)?;
    if due.is_empty() {
        return Ok(false);
    }
    // Nobody waits for somebody else's slow receiver: each attempt looks for what is due when it ends. What is under way is not
    // due, so there are never more than each receiver's share.
    let (here, queued): (Vec<DueAttempt>, Vec<DueAttempt>) =
        due.into_iter().partition(|due| object.delivers_itself() || is_soon(due.attempt));
    for due in here {
        let object = Rc::clone(object);
        spawn_local(async move { attempt_here(&object, &due).await });
    }
    for due in &queued {
        hand_over(object, due).await?;
    }
    Ok(true)
}

async fn attempt_here(object: &Rc<HubObject>, due: &DueAttempt) {
    let attempt = match attempt_of(object, &due.hook.id, due.seq, due.attempt) {
        Ok(Some(attempt)) => attempt,
        Ok(None) => return,
        Err(fault) => return telemetry::fault("hub_delivery", &fault),
    };
    let ended = connectors::attempt(&object.env, object.config, &attempt).await;
    if let Err(fault) = settle(object, &ended) {
        telemetry::fault("hub_delivery", &fault);
    }
}

async fn hand_over(object: &Rc<HubObject>, due: &DueAttempt) -> Result<(), Fault> {
    let log = object.with(|HubMemory { hub, .. }| Ok(Namespace::Hub.object_name(hub.room())))?;
    let handed = OutboundJob {
        v: 1,
        log,
        what: OutboundJobKind::Hook,
        hook: Some(due.hook.id.clone()),
        seq: due.seq,
        attempt: due.attempt,
        rows: None,
    };
    send(object, &handed).await
}

async fn send(object: &HubObject, handed: &OutboundJob) -> Result<(), Fault> {
    let sent = async { object.env.queue(QUEUE)?.send(json::write(handed)).await };
    sent.await.map_err(|error: worker::Error| Fault(format!("queue: {error}")))
}

/// The call as it is to be made; `None` when nobody waits for it any more.
pub(super) fn attempt_of(
    object: &Rc<HubObject>,
    hook_id: &str,
    seq: u64,
    attempt: u32,
) -> Result<Option<Attempt>, Fault> {
    let now = runtime::now_ms();
    object.with(|HubMemory { hub, store }| {
        let hook = hub.hook(hook_id).filter(|hook| hook.is_active);
        let item = store.read(seq, seq, 1, u64::MAX)?.pop();
        let (Some(hook), Some(item), true) = (hook, item, hub.awaits(store, hook_id, seq, attempt)?) else {
            return Ok(None);
        };
        let epoch = hub.log().meta().epoch;
        Ok(Some(Attempt {
            room: hub.room().to_owned(),
            hook: hook.id.clone(),
            seq,
            attempt,
            url: hook.url.clone(),
            secret: hook.secret.clone(),
            previous: hook.previous.as_ref().filter(|(_, until)| *until > now).map(|(secret, _)| secret.clone()),
            id: delivery_id(epoch, seq, &hook.id),
            trace: object.traces.of(seq),
            body: connectors::body_for(object.config, &hook.url, hub.room(), &item)
                .unwrap_or_else(|| delivery_json(hub.room(), epoch, &item)),
        }))
    })
}

/// Notes how an attempt ended.
pub(super) fn settle(object: &Rc<HubObject>, ended: &AttemptResult) -> Result<(), Fault> {
    let outcome = match ended.status {
        Some(status) => AttemptOutcome::Status { status, retry_after_ms: ended.retry_after_ms },
        None => AttemptOutcome::Failed,
    };
    let random = u64::from_be_bytes(runtime::random_bytes());
    let settled = object.turn(|hub, step| {
        let due = (ended.hook.as_str(), ended.seq, ended.attempt);
        let settled = hub.settle(step.store, step.now, due, outcome, &ended.error, random)?;
        if settled.is_disabled {
            step.store.note_disabled(step.now, &ended.hook)?;
        }
        Ok(settled)
    });
    let AttemptSettlement { after, is_disabled } = settled.map_err(broken)?;
    object.metrics.count(
        match after {
            Some(HookDisposition::Done) => "cfm_webhook_total{outcome=\"done\"}",
            Some(HookDisposition::Retry { .. }) => "cfm_webhook_total{outcome=\"retry\"}",
            Some(HookDisposition::Dead | HookDisposition::Gone) => "cfm_webhook_total{outcome=\"dead\"}",
            None => "cfm_webhook_total{outcome=\"late\"}",
        },
        1,
    );
    let fields = serde_json::json!({
        "hook": ended.hook, "seq": ended.seq, "attempt": ended.attempt, "status": ended.status,
        "after": format!("{after:?}"), "disabled": is_disabled,
    });
    telemetry::event("webhook", fields);
    if is_disabled {
        object.arrange_duties()?;
    }
    arrange_delivery(object);
    Ok(())
}

fn broken(denied: Denied) -> Fault {
    Fault(denied.to_string())
}

// ---- the audit table and the archive

async fn write_audit(object: &Rc<HubObject>) -> Result<(), Fault> {
    loop {
        let rows = object.with(|HubMemory { hub, store }| {
            let (audited, meta) = (store.audited()?, hub.log().meta());
            let from = (audited + 1).max(meta.oldest);
            let items = if from > meta.head {
                Vec::new()
            } else {
                store.read(from, meta.head, PAGE_EVENTS_DEFAULT, u64::MAX)?
            };
            let Some(last) = items.last() else { return Ok(None) };
            let log = Namespace::Hub.object_name(hub.room());
            let rows = audit_rows(&store.sql, &log, &items)?;
            Ok(Some((log, last.seq, rows)))
        })?;
        let Some((log, seq, rows)) = rows else { return Ok(()) };
        if object.delivers_itself() {
            audit::write(&object.env, &log, &rows, 0).await?;
        } else {
            let handed =
                OutboundJob { v: 1, log, what: OutboundJobKind::Audit, hook: None, seq, attempt: 1, rows: Some(rows) };
            send(object, &handed).await?;
        }
        if !object.wake(None)? {
            return Ok(());
        }
        object.with(|HubMemory { store, .. }| store.set_audited(seq))?;
    }
}

/// Rows of the audit table, with digests that are sealed where bodies are: nobody has to open them, and they are one value per message.
fn audit_rows(db: &Db, log: &str, items: &[Item]) -> Result<String, Fault> {
    audit_json(items, |item, digest| {
        let row = item.seq.to_string();
        if db.seals() {
            db.seal_for(AssociatedData { log, table: AUDIT_TABLE, column: "sha256", row: &row }, &digest)
        } else {
            Ok(digest)
        }
    })
}

/// Returns rows for a database that is written again: of the audit table, for the messages that are kept, or rows of operation.
pub(super) fn read_backfill(object: &Rc<HubObject>, call: &BackfillCall) -> Result<BackfillPage, CallError> {
    if !object.wake(None)? {
        return Ok(BackfillPage { is_nobody: true, is_done: true, ..BackfillPage::default() });
    }
    if call.is_audit_log {
        return Ok(audit_log::read_backfill(&object.base.state, call)?);
    }
    let page = object.with(|HubMemory { hub, store }| {
        let meta = hub.log().meta();
        let from = (call.after + 1).max(meta.oldest);
        let items = if from > meta.head {
            Vec::new()
        } else {
            store.read(from, meta.head, REBUILD_PAGE_ROWS, BACKFILL_BYTES)?
        };
        let next = items.last().map_or(meta.head.max(call.after), |last| last.seq);
        let rows = if items.is_empty() {
            Vec::new()
        } else {
            vec![audit_rows(&store.sql, &Namespace::Hub.object_name(hub.room()), &items)?]
        };
        let (oldest, at) = (meta.oldest, runtime::now_ms());
        Ok(BackfillPage { rows, next, is_done: next >= meta.head, oldest, at, ..BackfillPage::default() })
    })?;
    Ok(page)
}

/// Archives what is too old or too much, then lets it go, a portion a turn.
async fn trim(object: &Rc<HubObject>) -> Result<(), Fault> {
    loop {
        let now = runtime::now_ms();
        let going = object.with(|HubMemory { hub, store }| hub.going(store, now, store.audited()?))?;
        archive::put(object, &going).await?;
        if !object.wake(None)? {
            return Ok(());
        }
        // Also without bodies to let go: ids of earlier ones may be.
        let trimmed = object.turn(|hub, step| {
            if let Some(file) = ArchivedFile::of(&going) {
                step.store.note_archived(file, step.now)?;
                step.store.forget_expired(archive::expired_until(object, step.now))?;
            }
            Ok(hub.trim(step.store, step.now, &going)?)
        });
        trimmed.map_err(broken)?;
        if going.is_empty() {
            return Ok(());
        }
    }
}

// ---- beginning and end

/// Tells `dir` that there is such a room.
async fn list_room(object: &Rc<HubObject>) -> Result<(), Fault> {
    let unlisted = object.with(|HubMemory { hub, store }| Ok((!store.is_listed()?).then(|| hub.room().to_owned())))?;
    let Some(room) = unlisted else { return Ok(()) };
    if report_to_directory::<AddName>(object, &room).await && object.wake(None)? {
        object.with(|HubMemory { store, .. }| store.set_listed())?;
    }
    Ok(())
}

async fn report_to_directory<R: Request<Question = NameCall>>(object: &HubObject, room: &str) -> bool {
    let name = Namespace::Hub.object_name(room);
    let shard = shard_of(&name);
    let reported = R::ask(&object.env, &shard, &NameCall { kind: "hub".to_owned(), name }).await;
    if let Err(error) = &reported {
        telemetry::call_failed("dir", error);
    }
    reported.is_ok()
}

/// Deletes a room in which nothing is and was for a month. True when it is gone.
async fn forget(object: &Rc<HubObject>) -> bool {
    let Some(room) = forgettable(object) else { return false };
    if !report_to_directory::<RemoveName>(object, &room).await {
        return false;
    }
    // Others were answered while `dir` was asked: whoever wrote or came in has been promised that it is kept.
    if forgettable(object).is_none() {
        if let Err(fault) = object.with(|HubMemory { store, .. }| store.set_unlisted()) {
            telemetry::fault("hub_forget", &fault);
        }
        return false;
    }
    object.forget();
    if let Err(error) = object.base.state.storage().delete_all().await {
        telemetry::fault("hub_forget", &Fault(error.to_string()));
    }
    true
}

/// The room, if nothing is lost with it now.
fn forgettable(object: &Rc<HubObject>) -> Option<String> {
    let now = runtime::now_ms();
    let over = object.with(|HubMemory { hub, .. }| {
        let is_over = hub.forgotten_at().is_some_and(|at| at <= now) && object.readers.is_empty();
        Ok((is_over && !object.has_arrivals()).then(|| hub.room().to_owned()))
    });
    over.ok().flatten()
}
