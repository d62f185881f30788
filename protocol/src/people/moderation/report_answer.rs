//! Answers of an operator to a report (`moderation.md` 7.2), and their acts.

use super::act::{Act, ActKind, may_be_acted_on};
use crate::people::report::is_private_place;
use crate::words::limits::{REPORT_BAN_MINUTES, REPORT_MUTE_DAY_MINUTES, REPORT_MUTE_HOUR_MINUTES};
use crate::words::refusal::Refusal;

crate::words! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ReportAnswer {
        Remove = "remove",
        MuteHour = "mute-hour",
        MuteDay = "mute-day",
        BanWeek = "ban-week",
        /// No act follows.
        Dismiss = "dismiss",
    }
}

impl ReportAnswer {
    /// Returns the act of the answer; `None` for an answer without one. Empty texts stand for a room or message that the report does not
    /// name.
    /// Errors: `VALIDATION` on the member that this act needs and the report or form lacks.
    pub fn act(self, (user, room, message): (&str, &str, &str), reason: &str) -> Result<Option<Act>, Refusal> {
        let (kind, minutes) = match self {
            Self::Remove => (ActKind::Remove, None),
            Self::MuteHour => (ActKind::Mute, Some(REPORT_MUTE_HOUR_MINUTES)),
            Self::MuteDay => (ActKind::Mute, Some(REPORT_MUTE_DAY_MINUTES)),
            Self::BanWeek => (ActKind::Ban, Some(REPORT_BAN_MINUTES)),
            Self::Dismiss => return Ok(None),
        };
        if kind.names_room() && is_private_place(room) {
            return Err(Refusal::validation("room", "This is not a public room."));
        }
        if kind.names_person() && !may_be_acted_on(user) {
            return Err(Refusal::validation("user", "This is not the id of a person."));
        }
        let named = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (room, message, user) = (named(room), named(message), named(user));
        Act { kind, room, message, user, minutes, seconds: None, reason: reason.to_owned() }.checked().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::bot_cast;

    fn act(answer: ReportAnswer, room: &str, message: &str) -> Result<Option<Act>, Refusal> {
        answer.act(("user_9", room, message), "Spam.")
    }

    fn field(answered: Result<Option<Act>, Refusal>) -> Option<String> {
        answered.err().and_then(|refusal| refusal.field().map(str::to_owned))
    }

    #[test]
    fn each_answer_is_one_act_and_to_dismiss_is_none() {
        let acts = ReportAnswer::ALL.map(|answer| act(answer, "general", "m-1").unwrap());
        let seen = acts.map(|act| act.map(|act| (act.kind, act.minutes, act.user.is_some(), act.room.is_some())));
        assert_eq!(
            seen,
            [
                Some((ActKind::Remove, None, false, true)),
                Some((ActKind::Mute, Some(60), true, false)),
                Some((ActKind::Mute, Some(1_440), true, false)),
                Some((ActKind::Ban, Some(10_080), true, false)),
                None,
            ]
        );
    }

    #[test]
    fn what_a_report_lacks_is_named_and_a_private_conversation_loses_no_message() {
        for (room, message, missing) in [
            ("", "", "room"),
            ("general", "", "message"),
            ("grp_0123456789abc", "m-1", "room"),
            ("dm_a____b", "m-1", "room"),
        ] {
            assert_eq!(field(act(ReportAnswer::Remove, room, message)).as_deref(), Some(missing), "{room}");
        }
        assert!(act(ReportAnswer::MuteDay, "dm_a____b", "m-1").is_ok_and(|act| act.is_some()));
        assert_eq!(field(ReportAnswer::BanWeek.act(("user_9", "", ""), " ")).as_deref(), Some("reason"));
        assert!(ReportAnswer::Dismiss.act(("", "", ""), "").is_ok_and(|act| act.is_none()));
    }

    #[test]
    fn nobody_acts_on_a_bot_or_on_somebody_of_a_demo() {
        for user in [bot_cast::BOTS[0].id, "demo_0123456789ab", "Not An Id"] {
            assert_eq!(field(ReportAnswer::MuteHour.act((user, "", ""), "Spam.")).as_deref(), Some("user"), "{user}");
        }
    }
}
