//! The edge that makes the composer higher.

use crate::i18n::use_i18n;
use crate::ui::splitter::{COMPOSER, splitter};
use crate::view::erased::ErasedView;
use crate::view::lazy::{later_view, loaded};

/// The edge of the composer.
pub fn composer_edge() -> ErasedView {
    loaded(movable_composer)
}

later_view! {
    home:
    /// The edge itself.
    pub fn movable_composer() {
        use_i18n().take_later();
        splitter(&COMPOSER)
    }
}
