//! Texts of a language in a file of its own, because nobody should load the texts of a language who does not read it. The server compiles
//! `fetched_ssr` instead.

/// Makes the module of one language. Its name is the name of the file as well.
macro_rules! fetched_language {
    ($module:ident, $page:ident, $lazy:ident) => {
        mod $module {
            use std::sync::OnceLock;

            use crate::i18n::tables::Words;
            use crate::view::lazy::LoadError;

            static HERE: OnceLock<Words> = OnceLock::new();

            /// The texts; `None` until [`fetch`] had them.
            pub(super) fn here() -> Option<Words> {
                HERE.get().copied()
            }

            /// Loads the file.
            pub(super) async fn fetch() {
                if let Ok(found) = words().await {
                    let _ = HERE.set(found);
                }
            }

            // The cut is an import and an export by name, which the language counts as unsafe.
            #[allow(unsafe_code)]
            #[leptos::wasm_split::wasm_split($module, wasm_split_path = ::leptos::wasm_split, fallible)]
            fn words() -> Result<Words, LoadError> {
                Ok(Words { page: crate::i18n::tables::$page, lazy: crate::i18n::tables::$lazy })
            }
        }
    };
}
pub(super) use fetched_language;
