//! Rebuild of the projection from its sources: the logs of rooms, the shards of accounts, the audit logs of all objects
//! (`docs/runbooks/projection.md`). It runs in steps, each of which returns the place at which the next begins. The deployment stays in use.
//!
//! A repeated step, or a repeated rebuild, ends in the same rows, also if queues deliver changes meanwhile: a room is read again after its
//! rows were deleted, so changes that were deleted with them come back.

use protocol::codec::json;
use protocol::operation::rebuild::{RebuildCursor, RebuildStage};
use protocol::people::session::SHARDS;
use protocol::wire::wasmchannel::{RowChange, RowChangeKind, read_queue_message};
use protocol::words::event::Millis;
use protocol::words::limits::{REBUILD_LOGS_PAGE, REBUILD_PAGE_ROWS, REBUILD_PAGES_MAX, REBUILD_ROWS_MAX};
use protocol::words::personas::PERSONAS;
use worker::Env;

use crate::calls::backfill::{ProjectedAccount, ReadBackfill};
use crate::calls::directory::ListLogs;
use crate::calls::operator;
use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::namespace::Namespace;
use crate::kit::request::Request;
use crate::projection::{audit, database, rebuilds};
use crate::runtime::call_error::CallError;
use crate::telemetry;

#[derive(Debug, Default)]
struct Done {
    pages: u64,
    rooms: u64,
    rows: u64,
    failed: u64,
}

impl Done {
    fn json(&self) -> String {
        let Self { rooms, rows, failed, .. } = self;
        format!("\"rooms\":{rooms},\"rows\":{rows},\"failed\":{failed}")
    }
}

/// Does one step. Returns JSON with `done`, and while that is `false` with `after`, the place at which the next step begins.
pub async fn step(env: &Env, mut place: RebuildCursor, now: Millis) -> Result<String, CallError> {
    let mut done = Done::default();
    if place.is_beginning() {
        begin(env, place.run).await?;
    }
    while done.pages < REBUILD_PAGES_MAX && done.rows < REBUILD_ROWS_MAX {
        done.pages += 1;
        match advance(env, place.run, place.stage, &mut done).await? {
            Some(stage) => place.stage = stage,
            None => {
                rebuilds::end(env, place.run, now).await?;
                return Ok(format!("{{\"done\":true,{}}}", done.json()));
            }
        }
    }
    let after = json::json_text(&place.text());
    Ok(format!("{{\"done\":false,\"after\":{after},{}}}", done.json()))
}

async fn begin(env: &Env, run: Millis) -> Result<(), CallError> {
    rebuilds::begin(env, run).await?;
    let shards = SHARDS.iter().map(|shard| Namespace::Auth.object_name(shard));
    let personas = PERSONAS.iter().map(|persona| Namespace::Person.object_name(persona.id));
    let logs = shards.chain(personas).chain([Namespace::Operator.object_name(operator::OBJECT)]).collect();
    Ok(rebuilds::add(env, run, &logs).await?)
}

/// Goes on by one page. Returns the next stage; `None` at the end.
async fn advance(
    env: &Env,
    run: Millis,
    stage: RebuildStage,
    done: &mut Done,
) -> Result<Option<RebuildStage>, CallError> {
    match stage {
        RebuildStage::Names(shard, after) => add_names(env, run, shard, after).await.map(Some),
        RebuildStage::After(log) => {
            let next = rebuilds::next(env, run, &log).await?;
            Ok(next.map(|log| RebuildStage::Within { log, acts: true, at: 0 }))
        }
        RebuildStage::Within { log, acts, at } => {
            let Some((namespace, id)) = object_of(&log) else { return Ok(Some(RebuildStage::After(log))) };
            let is_room = !acts && namespace == Namespace::Room;
            let call = BackfillCall { is_audit_log: acts, after: at };
            let mut page = match ReadBackfill::ask_in(env, namespace, id, &call).await {
                Ok(page) => page,
                // The rows of this room were deleted already, so it must not be skipped.
                Err(error) if is_room && at > 0 => return Err(error),
                Err(error) => {
                    note_failure(error, done)?;
                    return Ok(Some(RebuildStage::After(log)));
                }
            };
            if is_room && at == 0 {
                rebuilds::empty_room(env, id).await?;
                done.pages += 1;
                page = ReadBackfill::ask_in(env, namespace, id, &call).await?;
            }
            if page.is_nobody && namespace == Namespace::Room {
                rebuilds::empty_room(env, id).await?;
            } else if acts && !page.is_nobody {
                audit::replace_entries(env, at, &page).await?;
                done.rows += page.rows.len() as u64;
            } else {
                let rows = write(env, run, (&log, namespace), at, &page, done).await?;
                done.rows += rows;
            }
            Ok(Some(match (page.is_done, acts && !page.is_nobody) {
                (false, _) => RebuildStage::Within { log, acts, at: page.next },
                (true, true) => RebuildStage::Within { log, acts: false, at: 0 },
                (true, false) => {
                    done.rooms += u64::from(matches!(namespace, Namespace::Room | Namespace::Hub));
                    RebuildStage::After(log)
                }
            }))
        }
    }
}

