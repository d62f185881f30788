//! An action as a sign, beside others in one line.

use leptos::ev;
use leptos::prelude::*;

use super::icon::icon;
use crate::view::bindings::{EventHandler, TextBinding};
use crate::view::erased::{ErasedView, IntoErased};

/// An action as a sign: one line has room for all of them. Its word is its name, and what a mouse gets to see.
pub fn sign(drawing: &'static str, name: &dyn Fn() -> TextBinding, press: EventHandler<ev::MouseEvent>) -> ErasedView {
    view! {
        <button type="button" aria-label=name() title=name() on:click=press>
            {icon(drawing, "14")}
        </button>
    }
    .client_only()
}
