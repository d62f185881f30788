//! Answers of a hub room to readers that are no sockets (`messagehub.md` 4): the body that each of them is handed piece by piece, and the
//! timer of heartbeats and ends. The readers themselves are in `readers`.

use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use futures_util::Stream;
use protocol::machines::hub::{Hub, HubCursor, HubPage, HubStore, Item};
use protocol::wire::messagehub::{page_json, sse_heartbeat, sse_message};
use protocol::words::event::Millis;
use protocol::words::limits::{HUB_STREAM_BYTES_MAX, PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX};
use protocol::words::refusal::{Fault, Refusal};
use wasm_bindgen_futures::spawn_local;

use super::archive;
use super::object::{HubMemory, HubObject};
use super::readers::{Past, Wants};
use super::tables::HubSql;
use crate::calls::hub::HubCall;
use crate::runtime;

/// The body of an answer to a reader: a piece each time it is asked for more. Whoever lets it go has left.
pub(super) struct StreamBody {
    object: Weak<HubObject>,
    id: u32,
}

impl HubObject {
    pub(super) fn open_stream(self: &Rc<Self>, call: &HubCall, first: String, sent_seq: u64) -> StreamBody {
        let id = self.readers.stream(call, first, sent_seq);
        self.body_of(id)
    }

    /// Waits with a page for the next message, `wait_ms` at most.
    pub(super) fn wait_for_page(self: &Rc<Self>, call: &HubCall, wait_ms: Millis) -> Result<StreamBody, Refusal> {
        let id = self.readers.wait(call, wait_ms)?;
        Ok(self.body_of(id))
    }

    fn body_of(self: &Rc<Self>, id: u32) -> StreamBody {
        self.arrange_streams();
        StreamBody { object: Rc::downgrade(self), id }
    }

    pub(super) fn stream_time(self: &Rc<Self>) {
        let now = runtime::now_ms();
        if let Some(at) = self.readers.tick(now) {
            self.stream_timer.arrange(now, at);
        }
    }

    /// Somebody reads or waits.
    fn arrange_streams(&self) {
        let now = runtime::now_ms();
        if let Some(at) = self.readers.due_at(now) {
            self.stream_timer.arrange(now, at);
        }
    }

    /// The next piece for a reader: `None` when there is none yet, or never again.
    fn piece(self: &Rc<Self>, id: u32, waker: &Waker) -> Poll<Option<Result<String, Fault>>> {
        let mut open = self.readers.open.borrow_mut();
        let Some(reader) = open.get_mut(&id) else { return Poll::Ready(None) };
        let is_over = reader.ends_at <= runtime::now_ms();
        let piece = match &mut reader.wants {
            Wants::Page { call, is_due, .. } => {
                (*is_due || is_over).then(|| self.with(|memory| read_page(memory, call)))
            }
            Wants::Stream { first, sent_seq, next, is_quiet, past } => {
                if first.is_none() && is_over {
                    return Poll::Ready(None);
                }
                match (first.take(), next.take()) {
                    (Some(first), following) => {
                        *next = following;
                        Some(Ok(first))
                    }
                    (None, Some((text, last))) if last > *sent_seq => {
                        *sent_seq = last;
                        Some(Ok(text.as_ref().to_owned()))
                    }
                    _ => self
                        .stored_piece(id, sent_seq, past)
                        .transpose()
                        .or_else(|| std::mem::take(is_quiet).then(|| Ok(sse_heartbeat().to_owned()))),
                }
            }
        };
        match piece {
            Some(piece) => {
                if matches!(reader.wants, Wants::Page { .. }) {
                    open.remove(&id);
                }
                Poll::Ready(Some(piece))
            }
            None => {
                reader.waker = Some(waker.clone());
                Poll::Pending
            }
        }
    }
}

