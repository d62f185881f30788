//! Texts of a language on the server, which has all of them. The browser's twin is `fetched`.

/// Makes the module of one language.
macro_rules! fetched_language {
    ($module:ident, $page:ident, $later:ident) => {
        mod $module {
            use crate::i18n::Words;

            /// The texts.
            pub(super) fn here() -> Option<Words> {
                Some(Words { page: crate::i18n::$page, later: crate::i18n::$later })
            }

            /// Nothing is to be loaded.
            pub(super) async fn fetch() {}
        }
    };
}
pub(super) use fetched_language;
