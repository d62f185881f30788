//! Decision about the push notifications of a person (`push.md`, *What is sent*).

use crate::content::kinds::NotificationKind;
use crate::words::event::Millis;
use crate::words::limits::DAY_MINUTES;
use crate::words::refusal::Refusal;
use crate::words::status::Status;

crate::words! {
    /// Part of a conversation's messages that causes notifications.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Level {
        #[default]
        All = "all",
        /// Messages that call the person by name.
        Mentions = "mentions",
        None = "none",
    }
}

impl Level {
    /// Returns the level at `now`. A level that was set until a time ends then, and everything causes notifications again.
    pub fn at(self, until: Option<Millis>, now: Millis) -> Self {
        if until.is_some_and(|until| until <= now) { Self::All } else { self }
    }
}

/// Hours of each day without notifications, by the clock of a time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// First minute of the day.
    pub from: u16,
    /// The minute with which they end; before `from` it is one of the next day.
    pub to: u16,
    /// Name of the time zone.
    pub zone: String,
}

impl Quiet {
    /// Parses both ends, as `22:30`. The runtime checks the zone elsewhere.
    pub fn read(from: &str, to: &str, zone: &str) -> Result<Self, Refusal> {
        let minute = |text| read_minute(text).ok_or(Refusal::validation("quiet", "A time of day is like 22:30."));
        let (from, to) = (minute(from)?, minute(to)?);
        if from == to {
            return Err(Refusal::validation("quiet", "Quiet hours begin and end at different times."));
        }
        Ok(Self { from, to, zone: zone.to_owned() })
    }

    /// Returns `true` when they hold at a minute of the day in their zone.
    pub fn covers(&self, minute: u16) -> bool {
        is_between(&self.from, &self.to, &minute)
    }

    /// An end as it is written.
    pub fn text(minute: u16) -> String {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }
}

/// Returns `true` when `time` is from `from` on and before `to`, which is of the next day where it is not later. Minutes of a day,
/// or texts as `22:30`: they have the same order.
pub fn is_between<T: PartialOrd + ?Sized>(from: &T, to: &T, time: &T) -> bool {
    if from < to { from <= time && time < to } else { from <= time || time < to }
}

fn read_minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number =
        |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?;
    let (hours, minutes): (u16, u16) = (number(hours)?, number(minutes)?);
    (minutes < 60).then_some(hours * 60 + minutes).filter(|minute| *minute < DAY_MINUTES)
}

