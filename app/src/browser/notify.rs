//! Notifications of the system while the page is hidden. They appear only if the person has switched them on and the browser allows them.

use js_sys::{Promise, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::device::window;
use super::push;

/// Returns `true` if this window has notifications. Some browsers and the pages of the demo have none.
pub fn is_known() -> bool {
    window().is_some_and(|window| Reflect::get(&window, &"Notification".into()).is_ok_and(|class| class.is_function()))
}

/// Returns `true` if the browser allows them.
pub fn is_allowed() -> bool {
    is_known() && Notification::permission() == NotificationPermission::Granted
}

/// Asks the person for the permission; call it in a gesture. `then` gets `true` if notifications are allowed.
pub fn ask(then: impl FnOnce(bool) + 'static) {
    if !is_known() {
        return then(false);
    }
    spawn_local(async move {
        // Old browsers return no promise.
        if let Ok(answer) = Notification::request_permission()
            && answer.has_type::<Promise>()
        {
            // The answer of the person is read below.
            let _ = JsFuture::from(answer).await;
        }
        then(is_allowed());
    });
}

/// Shows a notification. A press brings the page to the front and runs `then`. A new one replaces the one with the same `tag`.
pub fn show(title: &str, body: &str, tag: &str, then: impl FnOnce() + 'static) {
    if !is_allowed() {
        return;
    }
    let options = NotificationOptions::new();
    options.set_body(body);
    options.set_tag(tag);
    options.set_data(&tag.into());
    options.set_icon("/assets/icon.svg");
    let Ok(notification) = Notification::new_with_options(title, &options) else {
        return show_by_worker(title.to_owned(), options);
    };
    let shown = notification.clone();
    let pressed = Closure::once_into_js(move || {
        // A browser may refuse to bring the page to the front.
        let _ = window().map(|window| window.focus());
        shown.close();
        then();
    });
    notification.set_onclick(Some(pressed.unchecked_ref()));
}

/// Shows a notification through the service worker, as phones require. The service worker opens the conversation that the data names.
fn show_by_worker(title: String, options: NotificationOptions) {
    spawn_local(async move {
        if let Some(registration) = push::registration().await {
            // Without the permission, which may be revoked by now, nothing is shown.
            let _ = registration.show_notification_with_options(&title, &options);
        }
    });
}
