//! Chip over the composer that takes the last own message back for a moment (`ux.md` 2.9), and its announcement.

use leptos::prelude::*;

use super::editor::Editor;
use crate::browser::dom;
use crate::i18n::{said, use_i18n};
use crate::view::bindings::{choice, handler, when};
use crate::view::erased::IntoErased;
use crate::view::lazy::lazy_view;

/// Selector of the button.
const BUTTON: &str = ".undo-sent";

lazy_view! {
    talk:
    /// The chip, while there is something to take back.
    pub fn undo_button(editor: Editor) {
        let i18n = use_i18n();
        let chip = move || {
            let press = handler(move |_| editor.undo());
            // The chip goes by itself, and the focus stays near it.
            on_cleanup(|| {
                if dom::is_focus_in(BUTTON) {
                    dom::focus(".editor");
                }
            });
            view! {
                <div class="sent-chip">
                    <span>{said!(i18n, state.sent)} " ·"</span>
                    <button class="undo-sent" type="button" on:click=press>{said!(i18n, writing.undo)}</button>
                </div>
            }
            .client_only()
        };
        // A new element each time: screen readers do not announce an unchanged text.
        let announced = choice(move || match editor.undone.get() {
            0 => ().erase(),
            _ => view! { <p>{said!(i18n, writing.undone)}</p> }.client_only(),
        });
        view! {
            {when(move || editor.undoable().is_some(), chip)}
            <div class="visually-hidden" role="status">{announced}</div>
        }
        .client_only()
    }
}
