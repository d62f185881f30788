//! Tabs of a popover. The focus chooses a tab as a press does, and arrow keys move among the tabs.

use crate::browser::dom::Step;
use crate::prelude::*;

/// Selector of the tabs.
const TABS: &str = ".picker-tabs > [role=tab]";

/// Renders the row of tabs.
pub fn picker_tabs(label: TextBinding, tabs: Vec<ErasedView>) -> ErasedView {
    view! {
        <div class="picker-tabs" role="tablist" aria-label=label on:keydown=handler(move |event| walk(&event))>
            {tabs}
        </div>
    }
    .client_only()
}

/// Renders one tab of the panel with the id `panel`. The Tab key reaches the tab for which `is_chosen` is true. A search in all tabs selects
/// none of them: then `is_selected` is false for each.
pub fn picker_tab(
    panel: &'static str,
    word: TextBinding,
    is_chosen: impl Fn() -> bool + Send + Sync + 'static,
    is_selected: impl Fn() -> bool + Send + Sync + 'static,
    focused: EventHandler<ev::FocusEvent>,
    pressed: EventHandler<ev::MouseEvent>,
) -> ErasedView {
    view! {
        <button
            type="button"
            role="tab"
            tabindex=text(move || if is_chosen() { "0" } else { "-1" })
            aria-controls=panel
            aria-selected=aria_bool(is_selected)
            on:focus=focused
            on:click=pressed
        >
            {word}
        </button>
    }
    .client_only()
}

/// Moves the focus among the tabs. Arrow keys on the other elements of the popover have their own handler.
fn walk(event: &ev::KeyboardEvent) {
    let Some(step) = Step::across(&event.key()) else { return };
    event.prevent_default();
    event.stop_propagation();
    dom::step_in_page(TABS, step);
}
