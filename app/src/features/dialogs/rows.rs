//! Parts of a list that the person orders, of contact groups or of quick texts: the buttons of a row, and the field for a new one.

use crate::store::arrangement::Arrangement;
use crate::ui::prelude::*;

/// Renders the buttons that move the row with this key one place up or down (`shift`), and remove it. People read its `name`.
pub(super) fn row_buttons(
    key: &str,
    name: Signal<String>,
    shift: fn(&mut Arrangement, &str, bool),
    remove: fn(&mut Arrangement, &str),
) -> ErasedView {
    let (arrangement, i18n) = (use_session().arrangement, use_i18n());
    let removed = key.to_owned();
    let moves = [true, false].map(|is_up| {
        let moved = key.to_owned();
        let label = move || {
            let name = name.get();
            if is_up {
                t_string!(i18n, home.move_up, name = name)
            } else {
                t_string!(i18n, home.move_down, name = name)
            }
        };
        view! {
            <button
                class="icon-btn"
                type="button"
                data-turned=is_up.then_some("")
                aria-label=text(label)
                on:click=handler(move |_| arrangement.update(|all| shift(all, &moved, is_up)))
            >
                {icon("ic-down", "14")}
            </button>
        }
        .client_only()
    });
    let words = said!(dialogs.remove, name = name.get());
    let press = handler(move |_| arrangement.update(|all| remove(all, &removed)));
    view! {
        {Vec::from(moves)}
        {bare_icon_button("ic-close", "14", words, press)}
    }
    .client_only()
}

/// Renders the field for a new row. `made` gets the text without blanks around it.
pub(super) fn new_row(
    label: fn() -> TextBinding,
    (graphemes, bytes): (usize, usize),
    made: Box<dyn Fn(String) + Send>,
) -> ErasedView {
    let written = RwSignal::new(String::new());
    let submit = move || {
        let text = written.get_untracked();
        // The field is emptied first, because the last row that there is room for takes it away.
        written.set(String::new());
        made(text.trim().to_owned());
    };
    view! {
        <form class="setting-row" on:submit=submit_handler(submit)>
            <input
                class="field"
                aria-label=label()
                placeholder=label()
                dir="auto"
                autocomplete="off"
                prop:value=text(move || written.get())
                on:input=handler(move |event| written.set(dom::held(&event, graphemes, bytes)))
            />
            <button class="btn" type="submit">{said!(dialogs.make)}</button>
        </form>
    }
    .client_only()
}