impl HubObject {
    /// The next piece of what is stored, from the archive or from the log; `None` when there is none, or it is still being read.
    fn stored_piece(self: &Rc<Self>, id: u32, sent_seq: &mut u64, past: &mut Past) -> Result<Option<String>, Fault> {
        if matches!(past, Past::Asked) {
            return Ok(None);
        }
        if let Past::Brought { text, until } = std::mem::take(past) {
            *sent_seq = (*sent_seq).max(until);
            if text.is_some() {
                return Ok(text);
            }
        }
        // The log may have let go of more while the archive was read.
        let oldest = self.with(|HubMemory { hub, .. }| Ok(hub.log().meta().oldest))?;
        if *sent_seq + 1 < oldest {
            *past = Past::Asked;
            self.ask_archive(id, *sent_seq);
            return Ok(None);
        }
        self.with(|memory| read_on(memory, sent_seq))
    }

    fn ask_archive(self: &Rc<Self>, id: u32, since: u64) {
        let object = Rc::clone(self);
        spawn_local(async move {
            let items = archive::read_after(&object, since).await;
            let brought = object.with(|HubMemory { hub, .. }| {
                let meta = hub.log().meta();
                let piece = items.and_then(|items| archived_piece(meta.epoch, &items, since));
                let (text, until) = piece.map_or((None, meta.oldest - 1), |(text, last)| (Some(text), last));
                Ok(Past::Brought { text, until })
            });
            // Without a room the stream asks again, and ends.
            object.readers.bring_past(id, brought.unwrap_or_default());
        });
    }
}

/// Returns a piece of a file for a stream after `since`, and the last `seq` in it.
fn archived_piece(epoch: u32, items: &[Item], since: u64) -> Option<(String, u64)> {
    let (mut text, mut bytes, mut last) = (String::new(), 0, None);
    for item in items.iter().filter(|item| item.seq > since) {
        bytes += item.body.bytes().len() as u64;
        if last.is_some() && bytes > HUB_STREAM_BYTES_MAX {
            break;
        }
        text.push_str(&sse_message(epoch, item));
        last = Some(item.seq);
    }
    last.map(|last| (text, last))
}

/// Text of a page that waited.
fn read_page(HubMemory { hub, store }: &HubMemory, call: &HubCall) -> Result<String, Fault> {
    Ok(page_json(&page_of(hub, store, call)?))
}

/// Page that a call asks for, as it is now.
pub(super) fn page_of(hub: &Hub, store: &HubSql, call: &HubCall) -> Result<HubPage, Fault> {
    let log = hub.log();
    // An epoch alone says which log is meant.
    let foreign = call.epoch.filter(|epoch| *epoch != log.meta().epoch);
    let cursor = call.cursor().or_else(|| foreign.map(|epoch| HubCursor { epoch: Some(epoch), seq: 0 }));
    log.page(store, cursor, call.limit.unwrap_or(PAGE_EVENTS_DEFAULT))
}

/// Reads a piece of what comes after `sent_seq`, and moves `sent_seq` to its end.
fn read_on(HubMemory { hub, store }: &HubMemory, sent_seq: &mut u64) -> Result<Option<String>, Fault> {
    let meta = hub.log().meta();
    let from = (*sent_seq + 1).max(meta.oldest);
    if from > meta.head {
        *sent_seq = from - 1;
        return Ok(None);
    }
    let items = store.read(from, meta.head, PAGE_EVENTS_MAX, HUB_STREAM_BYTES_MAX)?;
    *sent_seq = items.last().map_or(meta.head, |item| item.seq);
    Ok((!items.is_empty()).then(|| items.iter().map(|item| sse_message(meta.epoch, item)).collect()))
}

impl Stream for StreamBody {
    type Item = Result<Vec<u8>, worker::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(object) = self.object.upgrade() else { return Poll::Ready(None) };
        let piece = object.piece(self.id, context.waker());
        piece.map(|piece| {
            piece.map(|text| text.map(String::into_bytes).map_err(|fault| worker::Error::RustError(fault.0)))
        })
    }
}

impl Drop for StreamBody {
    fn drop(&mut self) {
        if let Some(object) = self.object.upgrade() {
            object.readers.open.borrow_mut().remove(&self.id);
        }
    }
}
