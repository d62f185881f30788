//! Notifications of the system while the page is hidden. They appear only if the person has switched them on and the browser allows them.
//! Those that the service worker has shown are closed and changed here as well.

use std::cell::RefCell;

use js_sys::{Promise, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::device::{object, window};
use super::push;
use protocol::codec::sorted::SortedMap;

/// Largest number of characters of a message that is shown.
const CHARS_MAX: usize = 120;

thread_local! {
    /// Notifications that this page has shown, by their tags.
    static SHOWN: RefCell<SortedMap<String, Notification>> = const { RefCell::new(SortedMap::new()) };
}

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
pub fn show(title: &str, body: &str, tag: &str, message: &str, then: impl FnOnce() + 'static) {
    if !is_allowed() {
        return;
    }
    let options = options(body, tag, message);
    let Ok(notification) = Notification::new_with_options(title, &options) else {
        return show_by_worker(title.to_owned(), options);
    };
    let of = tag.to_owned();
    let pressed = Closure::once_into_js(move || {
        // A browser may refuse to bring the page to the front.
        let _ = window().map(|window| window.focus());
        close(&of);
        then();
    });
    notification.set_onclick(Some(pressed.unchecked_ref()));
    SHOWN.with_borrow_mut(|shown| shown.insert(tag.to_owned(), notification));
}

/// Makes the options of the notification of a message; its room is the tag.
fn options(body: &str, tag: &str, message: &str) -> NotificationOptions {
    let options = NotificationOptions::new();
    options.set_body(&body.chars().take(CHARS_MAX).collect::<String>());
    options.set_tag(tag);
    options.set_data(&object(&[("room", tag.into()), ("message", message.into())]));
    options.set_icon("/assets/icon.svg");
    options
}

pub fn close(tag: &str) {
    let wanted = tag.to_owned();
    close_where(move |tag| *tag == wanted);
}

/// Closes the notifications with such tags.
pub fn close_where(is_meant: impl Fn(&str) -> bool + 'static) {
    if !is_allowed() {
        return;
    }
    SHOWN.with_borrow_mut(|shown| {
        shown.retain(|tag, notification| {
            let is_closed = is_meant(tag);
            if is_closed {
                notification.close();
            }
            !is_closed
        });
    });
    spawn_local(async move {
        shown_by_worker()
            .await
            .iter()
            .filter(|one| is_meant(&one.tag().unwrap_or_default()))
            .for_each(Notification::close);
    });
}

/// Replaces the text of the notification of this message, if it has one. Nothing sounds again.
pub fn reword(tag: &str, message: &str, seq: Option<u64>, now: &str) {
    if !is_allowed() {
        return;
    }
    let (tag, reworded) = (tag.to_owned(), options(now, tag, message));
    let message = message.to_owned();
    let is_it = move |one: &Notification| {
        let has_words = one.body().is_some_and(|body| !body.is_empty());
        let member = |name: &str| Reflect::get(&one.data(), &name.into()).unwrap_or_default();
        // A push message has the number of the message in its room instead of the id.
        let is_its_seq = seq.is_some_and(|seq| member("seq").as_f64() == Some(seq as f64));
        has_words && (is_its_seq || member("message").as_string().as_ref() == Some(&message))
    };
    reworded.set_silent(Some(true));
    SHOWN.with_borrow_mut(|shown| {
        let Some(old) = shown.get(&tag).filter(|old| is_it(old)).cloned() else { return };
        if let Ok(new) = Notification::new_with_options(&old.title(), &reworded) {
            new.set_onclick(old.onclick().as_ref());
            shown.insert(tag.clone(), new);
        }
    });
    spawn_local(async move {
        let all = shown_by_worker().await;
        if let Some(old) = all.iter().find(|one| one.tag().as_deref() == Some(&tag) && is_it(one)) {
            show_by_worker(old.title(), reworded);
        }
    });
}

/// Returns the notifications that the service worker has shown.
async fn shown_by_worker() -> Vec<Notification> {
    let Some(registration) = push::registration().await else { return Vec::new() };
    let Ok(asked) = registration.get_notifications() else { return Vec::new() };
    let all = JsFuture::from(asked).await.map(|all| js_sys::Array::from(&all)).unwrap_or_default();
    all.iter().map(JsCast::unchecked_into).collect()
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
