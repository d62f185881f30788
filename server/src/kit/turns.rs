//! End of a turn (`core.md` 5.1). A single active socket is answered at once. The frames of several sockets are gathered for a moment into
//! one transaction (`docs/decisions/0004-turns.md`). This file does not read frames.

use std::cell::Cell;

use protocol::words::event::Millis;
use protocol::words::limits::{TURN_MESSAGES_MAX, TURN_MS_MAX};
use protocol::words::socket::ConnKey;
use protocol::words::time::remaining_ms;
use worker::State;

use crate::runtime::{Quiet, Timer};

/// Number of sockets from which on frames are gathered for longer, because sending to each socket is the costliest part of a turn.
const MANY_SOCKETS: usize = 16;
/// That longer time. It is shorter than [`TURN_MS_MAX`], which counts from the same moment.
const GATHER_MS: Millis = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Do nothing: the turn ends later by itself.
    Wait,
    End,
    /// End the turn, then call [`Turns::listen`].
    EndAndListen,
}

pub struct Turns {
    began_at: Cell<Millis>,
    /// Fires when no event is pending: a single message is then answered.
    quiet: Quiet,
    /// Fires when the gathering time of a crowd is over.
    crowd: Timer,
    /// Fires at the latest end of a turn.
    limit: Timer,
    /// `true` during and after a turn of a crowd. The next turn does not wait for a moment without events, which would not come.
    is_busy: Cell<bool>,
    /// Connection that was last answered alone.
    lone_speaker: Cell<Option<ConnKey>>,
    gather_ms: Cell<Millis>,
}

impl Turns {
    /// Makes turns that call `quiet` (which asks [`Turns::is_crowd`]), `crowd` (which calls [`Turns::crowd_gathered`] and ends the turn) and
    /// `limit` (which ends the turn).
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

    /// Sets the gathering time for frames to this many `sockets`.
    pub fn set_recipients(&self, sockets: usize) {
        self.gather_ms.set(if sockets < MANY_SOCKETS { 0 } else { GATHER_MS });
    }

    /// Starts the gathering time of a crowd.
    fn gather(&self, now: Millis) {
        let gather_ms = self.gather_ms.get();
        self.crowd.arrange(now, now + remaining_ms(self.began_at.get() + gather_ms, now, gather_ms));
    }

    /// Returns the action after an arrival of `conn`, with `count` pending arrivals.
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

    /// Waits until no event is pending.
    pub fn listen(&self, state: &State) {
        self.quiet.arrange(state);
    }

    /// Returns `true` if more arrivals are likely, so that the turn must not end yet. No event is pending, and `count` arrivals wait.
    ///
    /// The runtime delivers one message per socket before it lets other work run, so each sender has one message here. Several messages mean
    /// a crowd, and a timer of zero, which takes a millisecond, gathers the rest. After a turn of a crowd even a single message counts,
    /// because it was sent before the last answer was complete. Otherwise two sockets that alternate would cause one turn for each frame.
    pub fn is_crowd(&self, now: Millis, count: usize) -> bool {
        self.is_busy.set(count > 0);
        if count > 1 {
            self.gather(now);
        }
        count > 1
    }

    /// Handles the end of the gathering time, with `count` pending arrivals.
    pub fn crowd_gathered(&self, count: usize) {
        self.is_busy.set(count > 1);
    }
}
