//! Messages between the tabs of this browser.

use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use super::device::window;
use super::fetch_override;

/// Channel in which each tab names its person.
const PERSON: &str = "cfm-person";

/// Texts between the tabs of this browser.
pub struct Channel(BroadcastChannel);

impl Channel {
    /// Opens the channel of this name. `on_text` gets the texts of other tabs, for the life of this page.
    pub fn open(name: &str, on_text: impl Fn(String) + 'static) -> Option<Self> {
        window()?;
        let channel = BroadcastChannel::new(name).ok()?;
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                on_text(text);
            }
        });
        channel.set_onmessage(Some(listener.into_js_value().unchecked_ref()));
        Some(Self(channel))
    }

    /// Sends a text to the other tabs. One that is lost is no fault: tabs also share what the browser stores.
    pub fn post(&self, text: &str) {
        let _ = self.0.post_message(&text.into());
    }
}

/// Announces to the other tabs that this page is `person`'s (`sign-in.md` 8). `on_page` is called for each page that starts, with `true` if it
/// is of the same person, for the life of this page. Pages of the demo send nothing: their sessions are independent of the one in the cookie.
pub fn announce(person: &str, on_page: impl Fn(bool) + 'static) {
    if fetch_override::is_used() {
        return;
    }
    let own = person.to_owned();
    // Without the message, the other tabs notice by their next request. The browser keeps a channel that has a listener.
    if let Some(channel) = Channel::open(PERSON, move |person| on_page(person == own)) {
        channel.post(person);
    }
}
