//! Devices that come back again and again (`messagehub.md` 9): a device that opens its presence socket far too often in a short time is in
//! a loop, which is counted once in that time. Pages name no device: of their sockets, those of one session count together.

use std::rc::Rc;

use protocol::operation::series::RECONNECT_LOOPS;
use protocol::words::event::Millis;
use protocol::words::limits::{PRINCIPAL_SOCKETS_MAX, RECONNECT_LOOP_MS, RECONNECT_LOOP_TIMES};
use protocol::words::refusal::Fault;
use wasm_bindgen_futures::spawn_local;

use crate::calls::person::DeviceCall;
use crate::kit::directory::MetricsReport;
use crate::kit::sql::{Database, exec, rows};
use crate::objects::person::object::PersonObject;
use crate::{runtime, telemetry};

/// The step that brings the table: the returns of each device after its first socket of a while. The object may sleep between two sockets.
pub const STEP: &[&str] = &[
    "CREATE TABLE returns (device TEXT PRIMARY KEY, began_at INTEGER NOT NULL, times INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

/// Notes that a device has opened its socket. Nobody waits for the report of a loop.
pub fn note_opened(object: &Rc<PersonObject>, call: &DeviceCall) {
    let device = call.device.as_deref().unwrap_or(&call.principal.session);
    match object.with(|memory| note(&memory.sql.0, device, runtime::now_ms())) {
        Ok(true) => report(object),
        Ok(false) => {}
        Err(fault) => telemetry::fault("returns", &fault),
    }
}

/// Counts a socket of `device`. Returns `true` for the one by which the device falls into a loop.
fn note(sql: &Database, device: &str, now: Millis) -> Result<bool, Fault> {
    let query = "DELETE FROM returns WHERE began_at <= ? OR device NOT IN \
                 (SELECT device FROM returns ORDER BY began_at DESC, device LIMIT ?)";
    exec(sql, query, &[now.saturating_sub(RECONNECT_LOOP_MS).into(), (PRINCIPAL_SOCKETS_MAX as u64).into()])?;
    let query =
        "INSERT INTO returns VALUES (?, ?, 0) ON CONFLICT (device) DO UPDATE SET times = times + 1 RETURNING times";
    let times = rows(sql, query, &[device.into(), now.into()], |row| row.number(0))?;
    Ok(times.first() == Some(&(RECONNECT_LOOP_TIMES + 1)))
}

/// Reports a loop under the object's id: the directory needs no name of a person for it.
fn report(object: &Rc<PersonObject>) {
    let (object, name) = (Rc::clone(object), object.base.state.id().to_string());
    spawn_local(async move {
        let counters = vec![(RECONNECT_LOOPS.to_owned(), 1)];
        let counted = MetricsReport { name, counters, ..MetricsReport::default() };
        telemetry::logged("count", counted.send(&object.env).await);
    });
}

#[cfg(test)]
#[path = "returns_tests.rs"]
mod tests;
