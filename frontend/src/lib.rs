//! The wasm entry of the browser. The page's start script calls `hydrate` once the module is loaded.

use app::browser::part::Part;
use app::browser::stage;
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
    match aside() {
        Some(page) => leptos::mount::mount_to_body(page),
        None => leptos::mount::hydrate_body(app::pages::resume),
    }
}

/// What the browser itself fills a document with, where it is not the messenger.
fn aside() -> Option<fn() -> Part> {
    if app::pages::is_gallery() {
        return Some(app::pages::gallery);
    }
    if app::pages::is_offline() {
        return Some(app::pages::offline);
    }
    if app::pages::is_demo_device() {
        return Some(app::pages::demo_device);
    }
    stage::is_here().then_some(stage::page as fn() -> Part)
}
