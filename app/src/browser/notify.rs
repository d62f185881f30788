//! Notifications of the system, for what happens while the page is hidden. Only what the person switched on, and the browser allows.

use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

/// The browser knows notifications: not all do in every window.
pub fn is_known() -> bool {
    let window = web_sys::window();
    window.is_some_and(|window| js_sys::Reflect::has(&window, &"Notification".into()).unwrap_or(false))
}

/// The browser allows them.
pub fn is_allowed() -> bool {
    is_known() && Notification::permission() == NotificationPermission::Granted
}

/// Asks the person through the browser; call it in a gesture. `then` hears whether they are allowed.
pub fn ask(then: impl FnOnce(bool) + 'static) {
    if !is_known() {
        return then(false);
    }
    spawn_local(async move {
        if let Ok(answer) = Notification::request_permission() {
            // What the person says is read below.
            let _ = JsFuture::from(answer).await;
        }
        then(is_allowed());
    });
}

/// Shows one. A press brings the page to the front and does `then`. Those of one `tag` take each other's place.
pub fn show(title: &str, body: &str, tag: &str, then: impl FnOnce() + 'static) {
    if !is_allowed() {
        return;
    }
    let options = NotificationOptions::new();
    options.set_body(body);
    options.set_tag(tag);
    options.set_icon("/assets/icon.svg");
    // Phones only know those of service workers: there is none then.
    let Ok(notification) = Notification::new_with_options(title, &options) else { return };
    let shown = notification.clone();
    let pressed = Closure::once_into_js(move || {
        if let Some(window) = web_sys::window() {
            // A browser that does not bring the page to the front has its reasons.
            let _ = window.focus();
        }
        shown.close();
        then();
    });
    notification.set_onclick(Some(pressed.unchecked_ref()));
}
