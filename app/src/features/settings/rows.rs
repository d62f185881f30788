//! Headings and rows of all settings.

use leptos::prelude::*;

use crate::view::bindings::{TextBinding, aria_bool, handler};
use crate::view::erased::{ErasedView, IntoErased};

/// Heading of a section.
pub fn heading(title: TextBinding) -> ErasedView {
    view! { <h3 class="setting-head">{title}</h3> }.client_only()
}

/// A switch with its label.
pub fn setting_switch(
    label: TextBinding,
    is_on: Box<dyn Fn() -> bool + Send + Sync>,
    set: Box<dyn Fn(bool) + Send>,
) -> ErasedView {
    let is_on = Memo::new(move |_| is_on());
    view! {
        <label class="setting-row">
            <span class="label">{label}</span>
            <button
                class="switch"
                type="button"
                role="switch"
                aria-checked=aria_bool(move || is_on.get())
                on:click=handler(move |_| set(!is_on.get_untracked()))
            ></button>
        </label>
    }
    .erase()
}
