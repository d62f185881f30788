//! The wasm entry of the browser. The page's start script calls `hydrate` once the module is loaded.

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the document the Worker rendered.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::pages::resume);
}
