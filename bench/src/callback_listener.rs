//! Listener that passes the frames of sockets to a closure and can wait for a condition, for scenarios without a crowd in a room.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::Notify;

use crate::clock::Nanos;
use crate::counters::Faults;
use crate::marker;
use crate::net::{Listener, Socket};

/// Time without a frame after which the server has lost something.
const PATIENCE: Duration = Duration::from_secs(60);

type FrameHandler = Box<dyn Fn(&Rc<Socket>, &[u8], Nanos)>;

/// Listener of one socket or of several.
pub struct CallbackListener {
    on_frame: FrameHandler,
    ended: Cell<u32>,
    changed: Notify,
}

impl CallbackListener {
    /// Makes a listener; `hear` gets every frame with the time at which it was read.
    pub fn new(on_frame: impl Fn(&Rc<Socket>, &[u8], Nanos) + 'static) -> Rc<Self> {
        Rc::new(Self { on_frame: Box::new(on_frame), ended: Cell::new(0), changed: Notify::new() })
    }

    /// Returns the form that sockets need.
    pub fn listener(self: &Rc<Self>) -> Rc<dyn Listener> {
        Rc::clone(self) as Rc<dyn Listener>
    }

    /// Waits until `holds`. Fails if a socket ends or the patience is over.
    pub async fn until(&self, what: &str, holds: impl Fn() -> bool) -> Result<()> {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                if holds() {
                    return Ok(());
                }
                if self.ended.get() > 0 {
                    bail!("a socket ended while waiting for {what}");
                }
                changed.await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.with_context(|| format!("no {what} in time"))?
    }
}

impl Listener for CallbackListener {
    fn on_frame(&self, socket: &Rc<Socket>, text: &[u8], at: Nanos) {
        (self.on_frame)(socket, text, at);
        self.changed.notify_waiters();
    }

    fn ended(&self, _: &Rc<Socket>) {
        self.ended.set(self.ended.get() + 1);
        self.changed.notify_waiters();
    }
}

/// Marked messages of one sender at one socket. Each must arrive once and in order, or it counts as a fault.
#[derive(Default)]
pub struct Arrivals {
    next: Cell<u32>,
    faults: RefCell<Faults>,
    last_at: Cell<Nanos>,
}

impl Arrivals {
    /// Finds messages in a frame.
    pub fn on_frame(&self, frame: &[u8], at: Nanos) {
        marker::each_in(frame, |marker| {
            let next = self.next.get();
            if marker.number < next {
                self.faults.borrow_mut().duplicated += 1;
                return;
            }
            self.faults.borrow_mut().lost += u64::from(marker.number - next);
            self.next.set(marker.number + 1);
        });
        self.last_at.set(at);
    }

    /// Returns the number of messages that arrived, or can no longer arrive in order.
    pub fn count(&self) -> u32 {
        self.next.get()
    }

    /// Returns the time of the last frame.
    pub fn last_at(&self) -> Nanos {
        self.last_at.get()
    }

    /// Returns the faults for `total` expected messages.
    pub fn faults(&self, total: u32) -> Faults {
        let mut faults = *self.faults.borrow();
        faults.lost += u64::from(total.saturating_sub(self.next.get()));
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marker::Marker;

    #[test]
    fn gaps_repetitions_and_ends_are_counted() {
        let arrivals = Arrivals::default();
        for number in [0, 1, 1, 4] {
            let mut text = String::new();
            Marker { run: 1, sender: 0, number }.push_text(&mut text);
            arrivals.on_frame(text.as_bytes(), 7);
        }
        let faults = arrivals.faults(6);
        assert_eq!((arrivals.count(), arrivals.last_at()), (5, 7));
        assert_eq!((faults.lost, faults.duplicated), (3, 1));
    }
}
