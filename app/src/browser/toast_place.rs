//! Height of the toasts, for which the log of a phone makes space (`ux.md` 4.4). The style sheet places them. Like `dom`, this code serves
//! both halves: the server compiles it and never runs it.

use leptos::prelude::*;
use leptos::wasm_bindgen::prelude::*;
use leptos::web_sys::ResizeObserver;

use super::anchor;
use super::dom::found;

/// Measures the toasts whenever they get another size, until the calling component ends. The first toast is smaller as soon as its style
/// sheet is loaded.
pub fn follow() {
    let watch = StoredValue::new_local(Watch::begin());
    on_cleanup(move || drop(watch.try_update_value(Option::take)));
}

/// Observer of the sizes; dropping it ends it.
struct Watch {
    sizes: ResizeObserver,
    _on_size: Closure<dyn FnMut()>,
}

impl Watch {
    fn begin() -> Option<Self> {
        let on_size = Closure::<dyn FnMut()>::new(|| {
            let height_px = found(".toasts").map_or(0, |toasts| toasts.client_height());
            anchor::set_root_px("--toast-h", height_px);
        });
        let sizes = ResizeObserver::new(on_size.as_ref().unchecked_ref()).ok()?;
        sizes.observe(&found(".toasts")?);
        Some(Self { sizes, _on_size: on_size })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.sizes.disconnect();
    }
}
