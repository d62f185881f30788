//! Common part of menus and pickers: they open at a button, close by Escape or by leaving, and give the focus back.
//!
//! The button and what opens at it are children of one `.anchor` element, to which the handlers belong.

use leptos::prelude::*;
use leptos::{ev, html};

use crate::browser::dom::{self, Step};
use crate::view::bindings::{TextBinding, aria_bool, handler, when};
use crate::view::erased::{ErasedView, IntoErased};

/// State of one popover. Copy it into every closure.
#[derive(Clone, Copy)]
pub struct Popover {
    /// It is open.
    pub is_open: RwSignal<bool>,
    anchor: NodeRef<html::Div>,
    items: &'static str,
    /// The pointer was pressed inside the anchor, and nothing was painted since.
    is_pressed: StoredValue<bool>,
}

impl Popover {
    /// A closed popover; the arrow keys move among the elements that match `items`, as they stand.
    pub fn new(items: &'static str) -> Self {
        let (is_open, is_pressed) = (RwSignal::new(false), StoredValue::new(false));
        let popover = Self { is_open, anchor: NodeRef::new(), items, is_pressed };
        Effect::new(move |_| {
            if popover.is_open.get() {
                popover.focus_items();
            }
        });
        popover
    }

    /// Moves the focus to what is chosen, or to the first item. What is loaded when the popover opens calls this once it is there.
    pub fn focus_items(self) {
        if let Some(anchor) = self.anchor.get_untracked() {
            let items = self.items;
            dom::after_paint(move || {
                // A focus that is on one of the items already stays there.
                let selectors = [format!("{items}:focus"), format!("{items}[aria-checked=true]"), items.to_owned()];
                dom::focus_first(&anchor, &selectors.each_ref().map(String::as_str));
            });
        }
    }

    /// The button, and what opens at it.
    pub fn anchored(self, button: ErasedView, content: impl Fn() -> ErasedView + Send + 'static) -> ErasedView {
        view! {
            <div
                class="anchor"
                node_ref=self.anchor
                on:keydown=handler(move |event| self.keydown(event))
                on:mousedown=handler(move |event| self.mousedown(&event))
                on:focusin=handler(move |_| self.focusin())
                on:focusout=handler(move |event| self.focusout(event))
            >
                {button}
                {when(move || self.is_open.get(), content)}
            </div>
        }
        .erase()
    }

    /// A small dialog that opens at a button: how the button looks and what it is called, what is seen on it, what opens.
    pub fn at_button(
        self,
        class: &'static str,
        label: TextBinding,
        sign: ErasedView,
        content: impl Fn() -> ErasedView + Send + 'static,
    ) -> ErasedView {
        let button = view! {
            <button
                class=class
                type="button"
                aria-haspopup="dialog"
                aria-expanded=aria_bool(move || self.is_open.get())
                aria-label=label
                on:click=handler(move |_| self.toggle())
            >
                {sign}
            </button>
        };
        self.anchored(button.client_only(), content)
    }

    /// Opens or closes it. Keys go to it from then on, also while what opens is still on its way.
    pub fn toggle(self) {
        self.is_open.update(|is_open| *is_open = !*is_open);
        self.focus_button();
    }

    /// Closes it and puts the focus back on its button.
    pub fn close(self) {
        if self.is_open.get_untracked() {
            self.is_open.set(false);
            self.focus_button();
        }
    }

    fn focus_button(self) {
        if let Some(anchor) = self.anchor.get_untracked() {
            dom::focus_first(&anchor, &["[aria-haspopup]"]);
        }
    }

    /// Keys inside the anchor.
    fn keydown(self, event: ev::KeyboardEvent) {
        if !self.is_open.get_untracked() {
            return;
        }
        let Some(anchor) = self.anchor.get_untracked() else { return };
        let in_line = || dom::in_line(&anchor, self.items);
        let step = match event.key().as_str() {
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                return self.close();
            }
            "ArrowDown" => Step::By(in_line()),
            "ArrowUp" => Step::By(-in_line()),
            key => {
                let Some(step) = Step::across(key) else { return };
                step
            }
        };
        event.prevent_default();
        dom::step_focus(&anchor, self.items, step);
    }

    /// Of all items, the one with the focus is a stop of the Tab key.
    fn focusin(self) {
        if let Some(anchor) = self.anchor.get_untracked() {
            dom::rove(&anchor, self.items);
        }
    }

    /// A press inside the anchor leaves it open. Safari focuses no button that is pressed, but what is behind it: the button gets the focus here.
    fn mousedown(self, event: &ev::MouseEvent) {
        let Some(anchor) = self.anchor.get_untracked() else { return };
        self.is_pressed.set_value(true);
        let pressed = event.target();
        dom::after_paint(move || {
            self.is_pressed.try_set_value(false);
            if self.is_open.try_get_untracked() == Some(true) {
                dom::focus_pressed(&anchor, pressed);
            }
        });
    }

    /// The focus left the anchor: closes without taking it back. With a conversation that goes, the state is gone before the button is.
    fn focusout(self, event: ev::FocusEvent) {
        if self.is_open.try_get_untracked() == Some(true)
            && self.is_pressed.try_get_value() == Some(false)
            && let Some(anchor) = self.anchor.get_untracked()
            && dom::focus_leaves(&anchor, &event)
        {
            self.is_open.set(false);
        }
    }
}
