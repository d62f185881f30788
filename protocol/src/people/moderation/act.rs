//! Acts of moderators, and the members that each kind needs (`moderation.md` 2).

use crate::content::text::trimmed;
use crate::content::unseen::is_unseen;
use crate::words::bot_cast;
use crate::words::event::Millis;
use crate::words::ids::UserId;
use crate::words::limits::{
    BAN_MINUTES_MAX, MODERATION_MINUTES_MIN, MODERATION_REASON_CHARS_MAX, MUTE_MINUTES_MAX, OBJECTION_CHARS_MAX,
    SLOW_MODE_S_MAX,
};
use crate::words::refusal::Refusal;
use crate::words::time::MINUTE_MS;

crate::words! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ActKind {
        /// Deletes a message for everyone.
        Remove = "remove",
        /// Keeps a person from writing in public rooms.
        Mute = "mute",
        Unmute = "unmute",
        /// Keeps a person out.
        Ban = "ban",
        Unban = "unban",
        /// Sets the interval of slow mode in a room.
        Slow = "slow",
        /// Stops everyone from writing in a room.
        Close = "close",
        /// Lets people write in the room again.
        Open = "open",
    }
}

impl ActKind {
    /// Returns the action in the audit log.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Remove => "moderation_remove",
            Self::Mute => "moderation_mute",
            Self::Unmute => "moderation_unmute",
            Self::Ban => "moderation_ban",
            Self::Unban => "moderation_unban",
            Self::Slow => "moderation_slow",
            Self::Close => "moderation_close",
            Self::Open => "moderation_open",
        }
    }

    /// Returns `true` if the act is on a person whom it names.
    pub const fn names_person(self) -> bool {
        matches!(self, Self::Mute | Self::Unmute | Self::Ban | Self::Unban)
    }

    pub const fn names_room(self) -> bool {
        !self.names_person()
    }
}

crate::record! {
    /// Act of a moderator. The members that its kind does not need are empty.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Act {
        pub kind: ActKind = "kind",
        pub room: Option<String> = "room",
        /// Id of the removed message.
        pub message: Option<String> = "message",
        /// User id of the person concerned. For a removal the room supplies it.
        pub user: Option<String> = "user",
        /// Length of a mute or ban; `None` for a permanent ban.
        pub minutes: Option<u64> = "minutes",
        /// Interval of slow mode.
        pub seconds: Option<u64> = "seconds",
        /// Reason, which is shown to the person concerned.
        pub reason: String = "reason",
    }
}

impl Act {
    /// Checks that the act has the members that its kind needs, and drops the others.
    /// Errors: `VALIDATION` on the member that is missing or out of range.
    pub fn checked(self) -> Result<Self, Refusal> {
        let Self { kind, room, message, user, minutes, seconds, reason } = self;
        let reason = checked_text("reason", &reason, MODERATION_REASON_CHARS_MAX)?;
        let room = needed(kind.names_room(), "room", room)?;
        let message = needed(kind == ActKind::Remove, "message", message)?;
        // The room supplies the author of a removed message, so a named one is ignored.
        let user = needed(kind.names_person(), "user", user)?;
        let minutes = match (kind, minutes) {
            (ActKind::Mute, None) => return Err(missing("minutes")),
            (ActKind::Mute, Some(minutes)) => {
                Some(within("minutes", minutes, MODERATION_MINUTES_MIN, MUTE_MINUTES_MAX)?)
            }
            (ActKind::Ban, Some(minutes)) => Some(within("minutes", minutes, MODERATION_MINUTES_MIN, BAN_MINUTES_MAX)?),
            _ => None,
        };
        let seconds = match (kind, seconds) {
            (ActKind::Slow, None) => return Err(missing("seconds")),
            (ActKind::Slow, Some(seconds)) => Some(within("seconds", seconds, 0, SLOW_MODE_S_MAX)?),
            _ => None,
        };
        Ok(Self { kind, room, message, user, minutes, seconds, reason })
    }

    /// Returns the end of a mute or ban that begins now; 0 for a permanent one.
    pub fn until(&self, now: Millis) -> Millis {
        self.minutes.map_or(0, |minutes| now + minutes * MINUTE_MS)
    }

    /// Returns the target of the audit row: the person, the room, or the room and the message.
    pub fn target(&self) -> String {
        match (&self.user, &self.room, &self.message) {
            (_, Some(room), Some(message)) => format!("{room}/{message}"),
            (_, Some(room), None) => room.clone(),
            (user, None, _) => user.clone().unwrap_or_default(),
        }
    }
}

/// Returns `true` for a person who can be muted or banned: neither a bot nor a person of a demo (`moderation.md` 2).
pub fn may_be_acted_on(user: &str) -> bool {
    UserId::parse(user).is_ok_and(|user| !user.is_demo()) && bot_cast::find(user).is_none()
}

/// Returns the trimmed text of an objection (`moderation.md` 4).
/// Errors: `VALIDATION` on `text`.
pub fn check_objection(text: &str) -> Result<String, Refusal> {
    checked_text("text", text, OBJECTION_CHARS_MAX)
}

