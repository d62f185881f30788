//! Notifications of the system, for what happens while the page is hidden. Only what the person switched on, and the browser allows.

use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use super::named::{call, global, made, object, of_window, promised, set, text};
use super::push;

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
    let about = [("body", body.into()), ("tag", tag.into()), ("data", tag.into()), ("icon", "/assets/icon.svg".into())];
    let (title, options) = (JsValue::from(title), object(&about));
    let Ok(notification) = made("Notification", &[title.clone(), options.clone()]) else {
        // Phones know those of service workers only. Ours leads to the conversation that its data names.
        spawn_local(async move {
            if let Some(registration) = push::registration().await {
                // Who took the permission back meanwhile is told nothing.
                let _ = call(&registration, "showNotification", &[title, options]);
            }
        });
        return;
    };
    let shown = notification.clone();
    let pressed = Closure::once_into_js(move || {
        // A browser that does not bring the page to the front has its reasons.
        let _ = call(&global(), "focus", &[]);
        let _ = call(&shown, "close", &[]);
        then();
    });
    set(&notification, "onclick", &pressed);
}
