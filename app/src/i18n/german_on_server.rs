//! The German texts on the server, which has all of them. The browser's twin is `german`.

use crate::i18n::TEXTS_DE;

/// The texts.
pub fn here() -> Option<&'static str> {
    Some(TEXTS_DE)
}

/// Nothing is to be loaded.
pub async fn fetch() {}
