//! The manifest of the page's files, which the build writes into the Worker's script (`xtask/src/build/manifest.rs`).

use protocol::words::refusal::Fault;
use wasm_bindgen::JsValue;

use crate::telemetry;

/// Name of the global variable of the script: a text, the manifest as JSON.
const VARIABLE: &str = "CFM_PAGE_FILES";

/// Hands the manifest to the pages. A script without one belongs to a development build, whose files have plain names.
pub fn load() {
    let global = js_sys::Reflect::get(&js_sys::global(), &JsValue::from(VARIABLE));
    let Some(manifest) = global.ok().and_then(|value| value.as_string()) else { return };
    if let Err(error) = app::page_files::set_page_files(&manifest) {
        telemetry::fault("page files", &Fault(error.to_string()));
    }
}
