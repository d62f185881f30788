//! Edge of the composer, which changes its height.

use crate::prelude::*;
use crate::ui::splitter::{COMPOSER, splitter};

/// Edge of the composer, as a lazy view.
pub fn composer_edge() -> ErasedView {
    load_view(movable_composer)
}

lazy_view! {
    home:
    /// The edge itself.
    pub fn movable_composer() {
        use_i18n().add_lazy_texts();
        splitter(&COMPOSER)
    }
}
