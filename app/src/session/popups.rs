//! Times of toasts: `TOAST_S` or the person's choice, at most `TOASTS_MAX` of them, paused while held.

use leptos::prelude::*;
use protocol::words::event::Millis;

use crate::store::toasts::{TOAST_LEAVING_MS, TOASTS_MAX, Toast, ToastHandle, Toasts};

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

    /// Removes a toast at once.
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
