//! The archive of a person's data (`leaving.md` 1): a plan, and steps that carry it out.
//!
//! Each step requests one piece. One transaction stores the piece and the position after it, so a stop of the object between two steps costs
//! a repetition of one. Full parts go into the bucket, so that little data is stored here. The contents of the pieces are in
//! `leaving::export_files`.

use std::rc::Rc;

use protocol::content::archive::{Entry, directory};
use protocol::trust::sealing::{SEGMENT_BYTES, bytes_of_segments};
use protocol::words::event::Millis;
use protocol::words::limits::{EXPORT_MS, EXPORT_PART_BYTES};
use protocol::words::principal::Principal;
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::retry::retry_delay_ms;
use worker::{Bucket, UploadedPart};

use super::export_files::{self, Item, Job, NAME, Piece};
use crate::calls::leaving::{ExportCall, ExportState};
use crate::kit::sealed::{Column, Db, KeyColumn};
use crate::kit::sql::{Database, SqlRow, exec, rows};
use crate::objects::person::object::PersonObject;
use crate::platform::bucket;
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

pub const STEP: &[&str] = &[
    "CREATE TABLE exports (id TEXT PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, state TEXT NOT NULL, \
     upload TEXT NOT NULL, written INTEGER NOT NULL, due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT",
    "CREATE TABLE export_items (no INTEGER PRIMARY KEY, what TEXT NOT NULL, name TEXT NOT NULL, about TEXT NOT NULL, \
     cursor INTEGER NOT NULL DEFAULT 0, start INTEGER, crc INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, \
     packed INTEGER NOT NULL DEFAULT 0, is_done INTEGER NOT NULL DEFAULT 0) STRICT",
    "CREATE TABLE export_bytes (place INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT",
    "CREATE TABLE export_parts (no INTEGER PRIMARY KEY, etag TEXT NOT NULL) STRICT",
];

/// The step that brings the header of a sealed archive; an open archive has none.
pub const HEADER: &[&str] = &["ALTER TABLE exports ADD COLUMN header BLOB NOT NULL DEFAULT x''"];

/// Column of the bytes that were assembled and are not in the bucket yet.
pub const DATA: Column =
    Column { table: "export_bytes", name: "data", key: &[KeyColumn::Number("place")], but: "", is_bytes: true };

const RUNNING: &str = "running";
/// Everything is written; the last part is being uploaded.
const CLOSING: &str = "closing";
/// Condition for an archive that is being written: others wait for their end.
pub const IS_RUNNING: &str = "state IN ('running', 'closing')";
const READY: &str = "ready";
/// State of an archive that is not available any more.
const EXPIRED: &str = "gone";

/// Steps of one alarm; the object handles other events between two of them.
const STEPS_AT_ONCE: usize = 32;
pub const PACE_MS: Millis = 50;
/// A row can have at most 2 MB.
const ROW_BYTES: usize = 1_000_000;
/// Segments of one part of a sealed archive, so that all parts but the last are of one size.
const PART_SEGMENTS: u64 = (EXPORT_PART_BYTES / SEGMENT_BYTES) as u64;

const JOBS: &str = "SELECT id, at, who, state, upload, written, due_at, tries, header FROM exports";
const ITEMS: &str = "SELECT no, what, name, about, cursor, start, crc, bytes, packed FROM export_items";

pub fn number(row: &SqlRow) -> Result<u64, Fault> {
    row.number(0)
}

fn perhaps(row: &SqlRow) -> Result<Option<u64>, Fault> {
    row.number_or_null(0)
}

pub fn text(row: &SqlRow) -> Result<String, Fault> {
    row.text(0)
}

fn job_in(row: &SqlRow) -> Result<Job, Fault> {
    Ok(Job {
        id: row.text(0)?,
        at: row.number(1)?,
        principal: serde_json::from_str(&row.text(2)?)?,
        who: row.text(2)?,
        state: row.text(3)?,
        upload: row.text(4)?,
        written: row.number(5)?,
        due_at: row.number(6)?,
        tries: row.number(7)? as u32,
        header: row.bytes(8),
    })
}

