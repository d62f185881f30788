//! Readers of a hub room that are no sockets (`messagehub.md` 4): event streams and pages that wait. They keep the object awake
//! and end by themselves, or with their reader.
//!
//! Nothing is written in front of a reader: what it has not asked for yet waits in the log. A reader that does not read costs one
//! piece, however long it is away.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Waker;

use protocol::machines::hub::{Item, stream_ends_at};
use protocol::wire::messagehub::sse_message;
use protocol::words::event::Millis;
use protocol::words::limits::{POLL_HELD_MS, POLLS_MAX, STREAM_HEARTBEAT_MS};
use protocol::words::refusal::Refusal;
use protocol::words::time::remaining_ms;

use crate::calls::hub::HubCall;
use crate::runtime;

#[derive(Default)]
pub struct Readers {
    pub(super) open: RefCell<BTreeMap<u32, HubReader>>,
    next_id: Cell<u32>,
    next_heartbeat_at: Cell<Millis>,
}

pub(super) struct HubReader {
    payer: String,
    pub ends_at: Millis,
    /// Wants to be told when there is something for it.
    pub waker: Option<Waker>,
    pub wants: Wants,
}

pub(super) enum Wants {
    Stream {
        /// Text that the reader is told first.
        first: Option<String>,
        /// Newest message that it was handed.
        sent_seq: u64,
        /// Text that follows and its last `seq`, if all readers that wait for it get the same.
        next: Option<(Rc<str>, u64)>,
        /// A sign of life is due.
        is_quiet: bool,
        /// The archive, while the place is before the oldest kept message.
        past: Past,
    },
    /// A page that waits for the first message.
    Page { call: Box<HubCall>, began_at: Millis, is_due: bool },
}

/// State of a stream that reads from the archive.
#[derive(Default)]
pub(super) enum Past {
    /// It has not asked, or was handed the last piece.
    #[default]
    Unasked,
    /// A file is being read.
    Asked,
    /// The next piece, and the place up to which the archive has nothing else. Without a text it has nothing at all up to there.
    Brought { text: Option<String>, until: u64 },
}

impl Readers {
    pub fn streams(&self) -> usize {
        self.count(|reader| matches!(reader.wants, Wants::Stream { .. }))
    }

    /// Returns `true` if nobody reads or waits here.
    pub fn is_empty(&self) -> bool {
        self.open.borrow().is_empty()
    }

    fn count(&self, is_meant: impl Fn(&HubReader) -> bool) -> usize {
        self.open.borrow().values().filter(|reader| is_meant(reader)).count()
    }

    fn add(&self, payer: &str, ends_at: Millis, wants: Wants) -> u32 {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        let reader = HubReader { payer: payer.to_owned(), ends_at, waker: None, wants };
        self.open.borrow_mut().insert(id, reader);
        id
    }

    /// Begins a stream after `sent_seq`, which ends after its time or with its reader's token. Whether there is a place for it is for
    /// the room to say. Returns the id of the reader.
    pub fn stream(&self, call: &HubCall, first: String, sent_seq: u64) -> u32 {
        let now = runtime::now_ms();
        if self.streams() == 0 {
            self.next_heartbeat_at.set(now + STREAM_HEARTBEAT_MS);
        }
        let wants = Wants::Stream { first: Some(first), sent_seq, next: None, is_quiet: false, past: Past::default() };
        self.add(&call.payer, stream_ends_at(now, call.expires_at), wants)
    }

    /// Waits with a page for the next message, `wait_ms` at most. Of too many of one caller the oldest is answered, unless it has
    /// only just begun: then the newcomer is refused. Returns the id of the reader.
    pub fn wait(&self, call: &HubCall, wait_ms: Millis) -> Result<u32, Refusal> {
        let now = runtime::now_ms();
        let is_own = |reader: &HubReader| {
            reader.payer == call.payer && matches!(reader.wants, Wants::Page { is_due: false, .. })
        };
        if self.count(is_own) >= POLLS_MAX
            && let Some(oldest) = self.open.borrow_mut().values_mut().find(|reader| is_own(reader))
            && let Wants::Page { began_at, is_due, .. } = &mut oldest.wants
        {
            let retry_after_ms = remaining_ms(*began_at + POLL_HELD_MS, now, POLL_HELD_MS);
            if retry_after_ms > 0 {
                return Err(Refusal::RateLimited { retry_after_ms });
            }
            *is_due = true;
            oldest.wake();
        }
        let wants = Wants::Page { call: Box::new(call.clone()), began_at: now, is_due: false };
        Ok(self.add(&call.payer, now + wait_ms, wants))
    }

    /// Brings a stream what the archive has for it, if it is still open.
    pub fn bring_past(&self, id: u32, brought: Past) {
        if let Some(reader) = self.open.borrow_mut().get_mut(&id)
            && let Wants::Stream { past, .. } = &mut reader.wants
        {
            *past = brought;
            reader.wake();
        }
    }

    /// Tells streams and waiting pages what was stored.
    pub fn publish(&self, epoch: u32, stored: &[Rc<Item>]) {
        let (Some(first), Some(last)) = (stored.first(), stored.last()) else { return };
        let mut text: Option<Rc<str>> = None;
        for reader in self.open.borrow_mut().values_mut() {
            match &mut reader.wants {
                Wants::Stream { sent_seq, next, .. } if next.is_none() && *sent_seq + 1 == first.seq => {
                    let encode = || stored.iter().map(|item| sse_message(epoch, item)).collect::<String>().into();
                    *next = Some((Rc::clone(text.get_or_insert_with(encode)), last.seq));
                }
                Wants::Stream { .. } => {}
                Wants::Page { is_due, .. } => *is_due = true,
            }
            reader.wake();
        }
    }

    /// Ends what is over, and shows the rest that we live. When there is more to do.
    pub fn tick(&self, now: Millis) -> Option<Millis> {
        let is_beat = self.next_heartbeat_at.get() <= now;
        if is_beat {
            self.next_heartbeat_at.set(now + STREAM_HEARTBEAT_MS);
        }
        self.open.borrow_mut().retain(|_, reader| {
            let is_over = reader.ends_at <= now;
            // A page is still to be told; whoever does not ask for it is gone.
            let stays = match &mut reader.wants {
                Wants::Stream { is_quiet, .. } => {
                    *is_quiet |= is_beat;
                    !is_over
                }
                Wants::Page { is_due, .. } => {
                    *is_due |= is_over;
                    !is_over || reader.waker.is_some()
                }
            };
            if is_beat || is_over {
                reader.wake();
            }
            stays
        });
        self.due_at(now)
    }

    /// When [`Readers::tick`] has something to do.
    pub fn due_at(&self, now: Millis) -> Option<Millis> {
        let first_end = self.open.borrow().values().map(|reader| reader.ends_at.max(now)).min();
        let beat_at = (self.streams() > 0).then(|| self.next_heartbeat_at.get().max(now));
        [first_end, beat_at].into_iter().flatten().min()
    }

    /// Ends all of them: their readers come back.
    pub fn end_all(&self) {
        for reader in self.open.borrow_mut().values_mut() {
            reader.ends_at = 0;
            reader.wake();
        }
    }
}

impl HubReader {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
