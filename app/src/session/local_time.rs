//! Local time of other people who share it (`settings.md` 2), and the person's own.

use leptos::prelude::*;
use protocol::codec::json::json_text;

use super::Session;
use super::contacts::text;
use crate::browser::clock;

const OWN: &str = "/api/me/clock";

impl Session {
    /// Passes the time zone of a person to `then`; empty if the person does not share it.
    pub fn ask_zone(self, user: &str, then: impl FnOnce(String) + 'static) {
        self.ask_clock(format!("/api/users/{user}/clock"), then);
    }

    /// Passes the shared time zone of this person to `then`.
    pub fn own_zone(self, then: impl FnOnce(String) + 'static) {
        self.ask_clock(OWN.to_owned(), then);
    }

    fn ask_clock(self, path: String, then: impl FnOnce(String) + 'static) {
        self.run(move |state| state.ask("GET", path, None, move |_, data| then(text(&data, "timeZone"))));
    }

    /// Shares the time zone of this device, or stops that; `then` gets the zone that the server has stored.
    pub fn send_zone(self, is_shared: bool, then: impl FnOnce(String) + 'static) {
        let zone = if is_shared { clock::own_zone() } else { String::new() };
        let body = format!("{{\"timeZone\":{}}}", json_text(&zone));
        self.run(move |state| {
            let taken = move |data| {
                let zone = text(&data, "timeZone");
                self.arrangement.update(|arrangement| arrangement.zone.clone_from(&zone));
                then(zone);
            };
            state.ask("PUT", OWN, Some(body), move |_, data| taken(data));
        });
    }

    /// Shares the new zone of a device that has moved.
    pub fn follow_zone(self) {
        let reported = self.arrangement.with_untracked(|arrangement| arrangement.zone.clone());
        if !reported.is_empty() && reported != clock::own_zone() {
            self.send_zone(true, |_| ());
        }
    }
}
