//! Notifications of the system, for what happens while the page is hidden. Only what the person switched on, and the browser allows.

use js_sys::{Promise, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::device::window;
use super::push;

/// The browser knows notifications: not all do in every window, and pages of the demo have none.
pub fn is_known() -> bool {
    window().is_some_and(|window| Reflect::get(&window, &"Notification".into()).is_ok_and(|class| class.is_function()))
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
        // Browsers of old answer with no promise.
        if let Ok(answer) = Notification::request_permission()
            && answer.has_type::<Promise>()
        {
            // The answer of the person is read below.
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
    options.set_data(&tag.into());
    options.set_icon("/assets/icon.svg");
    let Ok(notification) = Notification::new_with_options(title, &options) else {
        return show_by_worker(title.to_owned(), options);
    };
    let shown = notification.clone();
    let pressed = Closure::once_into_js(move || {
        // A browser that does not bring the page to the front has its reasons.
        let _ = window().map(|window| window.focus());
        shown.close();
        then();
    });
    notification.set_onclick(Some(pressed.unchecked_ref()));
}

/// Shows one where the system takes them from service workers only, as on phones. Ours leads to the conversation that its data names.
fn show_by_worker(title: String, options: NotificationOptions) {
    spawn_local(async move {
        if let Some(registration) = push::registration().await {
            // Without the permission, which may be gone by now, nothing is shown.
            let _ = registration.show_notification_with_options(&title, &options);
        }
    });
}