/// Counts a log that cannot be read, and whose rows stay as they are. A busy log is an error instead, so that the step is repeated.
fn note_failure(error: CallError, done: &mut Done) -> Result<(), CallError> {
    if matches!(error, CallError::Busy(_)) {
        return Err(error);
    }
    telemetry::call_failed("retell", &error);
    done.failed += 1;
    Ok(())
}

async fn add_names(env: &Env, run: Millis, shard: usize, after: String) -> Result<RebuildStage, CallError> {
    let Some(name) = SHARDS.get(shard) else { return Ok(RebuildStage::After(String::new())) };
    let logs = ListLogs::ask(env, name, &after).await?;
    rebuilds::add(env, run, &logs).await?;
    Ok(match logs.last() {
        Some(last) if logs.len() >= REBUILD_LOGS_PAGE as usize => RebuildStage::Names(shard, last.clone()),
        _ if shard + 1 < SHARDS.len() => RebuildStage::Names(shard + 1, String::new()),
        _ => RebuildStage::After(String::new()),
    })
}

fn object_of(log: &str) -> Option<(Namespace, &str)> {
    let all = [Namespace::Auth, Namespace::Operator, Namespace::Hub, Namespace::Person, Namespace::Room];
    all.into_iter().find_map(|namespace| Some((namespace, log.strip_prefix(&namespace.object_name(""))?)))
}

/// Writes the audit log of a deleted person, unless it is on the list. Only events of rooms still name a deleted person.
async fn backfill_audit_log(env: &Env, run: Millis, user: &str, done: &mut Done) -> Result<u64, CallError> {
    let log = Namespace::Person.object_name(user);
    if rebuilds::has(env, run, &log).await? {
        return Ok(0);
    }
    let (mut at, mut rows) = (0, 0);
    loop {
        done.pages += 1;
        let call = BackfillCall { is_audit_log: true, after: at };
        let page = match ReadBackfill::ask_in(env, Namespace::Person, user, &call).await {
            Ok(page) => page,
            Err(error) => {
                note_failure(error, done)?;
                break;
            }
        };
        audit::replace_entries(env, at, &page).await?;
        (at, rows) = (page.next, rows + page.rows.len() as u64);
        if page.is_done {
            break;
        }
    }
    rebuilds::add(env, run, &vec![log]).await?;
    Ok(rows)
}

/// Writes a page of a log, from the place `at`. Returns the number of rows.
async fn write(
    env: &Env,
    run: Millis,
    (log, namespace): (&str, Namespace),
    at: u64,
    page: &BackfillPage,
    done: &mut Done,
) -> Result<u64, CallError> {
    match namespace {
        Namespace::Room => {
            let changes: Vec<RowChange> = page.rows.iter().filter_map(|row| read_queue_message(row)).collect();
            for changes in changes.chunks(REBUILD_PAGE_ROWS as usize) {
                database::apply(env, changes).await?;
            }
            let deleted = changes.iter().filter(|change| matches!(change.what, RowChangeKind::Gone { .. }));
            let mut rows = changes.len() as u64;
            for person in deleted {
                rows += backfill_audit_log(env, run, &person.actor, done).await?;
            }
            Ok(rows)
        }
        // The rows of a room that no longer exists stay as long as its archive.
        Namespace::Hub => {
            if !page.is_nobody {
                audit::delete_replaced_rows(env, log, at, page).await?;
            }
            for rows in &page.rows {
                audit::write(env, log, rows, audit::expired_until(env)).await?;
            }
            Ok(page.next.saturating_sub(at.max(page.oldest.saturating_sub(1))))
        }
        Namespace::Auth => {
            let accounts: Vec<ProjectedAccount> =
                page.rows.iter().filter_map(|row| serde_json::from_str(row).ok()).collect();
            database::put_accounts(env, &accounts).await?;
            let mut marks: Vec<String> = accounts.iter().map(|account| rebuilds::mark(&account.user)).collect();
            marks.extend(page.is_done.then(|| rebuilds::mark(log)));
            rebuilds::add(env, run, &marks).await?;
            Ok(accounts.len() as u64)
        }
        // Rooms stand after people in the order of the list.
        Namespace::Person => {
            let rooms = page.rows.iter().map(|room| Namespace::Room.object_name(room)).collect();
            rebuilds::add(env, run, &rooms).await?;
            Ok(0)
        }
        _ => Ok(0),
    }
}
