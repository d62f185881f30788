//! The wasm entry of the browser. The page's start script calls `hydrate` once the module is loaded.

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the document the Worker rendered, or fills that of the gallery or of the demo.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    let language = app::pages::language();
    if language.is_here() {
        return begin();
    }
    // leptos runs nothing before something is mounted.
    wasm_bindgen_futures::spawn_local(async move {
        language.fetch().await;
        begin();
    });
}

fn begin() {
    if app::pages::is_gallery() {
        return leptos::mount::mount_to_body(app::pages::gallery);
    }
    if app::pages::is_offline() {
        return leptos::mount::mount_to_body(app::pages::offline);
    }
    if app::pages::is_demo_device() {
        return leptos::mount::mount_to_body(app::pages::demo_device);
    }
    leptos::mount::hydrate_body(app::pages::resume);
}
