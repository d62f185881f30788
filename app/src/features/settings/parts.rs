//! Parts that all settings are made of.

use leptos::prelude::*;

use crate::view::bindings::{Text, act, stated};
use crate::view::erased::{ErasedView, IntoErased};

/// Heading of a part of the settings.
pub fn heading(title: Text) -> ErasedView {
    view! { <h3 class="setting-head">{title}</h3> }.client_only()
}

/// A switch with its label.
pub fn setting_switch(
    label: Text,
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
                aria-checked=stated(move || is_on.get())
                on:click=act(move |_| set(!is_on.get_untracked()))
            ></button>
        </label>
    }
    .erase()
}
