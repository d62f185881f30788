//! Notifications of the system, for what happens while the page is hidden. Only what the person switched on, and the browser allows.

use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use super::named::{call, global, made, object, of_window, promised, set, text};

/// The browser knows notifications: not all do in every window.
pub fn is_known() -> bool {
    of_window("Notification").is_function()
}

/// The browser allows them.
pub fn is_allowed() -> bool {
    text(&of_window("Notification"), "permission") == "granted"
}

/// Asks the person through the browser; call it in a gesture. `then` hears whether they are allowed.
pub fn ask(then: impl FnOnce(bool) + 'static) {
    if !is_known() {
        return then(false);
    }
    spawn_local(async move {
        if let Ok(answer) = call(&of_window("Notification"), "requestPermission", &[]) {
            // What the person says is read below.
            let _ = promised(answer).await;
        }
        then(is_allowed());
    });
}

/// Shows one. A press brings the page to the front and does `then`. Those of one `tag` take each other's place.
pub fn show(title: &str, body: &str, tag: &str, then: impl FnOnce() + 'static) {
    if !is_allowed() {
        return;
    }
    let options = object(&[("body", body.into()), ("tag", tag.into()), ("icon", "/assets/icon.svg".into())]);
    // Phones only know those of service workers: there is none then.
    let Ok(notification) = made("Notification", &[title.into(), options]) else { return };
    let shown = notification.clone();
    let pressed = Closure::once_into_js(move || {
        // A browser that does not bring the page to the front has its reasons.
        let _ = call(&global(), "focus", &[]);
        let _ = call(&shown, "close", &[]);
        then();
    });
    set(&notification, "onclick", &pressed);
}