fn item_in(sql: &Db, row: &SqlRow, at: Millis) -> Result<Item, Fault> {
    let name = sql.open_text(&NAME, row.number(0)?, row.text(2)?)?;
    let (crc, bytes, packed) = (row.number(6)? as u32, row.number(7)?, row.number(8)?);
    let start = row.number_or_null(5)?;
    let entry = start.map(|start| Entry { name: name.clone(), at, start, crc, bytes, packed });
    Ok(Item { no: row.number(0)?, what: row.text(1)?, name, about: row.text(3)?, cursor: row.number(4)?, entry })
}

fn key_of(job: &Job) -> String {
    bucket::archive_key(job.principal.user.as_str(), &job.id)
}

// ---- what is asked

/// Begins an archive, unless there was one within a day. The archives of an earlier player of a persona do not count.
pub fn begin(object: &Rc<PersonObject>, call: &ExportCall) -> Result<String, CallError> {
    let (now, principal) = (runtime::now_ms(), serde_json::from_str::<Principal>(&call.who)?);
    object.wake_known()?;
    let id = runtime::new_uuid();
    let plan = object.with(|memory| export_files::plan(&memory.sql, object.config))?;
    let header = new_header(object, &bucket::archive_key(principal.user.as_str(), &id))?;
    let sql = object.db()?;
    check_is_first(&sql, now, principal.visible_from)?;
    object.in_step(|| start(&sql, call, (now, principal.user.as_str()), (id.as_str(), header.as_slice()), &plan))?;
    object.arrange_alarm()?;
    Ok(id)
}

/// Returns the header of a new archive. Its key remains the archive's, whatever the newest key is when the archive is complete.
fn new_header(object: &PersonObject, key: &str) -> Result<Vec<u8>, Fault> {
    let cipher = object.config.content_keys.file_sealer(key, &runtime::drawn_bytes()?)?;
    Ok(cipher.map_or_else(Vec::new, |cipher| cipher.header()))
}

/// The caller must not await between this check and the insertion of the new row.
fn check_is_first(sql: &Database, now: Millis, visible_from: Millis) -> Result<(), CallError> {
    let after = now.saturating_sub(EXPORT_MS).max(visible_from);
    let query = "SELECT max(at) FROM exports WHERE at > ? AND at <= ? AND state <> 'gone'";
    match rows(sql, query, &[after.into(), now.into()], perhaps)?.pop().flatten() {
        Some(before) => {
            let retry_after_ms = (before + EXPORT_MS).saturating_sub(now).max(1);
            Err(Refusal::RateLimited { retry_after_ms }.into())
        }
        None => Ok(()),
    }
}

fn start(
    sql: &Db,
    call: &ExportCall,
    (now, user): (Millis, &str),
    (id, header): (&str, &[u8]),
    plan: &[(&str, String, String)],
) -> Result<(), Fault> {
    exec(sql, "UPDATE exports SET state = ?, due_at = ?", &[EXPIRED.into(), now.into()])?;
    forget_pieces(sql)?;
    let values = [id.into(), now.into(), call.who.as_str().into(), RUNNING.into(), now.into(), header.into()];
    exec(sql, "INSERT INTO exports VALUES (?, ?, ?, ?, '', 0, ?, 0, ?)", &values)?;
    for (no, (what, name, about)) in (1_u64..).zip(plan) {
        let name = sql.seal(&NAME, no, name)?;
        let values = [no.into(), (*what).into(), name.as_str().into(), about.as_str().into()];
        exec(sql, "INSERT INTO export_items (no, what, name, about) VALUES (?, ?, ?, ?)", &values)?;
    }
    let entry = AuditEntry { actor: user, action: "export", target: id, result: "ok" };
    audit_log::write(sql, now, &entry, &call.trace)
}

/// Deletes the assembled bytes, unless an archive is being assembled.
fn forget_pieces(sql: &Database) -> Result<(), Fault> {
    for table in ["export_items", "export_bytes", "export_parts"] {
        let query = format!("DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM exports WHERE state IN (?, ?))");
        exec(sql, &query, &[RUNNING.into(), CLOSING.into()])?;
    }
    Ok(())
}

