//! Carries out what `store::idle` decides: listens to what the person does, and shows them as away and back.
//!
//! Tabs of one browser count together: each writes down when something was done in it. Other devices do not; the protocol has
//! no word for it.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::event::Millis;

use super::Session;
use crate::browser::{clock, events, storage, timer};
use crate::store::idle::Idle;

/// How often a page looks whether anything was done.
const LOOK_MS: u32 = 5_000;
/// What is done is written down this often at most.
const NOTE_MS: Millis = 1_000;
const MINUTE_MS: Millis = 60_000;

/// When something was done last, in any tab.
const DONE_KEY: &str = "cfm-done-at";
/// User id of the person who is shown as away by themselves: a reload must not make it their word.
const AWAY_KEY: &str = "cfm-auto-away";

#[derive(Clone, Copy)]
struct Watch {
    session: Session,
    idle: StoredValue<Idle>,
    done_at: StoredValue<Millis>,
}

impl Session {
    /// Shows the person as away when they do nothing, and back when they do. Call it once.
    pub fn watch_idle(self) {
        let own = self.me.with_untracked(|me| me.id.clone());
        let idle = Idle::resume(storage::get(AWAY_KEY).as_deref() == Some(own.as_str()));
        let watch = Watch { session: self, idle: StoredValue::new(idle), done_at: StoredValue::new(clock::now_ms()) };
        let handles = [
            window_event_listener(ev::pointerdown, move |_| watch.done()),
            window_event_listener(ev::pointermove, move |_| watch.done()),
            window_event_listener(ev::keydown, move |_| watch.done()),
            window_event_listener(ev::wheel, move |_| watch.done()),
        ];
        on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
        events::here(move || {
            spawn_local(async move {
                while watch.idle.try_with_value(|_| ()).is_some() {
                    watch.look();
                    timer::wait(LOOK_MS).await;
                }
            });
        });
    }
}

impl Watch {
    /// The person did something here.
    fn done(self) {
        let now = clock::now_ms();
        if now.saturating_sub(self.done_at.get_value()) < NOTE_MS && !self.idle.get_value().is_away() {
            return;
        }
        self.done_at.set_value(now);
        storage::put(DONE_KEY, &now.to_string());
        self.look();
    }

    fn look(self) {
        let now = clock::now_ms();
        let elsewhere = storage::get(DONE_KEY).and_then(|text| text.parse::<Millis>().ok()).unwrap_or(0);
        let idle_ms = now.saturating_sub(self.done_at.get_value().max(elsewhere));
        let (Some(status), Some(away_min)) = (
            self.session.me.try_with_untracked(|me| me.status),
            self.session.arrangement.try_with_untracked(|arrangement| arrangement.away_min),
        ) else {
            return;
        };
        let limit_ms = (away_min > 0).then(|| Millis::from(away_min) * MINUTE_MS);
        let mut idle = self.idle.get_value();
        let wanted = idle.step(status, idle_ms, limit_ms);
        if idle != self.idle.get_value() {
            self.idle.set_value(idle);
            if idle.is_away() {
                storage::put(AWAY_KEY, &self.session.me.with_untracked(|me| me.id.clone()));
            } else {
                storage::remove(AWAY_KEY);
            }
        }
        if let Some(status) = wanted {
            self.session.set_status(status);
        }
    }
}
