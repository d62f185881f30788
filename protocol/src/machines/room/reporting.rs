//! Making and settling of reports to people's own objects (`core.md` 1.5 and 5). Whom to tell, and when, is in `reports`.

use std::collections::BTreeSet;

use super::outbound::Outbound;
use super::reports::Report;
use super::state::Room;
use crate::words::event::Millis;

impl Room {
    /// Returns when [`Room::take_report`] has something to say: for a timer in memory.
    pub fn report_at(&self) -> Option<Millis> {
        self.reports.due_at()
    }

    /// The next report that is due; its owner delivers it and says how that went with [`Room::reported`].
    pub fn take_report(&mut self, now: Millis) -> Option<Report> {
        while let Some(user) = self.reports.take(now) {
            let sockets = self.sockets_of(&user);
            let own = self.conns.values().filter(|live| live.state.principal.user.as_str() == user);
            let sessions: BTreeSet<String> = own.map(|live| live.state.principal.session.clone()).collect();
            if self.reports.begin(&user, &sessions, sockets) {
                return Some(Report { user, sessions, sockets });
            }
        }
        None
    }

    /// A report was heard, or must be made again.
    pub fn reported(&mut self, now: Millis, report: &Report, was_heard: bool, out: &mut Outbound) {
        self.reports.end(report, was_heard, now);
        let Some(standing) = self.reports.people.get(&report.user) else {
            return;
        };
        for (conn, live) in &mut self.conns {
            let principal = &live.state.principal;
            let is_reported = standing.told.contains(&principal.session);
            if principal.user.as_str() == report.user && live.state.is_reported != is_reported {
                live.state.is_reported = is_reported;
                out.changed.push(*conn);
            }
        }
    }

    /// Returns `true` if somebody is here. Their own object asks, and forgets the room if they are not.
    pub fn is_here_for(&mut self, user: &str) -> bool {
        let is_here = self.is_here(user);
        if !is_here {
            self.reports.forget(user);
        }
        is_here
    }
}
