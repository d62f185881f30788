//! Limiter of effects: minimum times between shakes and between sounds (`ux.md` 4.8).

use protocol::codec::sorted::SortedMap;
use protocol::words::event::Millis;

/// Minimum time between two shakes by one sender.
const SENDER_MS_MIN: Millis = 5_000;
/// Largest number of shakes in one conversation within `ROOM_WINDOW_MS`.
const ROOM_SHAKES_MAX: usize = 3;
const ROOM_WINDOW_MS: Millis = 60_000;
/// Minimum time between two plays of the same sound: a burst of messages is one sound.
const SOUND_MS_MIN: Millis = 400;

/// Recently played effects.
#[derive(Default)]
pub(super) struct EffectLimiter {
    /// Shakes as room, sender and time.
    shakes: Vec<(String, String, Millis)>,
    /// Time of the last play of each sound.
    sounds: SortedMap<String, Millis>,
}

impl EffectLimiter {
    /// Returns `true` if a nudge may shake now, and counts it.
    pub(super) fn takes_shake(&mut self, now: Millis, room: &str, sender: &str) -> bool {
        self.shakes.retain(|(_, _, at)| now.saturating_sub(*at) < ROOM_WINDOW_MS);
        let in_room = self.shakes.iter().filter(|(other, _, _)| other == room);
        let is_too_soon =
            in_room.clone().any(|(_, other, at)| other == sender && now.saturating_sub(*at) < SENDER_MS_MIN);
        if is_too_soon || in_room.count() >= ROOM_SHAKES_MAX {
            return false;
        }
        self.shakes.push((room.to_owned(), sender.to_owned(), now));
        true
    }

    /// Returns `true` if a sound may play now, and counts it.
    pub(super) fn takes_sound(&mut self, now: Millis, name: &str) -> bool {
        let is_too_soon = self.sounds.get(name).is_some_and(|at| now.saturating_sub(*at) < SOUND_MS_MIN);
        if !is_too_soon {
            self.sounds.insert(name.to_owned(), now);
        }
        !is_too_soon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sender_shakes_at_most_every_five_seconds() {
        let mut effect_limiter = EffectLimiter::default();
        assert!(effect_limiter.takes_shake(0, "r", "a"));
        assert!(!effect_limiter.takes_shake(4_999, "r", "a"));
        assert!(effect_limiter.takes_shake(4_999, "r", "b"));
        assert!(effect_limiter.takes_shake(5_000, "r", "a"));
    }

    #[test]
    fn a_conversation_shakes_three_times_a_minute() {
        let mut effect_limiter = EffectLimiter::default();
        assert!((0..3).all(|n| effect_limiter.takes_shake(n * 5_000, "r", "a")));
        assert!(!effect_limiter.takes_shake(15_000, "r", "b"));
        assert!(effect_limiter.takes_shake(15_000, "other", "b"), "each conversation counts for itself");
        assert!(effect_limiter.takes_shake(60_000, "r", "a"), "the first is a minute old");
    }

    #[test]
    fn a_burst_is_one_sound() {
        let mut effect_limiter = EffectLimiter::default();
        assert!(effect_limiter.takes_sound(0, "message-in") && effect_limiter.takes_sound(0, "nudge"));
        assert!(!effect_limiter.takes_sound(399, "message-in"));
        assert!(effect_limiter.takes_sound(400, "message-in"));
    }
}
