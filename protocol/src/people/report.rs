//! Reports of one person about another to the operator (`people.md` 6). A report is a row of the audit log, and waits in the queue of
//! `moderation.md` 7. It has no effect by itself, and is not shown to anyone else.

use crate::words::ids::UserId;
use crate::words::limits::REPORTS_DAY_MAX;
use crate::words::rate::{Rule, Window};
use crate::words::time::DAY_MS;

crate::words! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Reason {
        Spam = "spam",
        /// Abuse or threats.
        Abuse = "abuse",
        Other = "other",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Reported person, who need not exist.
    pub user: UserId,
    pub reason: Reason,
    pub room: Option<String>,
    pub message: Option<String>,
}

impl Report {
    /// Returns the target of the audit row: `user`, `user room` or `user room/message`. No user id contains a space.
    pub fn target(&self) -> String {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        target(self.user.as_str(), &text(&self.room), &text(&self.message))
    }
}

/// Returns the target of the audit row of a report. Empty texts stand for no room and no message.
pub fn target(user: &str, room: &str, message: &str) -> String {
    match (room, message) {
        ("", _) => user.to_owned(),
        (room, "") => format!("{user} {room}"),
        (room, message) => format!("{user} {room}/{message}"),
    }
}

/// Reads the target of the audit row of a report: the reported person, the room and the message. Reverse of [`target`].
pub fn read_target(target: &str) -> (&str, &str, &str) {
    let (user, place) = target.split_once(' ').unwrap_or((target, ""));
    let (room, message) = place.split_once('/').unwrap_or((place, ""));
    (user, room, message)
}

/// Returns `true` for a group or a direct conversation, of which an operator sees only what the reporting person may read (`moderation.md`
/// 7.3).
pub fn is_private_place(room: &str) -> bool {
    room.starts_with("grp_") || room.starts_with("dm_")
}

/// Returns the limit on the reports of one person.
pub fn rule() -> Rule {
    Rule(vec![Window { count: REPORTS_DAY_MAX, ms: DAY_MS }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::rate::Counter;
    use crate::words::refusal::Refusal;

    #[test]
    fn reasons_are_read_as_they_are_written() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        }
        assert_eq!(["", "Spam", "spam ", "abusive"].map(Reason::parse), [None; 4]);
    }

    #[test]
    fn the_target_begins_with_whom_it_is_about() {
        let user = UserId::parse("user_9").unwrap();
        let report = |room: Option<&str>, message: Option<&str>| {
            let (room, message) = (room.map(str::to_owned), message.map(str::to_owned));
            Report { user: user.clone(), reason: Reason::Spam, room, message }.target()
        };
        assert_eq!(report(None, None), "user_9");
        assert_eq!(report(Some("general"), None), "user_9 general");
        assert_eq!(report(Some("general"), Some("m 1")), "user_9 general/m 1");
    }

    #[test]
    fn a_target_reads_back_as_it_was_written() {
        for (room, message) in [("", ""), ("general", ""), ("general", "m-1"), ("dm_user_1____user_2", "a/b c")] {
            assert_eq!(read_target(&target("user_9", room, message)), ("user_9", room, message));
        }
        assert_eq!(
            ["general", "", "grp_0123456789abc", "dm_user_1____user_2"].map(is_private_place),
            [false, false, true, true]
        );
    }

    #[test]
    fn of_a_day_only_so_many_count() {
        let (rule, first) = (rule(), 1_795_000_000_000);
        let times: Vec<u64> = (0..u64::from(REPORTS_DAY_MAX)).map(|n| first + n).collect();
        let check = |times: &[u64], now| Counter::from_times(&rule, times).check(&rule, now);
        assert_eq!(check(&times[1..], first + 1_000), Ok(()));
        assert_eq!(check(&times, first + 1_000), Err(Refusal::RateLimited { retry_after_ms: DAY_MS - 1_000 }));
        assert_eq!(check(&times, first + DAY_MS), Ok(()), "the first one is a day old");
    }
}
