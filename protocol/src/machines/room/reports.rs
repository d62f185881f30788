//! Schedule of reports to people's own objects about their sockets here (`core.md` 1.5 and 5).
//!
//! The object of a person closes the sockets of a session that ends, and sends the person's card to rooms. So it has to know the rooms.
//! Nobody waits for a report: a join is reported a moment later, a leave later still. Each report is the whole state of one person, so it
//! can be repeated, and the next one repairs a lost one. The owner delivers it.

use std::collections::{BTreeMap, BTreeSet};

use crate::words::event::Millis;
use crate::words::limits::{CROWD_MIN, JOIN_REPORT_MS, JOIN_REPORT_MS_MAX, LEAVE_REPORT_MS};
use crate::words::retry::retry_delay_ms;

/// All sessions with which a person has sockets in this room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub user: String,
    /// Public ids of the sessions.
    pub sessions: BTreeSet<String>,
    /// Sockets of all of them together.
    pub sockets: u32,
}

/// State of the reports: reported data, and data that is still to be reported.
#[derive(Clone, Debug, Default)]
pub(super) struct Reports {
    pub(super) people: BTreeMap<String, ReportState>,
    queue: BTreeSet<(Millis, String)>,
    /// People who came last, in quick succession.
    crowd: Option<Crowd>,
}

#[derive(Clone, Copy, Debug)]
struct Crowd {
    began_at: Millis,
    last_at: Millis,
    people: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct ReportState {
    /// Sessions that were reported to the person's object.
    pub(super) reported: BTreeSet<String>,
    /// Number of sockets that was reported.
    reported_sockets: u32,
    /// Time of the next report.
    due_at: Option<Millis>,
    is_under_way: bool,
    /// `true` where the object has forgotten meanwhile what the report on its way brings.
    is_outdated: bool,
    tries: u32,
}

impl Reports {
    /// A socket that outlived the room's sleep.
    pub(super) fn restore(&mut self, user: &str, session: &str, is_reported: bool, now: Millis) {
        if is_reported {
            let standing = self.people.entry(user.to_owned()).or_default();
            standing.reported.insert(session.to_owned());
            standing.reported_sockets += 1;
        } else {
            self.plan(user, now);
        }
    }

    /// Notes a new socket of a session; the person has `sockets` of them now.
    pub(super) fn came(&mut self, user: &str, session: &str, sockets: u32, now: Millis) {
        let fresh = Crowd { began_at: now, last_at: now, people: 0 };
        let crowd = self.crowd.filter(|crowd| now < crowd.last_at + JOIN_REPORT_MS).unwrap_or(fresh);
        // One person with many sockets is no crowd: their number has to be reported before the next socket comes.
        let is_new = !self.people.contains_key(user);
        self.crowd = Some(Crowd { last_at: now, people: crowd.people + u32::from(is_new), ..crowd });
        let is_known =
            |standing: &ReportState| standing.reported.contains(session) && standing.reported_sockets >= sockets;
        if !self.people.get(user).is_some_and(is_known) {
            self.plan(user, now);
        }
    }

    /// Returns the time of the first report in the queue. While a crowd comes, all of them wait for a while.
    pub(super) fn due_at(&self) -> Option<Millis> {
        let (at, _) = self.queue.first()?;
        let is_crowd = |crowd: &Crowd| crowd.people >= CROWD_MIN;
        let end_of = |crowd: Crowd| (crowd.last_at + JOIN_REPORT_MS).min(crowd.began_at + JOIN_REPORT_MS_MAX);
        let crowd_ends_at = self.crowd.filter(is_crowd).map(end_of);
        Some((*at).max(crowd_ends_at.unwrap_or(0)))
    }

    /// Notes a closed socket of a person.
    pub(super) fn went(&mut self, user: &str, now: Millis) {
        self.plan(user, now + LEAVE_REPORT_MS);
    }

    /// Notes that the person's own object ended a session, which needs no report.
    pub(super) fn ended(&mut self, user: &str, session: &str) {
        if let Some(standing) = self.people.get_mut(user) {
            standing.reported.remove(session);
        }
    }

    /// Notes that the person's own object knows that the person is not here.
    pub(super) fn forget(&mut self, user: &str) {
        if let Some(standing) = self.people.get_mut(user) {
            standing.reported.clear();
            standing.reported_sockets = 0;
            standing.is_outdated = standing.is_under_way;
        }
    }

    /// Puts `user` in the queue, unless they are there already for an earlier time.
    fn plan(&mut self, user: &str, at: Millis) {
        let standing = self.people.entry(user.to_owned()).or_default();
        if standing.due_at.is_some_and(|due_at| due_at <= at) {
            return;
        }
        if let Some(later) = standing.due_at.replace(at) {
            self.queue.remove(&(later, user.to_owned()));
        }
        if !standing.is_under_way {
            self.queue.insert((at, user.to_owned()));
        }
    }

    /// Returns the next person who is due.
    pub(super) fn take(&mut self, now: Millis) -> Option<String> {
        if self.due_at()? > now {
            return None;
        }
        let (_, user) = self.queue.pop_first()?;
        if let Some(standing) = self.people.get_mut(&user) {
            standing.due_at = None;
        }
        Some(user)
    }

    /// Returns `true` if `sessions` and `sockets` differ from the last report: a report is in flight from here on.
    pub(super) fn begin(&mut self, user: &str, sessions: &BTreeSet<String>, sockets: u32) -> bool {
        let Some(standing) = self.people.get_mut(user) else {
            return false;
        };
        standing.is_under_way = standing.reported != *sessions || standing.reported_sockets != sockets;
        let has_changed = standing.is_under_way;
        self.clear_up(user);
        has_changed
    }

