//! Transport of reports into the queue of the operator (`moderation.md` 7.1). The audit row of a report is its outbox.

use protocol::people::report::read_target;
use protocol::people::session::hash_hex;
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use worker::Env;

use crate::calls::operator::OBJECT;
use crate::calls::reports::{AddReports, QueuedReport};
use crate::kit::request::Request;

/// Characters of a report's id: 128 bits in hexadecimal.
const ID_CHARS: usize = 32;

/// Returns the report of an audit row of `object`. Its id is the same for each read. It includes the time, because an object whose rows have
/// all expired reuses positions.
pub(super) fn queued(
    object: &str,
    (place, at): (u64, Millis),
    reporter: String,
    target: &str,
    reason: String,
) -> QueuedReport {
    let (user, room, message) = read_target(target);
    let id = hash_hex(&format!("report {object} {place} {at}")).chars().take(ID_CHARS).collect();
    let (user, room, message) = (user.to_owned(), room.to_owned(), message.to_owned());
    QueuedReport { id, at, reporter, reason, user, room, message }
}

/// Adds reports to the queue. Known ones are not changed.
pub(super) async fn queue(env: &Env, reports: Vec<QueuedReport>) -> Result<(), Fault> {
    if reports.is_empty() {
        return Ok(());
    }
    let asked = AddReports::ask(env, OBJECT, &reports).await;
    asked.map(|_| ()).map_err(|error| Fault(format!("reports: {error:?}")))
}
