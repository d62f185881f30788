//! The local time of others, of which those tell who want to (`settings.md` 2), and one's own.

use leptos::prelude::*;
use protocol::codec::json::json_text;

use super::Session;
use super::contacts::text;
use crate::browser::clock;

const OWN: &str = "/api/me/clock";

impl Session {
    /// Tells `then` in which time zone somebody is; empty if they do not say so to us.
    pub fn ask_zone(self, user: &str, then: impl FnOnce(String) + 'static) {
        self.ask_clock(format!("/api/users/{user}/clock"), then);
    }

    /// Tells `then` which time zone one tells of.
    pub fn own_zone(self, then: impl FnOnce(String) + 'static) {
        self.ask_clock(OWN.to_owned(), then);
    }

    fn ask_clock(self, path: String, then: impl FnOnce(String) + 'static) {
        self.intend(move |state| state.ask("GET", path, None, Box::new(move |_, data| then(text(&data, "timeZone")))));
    }

    /// From now on the time zone of this device is told, or none; `then` hears of it once it is so.
    pub fn send_zone(self, is_shared: bool, then: impl FnOnce(String) + 'static) {
        let zone = if is_shared { clock::own_zone() } else { String::new() };
        let body = format!("{{\"timeZone\":{}}}", json_text(&zone));
        self.intend(move |state| {
            let taken = move |data| {
                let zone = text(&data, "timeZone");
                self.arrangement.update(|arrangement| arrangement.zone.clone_from(&zone));
                then(zone);
            };
            state.ask("PUT", OWN.to_owned(), Some(body), Box::new(move |_, data| taken(data)));
        });
    }

    /// A device that told of its zone, and has moved, tells of the new one.
    pub fn follow_zone(self) {
        let reported = self.arrangement.with_untracked(|arrangement| arrangement.zone.clone());
        if !reported.is_empty() && reported != clock::own_zone() {
            self.send_zone(true, |_| ());
        }
    }
}
