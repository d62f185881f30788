//! Duties of a hub room that time brings, and those that wait for others: other servers, the archive, the audit table, `dir`
//! (`messagehub.md` 7, 8). The rows were written with the messages, so a crash in between costs a repetition and nothing else.

use std::rc::Rc;

use protocol::machines::hub::{HubStore, Item, OutboundJob, OutboundJobKind};
use protocol::machines::webhook::HookStoreOwner;
use protocol::trust::sealing::{AssociatedData, is_about_keys};
use protocol::wire::messagehub::audit_json;
use protocol::words::limits::{PAGE_EVENTS_DEFAULT, REBUILD_PAGE_ROWS, SWEEP_LOOK_MS};
use protocol::words::refusal::Fault;

use super::archive;
use super::archive_tables::ArchivedFile;
use super::object::{HubMemory, HubObject};
use crate::calls::directory::{AddName, NameCall, RemoveName};
use crate::calls::flags;
use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::counters::report;
use crate::kit::directory::shard_of;
use crate::kit::namespace::Namespace;
use crate::kit::request::Request;
use crate::kit::sealed::Db;
use crate::kit::shell::{Shell, broken};
use crate::outbound::deliveries;
use crate::projection::{audit, audit_log};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Name that tells digests of the audit table apart.
const AUDIT_TABLE: &str = "d1.hub_audit";
/// Bodies that are read at once for their digests.
const BACKFILL_BYTES: u64 = 4 << 20;

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
        hub.receivers.forget_dead(step.store.hook_store_mut(), step.now)?;
        Ok(())
    });
    if swept.is_ok() {
        let known = |memory: &HubMemory| Ok((memory.store.sql.clone(), Namespace::Hub.object_name(memory.hub.room())));
        if let Ok((db, name)) = object.with(known) {
            db.sweep_and_report(&object.env, name, "hub_duty").await;
        }
        deliveries::deliver(object).await;
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
            deliveries::send(&object.env, &handed).await?;
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
        telemetry::logged("hub_forget", object.with(|HubMemory { store, .. }| store.set_unlisted()));
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
