//! Quiet hours of a person, as the page applies them (`push.md`, `ux.md` 2.1 and 4.8): toasts, sounds and nudges are off, as with the
//! status busy.

use leptos::task::spawn_local;
use protocol::codec::json;

use crate::browser::timer;
use crate::prelude::*;
use crate::store::push::Choices;

/// Interval at which the clock is checked.
const POLL_MS: u32 = 10_000;
/// Language of a 24-hour clock with two digits each.
const CLOCK_LANGUAGE: &str = "en-GB";

/// Checks the clock for the life of the page. Call it once.
pub fn watch_quiet_hours(session: Session) {
    spawn_local(async move {
        while check_quiet_hours(session) {
            timer::wait(POLL_MS).await;
        }
    });
}

/// Applies the choices of the person.
pub fn choose(session: Session, choices: &Choices) {
    session.home.notification_choices.set_value(json::write(choices));
    check_quiet_hours(session);
}

/// Returns the present choices of the person.
pub fn chosen(session: Session) -> Choices {
    session.home.notification_choices.try_with_value(|choices| json::read(choices)).flatten().unwrap_or_default()
}

/// Stores whether quiet hours hold now. Returns `true` if the page still exists.
fn check_quiet_hours(session: Session) -> bool {
    let is_quiet = chosen(session).quiet.is_some_and(|hours| {
        // A zone that this browser does not know has no quiet hours.
        let time = clock::time_in(clock::now_ms(), &hours.time_zone, CLOCK_LANGUAGE);
        time.is_some_and(|time| hours.hold_at(&time))
    });
    session.home.is_quiet.try_set(is_quiet).is_none()
}
