//! The other tabs of this browser: of several tabs that receive the same event, one makes the sound (`ux.md` 2.1, "Multi-tab").
//!
//! A tab takes a Web Lock in the name of the event and holds it until the others have had their chance. There is no leader that could be
//! asleep, or without the conversation.

use js_sys::{Function, Promise};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::timer;

/// Time for which the lock is held; a tab that receives the event later acts alone.
const HOLD_MS: u32 = 3_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request(name: &str, options: &JsValue, callback: &Function) -> Result<Promise, JsValue>;
}

/// Runs `action` unless another tab has taken `name` lately.
pub fn first(name: &str, action: impl FnOnce() + 'static) {
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
