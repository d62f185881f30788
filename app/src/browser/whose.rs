//! The people whose pages the tabs of this browser are (`sign-in.md` 8): each says so when it begins, and hears of those that begin after it.

use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use super::fetch_override;

const CHANNEL: &str = "cfm-person";

/// Tells the other tabs that this page is `person`'s; `on_page` hears of each page that begins, and whether it is of the same person, for the
/// life of this one.
/// Pages of the demo have their own way to the server: who is signed in in the browser is not their business.
pub fn announce(person: &str, on_page: impl Fn(bool) + 'static) {
    if fetch_override::is_used() {
        return;
    }
    let Ok(channel) = BroadcastChannel::new(CHANNEL) else { return };
    let own = person.to_owned();
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(person) = event.data().as_string() {
            on_page(person == own);
        }
    });
    channel.set_onmessage(Some(listener.into_js_value().unchecked_ref()));
    // Without a word the others notice by their next call.
    let _ = channel.post_message(&person.into());
    // The browser keeps a channel that somebody listens to.
}
