//! Dialog that forwards a text to a person, a bot or a room, which is found by a part of the name.

use crate::features::contacts::contact_row::bead_of;
use crate::store::roster::Addressee;
use crate::ui::prelude::*;

const FIELD: &str = "forward-name";
/// Number of rows that the dialog offers.
const ROWS_MAX: usize = 8;
/// Rows of the dialog; Enter presses the first.
const ROWS: &str = ".forward-to button";

pub fn forward(content: String) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let wanted = RwSignal::new(String::new());
    let rows = move || {
        let text = wanted.get();
        let found = session.best_first(session.roster.shown(&text), &text);
        let row = |to: Addressee| {
            let content = content.clone();
            Entry::of((to.is_person, to.id.clone()), move || forward_row(frame, to, content))
        };
        found.into_iter().take(ROWS_MAX).map(row).collect()
    };
    let is_none = move || {
        let text = wanted.get();
        session.best_first(session.roster.shown(&text), &text).is_empty()
    };
    let body = view! {
        <div class="dialog-body" on:keydown=handler(move |event| keydown(&event))>
            <label class="label" for=FIELD>{said!(dialogs.name)}</label>
            <input
                class="field"
                id=FIELD
                type="search"
                dir="auto"
                autocomplete="off"
                on:input=handler(move |event| wanted.set(event_target_value(&event)))
            />
            <ul class="found jump forward-to" aria-label=said!(dialogs.people_found)>{list(rows)}</ul>
            <p class="setting-note" role="status">
                {text(move || if is_none() { t_string!(i18n, list.nothing_found) } else { "" })}
            </p>
        </div>
    };
    framed(frame, said!(talk.forward_to), body.client_only())
}

/// Handles the keys: arrows lead to the rows and through them, and Enter in the field presses the first one.
fn keydown(event: &ev::KeyboardEvent) {
    match event.key().as_str() {
        "ArrowDown" => dom::step_in_page(ROWS, dom::Step::By(1)),
        "ArrowUp" => dom::step_in_page(ROWS, dom::Step::By(-1)),
        "Enter" if dom::is_focus_in(".field") && !event.is_composing() => dom::press(ROWS),
        _ => return,
    }
    event.prevent_default();
}

/// Opens the conversation and sends the text.
fn forward_row(frame: DialogRef, to: Addressee, content: String) -> ErasedView {
    let session = use_session();
    let name = to.name.clone();
    let sign = match untrack(|| session.roster.person(&to.id)).filter(|_| to.is_person) {
        Some(person) => bead(bead_of(person)).client_only(),
        None => room_sign().client_only(),
    };
    let send = move |_| {
        dialog::close(frame);
        session.open_addressee(&to);
        let (is_person, content) = (to.is_person, content.clone());
        session.run_for(&to.id, move |state, id| state.forward(id, is_person, &content));
        dom::focus_soon(".editor");
    };
    view! {
        <li>
            <button class="btn" type="button" on:click=handler(send)>
                {sign}
                <span class="clip"><bdi>{name}</bdi></span>
            </button>
        </li>
    }
    .client_only()
}
