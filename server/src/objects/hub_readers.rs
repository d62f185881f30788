//! Readers of a hub room that are no sockets (`messagehub.md` 4): event streams and pages that wait. They keep the object awake
//! and end by themselves.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use protocol::doors::messagehub::{Item, sse_heartbeat, sse_message};
use protocol::event::Millis;
use protocol::hub::stream_ends_at;
use protocol::limits::{POLLS_MAX, STREAM_HEARTBEAT_MS};
use protocol::sorted::SortedMap;

use super::runtime::{Bell, TextStream};

/// See the module's description.
#[derive(Default)]
pub struct Readers {
    streams: RefCell<Vec<Stream>>,
    next_heartbeat_at: Cell<Millis>,
    bell: Bell,
    /// Waiting pages by who asked.
    polls: RefCell<SortedMap<String, usize>>,
}

struct Stream {
    stream: TextStream,
    ends_at: Millis,
}

impl Readers {
    /// Open streams.
    pub fn streams(&self) -> usize {
        self.streams.borrow().len()
    }

    /// Adds a stream, which ends after its time or with its reader's token.
    pub fn add(&self, stream: TextStream, now: Millis, expires_at: Option<Millis>) {
        let ends_at = stream_ends_at(now, expires_at);
        let mut streams = self.streams.borrow_mut();
        if streams.is_empty() {
            self.next_heartbeat_at.set(now + STREAM_HEARTBEAT_MS);
        }
        streams.push(Stream { stream, ends_at });
    }

    /// Tells streams and waiting pages what was stored. How many streams took it no more.
    pub fn tell(&self, epoch: u32, stored: &[Rc<Item>]) -> usize {
        if stored.is_empty() {
            return 0;
        }
        self.bell.ring();
        if self.streams.borrow().is_empty() {
            return 0;
        }
        let text: String = stored.iter().map(|item| sse_message(epoch, item)).collect();
        self.write(&text)
    }

    fn write(&self, text: &str) -> usize {
        let mut streams = self.streams.borrow_mut();
        let before = streams.len();
        streams.retain(|reader| {
            let is_read = reader.stream.write(text);
            if !is_read {
                reader.stream.close();
            }
            is_read
        });
        before - streams.len()
    }

    /// Ends what is over, and shows the rest that we live. When there is more to do.
    pub fn tick(&self, now: Millis) -> Option<Millis> {
        self.streams.borrow_mut().retain(|reader| {
            let is_over = reader.ends_at <= now;
            if is_over {
                reader.stream.close();
            }
            !is_over
        });
        if self.next_heartbeat_at.get() <= now {
            self.write(sse_heartbeat());
            self.next_heartbeat_at.set(now + STREAM_HEARTBEAT_MS);
        }
        self.due_at(now)
    }

    /// When [`Readers::tick`] has something to do.
    pub fn due_at(&self, now: Millis) -> Option<Millis> {
        let first_end = self.streams.borrow().iter().map(|reader| reader.ends_at).min()?;
        Some(first_end.min(self.next_heartbeat_at.get()).max(now))
    }

    /// Ends all of them: their readers come back.
    pub fn end_all(&self) {
        for reader in self.streams.borrow_mut().drain(..) {
            reader.stream.close();
        }
        self.bell.ring();
    }

    /// Waits for the next message, `wait_ms` at most. False when this reader waits too often already.
    pub async fn wait(&self, payer: &str, wait_ms: Millis) -> bool {
        let count = self.polls.borrow().get(payer).copied().unwrap_or(0);
        if count >= POLLS_MAX {
            return false;
        }
        self.polls.borrow_mut().insert(payer.to_owned(), count + 1);
        self.bell.wait(wait_ms).await;
        let mut polls = self.polls.borrow_mut();
        if let Some(count) = polls.get_mut(payer) {
            *count -= 1;
            if *count == 0 {
                polls.remove(payer);
            }
        }
        true
    }
}