/// Returns the state of an archive of this session's person. An earlier player's archive is not mentioned.
pub fn read_state(object: &PersonObject, call: &ExportCall) -> Result<ExportState, CallError> {
    let (now, principal) = (runtime::now_ms(), serde_json::from_str::<Principal>(&call.who)?);
    let query = format!("{JOBS} WHERE state <> 'gone' AND at > ? ORDER BY at DESC");
    let jobs = rows(&*object.db()?, &query, &[principal.visible_from.into()], job_in)?;
    let is_meant = |job: &Job| call.id.as_ref().is_none_or(|id| *id == job.id);
    let state = jobs.into_iter().find(is_meant).map(|job| {
        let expires_at = if job.state == READY { job.due_at } else { job.at + EXPORT_MS };
        let state = if job.state == READY { READY } else { RUNNING }.to_owned();
        ExportState { id: Some(job.id), state, at: job.at, expires_at, bytes: job.written }
    });
    Ok(state.filter(|state| state.expires_at > now).unwrap_or_default())
}

// ---- carrying it out

/// Returns the time at which the next step is due, or at which an archive expires.
pub fn due_at(sql: &Database) -> Result<Option<Millis>, Fault> {
    Ok(rows(sql, "SELECT min(due_at) FROM exports", &[], perhaps)?.pop().flatten())
}

/// Does the steps that are due. Only one run is active at a time, as the cron may wake the object while the alarm runs.
pub async fn carry_on(object: &Rc<PersonObject>, now: Millis) -> Result<(), Fault> {
    let sql = object.db()?;
    let due = rows(&sql, &format!("{JOBS} WHERE due_at <= ?"), &[now.into()], job_in)?;
    if due.is_empty() || object.runs.is_exporting.replace(true) {
        return Ok(());
    }
    let result = carry_on_with(object, &sql, due, now).await;
    object.runs.is_exporting.set(false);
    result
}

async fn carry_on_with(object: &Rc<PersonObject>, sql: &Db, due: Vec<Job>, now: Millis) -> Result<(), Fault> {
    for job in due {
        let is_running = [RUNNING, CLOSING].contains(&job.state.as_str());
        // An archive that has taken a day is given up, and so is one that nobody can fetch any more.
        let goes_on = is_running && job.at + EXPORT_MS > now && object.base.memory.borrow().is_some();
        let done = if goes_on { run(object, sql, &job).await } else { remove(object, sql, &job).await };
        if let Err(fault) = done {
            telemetry::fault("export", &fault);
            let later = runtime::now_ms() + retry_delay_ms(job.tries);
            let query = "UPDATE exports SET tries = tries + 1, due_at = ? WHERE id = ?";
            exec(sql, query, &[later.into(), job.id.as_str().into()])?;
        }
    }
    Ok(())
}

async fn remove(object: &PersonObject, sql: &Database, job: &Job) -> Result<(), Fault> {
    let removed: worker::Result<()> = async {
        let bucket = object.env.bucket(bucket::BINDING)?;
        if !job.upload.is_empty() && job.state != READY {
            // The upload may have ended long ago; then there is nothing to abort.
            let _ = bucket.resume_multipart_upload(key_of(job), job.upload.clone())?.abort().await;
        }
        bucket.delete(key_of(job)).await
    }
    .await;
    removed.map_err(fault_of)?;
    exec(sql, "DELETE FROM exports WHERE id = ?", &[job.id.as_str().into()])?;
    forget_pieces(sql)
}

async fn run(object: &Rc<PersonObject>, sql: &Db, job: &Job) -> Result<(), Fault> {
    for _ in 0..STEPS_AT_ONCE {
        let next = format!("{ITEMS} WHERE is_done = 0 ORDER BY no LIMIT 1");
        let Some(item) = rows(sql, &next, &[], |row| item_in(sql, row, job.at))?.pop() else {
            return finish(object, sql, job).await;
        };
        let piece = match export_files::piece(object, job, &item).await {
            Ok(piece) => piece,
            Err(CallError::Refused(refusal)) => return Err(Fault(format!("{}: {refusal}", item.name))),
            Err(CallError::Busy(fault) | CallError::Broken(fault)) => return Err(fault),
        };
        write(object, sql, job, item, &piece)?;
        send_full(object, sql, job).await?;
    }
    let query = "UPDATE exports SET tries = 0, due_at = ? WHERE id = ?";
    exec(sql, query, &[(runtime::now_ms() + PACE_MS).into(), job.id.as_str().into()])
}

