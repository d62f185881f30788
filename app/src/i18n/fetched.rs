//! Texts of a language in a chunk of its own, so that only its readers load them. The server compiles `fetched_ssr` instead.

/// Makes the module of one language; the module's name is the name of the chunk.
macro_rules! fetched_language {
    ($module:ident, $page:ident, $lazy:ident) => {
        mod $module {
            use std::sync::OnceLock;

            use crate::i18n::tables::Words;
            use crate::view::lazy::LoadError;

            static HERE: OnceLock<Words> = OnceLock::new();

            /// Returns the texts; `None` until [`fetch`] has loaded them.
            pub(super) fn here() -> Option<Words> {
                HERE.get().copied()
            }

            /// Loads the chunk.
            pub(super) async fn fetch() {
                if let Ok(found) = words().await {
                    let _ = HERE.set(found);
                }
            }

            // `wasm_split` makes an import and an export by name, which Rust counts as unsafe.
            #[allow(unsafe_code)]
            #[leptos::wasm_split::wasm_split($module, wasm_split_path = ::leptos::wasm_split, fallible)]
            fn words() -> Result<Words, LoadError> {
                Ok(Words { page: crate::i18n::tables::$page, lazy: crate::i18n::tables::$lazy })
            }
        }
    };
}
pub(super) use fetched_language;
