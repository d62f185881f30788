//! Buttons with words, buttons with an icon, and the press of those that copy a value.

use leptos::ev::MouseEvent;

use super::icon::icon;
use crate::prelude::*;

pub fn button(words: TextBinding, press: EventHandler<MouseEvent>) -> ErasedView {
    view! { <button class="btn" type="button" on:click=press>{words}</button> }.erase()
}

/// Renders a button of another kind (`data-kind`).
pub fn button_of(kind: &'static str, words: TextBinding, press: EventHandler<MouseEvent>) -> ErasedView {
    view! { <button class="btn" type="button" data-kind=kind on:click=press>{words}</button> }.erase()
}

/// Renders a button of a row. Its accessible name says which row it is about.
pub fn row_button(
    kind: Option<&'static str>,
    words: TextBinding,
    name: TextBinding,
    press: EventHandler<MouseEvent>,
) -> ErasedView {
    view! { <button class="btn" type="button" data-kind=kind aria-label=name on:click=press>{words}</button> }.erase()
}

/// Renders a button with an icon, and without a tooltip.
pub fn bare_icon_button(
    drawing: &'static str,
    size: &'static str,
    name: TextBinding,
    press: EventHandler<MouseEvent>,
) -> ErasedView {
    view! {
        <button class="icon-btn" type="button" aria-label=name on:click=press>
            {icon(drawing, size)}
        </button>
    }
    .erase()
}

/// Renders a button with an icon. Its text is the accessible name and the tooltip.
pub fn icon_button(
    drawing: &'static str,
    size: &'static str,
    name: &dyn Fn() -> TextBinding,
    press: EventHandler<MouseEvent>,
) -> ErasedView {
    view! {
        <button class="icon-btn" type="button" aria-label=name() title=name() on:click=press>
            {icon(drawing, size)}
        </button>
    }
    .erase()
}

/// Returns the press that copies what `value` returns, and marks it as copied once it is in the clipboard. The announcement is rendered
/// anew, because screen readers skip an unchanged text.
pub fn copy_press(is_copied: RwSignal<bool>, value: impl Fn() -> String + Send + 'static) -> EventHandler<MouseEvent> {
    handler(move |_| {
        is_copied.set(false);
        dom::copy_and(&value(), move || {
            let _ = is_copied.try_set(true);
        });
    })
}
