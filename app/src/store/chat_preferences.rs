//! Chat preferences: appearance and loudness of one conversation. They are stored with the other data of the conversation on this
//! device, `session` writes them, and `session::home` brings those of an account to its other devices.

use protocol::words::event::Millis;
use protocol::words::limits::SEQ_MAX;

pub const MUTE_HOURS: [Millis; 2] = [1, 8];

/// End of a mute that lasts until the person is back: later than any time.
pub const UNTIL_BACK: Millis = SEQ_MAX;

/// Number of hues of a conversation, beside that of the theme.
pub const HUES: u8 = 12;
/// Number of backdrops of a log, beside none.
pub const BACKDROPS: u8 = 12;

protocol::settings! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ChatPreferences {
        /// 1 to [`HUES`]; 0 = the theme's.
        hue: u8 as "hue" = 0,
        /// 1 to [`BACKDROPS`]; 0 = none.
        backdrop: u8 as "backdrop" = 0,
        /// Messages are counted, but show no toast and play no sound.
        is_muted: bool as "isMuted" = false,
        /// Nudges are only rows.
        is_still: bool as "isStill" = false,
        /// Winks are only rows, unless the person plays them.
        has_no_winks: bool as "hasNoWinks" = false,
        /// Events of this conversation play no sound.
        is_silent: bool as "isSilent" = false,
        /// End of the mute; 0 = until the person changes it.
        muted_until: Millis as "mutedUntil" = 0,
        /// Mentions pass the mute.
        lets_called: bool as "letsCalled" = false,
        /// Sound of a message: an index in `SOUND_EVENTS` plus one; 0 = the default.
        message_sound: u8 as "messageSound" = 0,
        /// Sound when the other person comes online, in the same form.
        online_sound: u8 as "onlineSound" = 0,
    }
}

impl ChatPreferences {
    /// Returns the preferences at the time `now`, at which a mute may have ended.
    pub fn at(self, now: Millis) -> Self {
        let has_ended = self.muted_until != 0 && self.muted_until <= now;
        if has_ended { Self { is_muted: false, muted_until: 0, ..self } } else { self }
    }

    /// Returns the preferences muted until a time (0 = until further notice), or not muted.
    pub fn muted(self, until: Option<Millis>) -> Self {
        Self { is_muted: until.is_some(), muted_until: until.unwrap_or_default(), lets_called: false, ..self }
    }

    /// Returns the JSON for web push: a level, and the time at which it ends.
    pub fn level_json(self) -> String {
        let level = match (self.is_muted, self.lets_called) {
            (false, _) => "all",
            (true, true) => "mentions",
            (true, false) => "none",
        };
        let has_end = self.is_muted && self.muted_until > 0 && self.muted_until < UNTIL_BACK;
        let until = if has_end { format!(",\"until\":{}", self.muted_until) } else { String::new() };
        format!("{{\"level\":\"{level}\"{until}}}")
    }

    /// Returns the preferences with a mute that mentions pass.
    pub fn muted_but_called(self) -> Self {
        Self { lets_called: true, ..self.muted(Some(0)) }
    }

    /// Returns the preferences with the mute of `other`.
    pub fn muted_like(self, other: Self) -> Self {
        let Self { is_muted, muted_until, lets_called, .. } = other;
        Self { is_muted, muted_until, lets_called, ..self }
    }

    /// Returns `true` if `other` has the same mute.
    pub fn mutes_like(self, other: Self) -> bool {
        self.muted_like(other) == self
    }

    /// Returns `true` if nudges shake here.
    pub fn shakes(&self) -> bool {
        !self.is_still && !self.is_muted
    }

    /// Returns `true` if winks play here by themselves.
    pub fn winks(&self) -> bool {
        !self.has_no_winks && !self.is_muted
    }

    /// Returns `true` if events of this conversation play sounds.
    pub fn sounds(&self) -> bool {
        !self.is_silent && !self.is_muted
    }
}

#[cfg(test)]
mod tests {
    use protocol::codec::json;

    use super::*;

    #[test]
    fn preferences_read_back_and_what_cannot_be_read_was_not_chosen() {
        let preferences = ChatPreferences {
            hue: 7,
            backdrop: 12,
            is_muted: true,
            is_still: true,
            muted_until: 9,
            lets_called: true,
            message_sound: 3,
            ..ChatPreferences::default()
        };
        assert_eq!(json::read(&json::write(&preferences)), Some(preferences));
        assert_eq!(json::read("{\"hue\":900,\"isMuted\":3}"), Some(ChatPreferences::default()));
    }

    #[test]
    fn a_mute_ends_by_its_time_or_not_at_all() {
        let for_a_while = ChatPreferences::default().muted(Some(1_000));
        assert_eq!(for_a_while.level_json(), r#"{"level":"none","until":1000}"#);
        let [never, ever, back] =
            [None, Some(0), Some(UNTIL_BACK)].map(|until| ChatPreferences::default().muted(until).level_json());
        assert_eq!([never, ever, back], [r#"{"level":"all"}"#, r#"{"level":"none"}"#, r#"{"level":"none"}"#]);
        assert_eq!(ChatPreferences::default().muted_but_called().level_json(), r#"{"level":"mentions"}"#);
        assert!(for_a_while.at(999).is_muted && !for_a_while.at(1_000).is_muted);
        assert!(ChatPreferences::default().muted(Some(0)).at(Millis::MAX).is_muted);
        assert_eq!(for_a_while.muted(None), ChatPreferences::default());
        assert!(ChatPreferences::default().muted(Some(UNTIL_BACK)).at(Millis::from(u32::MAX) * 1_000).is_muted);
    }

    #[test]
    fn who_wants_to_be_called_only_is_muted_and_any_other_choice_ends_that() {
        let called = ChatPreferences::default().muted_but_called();
        assert!(called.is_muted && called.lets_called && called.at(Millis::MAX).is_muted);
        assert!(!called.muted(Some(0)).lets_called);
        assert_eq!(called.muted(None), ChatPreferences::default());
    }

    #[test]
    fn a_mute_is_taken_from_another_and_nothing_else() {
        let [loud, quiet] = [
            ChatPreferences { hue: 3, ..ChatPreferences::default() },
            ChatPreferences { hue: 5, ..ChatPreferences::default() }.muted(Some(9)),
        ];
        assert_eq!(loud.muted_like(quiet), ChatPreferences { hue: 3, ..ChatPreferences::default() }.muted(Some(9)));
        assert_eq!(quiet.muted_like(loud), ChatPreferences { hue: 5, ..ChatPreferences::default() });
        assert!(!loud.mutes_like(quiet) && loud.muted_like(quiet).mutes_like(quiet));
        assert!(!quiet.muted_but_called().mutes_like(quiet));
    }

    #[test]
    fn who_is_muted_is_neither_felt_nor_heard() {
        let muted = ChatPreferences { is_muted: true, ..ChatPreferences::default() };
        assert!(!muted.shakes() && !muted.sounds() && !muted.winks());
        let still = ChatPreferences { is_still: true, ..ChatPreferences::default() };
        assert!(!still.shakes() && still.sounds() && still.winks());
        assert!(ChatPreferences::default().shakes() && ChatPreferences::default().sounds());
    }
}
