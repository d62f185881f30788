//! Bots (`messenger.md` 7): their list, whether they can answer, and when again. The views that show bots load the state; they are in the
//! chunk `home`.

use leptos::prelude::*;
use protocol::codec::json::Value;
use protocol::words::event::Millis;
use protocol::words::limits::BOT_BREAKER_MS;
use protocol::words::status::Status;

use super::contacts::text;
use super::engine::State;
use crate::browser::clock;
use crate::store::roster::{RosterPerson, SLEEPING, UNAVAILABLE};

/// Delay after the start of a day, because clocks of devices differ.
const DAWN_MS: Millis = 2_000;
/// Longest wait until the next request, because devices sleep.
const POLL_MS_MAX: Millis = 3_600_000;

impl State {
    pub fn load_bots(&mut self) {
        self.ask("GET", "/api/bots".to_owned(), None, |state, data| state.bots_came(&data));
    }

    fn bots_came(&mut self, data: &Value) {
        let session = self.session;
        let mut poll_in_ms = None;
        for row in data.as_array().into_iter().flatten() {
            let quota = |name| row.get("quota").and_then(|quota| quota.get(name));
            let wakes_at = quota("resetsAt").and_then(Value::as_u64).unwrap_or(0);
            let is_available = row.get("available").and_then(Value::as_bool) == Some(true);
            let is_used_up = quota("usedUp").and_then(Value::as_bool) == Some(true);
            let rest = match (is_available, is_used_up) {
                (true, _) => "",
                (false, true) => SLEEPING,
                (false, false) => UNAVAILABLE,
            };
            session.home.bots_wake_at.set(wakes_at);
            poll_in_ms = match rest {
                "" => poll_in_ms,
                SLEEPING => Some((wakes_at.saturating_sub(clock::now_ms()) + DAWN_MS).min(POLL_MS_MAX)),
                // The first pause of the breaker.
                _ => Some(BOT_BREAKER_MS),
            };
            self.show_bot(text(row, "id"), text(row, "displayName"), rest);
        }
        self.watch_everybody();
        if let Some(wait_ms) = poll_in_ms {
            session.home.bots_delay.set(wait_ms, move || session.run(State::load_bots));
        }
    }

    fn show_bot(&self, id: String, name: String, rest: &'static str) {
        let roster = self.session.roster;
        if untrack(|| roster.person(&id)).is_none() {
            // The presence socket delivers the rest of their presence, as for all people.
            roster.put_person(RosterPerson {
                id: id.clone(),
                display_name: name,
                status: Some(Status::Online),
                rest,
                ..RosterPerson::default()
            });
        }
        roster.welcome(&id);
        if let Some(row) = untrack(|| roster.person(&id)).filter(|row| row.with_untracked(|bot| bot.rest != rest)) {
            row.update(|bot| bot.rest = rest);
        }
    }
}
