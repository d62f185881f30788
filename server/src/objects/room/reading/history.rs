//! Pages of the history for the packet door (`wasmchannel.md` 4): messages only, newest first.

use std::rc::Rc;

use protocol::log::{LogStore, Range};
use protocol::wire::wasmchannel::{self, HistoryCursor};
use protocol::words::event::{Event, Kind, Millis, TOMBSTONE};
use protocol::words::limits::{PACKET_PAGE_EVENTS_MAX, PAGE_EVENTS_MAX};
use protocol::words::refusal::{Denied, Fault, Refusal};

use super::pages;
use crate::calls::room::HistoryCall;
use crate::kit::sql::rows;
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::RoomSql;
use crate::runtime::call_error::CallError;

/// Returns a page as JSON text.
pub async fn history(object: &Rc<RoomObject>, call: &HistoryCall) -> Result<String, CallError> {
    if object.is_unmade(&call.principal)? {
        return Ok(wasmchannel::page_json(&[], None));
    }
    let (id, privacy) = pages::begin_page(object, &call.principal).await?;
    Ok(object.with(|room, store| {
        let mut before = before(store, &call.cursor, room.log().head())?;
        let end = before.saturating_sub(PACKET_PAGE_EVENTS_MAX);
        let (mut found, mut more) = (Vec::new(), before > room.log().oldest());
        while more && found.len() < call.limit as usize && before > end {
            let page = room.page(store, &call.principal, privacy.as_ref(), Range::Before(before), PAGE_EVENTS_MAX)?;
            more = page.more;
            for event in page.events.iter().rev() {
                before = event.seq;
                let is_left_out = call.is_without_deleted && event.body == TOMBSTONE;
                if event.kind.has_words() && !page.hidden.contains(&event.seq) && !is_left_out {
                    found.push(wasmchannel::message_json(id.as_str(), event, deleted_at(store, event)?));
                }
                if found.len() == call.limit as usize {
                    more |= page.events.first().is_some_and(|first| first.seq < event.seq);
                    break;
                }
            }
            if page.events.is_empty() {
                break;
            }
        }
        Ok(wasmchannel::page_json(&found, more.then_some(before)))
    })?)
}

/// Returns the exclusive upper bound of a page.
fn before(store: &RoomSql, cursor: &HistoryCursor, head: u64) -> Result<u64, Denied> {
    Ok(match cursor {
        HistoryCursor::Newest => head + 1,
        HistoryCursor::Seq(seq) => (*seq).min(head + 1),
        HistoryCursor::Time(at) => store.seq_at(at.saturating_sub(1))? + 1,
        HistoryCursor::Id(id) => {
            store.find(id)?.filter(|stored| stored.kind.has_words()).ok_or(Refusal::BadCursor)?.seq
        }
    })
}

fn deleted_at(store: &RoomSql, event: &Event) -> Result<Option<Millis>, Fault> {
    if event.body != TOMBSTONE {
        return Ok(None);
    }
    let query = "SELECT e.ts FROM changes c JOIN events e ON e.seq = c.seq WHERE c.target = ? AND e.kind = ?";
    let found = rows(&store.sql, query, &[event.seq.into(), Kind::Delete.as_str().into()], |row| row.number(0))?;
    Ok(Some(found.into_iter().next().unwrap_or(event.ts)))
}
