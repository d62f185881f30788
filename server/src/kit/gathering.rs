//! Turns of a shell with a crowd on its sockets (`core.md` 5.1): simultaneous arrivals are answered in one step.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use protocol::words::event::Millis;
use protocol::words::socket::ConnKey;
use worker::{State, WebSocket};

use super::shell::{Shell, cut};
use super::turns::{Next, Turns};
use crate::runtime::{self, action};

/// Arrivals that the current turn will answer.
pub struct Gathered<Arrival> {
    arrivals: RefCell<Vec<(ConnKey, Arrival)>>,
    turns: Turns,
    began_at: Cell<Option<Millis>>,
}

impl<Arrival> Gathered<Arrival> {
    pub fn of<Object: Gathering<Arrival = Arrival>>(object: &Weak<Object>) -> Self {
        let quiet = action(object, Object::quiet);
        let turns = Turns::new(quiet, action(object, Object::crowd_gathered), action(object, Object::end_turn));
        Self { arrivals: RefCell::default(), turns, began_at: Cell::new(None) }
    }

    /// Sets the gathering time for frames to this many `sockets`.
    pub fn set_recipients(&self, sockets: usize) {
        self.turns.set_recipients(sockets);
    }

    /// Adds an arrival that is no socket event; [`Gathered::listen`] then ends the turn.
    pub fn add(&self, conn: ConnKey, arrival: Arrival) {
        self.arrivals.borrow_mut().push((conn, arrival));
    }

    /// Ends the turn as soon as no event is pending, if there are arrivals.
    pub fn listen(&self, state: &State) {
        if !self.is_empty() {
            self.turns.listen(state);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.arrivals.borrow().is_empty()
    }

    pub fn take(&self) -> Vec<(ConnKey, Arrival)> {
        self.arrivals.take()
    }

    /// Takes the time at which the current turn began.
    pub fn take_began_at(&self) -> Option<Millis> {
        self.began_at.take()
    }

    /// Restores the beginning of an interrupted turn.
    pub fn resume(&self, began_at: Option<Millis>) {
        self.began_at.set(began_at);
    }
}

/// A shell that answers a crowd.
pub trait Gathering: Shell {
    type Arrival;

    fn gathered(&self) -> &Gathered<Self::Arrival>;

    /// Returns `true` if the object has all that an answer needs; otherwise it ends the turn itself later.
    fn may_answer(self: &Rc<Self>) -> bool {
        true
    }

    /// Answers arrivals in their order, in one step.
    fn answer(self: &Rc<Self>, arrivals: Vec<(ConnKey, Self::Arrival)>);

    /// Stores an arrival; the turn ends when no further event is pending. Waiting for that costs more than answering an arrival that stores
    /// nothing, so the turn ends at once for one that `is_passing`.
    fn note_arrival(self: &Rc<Self>, conn: ConnKey, arrival: Self::Arrival, is_passing: bool) {
        let (gathered, now) = (self.gathered(), runtime::now_ms());
        gathered.add(conn, arrival);
        gathered.began_at.set(gathered.began_at.get().or(Some(now)));
        let count = gathered.arrivals.borrow().len();
        match gathered.turns.arrived(now, conn, count) {
            Next::Wait => {}
            Next::End => self.end_turn(),
            Next::EndAndListen => {
                // The first arrival after a pause is answered at once. Those after it, up to the next pause, are one turn.
                self.end_turn();
                if !is_passing {
                    gathered.turns.listen(&self.base().state);
                }
            }
        }
    }

    /// Ends the turn, or continues that of a crowd, when no event is pending.
    fn quiet(self: &Rc<Self>) {
        let count = self.gathered().arrivals.borrow().len();
        if !self.gathered().turns.is_crowd(runtime::now_ms(), count) {
            self.end_turn();
        }
    }

    /// Ends the turn when the gathering time of a crowd is over.
    fn crowd_gathered(self: &Rc<Self>) {
        let count = self.gathered().arrivals.borrow().len();
        self.gathered().turns.crowd_gathered(count);
        self.end_turn();
    }

    fn end_turn(self: &Rc<Self>) {
        if !self.gathered().is_empty() && self.may_answer() {
            self.answer(self.gathered().take());
        }
    }

    /// Closes sockets without an answer, so that their clients reconnect.
    fn send_away(&self, conns: impl IntoIterator<Item = ConnKey>) {
        let sockets: Vec<WebSocket> = conns.into_iter().filter_map(|conn| self.base().sockets.get(conn)).collect();
        sockets.iter().for_each(cut);
    }

    /// Drops the memory after a turn was undone because a key was missing. It is rebuilt from storage; other sockets stay.
    fn start_again(&self) {
        let waiting = self.gathered().take();
        self.send_away(waiting.into_iter().map(|(conn, _)| conn));
        self.gathered().resume(None);
        *self.base().memory.borrow_mut() = None;
    }
}
