//! Creating and completing reports to people's own objects (`core.md` 1.5 and 5). Their schedule is in `reports`.

use std::collections::BTreeSet;

use super::outbound::Outbound;
use super::reports::Report;
use super::state::Room;
use crate::words::event::Millis;

impl Room {
    /// Returns the time at which [`Room::take_report`] has a report: for a timer in memory.
    pub fn report_at(&self) -> Option<Millis> {
        self.reports.due_at()
    }

    /// Returns the next report that is due. Its owner delivers it, and calls [`Room::reported`] with the result.
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

    /// Completes a report, or schedules it again.
    pub fn reported(&mut self, now: Millis, report: &Report, was_received: bool, out: &mut Outbound) {
        self.reports.end(report, was_received, now);
        let Some(standing) = self.reports.people.get(&report.user) else {
            return;
        };
        for (conn, live) in &mut self.conns {
            let principal = &live.state.principal;
            let is_reported = standing.reported.contains(&principal.session);
            if principal.user.as_str() == report.user && live.state.is_reported != is_reported {
                live.state.is_reported = is_reported;
                out.changed.push(*conn);
            }
        }
    }

    /// Returns `true` if the person is here. Their own object asks, and forgets the room otherwise.
    pub fn is_here_for(&mut self, user: &str) -> bool {
        let is_here = self.is_here(user);
        if !is_here {
            self.reports.forget(user);
        }
        is_here
    }
}
