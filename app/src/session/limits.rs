//! Limits and times of effects: pauses between shakes and between sounds (`ux.md` 4.8), and how long toasts stay: `TOAST_S` or the person's
//! choice, at most `TOASTS_MAX` of them, paused while held.

use leptos::prelude::*;
use protocol::codec::sorted::SortedMap;
use protocol::words::event::Millis;

use crate::store::toasts::{TOAST_LEAVING_MS, TOASTS_MAX, Toast, ToastHandle, Toasts};

/// Minimum time between two shakes by one sender.
const SENDER_MS_MIN: Millis = 5_000;
/// Largest number of shakes in one conversation within `ROOM_WINDOW_MS`.
const ROOM_SHAKES_MAX: usize = 3;
const ROOM_WINDOW_MS: Millis = 60_000;
/// Minimum time between two plays of the same sound: a burst of messages is one sound.
const SOUND_MS_MIN: Millis = 400;

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

struct ToastTimer {
    key: u32,
    /// Time at which it begins to fade; `None` while it is held, or if it stays until it is closed.
    leaves_at: Option<Millis>,
    /// Remaining time after a hold; `None` if it stays until it is closed.
    left_ms: Option<Millis>,
    /// Time at which it is removed, once it fades.
    removed_at: Option<Millis>,
}

/// Times of the toasts on the page.
#[derive(Default)]
pub(super) struct Popups {
    lives: Vec<ToastTimer>,
    next_key: u32,
}

impl Popups {
    /// Shows a toast, and removes the oldest if there are too many.
    pub(super) fn show(&mut self, now: Millis, stays_s: u8, toasts: &Toasts, toast: Toast) {
        while self.lives.len() >= TOASTS_MAX {
            let oldest = self.lives[0].key;
            self.remove(toasts, oldest);
        }
        let key = self.next_key;
        self.next_key += 1;
        let left_ms = Some(Millis::from(stays_s) * 1_000).filter(|ms| *ms > 0);
        self.lives.push(ToastTimer { key, leaves_at: left_ms.map(|ms| now + ms), left_ms, removed_at: None });
        toasts.all.update(|all| all.push(ToastHandle { key, toast: RwSignal::new(toast) }));
    }

    pub(super) fn remove(&mut self, toasts: &Toasts, key: u32) {
        self.lives.retain(|life| life.key != key);
        toasts.all.update(|all| all.retain(|handle| handle.key != key));
    }

    /// Holds a toast, or continues its time: its bar shows the remaining time.
    pub(super) fn hold(&mut self, now: Millis, key: u32, is_held: bool) {
        let Some(life) = self.lives.iter_mut().find(|life| life.key == key && life.removed_at.is_none()) else {
            return;
        };
        match (is_held, life.leaves_at) {
            (true, Some(at)) => (life.left_ms, life.leaves_at) = (Some(at.saturating_sub(now)), None),
            (false, None) => life.leaves_at = life.left_ms.map(|ms| now + ms),
            (true, None) | (false, Some(_)) => {}
        }
    }

    pub(super) fn wake_at(&self) -> Option<Millis> {
        self.lives.iter().filter_map(|life| life.removed_at.or(life.leaves_at)).min()
    }

    /// Fades and removes the toasts whose time is over.
    pub(super) fn time(&mut self, now: Millis, toasts: &Toasts) {
        for life in &mut self.lives {
            if life.removed_at.is_none() && life.leaves_at.is_some_and(|at| at <= now) {
                life.removed_at = Some(now + TOAST_LEAVING_MS);
                let handle = toasts.all.with_untracked(|all| all.iter().find(|handle| handle.key == life.key).copied());
                if let Some(handle) = handle {
                    handle.toast.update(|toast| toast.is_leaving = true);
                }
            }
        }
        let removed = self.lives.iter().filter(|life| life.removed_at.is_some_and(|at| at <= now));
        for key in removed.map(|life| life.key).collect::<Vec<_>>() {
            self.remove(toasts, key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::toasts::{ToastKind, ToastTarget};

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

    #[test]
    fn a_toast_that_was_held_stays_for_what_was_left_of_its_time() {
        Owner::new().with(|| {
            let (toasts, mut popups) = (Toasts::default(), Popups::default());
            let kind = ToastKind::Nudge;
            let toast = Toast {
                name: String::new(),
                avatar_id: String::new(),
                kind,
                target: ToastTarget::Nothing,
                is_leaving: false,
            };
            popups.show(1_000, 7, &toasts, toast.clone());
            popups.hold(6_000, 0, true);
            assert_eq!(popups.wake_at(), None);
            // Pointer and focus may both hold it.
            popups.hold(6_500, 0, true);
            popups.hold(9_000, 0, false);
            assert_eq!(popups.wake_at(), Some(11_000));
            popups.hold(9_500, 0, false);
            assert_eq!(popups.wake_at(), Some(11_000));
            popups.remove(&toasts, 0);
            popups.show(0, 0, &toasts, toast);
            popups.hold(10, 1, true);
            popups.hold(20, 1, false);
            assert_eq!(popups.wake_at(), None, "one that stays until it is closed stays");
        });
    }
}
