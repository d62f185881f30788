//! Rooms that checked a session within the last seconds. Their reports of a socket may still be on the way to the person's own object.

use std::collections::BTreeMap;

use protocol::words::event::Millis;

/// Time within which a room has reported a socket to the person's own object (`JOIN_REPORT_MS`), even under load.
const GRANT_MS: Millis = 10_000;
/// Number of sessions from which on old grants are removed.
const GRANTS_MAX: usize = 1_024;

/// Rooms that checked a session within the last seconds.
#[derive(Debug, Default)]
pub(super) struct Grants(BTreeMap<String, Vec<(Millis, String)>>);

impl Grants {
    /// Notes that `session` may open a socket on `log`.
    pub(super) fn add(&mut self, session: &str, log: &str, now: Millis) {
        if self.0.len() >= GRANTS_MAX {
            self.0.retain(|_, logs| logs.last().is_some_and(|(at, _)| at + GRANT_MS > now));
        }
        let logs = self.0.entry(session.to_owned()).or_default();
        logs.retain(|(at, known)| at + GRANT_MS > now && known != log);
        logs.push((now, log.to_owned()));
    }

    /// Removes and returns the rooms in which `session` may have opened a socket.
    pub(super) fn take(&mut self, session: &str, now: Millis) -> impl Iterator<Item = String> + use<> {
        let logs = self.0.remove(session).unwrap_or_default();
        logs.into_iter().filter(move |(at, _)| at + GRANT_MS > now).map(|(_, log)| log)
    }
}
