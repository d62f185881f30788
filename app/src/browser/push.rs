//! Web push: the browser's own subscription (`push.md`). What keeps it alive while no page is open is `public/sw.js`.

use js_sys::{JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, PushManager, PushSubscription, PushSubscriptionOptionsInit, ServiceWorkerRegistration};

use super::device::{service_workers as workers, window};
use super::lock;

/// The service worker has it while it hands a subscription over (`public/sw.js`).
const LOCK: &str = "cfm-push";

/// The browser can be told while no page is open.
pub fn is_known() -> bool {
    let class = window().and_then(|window| Reflect::get(&window, &"PushManager".into()).ok());
    class.is_some_and(|class| !class.is_undefined()) && workers().is_some()
}

/// Subscribes with the deployment's key. Gives what the server is to know, as a JSON object; nothing when the browser would not.
pub async fn subscribe(public_key: &str) -> Option<String> {
    let wanted = PushSubscriptionOptionsInit::new();
    wanted.set_user_visible_only(true);
    wanted.set_application_server_key_opt_str(Some(public_key));
    let manager = manager().await?;
    let subscription = match settled(manager.subscribe_with_options(&wanted).ok()?).await {
        Some(subscription) => subscription,
        // One of a key that the deployment had before is in the way.
        None => {
            unsubscribe().await;
            settled(manager.subscribe_with_options(&wanted).ok()?).await?
        }
    };
    JSON::stringify(&subscription.unchecked_into::<PushSubscription>().to_json().ok()?.into()).ok()?.as_string()
}

/// Ends it.
pub async fn unsubscribe() {
    if let Some(manager) = manager().await
        && let Ok(asked) = manager.get_subscription()
        && let Some(subscription) = settled(asked).await
        && let Ok(ended) = subscription.unchecked_into::<PushSubscription>().unsubscribe()
    {
        settled(ended).await;
    }
}

/// Has the service worker store the subscription of this person, or of nobody.
pub async fn store_subscription(user: &str, public_key: &str, language: &str) {
    let subscription = object(&[("user", &user.into()), ("key", &public_key.into()), ("language", &language.into())]);
    post_to_worker("push", &subscription).await;
}

/// Waits until the service worker has handed over, or taken back, what it was about to.
pub async fn worker_rests() {
    lock::alone(LOCK, Box::pin(async {})).await;
}

/// The service worker hears that a page is there, in this language: what was pressed while it loaded comes now, and a subscription
/// that is not as the server knows it is handed over.
pub async fn say_here(language: &str) {
    post_to_worker("here", &language.into()).await;
}

async fn post_to_worker(what: &str, message: &JsValue) {
    // Not the page's controller: after a reload past the worker a page has none.
    if let Some(worker) = registration().await.and_then(|registration| registration.active()) {
        let _ = worker.post_message(&object(&[(what, message)]));
    }
}

/// A message for the service worker, whose members only it knows (`public/sw.js`).
fn object(members: &[(&str, &JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in members {
        // An object that was just made takes any member.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// Calls `open` with the conversation whose notification was pressed, and says that it was heard.
pub fn on_press(open: impl Fn(String) + 'static) {
    let Some(workers) = workers() else { return };
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        // Others send words, which have no members.
        let room = Reflect::get(&event.data(), &"room".into()).ok();
        if let Some(room) = room.and_then(|room| room.as_string()) {
            open(room);
            spawn_local(async { post_to_worker("led", &JsValue::TRUE).await });
        }
    });
    // Where nobody listens nothing is opened: the window is in front all the same.
    let _ = workers.add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
    listener.forget();
}

/// The page's service worker, once it is there.
pub async fn registration() -> Option<ServiceWorkerRegistration> {
    Some(settled(workers()?.ready().ok()?).await?.unchecked_into())
}

async fn manager() -> Option<PushManager> {
    registration().await?.push_manager().ok().filter(|manager| !manager.is_undefined())
}

/// Gives what a promise does; nothing where it fails, or gives null.
async fn settled(promise: Promise) -> Option<JsValue> {
    JsFuture::from(promise).await.ok().filter(|value| !value.is_null())
}
