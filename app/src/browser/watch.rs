//! Listeners and observers that end when their handle is dropped. Like `dom`, this code serves both halves: the server compiles it and never
//! runs it.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{Element, EventTarget, MutationObserver, MutationObserverInit, ResizeObserver};

/// Listener or observer; dropping it ends it.
pub(super) struct Watch {
    end: Box<dyn Fn()>,
    _callback: Closure<dyn FnMut()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        (self.end)();
    }
}

/// Makes the handle of a callback. `begin` registers it, and returns the function that ends it.
fn watch<End: Fn() + 'static>(
    callback: impl FnMut() + 'static,
    begin: impl FnOnce(Function) -> Result<End, JsValue>,
) -> Option<Watch> {
    let callback = Closure::<dyn FnMut()>::new(callback);
    let end = Box::new(begin(callback.as_ref().clone().unchecked_into()).ok()?);
    Some(Watch { end, _callback: callback })
}

/// Calls `on_event` at each event of `target`.
pub(super) fn events(target: &EventTarget, name: &'static str, on_event: impl FnMut() + 'static) -> Option<Watch> {
    let target = target.clone();
    watch(on_event, |function| {
        target.add_event_listener_with_callback(name, &function)?;
        // A listener that is gone needs no removal.
        Ok(move || drop(target.remove_event_listener_with_callback(name, &function)))
    })
}

/// Calls `on_size` now, and when one of the elements gets another size.
pub(super) fn sizes(elements: &[&Element], on_size: impl FnMut() + 'static) -> Option<Watch> {
    watch(on_size, |function| {
        let observer = ResizeObserver::new(&function)?;
        elements.iter().for_each(|element| observer.observe(element));
        Ok(move || observer.disconnect())
    })
}

/// Calls `on_change` when elements below `root` come or go, and when something else changes that `also` adds.
pub(super) fn changes(
    root: &Element,
    also: impl FnOnce(&MutationObserverInit),
    on_change: impl FnMut() + 'static,
) -> Option<Watch> {
    watch(on_change, |function| {
        let observer = MutationObserver::new(&function)?;
        let what = MutationObserverInit::new();
        what.set_child_list(true);
        what.set_subtree(true);
        also(&what);
        observer.observe_with_options(root, &what)?;
        Ok(move || observer.disconnect())
    })
}
