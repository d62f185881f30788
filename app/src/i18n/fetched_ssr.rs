//! Texts of a language on the server, which has all languages. The browser compiles `fetched` instead.

macro_rules! fetched_language {
    ($module:ident, $page:ident, $lazy:ident) => {
        mod $module {
            use crate::i18n::tables::Words;

            pub(super) fn here() -> Option<Words> {
                Some(Words { page: crate::i18n::tables::$page, lazy: crate::i18n::tables::$lazy })
            }

            /// Loads nothing.
            pub(super) async fn fetch() {}
        }
    };
}
pub(super) use fetched_language;
