//! Found messages, below the people and rooms of the list (`ux.md` 1: search).

use leptos::prelude::*;

use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::search::{SearchHit, SearchState};
use crate::view::bindings::{Entry, handler, list, text, when};
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::{lazy_view, load_view_when};

/// Found messages, from the first search on.
pub fn found_messages() -> ErasedView {
    let search = use_session().search;
    load_view_when(move || search.stage.get() != SearchState::Nothing, answers)
}

lazy_view! {
    dialogs:
    /// Results of the search; nothing without a search.
    pub fn answers() {
        let search = use_session().search;
        when(move || search.stage.get() != SearchState::Nothing, move || view! { <Answer /> }.client_only()).client_only()
    }
}

#[component]
fn Answer() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let search = session.search;
    let row = |found: SearchHit| Entry::of(found.clone(), move || view! { <Message found /> }.client_only());
    let state = move || match (search.stage.get(), search.found.with(Vec::len)) {
        (SearchState::Nothing, _) => String::new(),
        (SearchState::Asked, _) => t_string!(i18n, dialogs.searching).to_owned(),
        (SearchState::Off, _) => t_string!(i18n, dialogs.search_off).to_owned(),
        (SearchState::More, count) => t_string!(i18n, talk.searched_so_far, count = count, rooms = search.rooms.get()),
        (SearchState::Done, 0) => t_string!(i18n, talk.searched_none, rooms = search.rooms.get()),
        (SearchState::Done, count) => match search.rooms.get() {
            // `in:` searches one conversation.
            0 | 1 => t_string!(i18n, talk.results, count = count),
            rooms => t_string!(i18n, talk.searched, count = count, rooms = rooms),
        },
    };
    let more = move || {
        view! {
            <button class="btn" type="button" on:click=handler(move |_| session.search(true))>
                {said!(i18n, dialogs.more_messages)}
            </button>
        }
        .client_only()
    };
    view! {
        <section class="list-group found-messages">
            <h2 class="group">{said!(i18n, dialogs.messages_found)}</h2>
            <p role="status" class="setting-note">{text(state)}</p>
            {when(move || search.stage.get() != SearchState::Off, move || view! { <p class="setting-note">{said!(i18n, dialogs.narrower)}</p> }.client_only())}
            <ul class="found" aria-label=said!(i18n, dialogs.messages_found)>
                {list(move || search.found.get().into_iter().map(row).collect())}
            </ul>
            {when(move || search.stage.get() == SearchState::More, more)}
        </section>
    }
    .client_only()
}

#[component]
fn Message(found: SearchHit) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (name, room) = (found.name.clone(), found.room_name.clone());
    let pieces: Vec<_> = found
        .line
        .iter()
        .cloned()
        .map(
            |(piece, is_found)| {
                if is_found { view! { <mark>{piece}</mark> }.client_only() } else { piece.client_only() }
            },
        )
        .collect();
    let head = move || t_string!(i18n, talk.found_in, name = &name, room = &room);
    view! {
        <li>
            <button class="found-message" type="button" on:click=handler(move |_| session.open_found(&found))>
                <b>{text(head)}</b>
                <span dir="auto">{pieces}</span>
            </button>
        </li>
    }
    .client_only()
}
