//! Section of the contact list with a head that folds it, and the steps of keys from row to row.

use leptos::ev;
use leptos::prelude::*;

use super::contact_row::push_unread;
use crate::browser::dom::Step;
use crate::i18n::use_i18n;
use crate::session::{Session, use_session};
use crate::store::arrangement::SectionKind;
use crate::ui::icon::icon;
use crate::view::bindings::{BoolBinding, TextBinding, aria_bool, handler, switch, text};
use crate::view::erased::{ErasedView, IntoErased};

/// Stops of the arrow keys.
pub const STOPS: &str = ".list button.group, .list .cover, .found-message";

/// Renders a group with its head. A folded group shows its number of unread messages; an empty one renders nothing.
pub fn group(
    kind: SectionKind,
    title: TextBinding,
    count: TextBinding,
    unread: Memo<u32>,
    is_empty: BoolBinding,
    rows: ErasedView,
) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let folded = kind.clone();
    let is_folded = Memo::new(move |_| session.folds(&folded));
    let waiting = move || {
        let mut words = String::new();
        if is_folded.get() {
            push_unread(i18n, &mut words, unread.get());
        }
        if words.is_empty() { words } else { format!(", {words}") }
    };
    view! {
        <div class="list-group" hidden=is_empty>
            <h2 role="none">
                <button
                    class="group"
                    type="button"
                    role="treeitem"
                    aria-expanded=aria_bool(move || !is_folded.get())
                    on:click=handler(move |_| session.fold(&kind))
                >
                    {icon("ic-caret", "12")}
                    {title}
                    " "
                    <span>{count} {text(waiting)}</span>
                </button>
            </h2>
            <ul class="rows" role="group" hidden=switch(move || is_folded.get())>
                {rows}
            </ul>
        </div>
    }
    .erase()
}

/// Returns the step of a key in the list.
pub fn step_of(session: Session, event: &ev::KeyboardEvent) -> Option<Step> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    let key = event.key();
    let mut letters = key.chars();
    Some(match (key.as_str(), letters.next(), letters.next()) {
        ("ArrowDown", ..) => Step::By(1),
        ("ArrowUp", ..) => Step::By(-1),
        ("Home", ..) => Step::First,
        ("End", ..) => Step::Last,
        (_, Some(letter), None) if letter.is_ascii_alphanumeric() || letter > '\u{bf}' => {
            return has_single_keys(session).then_some(Step::To(letter));
        }
        _ => return None,
    })
}

/// Returns `true` if single-character shortcuts are on.
pub fn has_single_keys(session: Session) -> bool {
    !session.settings.message_settings.with_untracked(|settings| settings.has_no_single_keys)
}
