//! Shell around a machine (`core.md` 5.1): its memory, which can be dropped at any moment, and its steps. A step is synchronous and one
//! transaction; its notifications are sent after the commit. Rooms, hub rooms, channels and stores share the shell; the machine, its store
//! and the type of notifications are parameters. People share its parts alone: a step of theirs that fails closes no device.

use std::rc::Rc;

use protocol::trust::sealing::is_about_keys;
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::limits::OUTBOX_RETRY_MS_MAX;
use protocol::words::refusal::{Denied, Fault};
use worker::{State, WebSocket};

use super::alarm::Alarm;
use crate::runtime::{self, Sockets};
use crate::telemetry;

/// Parts of an object that its shell works on.
pub struct Base<Memory> {
    pub state: State,
    /// The machine and its store; `None` until they are loaded.
    pub memory: std::cell::RefCell<Option<Memory>>,
    pub sockets: Sockets,
    pub alarm: Alarm,
}

impl<Memory> Base<Memory> {
    pub fn new(state: State) -> Self {
        Self { state, memory: std::cell::RefCell::default(), sockets: Sockets::default(), alarm: Alarm::default() }
    }

    /// Makes sure that the alarm rings at `at` or earlier.
    pub fn ring_by(&self, at: Millis) {
        self.alarm.ring_by(&self.state, at);
    }
}

/// An object around a machine.
pub trait Shell: Sized + 'static {
    /// The machine and its store.
    type Memory;
    /// Notifications and closes of a step.
    type Out: Default;
    /// Name of the object in log lines.
    const SUBJECT: &'static str;

    fn base(&self) -> &Base<Self::Memory>;

    /// Ends a step in the machine, after success and failure alike. Most machines need nothing.
    fn end_step(_memory: &mut Self::Memory, _out: &mut Self::Out) {}

    /// Sends the notifications of a committed step that began at `now`. The runtime's output gate holds frames until the write is durable.
    fn carry_out(self: &Rc<Self>, now: Millis, is_stored: bool, out: Self::Out);

    /// Handles a step that was undone because a content key is missing. Storage is not broken.
    fn undo(self: &Rc<Self>, fault: &Fault);

    /// Drops gathered arrivals and waiting calls after a storage failure.
    fn drop_waiting(&self) {}

    /// Runs `work` as one step. A refusal leaves no trace; a fault breaks the object down. A step that stores nothing has no transaction,
    /// because even an empty one delays all frames until it is durable.
    fn run_step<T>(
        self: &Rc<Self>,
        is_stored: bool,
        mut work: impl FnMut(&mut Self::Memory, Millis, &mut Self::Out) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        let (base, now, mut out) = (self.base(), runtime::now_ms(), Self::Out::default());
        let mut result = Err(Denied::Broken(Fault("the transaction did not begin".into())));
        let is_committed = {
            let mut memory = base.memory.borrow_mut();
            let Some(memory) = memory.as_mut() else {
                return Err(Denied::Broken(Fault(format!("no {} lives here", Self::SUBJECT))));
            };
            let mut run = || {
                result = work(memory, now, &mut out);
                !matches!(result, Err(Denied::Broken(_)))
            };
            let is_committed = if is_stored { runtime::in_transaction(&base.state, run) } else { run() };
            Self::end_step(memory, &mut out);
            is_committed
        };
        let result = settled(result, is_committed);
        match &result {
            Err(Denied::Broken(fault)) if is_about_keys(fault) => self.undo(fault),
            Err(Denied::Broken(fault)) => self.break_down(fault),
            _ => self.carry_out(now, is_stored, out),
        }
        result
    }

    /// Closes all sockets and drops the memory after a storage failure, before which nothing was acknowledged. The keys of sockets are
    /// dropped as well, because rebuilt memory assigns new ones. The alarm then looks for work that is due, because memory that is not there
    /// cannot set it.
    fn break_down(&self, fault: &Fault) {
        telemetry::fault(Self::SUBJECT, fault);
        let base = self.base();
        for socket in base.state.get_websockets() {
            cut(&socket);
        }
        base.sockets.clear();
        self.drop_waiting();
        *base.memory.borrow_mut() = None;
        base.ring_by(runtime::now_ms() + OUTBOX_RETRY_MS_MAX);
    }
}

/// Runs an act in one transaction: a later failure undoes all of its rows.
pub fn in_one_step<T, E: From<Fault>>(state: &State, act: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let (mut act, mut result) = (Some(act), None);
    let is_committed = runtime::in_transaction(state, || {
        result = act.take().map(|act| act());
        matches!(result, Some(Ok(_)))
    });
    match result {
        Some(Ok(_)) | None if !is_committed => Err(Fault("an act did not commit".into()).into()),
        Some(result) => result,
        None => Err(Fault("an act did not run".into()).into()),
    }
}

/// Closes a socket without an answer, so that its client reconnects.
pub fn cut(socket: &WebSocket) {
    runtime::close_quietly(socket, CloseCode::Broken.code(), "storage failure");
}

/// Returns a denied step as a fault, for work without a caller.
pub fn broken(denied: Denied) -> Fault {
    Fault(denied.to_string())
}

/// Returns the result of a step after its transaction. A refusal has left no trace.
fn settled<T>(result: Result<T, Denied>, is_committed: bool) -> Result<T, Denied> {
    match result {
        Ok(_) | Err(Denied::Refused(_)) if !is_committed => {
            Err(Denied::Broken(Fault("the transaction did not commit".into())))
        }
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use protocol::words::refusal::Refusal;

    use super::*;

    fn is_broken(result: &Result<u8, Denied>) -> bool {
        matches!(result, Err(Denied::Broken(_)))
    }

    #[test]
    fn what_did_not_commit_is_acknowledged_to_nobody_and_refuses_nobody() {
        for result in [Ok(5), Err(Denied::Refused(Refusal::NotFound)), Err(broken_by("a row"))] {
            assert!(is_broken(&settled(result, false)));
        }
        assert!(matches!(settled(Ok(5), true), Ok(5)));
        assert!(matches!(settled::<u8>(Err(Denied::Refused(Refusal::NotFound)), true), Err(Denied::Refused(_))));
        assert!(is_broken(&settled(Err(broken_by("a row")), true)));
    }

    fn broken_by(what: &str) -> Denied {
        Denied::Broken(Fault(what.to_owned()))
    }
}
