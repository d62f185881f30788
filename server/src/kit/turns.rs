//! End of a turn (`core.md` 5.1). A single active socket is answered at once; the frames of several are gathered for a moment into one
//! transaction (`docs/decisions/0004-turns.md`). The contents of frames are unknown here.

use std::cell::Cell;

use protocol::words::event::Millis;
use protocol::words::limits::{TURN_MESSAGES_MAX, TURN_MS_MAX};
use protocol::words::socket::ConnKey;
use protocol::words::time::remaining_ms;
use worker::State;

use crate::runtime::{Quiet, Timer};

/// Number of sockets from which on a crowd's frames are gathered for longer: a frame for each socket is the dearest part of a turn.
const MANY_SOCKETS: usize = 16;
/// Time of that gathering. Shorter than [`TURN_MS_MAX`], which counts from the same moment.
const GATHER_MS: Millis = 4;

/// Next act after something has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Do nothing yet: the turn ends by itself.
    Wait,
    /// End the turn.
    End,
    /// End the turn, then call [`Turns::listen`].
    EndAndListen,
}

/// See the module's description.
pub struct Turns {
    began_at: Cell<Millis>,
    /// Fires when no event is pending: a single message is then answered.
    quiet: Quiet,
    /// Fires when the time for gathering the frames of a crowd is over.
    crowd: Timer,
    /// Fires at the latest moment at which a turn may end.
    limit: Timer,
    /// `true` while there is a crowd, or if there was one in the last turn: the next turn does not wait for quiet, which would not come.
    is_busy: Cell<bool>,
    /// Connection that was answered alone last.
    lone_speaker: Cell<Option<ConnKey>>,
    /// Time for which the frames of a crowd are gathered.
    gather_ms: Cell<Millis>,
}

impl Turns {
    /// Makes turns that call `quiet` (which asks [`Turns::is_crowd`]), `crowd` (which calls [`Turns::crowd_gathered`] and ends the turn)
    /// and `limit` (which ends the turn).
    pub fn new(quiet: impl Fn() + 'static, crowd: impl Fn() + 'static, limit: impl Fn() + 'static) -> Self {
        Self {
            began_at: Cell::new(0),
            quiet: Quiet::new(quiet),
            crowd: Timer::new(crowd),
            limit: Timer::new(limit),
            is_busy: Cell::new(false),
            lone_speaker: Cell::new(None),
            gather_ms: Cell::new(0),
        }
    }

    /// Sets the time of gathering for frames that go to so many `sockets`.
    pub fn set_recipients(&self, sockets: usize) {
        self.gather_ms.set(if sockets < MANY_SOCKETS { 0 } else { GATHER_MS });
    }

    /// Starts the time for gathering the frames of a crowd.
    fn gather(&self, now: Millis) {
        let gather_ms = self.gather_ms.get();
        self.crowd.arrange(now, now + remaining_ms(self.began_at.get() + gather_ms, now, gather_ms));
    }

    /// Decides what to do after an arrival of `conn`, with which `count` arrivals wait.
    pub fn arrived(&self, now: Millis, conn: ConnKey, count: usize) -> Next {
        let since_last_turn_ms = now.saturating_sub(self.began_at.get());
        if count <= 1 {
            self.began_at.set(now);
        }
        if count >= TURN_MESSAGES_MAX || now.saturating_sub(self.began_at.get()) >= TURN_MS_MAX {
            return Next::End;
        }
        if self.is_busy.get() {
            self.gather(now);
        } else if self.quiet.is_awaited() {
            self.limit.arrange(now, now + TURN_MS_MAX);
        } else if since_last_turn_ms < TURN_MS_MAX && self.lone_speaker.get().is_some_and(|last| last != conn) {
            // Several sockets send one right after the other: without gathering, each frame would be a turn of its own.
            self.lone_speaker.set(None);
            self.is_busy.set(true);
            self.gather(now);
        } else {
            self.lone_speaker.set(Some(conn));
            return Next::EndAndListen;
        }
        Next::Wait
    }

    /// Waits for quiet.
    pub fn listen(&self, state: &State) {
        self.quiet.arrange(state);
    }

    /// Returns `true` when no event is pending, `count` arrivals wait, and more are on their way, so that the turn must not end yet.
    ///
    /// The runtime hands over one message per socket before it lets other work run, so at this moment each sender has one message here.
    /// Several messages are the sign of a crowd, and a timer of zero, which takes a millisecond, gathers the rest. Even a single
    /// message was sent before the last answer was complete, so the next arrival is gathered as well. Otherwise two sockets that send
    /// alternately would cause one turn for each frame.
    pub fn is_crowd(&self, now: Millis, count: usize) -> bool {
        self.is_busy.set(count > 0);
        if count > 1 {
            self.gather(now);
        }
        count > 1
    }

    /// Notes that the time for gathering is over, with `count` waiting arrivals.
    pub fn crowd_gathered(&self, count: usize) {
        self.is_busy.set(count > 1);
    }
}
