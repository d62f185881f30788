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
    pub fn set_recipients(&self, sockets: usize) {
        self.turns.set_recipients(sockets);
    }

    /// Adds an arrival that no socket event brought. [`Gathered::listen`] has it answered.
    pub fn add(&self, conn: ConnKey, arrival: Arrival) {
        self.arrivals.borrow_mut().push((conn, arrival));
    }

    /// Ends the turn as soon as no event is pending, if there are arrivals.
    pub fn listen(&self, state: &State) {
        if !self.is_empty() {
            self.turns.listen(state);
        }
    }

    /// Returns `true` when nothing waits for an answer.
    pub fn is_empty(&self) -> bool {
        self.arrivals.borrow().is_empty()
    }

    /// Takes all waiting arrivals.
    pub fn take(&self) -> Vec<(ConnKey, Arrival)> {
        self.arrivals.take()
    }

    /// Takes the time at which the running turn began.
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

    /// Notes an arrival; the turn ends when no further event is pending. To wait for that costs more than to answer an arrival that stores
    /// nothing, so the turn does not wait after one that `is_passing`.
    fn note_arrival(self: &Rc<Self>, conn: ConnKey, arrival: Self::Arrival, is_passing: bool) {
        let (gathered, now) = (self.gathered(), runtime::now_ms());
        gathered.add(conn, arrival);
        gathered.began_at.set(gathered.began_at.get().or(Some(now)));
        let count = gathered.arrivals.borrow().len();
        match gathered.turns.arrived(now, conn, count) {
            Next::Wait => {}
            Next::End => self.end_turn(),
            Next::EndAndListen => {
                // The first arrival after a pause is answered at once. Those that follow it before the next pause are one turn.
                self.end_turn();
                if !is_passing {
                    gathered.turns.listen(&self.base().state);
                }
            }
        }
    }

    /// Ends the turn, or lets a crowd's turn go on, when no event is pending.
    fn quiet(self: &Rc<Self>) {
        let count = self.gathered().arrivals.borrow().len();
        if !self.gathered().turns.is_crowd(runtime::now_ms(), count) {
            self.end_turn();
        }
    }

    /// Ends the turn when the time for gathering a crowd's frames is over.
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
