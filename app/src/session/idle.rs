//! Idle detection (`ux.md` 1.1): listens to activity, and reports when this device has been idle for a while.
//!
//! The person's object knows all devices and decides: an online person who is idle on all devices is shown as away, until the first
//! activity on one. Tabs of one browser count together: each stores the time of its last activity.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::client::PresenceInput;
use protocol::words::event::Millis;
use protocol::words::status::Status;
use protocol::words::time::MINUTE_MS;

use super::Session;
use super::engine::State;
use crate::browser::{clock, device, storage, timer};
use crate::view::events;

/// Pause between two checks for activity.
const POLL_MS: u32 = 5_000;
/// Minimum time between two stored activity times.
const NOTE_MS: Millis = 1_000;

/// Earlier releases chose the status away themselves, and stored the person here.
const CHOSEN_AWAY_KEY: &str = "cfm-auto-away";
/// Key of the last activity in any tab.
const DONE_KEY: &str = "cfm-done-at";

#[derive(Clone, Copy)]
struct Watch {
    session: Session,
    is_idle: RwSignal<bool>,
    done_at: StoredValue<Millis>,
}

impl Session {
    /// Tells the server when this device becomes idle or active. Call it once.
    pub fn watch_idle(self) {
        let watch = Watch { session: self, is_idle: self.home.is_idle, done_at: StoredValue::new(clock::now_ms()) };
        if let Some(user) = storage::get(CHOSEN_AWAY_KEY) {
            storage::remove(CHOSEN_AWAY_KEY);
            if self.me.with_untracked(|me| me.id == user && me.status == Status::Away) {
                self.run(|state| state.choose_status(Status::Online));
            }
        }
        // A person who uses the page after a long time is active again, like a person who is online again (`presence`).
        if watch.is_long(clock::now_ms().saturating_sub(done_elsewhere_at())) == Some(true) {
            self.run(State::came_back);
        }
        // A device that slept reconnects before its clock ticks, so the first frame must already be right.
        Effect::new(move |_| {
            self.presence_openings.track();
            watch.check_idle();
            self.run(State::send_pending_levels);
        });
        let handles = [
            window_event_listener(ev::pointerdown, move |_| watch.done()),
            window_event_listener(ev::pointermove, move |_| watch.done()),
            window_event_listener(ev::keydown, move |_| watch.done()),
            window_event_listener(ev::wheel, move |_| watch.done()),
            window_event_listener(ev::visibilitychange, move |_| watch.seen()),
        ];
        watch.seen();
        on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
        events::here(move || {
            spawn_local(async move {
                while watch.is_idle.try_get_untracked().is_some() {
                    watch.check_idle();
                    timer::wait(POLL_MS).await;
                }
            });
        });
    }

    /// Returns `true` if this device is idle but the person is not away: another device is active and plays the sounds (`ux.md` 1.1).
    pub fn is_elsewhere(self) -> bool {
        self.home.is_idle.get_untracked() && self.me.with_untracked(|me| me.status == Status::Online)
    }
}

/// Returns the time of the last activity that the tabs have stored.
fn done_elsewhere_at() -> Millis {
    storage::get(DONE_KEY).and_then(|text| text.parse::<Millis>().ok()).unwrap_or(0)
}

impl Watch {
    /// Tells the server whether the page is visible: a person who sees it needs no web push.
    fn seen(self) {
        let is_visible = device::is_visible();
        self.session.run(move |state| state.presence_input(PresenceInput::Visible(is_visible)));
    }

    /// Returns `true` if this idle time means away; `None` once the page is disposed.
    fn is_long(self, idle_ms: Millis) -> Option<bool> {
        let away_min = self.session.arrangement.try_with_untracked(|arrangement| arrangement.away_min)?;
        Some(away_min > 0 && idle_ms >= Millis::from(away_min) * MINUTE_MS)
    }

    /// Handles activity on this page.
    fn done(self) {
        let now = clock::now_ms();
        if now.saturating_sub(self.done_at.get_value()) < NOTE_MS && !self.is_idle.get_untracked() {
            return;
        }
        self.done_at.set_value(now);
        storage::put(DONE_KEY, &now.to_string());
        self.check_idle();
    }

    fn check_idle(self) {
        let idle_ms = clock::now_ms().saturating_sub(self.done_at.get_value().max(done_elsewhere_at()));
        let Some(is_idle) = self.is_long(idle_ms) else { return };
        if is_idle != self.is_idle.get_untracked() {
            self.is_idle.set(is_idle);
            self.session.run(move |state| state.presence_input(PresenceInput::Idle(is_idle)));
        }
    }
}
