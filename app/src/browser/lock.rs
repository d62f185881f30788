//! Mutual exclusion between all tabs of this browser.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::device::window;

/// Work under the lock.
pub type Work = Pin<Box<dyn Future<Output = ()>>>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request(name: &str, held: &js_sys::Function) -> Result<js_sys::Promise, JsValue>;
}

/// Runs `work` while no other tab holds the lock `name`. Browsers without locks run it at once; without a browser there is no work.
pub async fn alone(name: &str, work: Work) {
    if window().is_none() {
        return;
    }
    let work = Rc::new(Cell::new(Some(work)));
    let held = Rc::clone(&work);
    let run = Closure::<dyn FnMut() -> js_sys::Promise>::new(move || {
        let work = held.take();
        future_to_promise(async move {
            if let Some(work) = work {
                work.await;
            }
            Ok(JsValue::UNDEFINED)
        })
    });
    if let Ok(promise) = request(name, run.as_ref().unchecked_ref()) {
        // The lock can be refused only before the work has begun, and then the work is still here.
        let _ = JsFuture::from(promise).await;
    }
    if let Some(work) = work.take() {
        work.await;
    }
}