#[derive(Clone, Copy, Debug)]
pub struct PushNotification {
    pub what: NotificationKind,
    /// `true` if its conversation is a direct one or a group: public rooms cause no notifications.
    pub is_private: bool,
    /// `true` when it calls the person by name.
    pub is_called: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct RecipientState<'a> {
    /// Status that they chose.
    pub status: Status,
    /// `true` when they have a window in view, and do something there.
    pub is_seen: bool,
    pub quiet: Option<&'a Quiet>,
    /// Minute of the day in the zone of the quiet hours; `None` if the runtime does not know the zone (any more).
    pub minute: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushDecision {
    No,
    /// A device seems to be in view: the notification is sent if it turns out that none was.
    Withheld,
    Now,
}

pub fn push_decision(notification: PushNotification, level: Level, mood: RecipientState<'_>) -> PushDecision {
    let is_quiet = mood.quiet.zip(mood.minute).is_some_and(|(quiet, minute)| quiet.covers(minute));
    let is_disturbed = matches!(mood.status, Status::Busy | Status::AppearOffline) || is_quiet;
    let is_meant = match (notification.what, level) {
        (NotificationKind::Request, _) => true,
        (_, Level::All) => notification.is_private,
        (_, Level::Mentions) => notification.is_private && notification.is_called,
        (_, Level::None) => false,
    };
    match (is_meant && !is_disturbed, mood.is_seen) {
        (false, _) => PushDecision::No,
        (true, true) => PushDecision::Withheld,
        (true, false) => PushDecision::Now,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CHAT: PushNotification =
        PushNotification { what: NotificationKind::Message, is_private: true, is_called: false };
    const FREE: RecipientState<'_> =
        RecipientState { status: Status::Online, is_seen: false, quiet: None, minute: None };

    #[test]
    fn levels_are_of_conversations_and_end_by_themselves() {
        let called = PushNotification { is_called: true, ..CHAT };
        let is_sent = |notification, level| push_decision(notification, level, FREE) == PushDecision::Now;
        assert_eq!([Level::All, Level::Mentions, Level::None].map(|level| is_sent(CHAT, level)), [true, false, false]);
        assert_eq!([Level::All, Level::Mentions, Level::None].map(|level| is_sent(called, level)), [true, true, false]);
        assert!(!is_sent(PushNotification { is_private: false, ..called }, Level::All), "public rooms tell nobody");
        let request = PushNotification { what: NotificationKind::Request, is_private: false, is_called: false };
        assert!(is_sent(request, Level::None), "a request is of no conversation");
        assert_eq!(Level::None.at(Some(9), 8), Level::None);
        assert_eq!(Level::None.at(Some(9), 9), Level::All);
        assert_eq!(Level::Mentions.at(None, Millis::MAX), Level::Mentions);
        for level in [Level::All, Level::Mentions, Level::None] {
            assert_eq!(Level::parse(level.as_str()), Some(level));
        }
        assert_eq!(Level::parse("ALL"), None);
    }

    #[test]
    fn who_must_not_be_disturbed_is_told_nothing() {
        let is_sent = |mood| push_decision(CHAT, Level::All, mood) == PushDecision::Now;
        for status in Status::ALL {
            let is_open = !matches!(status, Status::Busy | Status::AppearOffline);
            assert_eq!(is_sent(RecipientState { status, ..FREE }), is_open, "{status:?}");
        }
        let seen = RecipientState { is_seen: true, ..FREE };
        assert_eq!(push_decision(CHAT, Level::All, seen), PushDecision::Withheld);
        assert_eq!(push_decision(CHAT, Level::None, seen), PushDecision::No);
        assert_eq!(push_decision(CHAT, Level::All, RecipientState { status: Status::Busy, ..seen }), PushDecision::No);
        let night = Quiet::read("22:00", "07:30", "Europe/Berlin").unwrap();
        let at = |minute| is_sent(RecipientState { quiet: Some(&night), minute, ..FREE });
        assert!(!at(Some(22 * 60)) && !at(Some(0)) && !at(Some(7 * 60 + 29)) && at(Some(7 * 60 + 30)));
        assert!(at(None), "a zone that nobody knows silences nothing");
    }

    #[test]
    fn times_of_day_have_one_form() {
        let quiet = Quiet::read("00:00", "23:59", "UTC").unwrap();
        assert_eq!((quiet.from, quiet.to), (0, 1_439));
        for odd in ["24:00", "7:30", "07:60", "0730", "", ":", "07:3", "+7:30", "07:30 ", "٠٧:٣٠"] {
            assert!(Quiet::read(odd, "12:00", "UTC").is_err(), "{odd}");
        }
        assert!(Quiet::read("12:00", "12:00", "UTC").is_err());
    }

    proptest! {
        /// Every minute is in the quiet hours or in what is left of the day, never in both.
        #[test]
        fn what_is_not_quiet_is_the_rest_of_the_day(from in 0..DAY_MINUTES, to in 0..DAY_MINUTES, minute in 0..DAY_MINUTES) {
            prop_assume!(from != to);
            let quiet = Quiet::read(&Quiet::text(from), &Quiet::text(to), "UTC").unwrap();
            let rest = Quiet { from: to, to: from, zone: "UTC".into() };
            prop_assert_ne!(quiet.covers(minute), rest.covers(minute));
            prop_assert!(quiet.covers(from) && !quiet.covers(to));
        }
    }
}
