//! Heading of the sections of the settings.

use leptos::prelude::*;

use crate::view::bindings::TextBinding;
use crate::view::erased::{ErasedView, IntoErased};

/// Heading of a section.
pub fn heading(title: TextBinding) -> ErasedView {
    view! { <h3 class="setting-head">{title}</h3> }.client_only()
}