/// Stores a piece and the position after it. A file without content is left out.
fn write(object: &PersonObject, sql: &Db, job: &Job, item: Item, piece: &Piece) -> Result<(), Fault> {
    object.in_step(|| {
        let mut out = Vec::new();
        let mut entry = item.entry.clone();
        if entry.is_none() && !piece.data.is_empty() {
            let query = "SELECT written FROM exports WHERE id = ?";
            let start = rows(sql, query, &[job.id.as_str().into()], number)?.pop().unwrap_or_default();
            let fresh = Entry { name: item.name.clone(), at: job.at, start, ..Entry::default() };
            out.extend(fresh.head());
            entry = Some(fresh);
        }
        if let Some(entry) = &mut entry {
            out.extend(entry.piece(&piece.data));
            if piece.is_done {
                out.extend(entry.tail());
            }
        }
        append(sql, job, &out)?;
        let Entry { start, crc, bytes, packed, .. } = entry.clone().unwrap_or_default();
        let values = [
            piece.next.into(),
            entry.as_ref().map(|_| start).into(),
            crc.into(),
            bytes.into(),
            packed.into(),
            u64::from(piece.is_done).into(),
            item.no.into(),
        ];
        let query =
            "UPDATE export_items SET cursor = ?, start = ?, crc = ?, bytes = ?, packed = ?, is_done = ? WHERE no = ?";
        exec(sql, query, &values)
    })
}

fn append(sql: &Db, job: &Job, bytes: &[u8]) -> Result<(), Fault> {
    wait_with(sql, bytes)?;
    let values = [(bytes.len() as u64).into(), job.id.as_str().into()];
    exec(sql, "UPDATE exports SET written = written + ? WHERE id = ?", &values)
}

// ---- the bucket

/// Appends bytes to those that wait for upload.
fn wait_with(sql: &Db, bytes: &[u8]) -> Result<(), Fault> {
    let last = rows(sql, "SELECT COALESCE(max(place), 0) FROM export_bytes", &[], number)?.pop().unwrap_or_default();
    for (place, row) in (last + 1..).zip(bytes.chunks(ROW_BYTES)) {
        let row = sql.seal_bytes(&DATA, place, row)?;
        exec(sql, "INSERT INTO export_bytes VALUES (?, ?)", &[place.into(), row.as_slice().into()])?;
    }
    Ok(())
}

fn waiting(sql: &Db) -> Result<Vec<u8>, Fault> {
    let query = "SELECT data, place FROM export_bytes ORDER BY place";
    let read = |row: &SqlRow| sql.open_bytes(&DATA, row.number(1)?, row.bytes(0));
    Ok(rows(sql, query, &[], read)?.concat())
}

/// Uploads full parts while more than one part waits: pieces gather while the bucket is away. The last part is sent when the archive is
/// complete, because it is sealed as such.
async fn send_full(object: &PersonObject, sql: &Db, job: &Job) -> Result<(), Fault> {
    while let Some((part, rest)) = full_part(sql, job)? {
        send(object, sql, job, part, &rest).await?;
    }
    Ok(())
}

/// Bytes of a part and the bytes behind it.
type Split = (Vec<u8>, Vec<u8>);

/// Returns the next full part and the bytes behind it; `None` if there are none behind it.
fn full_part(sql: &Db, job: &Job) -> Result<Option<Split>, Fault> {
    let full = part_bytes(job, next_part(sql)?);
    let query = "SELECT COALESCE(sum(length(data)), 0) FROM export_bytes";
    let count = rows(sql, query, &[], number)?.pop().unwrap_or_default();
    if count <= full as u64 {
        return Ok(None);
    }
    let mut part = waiting(sql)?;
    // Sealed bytes are a little longer.
    if part.len() <= full {
        return Ok(None);
    }
    let rest = part.split_off(full);
    Ok(Some((part, rest)))
}

fn next_part(sql: &Database) -> Result<u64, Fault> {
    let query = "SELECT COALESCE(max(no), 0) + 1 FROM export_parts";
    Ok(rows(sql, query, &[], number)?.pop().unwrap_or(1))
}

/// Returns the bytes of the archive that make a full part.
fn part_bytes(job: &Job, number: u64) -> usize {
    if job.header.is_empty() {
        return EXPORT_PART_BYTES;
    }
    let until = |number: u64| bytes_of_segments((number * PART_SEGMENTS) as u32);
    (until(number) - until(number.saturating_sub(1))) as usize
}

