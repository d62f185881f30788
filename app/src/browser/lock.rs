//! Web Locks: mutual exclusion between all tabs of this browser, and the choice of one of them.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Function, Promise};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::device::{object, window};
use super::timer;

/// Time for which a chosen tab holds its lock; a tab that receives the event later acts alone.
const HOLD_MS: u32 = 3_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request(name: &str, options: &JsValue, callback: &Function) -> Result<Promise, JsValue>;
}

/// Runs `work` while no other tab holds the lock `name`. Browsers without locks run it at once; without a browser there is no work.
pub async fn alone<T: 'static>(name: &str, work: impl Future<Output = T> + 'static) -> Option<T> {
    window()?;
    let result = Rc::new(RefCell::new(None));
    let place = Rc::clone(&result);
    let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move { *place.borrow_mut() = Some(work.await) });
    let work = Rc::new(Cell::new(Some(work)));
    let held = Rc::clone(&work);
    let run = Closure::<dyn FnMut() -> Promise>::new(move || {
        let work = held.take();
        future_to_promise(async move {
            if let Some(work) = work {
                work.await;
            }
            Ok(JsValue::UNDEFINED)
        })
    });
    if let Ok(promise) = request(name, &object(&[]), run.as_ref().unchecked_ref()) {
        // The lock can be refused only before the work has begun, and then the work is still here.
        let _ = JsFuture::from(promise).await;
    }
    if let Some(work) = work.take() {
        work.await;
    }
    result.take()
}

/// Runs `action` unless another tab has taken `name` lately: of several tabs that receive the same event, one makes the sound (`ux.md` 2.1,
/// "Multi-tab"). There is no leader that could be asleep, or without the conversation.
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
        let options = object(&[("ifAvailable", true.into())]);
        // Without locks (on an insecure origin), no tab makes a sound, because all of them would.
        if let Ok(held) = request(&name, &options, taken.as_ref().unchecked_ref()) {
            let _ = JsFuture::from(held).await;
        }
    });
}
