//! Dialog of the person's quick texts (`ux.md` 2.11): add, change, order and remove them.

use protocol::words::limits::{QUICK_TEXT_BYTES_MAX, QUICK_TEXT_GRAPHEMES_MAX, QUICK_TEXTS_MAX};

use super::rows::{new_row, row_buttons};
use crate::store::arrangement::Arrangement;
use crate::ui::prelude::*;

pub fn quick_texts() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let (frame, arrangement) = (DialogRef::new(), session.arrangement);
    let is_full = Memo::new(move |_| arrangement.with(|all| all.quick_texts.len() >= QUICK_TEXTS_MAX));
    let ids = move || arrangement.with(|all| all.quick_texts.iter().map(|known| known.id.clone()).collect::<Vec<_>>());
    let add = choice(move || {
        if is_full.get() {
            let full = move || t_string!(i18n, quick.full, max = QUICK_TEXTS_MAX);
            view! { <p class="setting-note" role="status">{text(full)}</p> }.client_only()
        } else {
            new_text(arrangement)
        }
    });
    let body = view! {
        <div class="dialog-body">
            <p class="setting-note">{said!(quick.how)}</p>
            <ul aria-label=said!(quick.title)>{list_of(ids, move |id| row(arrangement, id))}</ul>
            {add}
        </div>
        {done(frame)}
    };
    framed(frame, said!(quick.title), body.client_only())
}

/// Row of a quick text: its field, its place, and its removal.
fn row(arrangement: RwSignal<Arrangement>, id: String) -> ErasedView {
    let (changed, own) = (id.clone(), id.clone());
    let shown = Memo::new(move |_| {
        let of =
            |all: &Arrangement| all.quick_texts.iter().find(|known| known.id == own).map(|known| known.text.clone());
        arrangement.with(of).unwrap_or_default()
    });
    let change = move |event: ev::Event| {
        let written = dom::held(&event, QUICK_TEXT_GRAPHEMES_MAX, QUICK_TEXT_BYTES_MAX);
        arrangement.update(|all| all.change_quick_text(&changed, written.trim()));
    };
    let buttons = row_buttons(&id, shown.into(), Arrangement::move_quick_text, Arrangement::remove_quick_text);
    view! {
        <li class="setting-row">
            <input
                class="field"
                aria-label=said!(quick.one)
                dir="auto"
                autocomplete="off"
                prop:value=text(move || shown.get())
                on:change=handler(change)
            />
            {buttons}
        </li>
    }
    .client_only()
}

fn new_text(arrangement: RwSignal<Arrangement>) -> ErasedView {
    let made = move |text: String| arrangement.update(|all| all.add_quick_text(clock::new_id(), &text));
    let limits = (QUICK_TEXT_GRAPHEMES_MAX, QUICK_TEXT_BYTES_MAX);
    new_row(|| said!(quick.new), limits, Box::new(made))
}
