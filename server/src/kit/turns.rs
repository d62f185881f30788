//! End of a turn (`core.md` 5.1): a socket that speaks alone is answered at once, of a crowd the frames of a moment are one
//! transaction (docs/decisions/0004). Knows nothing of what is said.

use std::cell::Cell;

use protocol::words::event::Millis;
use protocol::words::limits::{TURN_MESSAGES_MAX, TURN_MS_MAX};
use protocol::words::socket::ConnKey;
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
    /// Looks what has arrived when nothing else is ready: a lone message is answered at once …
    quiet: Quiet,
    /// … of several it is worth waiting a moment for more …
    crowd: Timer,
    /// … but never longer than this.
    limit: Timer,
    /// A crowd is here, or was in the last turn: the next one will not find quiet, and does not look for it.
    is_busy: Cell<bool>,
    /// Connection that was answered alone last.
    lone_speaker: Cell<Option<ConnKey>>,
    /// Time for which the frames of a crowd are gathered.
    gather_ms: Cell<Millis>,
}

impl Turns {
    /// Will call `quiet` ([`Turns::is_crowd`] says what to do then), `crowd` (then [`Turns::crowd_gathered`] and the end of the
    /// turn) and `limit` (the end of the turn).
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
    pub fn heard_by(&self, sockets: usize) {
        self.gather_ms.set(if sockets < MANY_SOCKETS { 0 } else { GATHER_MS });
    }

    /// Gathers what a crowd says.
    fn gather(&self, now: Millis) {
        self.crowd.arrange(now, now.max(self.began_at.get() + self.gather_ms.get()));
    }

    /// Something of `conn` arrived, and now `count` things wait.
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
            // Several speak one right after the other: each would find quiet and be a turn of their own.
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

    /// It is quiet, and `count` things wait: true when more are on their way, and the turn is not to be ended yet.
    ///
    /// The runtime hands over one message per socket before it lets other work run, so quiet is reached with one message of each
    /// speaker. Several are the sign of a crowd, and a timer of zero, which takes a millisecond, gathers the rest. Even a single
    /// one did not wait for the answer that quiet follows: whatever comes next is gathered. Otherwise two who speak in turn, one
    /// into the quiet and one before it, would be turns of their own for as long as they speak.
    pub fn is_crowd(&self, now: Millis, count: usize) -> bool {
        self.is_busy.set(count > 0);
        if count > 1 {
            self.gather(now);
        }
        count > 1
    }

    /// The crowd's moment is over, and `count` things wait.
    pub fn crowd_gathered(&self, count: usize) {
        self.is_busy.set(count > 1);
    }
}