/// Returns a part as it is stored. A repeated upload has the same bytes.
fn stored_part(object: &PersonObject, job: &Job, number: u64, part: Vec<u8>, is_end: bool) -> Result<Vec<u8>, Fault> {
    if job.header.is_empty() {
        return Ok(part);
    }
    let cipher = object.config.content_keys.file_opener(&key_of(job), &job.header)?;
    Ok(cipher.seal_part((number.saturating_sub(1) * PART_SEGMENTS) as u32, &part, is_end)?)
}

/// Uploads one part; it is the last if there is no rest. A repeated upload replaces the same part, because nothing is appended to the
/// waiting bytes before the upload has succeeded.
async fn send(object: &PersonObject, sql: &Db, job: &Job, part: Vec<u8>, rest: &[u8]) -> Result<(), Fault> {
    let bucket = object.env.bucket(bucket::BINDING).map_err(fault_of)?;
    let upload = upload_of(&bucket, sql, job).await?;
    let number = next_part(sql)?;
    let part = stored_part(object, job, number, part, rest.is_empty())?;
    let upload = bucket.resume_multipart_upload(key_of(job), upload).map_err(fault_of)?;
    let sent = upload.upload_part(number as u16, part).await.map_err(fault_of)?;
    object.in_step(|| {
        exec(sql, "DELETE FROM export_bytes", &[])?;
        wait_with(sql, rest)?;
        exec(sql, "INSERT INTO export_parts VALUES (?, ?)", &[number.into(), sent.etag().as_str().into()])
    })
}

async fn upload_of(bucket: &Bucket, sql: &Database, job: &Job) -> Result<String, Fault> {
    let id = [job.id.as_str().into()];
    let known = rows(sql, "SELECT upload FROM exports WHERE id = ?", &id, text)?.pop().unwrap_or_default();
    if !known.is_empty() {
        return Ok(known);
    }
    let upload = bucket.create_multipart_upload(key_of(job)).execute().await.map_err(fault_of)?;
    let upload = upload.upload_id().await;
    exec(sql, "UPDATE exports SET upload = ? WHERE id = ?", &[upload.as_str().into(), job.id.as_str().into()])?;
    Ok(upload)
}

/// Completes the archive: writes the directory, uploads the last part, and makes the archive available.
async fn finish(object: &PersonObject, sql: &Db, job: &Job) -> Result<(), Fault> {
    let id = || job.id.as_str().into();
    if job.state != CLOSING {
        object.in_step(|| {
            let items = rows(sql, &format!("{ITEMS} WHERE start IS NOT NULL ORDER BY no"), &[], |row| {
                item_in(sql, row, job.at)
            })?;
            let entries: Vec<Entry> = items.into_iter().filter_map(|item| item.entry).collect();
            let start = rows(sql, "SELECT written FROM exports WHERE id = ?", &[id()], number)?;
            append(sql, job, &directory(&entries, start.into_iter().next().unwrap_or_default()))?;
            exec(sql, "UPDATE exports SET state = ? WHERE id = ?", &[CLOSING.into(), id()])
        })?;
    }
    // Also after a stop in between: only the last part may have another size.
    send_full(object, sql, job).await?;
    let bucket = object.env.bucket(bucket::BINDING).map_err(fault_of)?;
    // If the object was stopped after the end of the upload, the archive is there already.
    if bucket.head(key_of(job)).await.map_err(fault_of)?.is_none() {
        let last = waiting(sql)?;
        if !last.is_empty() {
            send(object, sql, job, last, &[]).await?;
        }
        let upload = upload_of(&bucket, sql, job).await?;
        let part = |row: &SqlRow| Ok(UploadedPart::new(row.number(0)? as u16, row.text(1)?));
        let parts = rows(sql, "SELECT no, etag FROM export_parts ORDER BY no", &[], part)?;
        let upload = bucket.resume_multipart_upload(key_of(job), upload).map_err(fault_of)?;
        upload.complete(parts).await.map_err(fault_of)?;
    }
    let query = "UPDATE exports SET state = ?, tries = 0, due_at = ? WHERE id = ?";
    exec(sql, query, &[READY.into(), (runtime::now_ms() + EXPORT_MS).into(), id()])?;
    forget_pieces(sql)
}

fn fault_of(error: worker::Error) -> Fault {
    Fault(format!("export: {error}"))
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
