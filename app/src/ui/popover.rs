//! Common code of menus and pickers: they open at a button, close by Escape or by leaving, and restore the focus.
//!
//! The button and its content are children of one `.anchor` element, which has the handlers and at which the style sheet places the content.
//! The attribute `popover` does not replace them: a browser closes such a menu when the finger lifts that opened it by a long press, leaves
//! it open when Tab leaves it, and draws it over toasts and winks.

use super::icon::icon;
use crate::browser::dom::Step;
use crate::browser::{anchor, steps};
use crate::prelude::*;

/// State of one popover. Copy it into every closure.
#[derive(Clone, Copy)]
pub struct Popover {
    /// The popover is open.
    pub is_open: RwSignal<bool>,
    anchor: NodeRef<html::Div>,
    items: &'static str,
    /// The pointer was pressed inside the anchor, and no paint has happened since.
    is_pressed: StoredValue<bool>,
}

impl Popover {
    /// Makes a closed popover; arrow keys move among the elements that match `items`, by their positions.
    pub fn new(items: &'static str) -> Self {
        let (is_open, is_pressed) = (RwSignal::new(false), StoredValue::new(false));
        let popover = Self { is_open, anchor: NodeRef::new(), items, is_pressed };
        steps::follow(is_open, false);
        Effect::new(move |_| {
            if popover.is_open.get() {
                popover.focus_items();
            }
        });
        popover
    }

    /// Moves the focus to the element with `data-start`, else to the checked item, else to the first. A lazy content calls this once it is
    /// loaded.
    pub fn focus_items(self) {
        if let Some(anchor) = self.anchor.get_untracked() {
            let items = self.items;
            dom::after_paint(move || {
                // A focus that is on one of the items already stays there.
                let (focused, checked) = (format!("{items}:focus"), format!("{items}[aria-checked=true]"));
                dom::focus_first(&anchor, &[focused.as_str(), "[data-start]", &checked, items]);
            });
        }
    }

    /// Renders the button and its content.
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

    /// Renders a small dialog that opens at a button: class and name of the button, its drawing, and the content.
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

    /// Renders an entry of the menu: its drawing, its words, and its act, before which the menu closes.
    pub fn item(self, sign: &'static str, words: TextBinding, choose: impl Fn() + Send + 'static) -> ErasedView {
        let clicked = move |_| {
            self.close();
            choose();
        };
        view! {
            <button class="menu-item" type="button" role="menuitem" tabindex="-1" on:click=handler(clicked)>
                {icon(sign, "16")} {words}
            </button>
        }
        .client_only()
    }

    /// Opens or closes the popover. It receives keys from then on, even while its content is loading.
    pub fn toggle(self) {
        self.is_open.update(|is_open| *is_open = !*is_open);
        self.focus_button();
    }

    /// Closes the popover and moves the focus back to its button.
    pub fn close(self) {
        if self.is_open.get_untracked() {
            self.is_open.set(false);
            self.focus_button();
        }
    }

    /// Moves the focus to the button. A menu without one gives it back to the remembered element.
    fn focus_button(self) {
        if let Some(anchor) = self.anchor.get_untracked()
            && !dom::focus_first(&anchor, &["[aria-haspopup]"])
        {
            anchor::restore_focus();
        }
    }

    /// Handles keys inside the anchor.
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
            // Arrow keys change the value of a choice.
            _ if dom::is_focus_in("select") => return,
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

    /// Makes the focused item the only Tab stop of the items.
    fn focusin(self) {
        if let Some(anchor) = self.anchor.get_untracked() {
            dom::rove(&anchor, self.items);
        }
    }

    /// Handles a press inside the anchor, which leaves the popover open. Safari does not focus a pressed button, but its parent, so the
    /// button gets the focus here.
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

    /// Closes the popover when the focus leaves the anchor, and does not restore it. When a conversation is closed, the state is disposed
    /// before the button is removed.
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
