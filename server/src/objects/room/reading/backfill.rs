//! Backfill of the database from a room. It starts at the beginning to rebuild a database (`docs/runbooks/projection.md`). It reads single
//! positions for the consumer of a queue whose messages contain only positions (`docs/decisions/0018-sealed-bodies.md`).
//!
//! The messages are those of `reading::projection`, whose own position stays.

use std::rc::Rc;

use protocol::log::LogStore;
use protocol::wire::wasmchannel::trim_message;
use protocol::words::limits::REBUILD_PAGE_ROWS;
use protocol::words::refusal::Fault;

use super::projection::messages;
use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::gathering::Gathering;
use crate::objects::room::object::RoomObject;
use crate::projection::audit_log;
use crate::runtime::call_error::CallError;

pub fn read_backfill(object: &Rc<RoomObject>, call: &BackfillCall) -> Result<BackfillPage, CallError> {
    if !object.wake(None)? {
        return Ok(BackfillPage { is_nobody: true, is_done: true, ..BackfillPage::default() });
    }
    if call.is_audit_log {
        return Ok(audit_log::read_backfill(&object.base.state, call)?);
    }
    object.end_turn();
    Ok(object.with(|room, store| {
        let (log, epoch) = (room.id().log_name(), room.log().epoch());
        let (kept_from, head) = (room.kept_from(), room.log().head());
        // The trimmed part comes first, so that nothing of it is restored.
        let bound = (call.after == 0 && kept_from > 1).then(|| trim_message(&log, &epoch, kept_from));
        let from = (call.after + 1).max(room.log().oldest());
        let events = if kept_from > head { Vec::new() } else { store.read(from, head, REBUILD_PAGE_ROWS)? };
        let next = events.last().map_or(head.max(call.after), |event| event.seq);
        let rows = bound.into_iter().chain(messages(store, &log, &epoch, &events)?).collect();
        Ok(BackfillPage { rows, next, is_done: next >= head, ..BackfillPage::default() })
    })?)
}

/// Returns messages for the events at these positions, with their current content.
pub fn read_events(object: &Rc<RoomObject>, seqs: &[u64]) -> Result<Vec<Vec<String>>, CallError> {
    if !object.wake(None)? {
        return Ok(vec![Vec::new(); seqs.len()]);
    }
    object.end_turn();
    Ok(object.with(|room, store| {
        let (log, epoch) = (room.id().log_name(), room.log().epoch());
        let (oldest, head) = (room.kept_from().max(room.log().oldest()), room.log().head());
        let at = |seq: &u64| {
            if !(oldest..=head).contains(seq) {
                return Ok(Vec::new());
            }
            messages(store, &log, &epoch, &store.read(*seq, *seq, 1)?)
        };
        Ok(seqs.iter().map(at).collect::<Result<Vec<_>, Fault>>()?)
    })?)
}
