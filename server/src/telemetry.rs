//! One JSON line per event on the console (`core.md` 4: credentials never appear in one).
//!
//! Fields are named one by one: a line can only hold what somebody chose to write.

use std::sync::atomic::{AtomicBool, Ordering};

use protocol::words::refusal::Fault;
use serde_json::{Map, Value, json};
// Tests of tables run where there is no console.
#[cfg(not(target_family = "wasm"))]
use std::{eprintln as console_error, println as console_log};
#[cfg(target_family = "wasm")]
use worker::{console_error, console_log};

use crate::runtime::call_error::CallError;

/// Set where `LOG_LEVEL` is `error`.
static ONLY_FAULTS: AtomicBool = AtomicBool::new(false);

/// Leaves only lines about what is broken, from now on.
pub fn log_only_faults() {
    ONLY_FAULTS.store(true, Ordering::Relaxed);
}

/// Writes one line. `fields` is a JSON object.
pub fn event(name: &str, fields: Value) {
    if ONLY_FAULTS.load(Ordering::Relaxed) {
        return;
    }
    console_log!("{}", line(name, fields));
}

/// Something of ours broke.
pub fn fault(place: &str, fault: &Fault) {
    broken("fault", json!({ "place": place, "error": fault.to_string() }));
}

/// Writes a line that `LOG_LEVEL` cannot turn off.
pub fn broken(name: &str, fields: Value) {
    console_error!("{}", line(name, fields));
}

/// A call to an object had no good answer; the caller goes on without it.
pub fn call_failed(verb: &str, error: &CallError) {
    match error {
        CallError::Refused(refusal) => event("call_refused", json!({ "verb": verb, "code": refusal.code() })),
        CallError::Busy(broken) | CallError::Broken(broken) => fault(verb, broken),
    }
}

/// Logs the failure of work without which the caller goes on.
pub fn logged<T>(place: &str, result: Result<T, impl Into<CallError>>) {
    if let Err(error) = result {
        call_failed(place, &error.into());
    }
}

fn line(name: &str, fields: Value) -> Value {
    let mut line = Map::new();
    line.insert("event".into(), name.into());
    if let Value::Object(fields) = fields {
        line.extend(fields);
    }
    Value::Object(line)
}
