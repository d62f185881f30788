//! Web push, for the settings (`push.md`).

use leptos::prelude::RwSignal;
use protocol::machines::push::is_between;
use protocol::words::event::Millis;

protocol::record! {
    /// Browser with a subscription.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct PushDevice {
        pub id: String = "id",
        pub user_agent: String = "userAgent",
        /// Time at which its push service last accepted a message.
        pub last_ok_at: Option<Millis> = "lastOkAt",
        /// `ok` or `failing`.
        pub state: String = "state",
        /// `true` for this browser.
        pub current: bool = "current",
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct QuietHours {
        /// Start, as `22:00`.
        pub from: String = "from",
        pub to: String = "to",
        pub time_zone: String = "timeZone",
    }
}

impl QuietHours {
    /// Returns `true` if quiet hours hold at `time` in their zone, as `22:05`.
    pub fn hold_at(&self, time: &str) -> bool {
        is_between(self.from.as_str(), &self.to, time)
    }
}

protocol::record! {
    /// Choices of a person about notifications, which apply to the page as well.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Choices {
        pub quiet: Option<QuietHours> = "quiet",
        /// Notifications contain names and texts.
        pub preview: bool = "preview",
    }
}

impl Default for Choices {
    fn default() -> Self {
        Self { quiet: None, preview: true }
    }
}

protocol::record! {
    /// Conversation with its own level.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PushLevel {
        pub room_id: String = "roomId",
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PushState {
        /// Key of the deployment; without one there is no push.
        pub public_key: Option<String> = "publicKey",
        pub items: Vec<PushDevice> = "items",
        pub quiet: Option<QuietHours> = "quiet",
        /// Notifications contain names and texts.
        pub preview: bool = "preview",
        pub rooms: Vec<PushLevel> = "rooms",
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct PushTestResult {
        /// The subscription.
        pub id: String = "id",
        /// HTTP status; 0 without an answer.
        pub status: u32 = "status",
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PushTestResults {
        pub results: Vec<PushTestResult> = "results",
    }
}

/// Order of requests for these settings and of their changes. The answer to a request may arrive after a later request or change: such an
/// answer is ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestOrder {
    last: u32,
    unanswered: u32,
}

impl RequestOrder {
    /// Counts a request, and returns its number.
    pub fn ask(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    /// Counts a change.
    pub fn change(&mut self) {
        self.last += 1;
        self.unanswered += 1;
    }

    /// Counts the answer to a change. Returns `true` if it was the last pending one, so that the state should be loaded.
    pub fn changed(&mut self) -> bool {
        self.unanswered = self.unanswered.saturating_sub(1);
        self.unanswered == 0
    }

    /// Returns `true` if the answer to this request counts.
    pub fn counts(self, asked: u32) -> bool {
        self.unanswered == 0 && self.last == asked
    }
}

/// State of the section while it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PushPlace {
    /// State that the server has returned; `None` until then.
    pub state: RwSignal<Option<PushState>>,
    /// Results of the last test: names of devices with their statuses.
    pub tried: RwSignal<Vec<(String, u32)>>,
    pub is_refused: RwSignal<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_before_a_change_or_another_question_does_not_count() {
        let mut turns = RequestOrder::default();
        let first = turns.ask();
        assert!(turns.counts(first));
        turns.change();
        turns.change();
        let meanwhile = turns.ask();
        assert!(!turns.counts(first) && !turns.counts(meanwhile), "a change is on its way");
        assert!(!turns.changed() && turns.changed());
        let (last, later) = (turns.ask(), turns.ask());
        assert!(![first, meanwhile, last].into_iter().any(|asked| turns.counts(asked)), "older ones come late");
        assert!(turns.counts(later));
    }

    #[test]
    fn quiet_hours_go_over_midnight() {
        let hours = |from: &str, to: &str| QuietHours { from: from.into(), to: to.into(), time_zone: String::new() };
        let held =
            |hours: QuietHours| ["00:00", "06:29", "06:30", "12:00", "22:00", "23:59"].map(|time| hours.hold_at(time));
        assert_eq!(held(hours("22:00", "06:30")), [true, true, false, false, true, true]);
        assert_eq!(held(hours("06:30", "22:00")), [false, false, true, true, false, false]);
    }
}
