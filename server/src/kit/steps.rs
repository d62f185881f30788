//! Common parts of the objects around a machine: the end of a step, and the failure of storage (`core.md` 1.4).

use protocol::words::closing::CloseCode;
use protocol::words::refusal::{Denied, Fault};
use worker::State;

use crate::runtime::{self, Sockets};
use crate::telemetry;

/// Returns the result of a step, now that it is known whether its transaction was committed. A refusal has left no trace.
pub fn settled<T>(result: Result<T, Denied>, is_committed: bool) -> Result<T, Denied> {
    match result {
        Ok(_) | Err(Denied::Refused(_)) if !is_committed => {
            Err(Denied::Broken(Fault("the transaction did not commit".into())))
        }
        result => result,
    }
}

/// Storage is broken: nothing was acknowledged. Everybody is sent away, and their keys are forgotten: the memory that is built
/// again from what is stored gives them anew.
pub fn send_everybody_away(subject: &str, state: &State, sockets: &Sockets, fault: &Fault) {
    telemetry::fault(subject, fault);
    for socket in state.get_websockets() {
        runtime::close_quietly(&socket, CloseCode::Broken.code(), "storage failure");
    }
    sockets.clear();
}
