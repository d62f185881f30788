//! Turns of a shell with a crowd on its sockets (`core.md` 5.1): what arrives in one moment is answered in one step.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use protocol::words::event::Millis;
use protocol::words::socket::ConnKey;
use worker::{State, WebSocket};

use super::shell::{Shell, cut};
use super::turns::{Next, Turns};
use crate::runtime::{self, action};

/// Arrivals that the running turn will answer.
pub struct Gathered<Arrival> {
    arrivals: RefCell<Vec<(ConnKey, Arrival)>>,
    turns: Turns,
    /// Time at which the first of them came.
    began_at: Cell<Option<Millis>>,
}

impl<Arrival> Gathered<Arrival> {
    /// No arrivals of `object`.
    pub fn of<Object: Gathering<Arrival = Arrival>>(object: &Weak<Object>) -> Self {
        let quiet = action(object, Object::quiet);
        let turns = Turns::new(quiet, action(object, Object::crowd_gathered), action(object, Object::end_turn));
        Self { arrivals: RefCell::default(), turns, began_at: Cell::new(None) }
    }

    /// Sets the time of gathering for frames that go to so many `sockets`.
    pub fn heard_by(&self, sockets: usize) {
        self.turns.heard_by(sockets);
    }

    /// Adds something that no event brought; [`Gathered::listen`] has it answered.
    pub fn add(&self, conn: ConnKey, arrival: Arrival) {
        self.arrivals.borrow_mut().push((conn, arrival));
    }

    /// Has what was added answered as soon as no event is pending.
    pub fn listen(&self, state: &State) {
        if !self.is_empty() {
            self.turns.listen(state);
        }
    }

    /// Returns `true` when nothing waits for an answer.
    pub fn is_empty(&self) -> bool {
        self.arrivals.borrow().is_empty()
    }

    /// Takes all that waits, and the turn begins anew.
    pub fn take(&self) -> Vec<(ConnKey, Arrival)> {
        self.arrivals.take()
    }

    /// Takes the time at which the running turn began.
    pub fn take_began_at(&self) -> Option<Millis> {
        self.began_at.take()
    }

    /// The turn that was interrupted goes on.
    pub fn resume(&self, began_at: Option<Millis>) {
        self.began_at.set(began_at);
    }
}

/// A shell that answers a crowd.
pub trait Gathering: Shell {
    /// Arrival on a socket.
    type Arrival;

    /// The arrivals that wait.
    fn gathered(&self) -> &Gathered<Self::Arrival>;

    /// Returns `true` when the object knows all that an answer needs; else it ends the turn itself once it does.
    fn may_answer(self: &Rc<Self>) -> bool {
        true
    }

    /// Answers arrivals in their order, in one step.
    fn answer(self: &Rc<Self>, arrivals: Vec<(ConnKey, Self::Arrival)>);

    /// Notes what a connection brought; the turn ends when no further event is pending. To find that out costs more than an answer that
    /// leaves nothing: after one that `is_passing` nobody listens.
    fn note_arrival(self: &Rc<Self>, conn: ConnKey, arrival: Self::Arrival, is_passing: bool) {
        let (gathered, now) = (self.gathered(), runtime::now_ms());
        gathered.add(conn, arrival);
        gathered.began_at.set(gathered.began_at.get().or(Some(now)));
        let count = gathered.arrivals.borrow().len();
        match gathered.turns.arrived(now, conn, count) {
            Next::Wait => {}
            Next::End => self.end_turn(),
            Next::EndAndListen => {
                // Whoever speaks into the quiet is answered at once. What comes before it is quiet again is one turn.
                self.end_turn();
                if !is_passing {
                    gathered.turns.listen(&self.base().state);
                }
            }
        }
    }

    /// No event is pending.
    fn quiet(self: &Rc<Self>) {
        let count = self.gathered().arrivals.borrow().len();
        if !self.gathered().turns.is_crowd(runtime::now_ms(), count) {
            self.end_turn();
        }
    }

    /// The moment in which a crowd's frames are gathered is over.
    fn crowd_gathered(self: &Rc<Self>) {
        let count = self.gathered().arrivals.borrow().len();
        self.gathered().turns.crowd_gathered(count);
        self.end_turn();
    }

    /// Answers everything that arrived.
    fn end_turn(self: &Rc<Self>) {
        if !self.gathered().is_empty() && self.may_answer() {
            self.answer(self.gathered().take());
        }
    }

    /// Closes the sockets that are not answered: their clients come again.
    fn send_away(&self, conns: impl IntoIterator<Item = ConnKey>) {
        let sockets: Vec<WebSocket> = conns.into_iter().filter_map(|conn| self.base().sockets.get(conn)).collect();
        sockets.iter().for_each(cut);
    }

    /// Drops the memory after a turn was undone for want of a key: it is built again from what is stored, and the others stay.
    fn start_again(&self) {
        let waiting = self.gathered().take();
        self.send_away(waiting.into_iter().map(|(conn, _)| conn));
        self.gathered().resume(None);
        *self.base().memory.borrow_mut() = None;
    }
}
