//! Heading of the sections of the settings.

use crate::prelude::*;

/// Heading of a section.
pub fn heading(title: TextBinding) -> ErasedView {
    view! { <h3 class="setting-head">{title}</h3> }.client_only()
}
