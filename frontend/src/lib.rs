//! The wasm entry of the browser. The page's start script calls `request_parts` and `hydrate` once the module is loaded.

use app::browser::{dom, sent, stage};
use app::features::parts::load_parts;
use app::view::erased::ErasedView;
use app::{demo, gallery, pages};
use leptos::IntoView;
use leptos::mount::{hydrate_body, mount_to_renderer};
use leptos::tachys::dom::body;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Reports a broken page. The function is a script of the document (`shell::TRAP`).
    #[wasm_bindgen(catch)]
    fn broke() -> Result<(), JsValue>;
}

/// Requests the chunks that the messenger needs next. They arrive while the document is hydrated, if the start script gives the task its
/// turn before.
#[wasm_bindgen]
pub fn request_parts() {
    if pages::has_boot() {
        wasm_bindgen_futures::spawn_local(load_parts());
    }
}

/// Hydrates the document that the Worker rendered, or fills that of the gallery or of the demo.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        // If the report fails, the console has the error.
        let _ = broke();
    }));
    let language = app::language();
    if language.is_here() {
        return begin();
    }
    // leptos runs no task before a mount.
    wasm_bindgen_futures::spawn_local(async move {
        language.fetch().await;
        begin();
    });
}

fn begin() {
    match aside() {
        Some(page) => fill(page),
        // The document shows the messenger, but its boot state was removed, so it cannot start.
        None if !pages::has_boot() => drop(dom::is_there(".app-window").then(broke)),
        None if sent::can_be_taken_over() => hydrate_body(pages::resume),
        // The document was changed on its way, so the browser renders the page again.
        None => fill(|| {
            let page = pages::resume();
            sent::clear();
            page
        }),
    }
}

/// Renders a page into the empty body. `mount_to_body` would warn about the feature `hydrate`.
fn fill<View: IntoView>(page: impl FnOnce() -> View + 'static) {
    mount_to_renderer(&body(), page).forget();
}

/// Returns the view that fills a document that is not the messenger's.
fn aside() -> Option<fn() -> ErasedView> {
    if gallery::is_gallery() {
        return Some(gallery::gallery);
    }
    if demo::is_offline() {
        return Some(demo::offline_page);
    }
    if demo::is_demo_device() {
        return Some(demo::demo_device);
    }
    stage::is_here().then_some(stage::page as fn() -> ErasedView)
}