    pub(super) fn end(&mut self, report: &Report, was_received: bool, now: Millis) {
        let Some(standing) = self.people.get_mut(&report.user) else {
            return;
        };
        standing.is_under_way = false;
        let is_good = was_received && !std::mem::take(&mut standing.is_outdated);
        let again_at = if is_good {
            standing.reported.clone_from(&report.sessions);
            standing.reported_sockets = report.sockets;
            standing.tries = 0;
            standing.due_at.take()
        } else {
            let retry_at = now + retry_delay_ms(standing.tries);
            standing.tries += 1;
            standing.due_at.take().map_or(Some(retry_at), |at| Some(at.max(retry_at)))
        };
        match again_at {
            Some(at) => self.plan(&report.user, at),
            None => self.clear_up(&report.user),
        }
    }

    /// Removes a person of whom nothing is reported or pending.
    fn clear_up(&mut self, user: &str) {
        let is_over = |standing: &ReportState| {
            standing.reported.is_empty() && !standing.is_under_way && standing.due_at.is_none()
        };
        if self.people.get(user).is_some_and(is_over) {
            self.people.remove(user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(reports: &mut Reports, now: Millis, sessions: &[&str]) -> Option<Report> {
        let user = reports.take(now)?;
        let sockets = sessions.len() as u32;
        let sessions = sessions.iter().map(|session| (*session).to_owned()).collect();
        reports.begin(&user, &sessions, sockets).then_some(Report { user, sessions, sockets })
    }

    #[test]
    fn one_person_with_many_sockets_is_no_crowd() {
        let mut reports = Reports::default();
        for sockets in 1..=2 * CROWD_MIN {
            reports.came("mia", "a", sockets, 1_000);
            let user = reports.take(1_000).unwrap();
            assert!(reports.begin(&user, &BTreeSet::from(["a".to_owned()]), sockets));
            reports.end(&Report { user, sessions: BTreeSet::from(["a".to_owned()]), sockets }, true, 1_000);
        }
    }

    #[test]
    fn a_join_is_told_at_once_and_once() {
        let mut reports = Reports::default();
        reports.came("mia", "a", 1, 1_000);
        let report = reported(&mut reports, 1_000, &["a"]).unwrap();
        reports.end(&report, true, 1_200);
        reports.came("mia", "a", 1, 2_000);
        assert!(reports.queue.is_empty(), "known already");
    }

    #[test]
    fn a_crowd_is_let_in_before_it_is_told_but_not_for_ever() {
        let mut reports = Reports::default();
        reports.came("a", "a", 1, 1_000);
        assert_eq!(reports.due_at(), Some(1_000), "a few are no crowd");
        for n in 1..CROWD_MIN {
            reports.came(&format!("b{n}"), "b", 1, 1_050);
        }
        assert_eq!(reports.due_at(), Some(1_050 + JOIN_REPORT_MS));
        let late = 1_000 + JOIN_REPORT_MS_MAX;
        for now in (1_100..late).step_by(50) {
            reports.came(&format!("c{now}"), "c", 1, now);
            assert_eq!(reported(&mut reports, now, &[]), None, "{now}");
        }
        assert_eq!(reports.due_at(), Some(late));
        assert!(reported(&mut reports, late, &["a"]).is_some());
    }

    #[test]
    fn who_comes_back_at_once_was_not_away() {
        let mut reports = Reports::default();
        reports.restore("mia", "a", true, 0);
        reports.went("mia", 10);
        reports.came("mia", "a", 1, 500);
        assert_eq!(reported(&mut reports, 10 + LEAVE_REPORT_MS, &["a"]), None);
        reports.went("mia", 5_000);
        let report = reported(&mut reports, 5_000 + LEAVE_REPORT_MS, &[]).unwrap();
        reports.end(&report, true, 7_001);
        assert!(reports.people.is_empty(), "nothing is left of them");
    }

    #[test]
    fn what_was_not_heard_is_told_again_later_and_later() {
        let mut reports = Reports::default();
        reports.restore("mia", "a", false, 0);
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..4 {
            let report = reported(&mut reports, now, &["a"]).unwrap();
            reports.end(&report, false, now);
            let (at, _) = reports.queue.first().unwrap();
            waits.push(*at - now);
            now = *at;
        }
        assert!(waits.windows(2).all(|pair| pair[0] < pair[1]), "{waits:?}");
    }

    #[test]
    fn news_during_a_report_is_told_after_it() {
        let mut reports = Reports::default();
        reports.restore("mia", "a", false, 0);
        let report = reported(&mut reports, 0, &["a"]).unwrap();
        reports.came("mia", "b", 2, 0);
        assert_eq!(reported(&mut reports, 10_000, &["a", "b"]), None, "one at a time");
        reports.end(&report, true, 50);
        assert_eq!(reported(&mut reports, 10_000, &["a", "b"]).unwrap().sessions.len(), 2);
    }

    #[test]
    fn what_the_other_side_forgot_meanwhile_is_told_again() {
        let mut reports = Reports::default();
        reports.restore("mia", "a", false, 0);
        let report = reported(&mut reports, 0, &["a"]).unwrap();
        reports.forget("mia");
        reports.end(&report, true, 10);
        assert!(reported(&mut reports, 100_000, &["a"]).is_some());
    }
}
