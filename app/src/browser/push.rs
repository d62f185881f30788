//! Web push: the browser's subscription (`push.md`). `public/sw.js` renews it while no page is open.

use js_sys::{JSON, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, PushManager, PushSubscription, PushSubscriptionOptionsInit, ServiceWorkerRegistration};

use super::device::{capture, object, post_to_worker, service_workers as workers, window};
use super::lock;

/// Lock that the service worker holds while it sends a subscription to the server (`public/sw.js`).
const LOCK: &str = "cfm-push";

/// Returns `true` if the browser supports web push.
pub fn is_known() -> bool {
    let class = window().and_then(|window| Reflect::get(&window, &"PushManager".into()).ok());
    class.is_some_and(|class| !class.is_undefined()) && workers().is_some()
}

/// Subscribes with the deployment's key. Returns the subscription for the server as a JSON object; `None` if the browser refuses.
pub async fn subscribe(public_key: &str) -> Option<String> {
    let manager = manager().await?;
    let wanted = PushSubscriptionOptionsInit::new();
    wanted.set_user_visible_only(true);
    wanted.set_application_server_key_opt_str(Some(public_key));
    let subscription = match settled(manager.subscribe_with_options(&wanted).ok()?).await {
        Some(subscription) => subscription,
        // A subscription with an earlier key of the deployment blocks a new one.
        None => {
            unsubscribe().await;
            settled(manager.subscribe_with_options(&wanted).ok()?).await?
        }
    };
    JSON::stringify(&subscription.unchecked_into::<PushSubscription>().to_json().ok()?.into()).ok()?.as_string()
}

/// Ends the subscription.
pub async fn unsubscribe() {
    if let Some(manager) = manager().await
        && let Ok(asked) = manager.get_subscription()
        && let Some(subscription) = settled(asked).await
        && let Ok(ended) = subscription.unchecked_into::<PushSubscription>().unsubscribe()
    {
        settled(ended).await;
    }
}

/// Tells the service worker to store the subscription of this person, or of no person.
pub async fn store_subscription(user: &str, id: &str, public_key: &str, language: &str) {
    let members = [("user", user), ("id", id), ("key", public_key), ("language", language)];
    post("push", object(&members.map(|(name, text)| (name, text.into()))).into()).await;
}

/// Waits until the service worker has finished its current request about a subscription.
pub async fn worker_rests() {
    lock::alone(LOCK, async {}).await;
}

/// Tells the service worker that a page of this person in this language is ready. The service worker then forwards presses of notifications
/// from the loading time, sends a changed subscription to the server, and ends web push of an earlier person of this browser. Without a user
/// it ends that of everybody.
pub async fn say_here(user: &str, language: &str) {
    post("here", object(&[("user", user.into()), ("language", language.into())]).into()).await;
}

/// Sends a message to the active service worker; `public/sw.js` defines its members. After a reload past it, a page has no controller, so the
/// registration is used.
async fn post(what: &str, message: JsValue) {
    if let Some(worker) = registration().await.and_then(|registration| registration.active()) {
        post_to_worker(&worker, &object(&[(what, message)]));
    }
}

/// Calls `open` with the conversation of a pressed notification, and confirms the message.
pub fn on_press(open: impl Fn(String) + 'static) {
    let Some(workers) = workers() else { return };
    // Without the listener, the window comes to the front but opens no conversation.
    capture(&workers, "message", move |event: MessageEvent| {
        // Other messages are texts, which have no members.
        let room = Reflect::get(&event.data(), &"room".into()).ok();
        if let Some(room) = room.and_then(|room| room.as_string()) {
            open(room);
            spawn_local(post("led", JsValue::TRUE));
        }
    });
}

/// Returns the page's service worker registration, once it is ready.
pub async fn registration() -> Option<ServiceWorkerRegistration> {
    Some(settled(workers()?.ready().ok()?).await?.unchecked_into())
}

async fn manager() -> Option<PushManager> {
    registration().await?.push_manager().ok().filter(|manager| !manager.is_undefined())
}

/// Returns the value of a promise; `None` if it fails or resolves to null.
async fn settled(promise: Promise) -> Option<JsValue> {
    JsFuture::from(promise).await.ok().filter(|value| !value.is_null())
}
