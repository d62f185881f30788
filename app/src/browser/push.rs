//! Web push: the browser's own subscription (`docs/protocol/push.md`). Like `passkeys` called by names, so that the page has no
//! bindings of it. What keeps it alive while no page is open is `public/sw.js`.

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::named::{call_with, get, global, set};

/// The browser can be told while no page is open.
pub fn is_known() -> bool {
    !get(&global(), "PushManager").is_undefined() && !workers().is_undefined()
}

/// Subscribes with the deployment's key. Gives what the server is to know, as a JSON object; nothing when the browser would not.
pub async fn subscribe(public_key: &str) -> Option<String> {
    let wanted = Object::new();
    set(&wanted, "userVisibleOnly", &JsValue::TRUE);
    set(&wanted, "applicationServerKey", &public_key.into());
    let manager = manager().await?;
    let subscription = match promised(call_with(&manager, "subscribe", &wanted)?).await {
        Some(subscription) => subscription,
        // One of a key that the deployment had before is in the way.
        None => {
            unsubscribe().await;
            promised(call_with(&manager, "subscribe", &wanted)?).await?
        }
    };
    JSON::stringify(&call_with(&subscription, "toJSON", &JsValue::UNDEFINED)?).ok()?.as_string()
}

/// Ends it.
pub async fn unsubscribe() {
    if let Some(manager) = manager().await
        && let Some(asked) = call_with(&manager, "getSubscription", &JsValue::UNDEFINED)
        && let Some(subscription) = promised(asked).await
        && let Some(ended) = call_with(&subscription, "unsubscribe", &JsValue::UNDEFINED)
    {
        promised(ended).await;
    }
}

/// The service worker keeps the subscription of this person for them, or of nobody.
pub async fn keep(user: &str, public_key: &str, language: &str) {
    let told = Object::new();
    for (name, value) in [("user", user), ("key", public_key), ("language", language)] {
        set(&told, name, &value.into());
    }
    tell_worker("push", &told).await;
}

/// The service worker hears that a page is there, in this language: what was pressed while it loaded comes now, and a subscription
/// that is not as the server knows it is handed over.
pub async fn say_here(language: &str) {
    tell_worker("here", &language.into()).await;
}

async fn tell_worker(what: &str, told: &JsValue) {
    let message = Object::new();
    set(&message, what, told);
    // Not the page's controller: after a reload past the worker a page has none.
    if let Some(registration) = promised(get(&workers(), "ready")).await {
        call_with(&get(&registration, "active"), "postMessage", &message);
    }
}

/// Calls `open` with the conversation whose notification was pressed, and says that it was heard.
pub fn on_press(open: impl Fn(String) + 'static) {
    let heard = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        if let Some(room) = get(&get(&event, "data"), "room").as_string() {
            open(room);
            spawn_local(async { tell_worker("led", &JsValue::TRUE).await });
        }
    });
    let workers = workers();
    if let Ok(listen) = get(&workers, "addEventListener").dyn_into::<Function>() {
        // Where nobody listens nothing is opened: the window is in front all the same.
        let _ = Reflect::apply(&listen, &workers, &Array::of2(&"message".into(), heard.as_ref()));
    }
    heard.forget();
}

fn workers() -> JsValue {
    get(&get(&global(), "navigator"), "serviceWorker")
}

/// The page's service worker, once it is there.
pub async fn registration() -> Option<JsValue> {
    promised(get(&workers(), "ready")).await
}

async fn manager() -> Option<JsValue> {
    let registration = registration().await?;
    Some(get(&registration, "pushManager")).filter(|manager| !manager.is_undefined())
}

async fn promised(promise: JsValue) -> Option<JsValue> {
    let promise: Promise = promise.dyn_into().ok()?;
    JsFuture::from(promise).await.ok().filter(|value| !value.is_null())
}
