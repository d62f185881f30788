//! Way of reports into the queue of the operator (`moderation.md` 7.1): the audit row of a report is its outbox.

use protocol::people::report::read_target;
use protocol::people::session::hash_hex;
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use worker::Env;

use crate::calls::flags::OBJECT;
use crate::calls::reports::{AddReports, QueuedReport};
use crate::kit::body::Record;
use crate::kit::request::Request;

/// Characters of the id of a report: 128 bits in hexadecimal digits.
const ID_CHARS: usize = 32;

/// Returns the report of an audit row of `object`. Its id is the same however often the row is read. The time belongs to it, because an object
/// whose rows have all expired begins with the same places.
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

/// Puts reports into the queue. A report that is there already stays as it is.
pub(super) async fn queue(env: &Env, reports: Vec<QueuedReport>) -> Result<(), Fault> {
    if reports.is_empty() {
        return Ok(());
    }
    let asked = AddReports::ask(env, OBJECT, &Record(reports)).await;
    asked.map(|_| ()).map_err(|error| Fault(format!("reports: {error:?}")))
}
