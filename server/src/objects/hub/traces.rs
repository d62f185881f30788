//! Traces of the requests that brought messages to a hub room. Memory only: whoever follows a trace looks at what happens now.

use std::cell::RefCell;
use std::collections::VecDeque;

use protocol::machines::hub::HubOut;
use protocol::words::limits::HUB_TRACES_MAX;

/// Traces by the messages that were stored last.
#[derive(Default)]
pub(super) struct Traces {
    running: RefCell<Option<String>>,
    recent: RefCell<VecDeque<(u64, String)>>,
}

impl Traces {
    /// The running turn is that of a request with this trace, or without one.
    pub(super) fn begin(&self, trace: Option<String>) {
        self.running.replace(trace);
    }

    /// The turn stored messages.
    pub(super) fn add(&self, out: &HubOut) {
        let (Some(trace), Some(last)) = (self.running.take(), out.stored.last()) else { return };
        let mut recent = self.recent.borrow_mut();
        recent.truncate(HUB_TRACES_MAX - 1);
        recent.push_front((last.seq, trace));
    }

    pub(super) fn of(&self, seq: u64) -> Option<String> {
        self.recent.borrow().iter().find(|(noted, _)| *noted == seq).map(|(_, trace)| trace.clone())
    }
}
