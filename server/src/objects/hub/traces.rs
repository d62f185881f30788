//! Traces of the requests that brought messages to a hub room. Memory only: whoever follows a trace looks at what happens now.

use std::cell::RefCell;
use std::collections::VecDeque;

use protocol::machines::hub::HubOut;
use protocol::words::limits::HUB_TRACES_MAX;

/// Traces by the messages that were stored last.
#[derive(Default)]
pub(super) struct Traces {
    running: RefCell<Option<String>>,
    kept: RefCell<VecDeque<(u64, String)>>,
}

impl Traces {
    /// The running turn is that of a request with this trace, or without one.
    pub(super) fn begin(&self, trace: Option<String>) {
        self.running.replace(trace);
    }

    /// The turn stored messages.
    pub(super) fn keep(&self, out: &HubOut) {
        let (Some(trace), Some(last)) = (self.running.take(), out.stored.last()) else { return };
        let mut kept = self.kept.borrow_mut();
        kept.truncate(HUB_TRACES_MAX - 1);
        kept.push_front((last.seq, trace));
    }

    /// The trace that goes with a message.
    pub(super) fn of(&self, seq: u64) -> Option<String> {
        self.kept.borrow().iter().find(|(kept, _)| *kept == seq).map(|(_, trace)| trace.clone())
    }
}
