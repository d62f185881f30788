//! Choices of a person about notifications, as they hold on the page (`push.md`, `ux.md` 2.1 and 4.8): in quiet hours nothing pops
//! up, sounds or shakes, as while the person is busy.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json;

use crate::browser::{clock, timer};
use crate::session::Session;
use crate::store::push::Choices;

/// The clock is looked at this often.
const POLL_MS: u32 = 10_000;
/// Language whose clock has 24 hours, with two digits each.
const CLOCK_LANGUAGE: &str = "en-GB";

/// Looks at the clock for as long as the page lives. Call it once.
pub fn watch_quiet_hours(session: Session) {
    spawn_local(async move {
        while check_quiet_hours(session) {
            timer::wait(POLL_MS).await;
        }
    });
}

/// Takes over the choices of the person.
pub fn choose(session: Session, choices: &Choices) {
    session.home.notification_choices.set_value(json::write(choices));
    check_quiet_hours(session);
}

/// Returns the choices of the person, made now or before.
pub fn chosen(session: Session) -> Choices {
    session.home.notification_choices.try_with_value(|choices| json::read(choices)).flatten().unwrap_or_default()
}

/// Notes if the quiet hours hold now. Returns `true` if the page is still there.
fn check_quiet_hours(session: Session) -> bool {
    let is_quiet = chosen(session).quiet.is_some_and(|hours| {
        // A zone that this browser does not know is of nowhere.
        let time = clock::time_in(clock::now_ms(), &hours.time_zone, CLOCK_LANGUAGE);
        time.is_some_and(|time| hours.hold_at(&time))
    });
    session.home.is_quiet.try_set(is_quiet).is_none()
}
