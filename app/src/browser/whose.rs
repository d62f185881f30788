//! People of the open tabs of this browser (`sign-in.md` 8): each tab announces its person when it starts, and receives the announcements
//! of later tabs.

use super::fetch_override;
use super::tabs::Channel;

const CHANNEL: &str = "cfm-person";

/// Announces to the other tabs that this page is `person`'s. `on_page` is called for each page that starts, with `true` if it is of the
/// same person, for the life of this page. Pages of the demo send nothing: their sessions are independent of the one in the cookie.
pub fn announce(person: &str, on_page: impl Fn(bool) + 'static) {
    if fetch_override::is_used() {
        return;
    }
    let own = person.to_owned();
    // Without the message, the other tabs notice by their next request. The browser keeps a channel that has a listener.
    if let Some(channel) = Channel::open(CHANNEL, move |person| on_page(person == own)) {
        channel.post(person);
    }
}
