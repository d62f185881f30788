//! The German texts: a file of their own, because nobody should load the texts of two languages who does not read both. The
//! server's twin is `german_on_server`.

use std::sync::OnceLock;

use crate::i18n::TEXTS_DE;
use crate::view::later::NotLoaded;

static HERE: OnceLock<&str> = OnceLock::new();

/// The texts; `None` until [`fetch`] had them.
pub fn here() -> Option<&'static str> {
    HERE.get().copied()
}

/// Loads the file.
pub async fn fetch() {
    if let Ok(texts) = texts().await {
        let _ = HERE.set(texts);
    }
}

// The cut is an import and an export by name, which the language counts as unsafe.
#[allow(unsafe_code)]
#[leptos::wasm_split::wasm_split(german, wasm_split_path = ::leptos::wasm_split, fallible)]
fn texts() -> Result<&'static str, NotLoaded> {
    Ok(TEXTS_DE)
}