fn checked_text(field: &'static str, text: &str, chars_max: usize) -> Result<String, Refusal> {
    let text = trimmed(text);
    if text.chars().count() > chars_max {
        return Err(Refusal::over_limit(field, "This text is too long.", chars_max));
    }
    if text.contains('\0') || is_unseen(text) {
        return Err(Refusal::validation(field, "This text is empty."));
    }
    Ok(text.to_owned())
}

fn missing(field: &'static str) -> Refusal {
    Refusal::validation(field, "This member is missing.")
}

fn needed(is_needed: bool, field: &'static str, value: Option<String>) -> Result<Option<String>, Refusal> {
    if is_needed { value.map(Some).ok_or_else(|| missing(field)) } else { Ok(None) }
}

fn within(field: &'static str, value: u64, least: u64, most: u64) -> Result<u64, Refusal> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    let message = format!("{field} is {least} to {most}.");
    Err(Refusal::Validation { field: field.into(), message: message.into(), limit: Some(most) })
}

/// Characters of an id of an act: 128 random bits in Base64.
const ACT_ID_CHARS: usize = 22;

/// Returns `true` if `text` has the form of an id of an act (`moderation.md` 4). No object is called for any other text.
pub fn is_act_id(text: &str) -> bool {
    text.len() == ACT_ID_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(kind: ActKind) -> Act {
        let text = |text: &str| Some(text.to_owned());
        let (room, message, user) = (text("general"), text("m-1"), text("user_9"));
        Act { kind, room, message, user, minutes: Some(10), seconds: Some(30), reason: " Spam. ".to_owned() }
    }

    fn field(act: Act) -> Option<String> {
        act.checked().err().and_then(|refusal| refusal.field().map(str::to_owned))
    }

    #[test]
    fn an_act_keeps_what_its_kind_needs_and_nothing_else() {
        for kind in ActKind::ALL {
            let kept = act(kind).checked().unwrap();
            assert_eq!(kept.reason, "Spam.");
            assert_eq!(
                (kept.room.is_some(), kept.user.is_some()),
                (kind.names_room(), kind.names_person()),
                "{kind:?}"
            );
            assert_eq!(kept.message.is_some(), kind == ActKind::Remove);
            assert_eq!(kept.minutes.is_some(), matches!(kind, ActKind::Mute | ActKind::Ban));
            assert_eq!(kept.seconds.is_some(), kind == ActKind::Slow);
            assert_eq!(kind.action(), format!("moderation_{}", kind.as_str()));
        }
    }

    #[test]
    fn a_member_that_is_missing_or_out_of_range_is_named() {
        use ActKind::{Ban, Close, Mute, Remove, Slow};
        let with = |kind, change: fn(&mut Act)| {
            let mut act = act(kind);
            change(&mut act);
            field(act).unwrap_or_default()
        };
        assert_eq!(with(Remove, |act| act.message = None), "message");
        assert_eq!([Remove, Slow, Close].map(|kind| with(kind, |act| act.room = None)), ["room"; 3]);
        assert_eq!([Mute, Ban].map(|kind| with(kind, |act| act.user = None)), ["user"; 2]);
        assert_eq!([with(Mute, |act| act.minutes = None), with(Ban, |act| act.minutes = None)], ["minutes", ""]);
        assert_eq!([Mute, Ban].map(|kind| with(kind, |act| act.minutes = Some(9))), ["minutes"; 2]);
        assert_eq!(with(Mute, |act| act.minutes = Some(MUTE_MINUTES_MAX + 1)), "minutes");
        assert_eq!(with(Ban, |act| act.minutes = Some(u64::MAX)), "minutes");
        assert_eq!(with(Slow, |act| act.seconds = Some(SLOW_MODE_S_MAX + 1)), "seconds");
        assert_eq!([with(Slow, |act| act.seconds = None), with(Slow, |act| act.seconds = Some(0))], ["seconds", ""]);
        for reason in ["", " \u{200b} ", "a\0b"] {
            assert_eq!(field(Act { reason: reason.to_owned(), ..act(Close) }).as_deref(), Some("reason"), "{reason:?}");
        }
        let long = "ä".repeat(MODERATION_REASON_CHARS_MAX);
        assert_eq!(field(Act { reason: long.clone(), ..act(Close) }), None);
        assert_eq!(field(Act { reason: long + "x", ..act(Close) }).as_deref(), Some("reason"));
    }

    #[test]
    fn a_target_says_whom_or_where() {
        let target = |kind| act(kind).checked().unwrap().target();
        assert_eq!([ActKind::Ban, ActKind::Close, ActKind::Remove].map(target), ["user_9", "general", "general/m-1"]);
        assert_eq!(act(ActKind::Mute).until(7), 600_007);
        assert_eq!(Act { minutes: None, ..act(ActKind::Ban) }.until(7), 0);
    }

    #[test]
    fn an_objection_is_a_text_that_somebody_can_read() {
        assert_eq!(check_objection(" It was not me. "), Ok("It was not me.".to_owned()));
        assert!(check_objection(" ").is_err() && check_objection(&"x".repeat(OBJECTION_CHARS_MAX + 1)).is_err());
    }

    #[test]
    fn an_id_of_an_act_has_the_form_of_random_bits() {
        assert!(is_act_id(&crate::people::session::csrf_token([255; 16])));
        assert!(!["", "a", "../../../../../../../..", &"x".repeat(23)].into_iter().any(is_act_id));
    }
}
