//! The other tabs of this browser: of several tabs that receive the same event, one makes the sound (`ux.md` 2.1, "Multi-tab"), and what one
//! of them says the others hear.
//!
//! A tab takes a Web Lock in the name of the event and holds it until the others have had their chance. There is no leader that could be
//! asleep, or without the conversation.

use js_sys::{Function, Promise};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{BroadcastChannel, MessageEvent};

use super::device::window;
use super::timer;

/// Time for which the lock is held; a tab that receives the event later acts alone.
const HOLD_MS: u32 = 3_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request(name: &str, options: &JsValue, callback: &Function) -> Result<Promise, JsValue>;
}

/// Texts between the tabs of this browser.
pub struct Channel(BroadcastChannel);

impl Channel {
    /// Opens the channel of this name. `on_text` gets the texts of other tabs, for the life of this page.
    pub fn open(name: &str, on_text: impl Fn(String) + 'static) -> Option<Self> {
        window()?;
        let channel = BroadcastChannel::new(name).ok()?;
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                on_text(text);
            }
        });
        channel.set_onmessage(Some(listener.into_js_value().unchecked_ref()));
        Some(Self(channel))
    }

    /// Sends a text to the other tabs. One that is lost is no fault: tabs also share what the browser stores.
    pub fn post(&self, text: &str) {
        let _ = self.0.post_message(&text.into());
    }
}

/// Runs `action` unless another tab has taken `name` lately.
pub fn first(name: &str, action: impl FnOnce() + 'static) {
    if window().is_none() {
        return;
    }
    let name = format!("cfm-{name}");
    spawn_local(async move {
        let mut action = Some(action);
        let taken = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |lock: JsValue| {
            if lock.is_null() {
                return JsValue::UNDEFINED;
            }
            if let Some(action) = action.take() {
                action();
            }
            let hold = async {
                timer::wait(HOLD_MS).await;
                Ok(JsValue::UNDEFINED)
            };
            future_to_promise(hold).into()
        });
        let options = js_sys::Object::new();
        // An object of ours takes any member.
        let _ = js_sys::Reflect::set(&options, &"ifAvailable".into(), &true.into());
        // Without locks (on an insecure origin), no tab makes a sound, because all of them would.
        if let Ok(held) = request(&name, &options, taken.as_ref().unchecked_ref()) {
            let _ = JsFuture::from(held).await;
        }
    });
}
