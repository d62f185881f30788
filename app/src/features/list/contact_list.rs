//! Contact list: search and groups. Arrow keys, Home and End move through it, and a letter moves to the next name.

use protocol::words::principal::UserKind;

use super::arranged_list::arranged_list;
use super::bottom_bar::{Bell, BottomBar};
use super::first_steps::{first_steps, no_contacts};
use super::home;
use super::waiting::questions;
use crate::browser::anchor;
use crate::features::alerts::address_bar::address_bar;
use crate::features::bots::bots;
use crate::features::contacts::list_section::{STOPS, group, step_of};
use crate::features::search::{SEARCH_BOX, found_messages, return_to_field};
use crate::session::Me;
use crate::store::arrangement::{ListDialog, SectionKind};
use crate::store::roster::VisibleRows;
use crate::store::search::SearchState;
use crate::ui::prelude::*;

/// Largest number of people in the plain list, which has all its rows in the document.
const PLAIN_ROWS_MAX: usize = 60;

/// Search and list.
#[component]
pub fn ContactList() -> impl IntoView {
    let session = use_session();
    let search = session.search;
    let shown = Memo::new(move |_| session.listed());
    let is_arranged = RwSignal::new(false);
    // The list is not replaced while a dialog is open, because the dialog gives the focus back to its row.
    let wants_arranged = move || {
        let is_many = session.roster.people.with(Vec::len) > PLAIN_ROWS_MAX;
        session.is_live.get()
            && (is_many || session.arrangement.with(|arrangement| !arrangement.is_plain()))
            && session.list_dialog.with(|dialog| *dialog == ListDialog::Closed)
    };
    let nav = NodeRef::<html::Nav>::new();
    let is_empty = move || {
        search.stage() == SearchState::Nothing
            && !search.has_filter()
            && shown.with(|shown| {
                let people = [&shown.online, &shown.offline, &shown.characters, &shown.bots];
                shown.rooms.is_empty() && people.iter().all(|people| people.is_empty())
            })
    };
    view! {
        <div class="search-row" role="search">
            <SearchBox list=nav />
            {icon_button(
                "ic-more",
                "16",
                &|| said!(list.options),
                handler(move |_| session.list_dialog.set(ListDialog::Options)),
            )}
        </div>
        {address_bar()}
        <nav
            class="list"
            id="contacts"
            tabindex="-1"
            aria-label=said!(list.contacts)
            node_ref=nav
            on:keydown=handler(move |event| walk(session, nav, &event))
        >
            {questions()}
            {first_steps()}
            {choice(move || if is_arranged.get() { ().erase() } else { view! { <Plain shown /> }.erase() })}
            {load_view_when(wants_arranged, move || arranged_list(is_arranged))}
            {no_contacts()}
            {load_view_when(move || session.is_live.get(), move || bots(shown))}
            {found_messages()}
            {when(is_empty, move || {
                view! { <p class="list-empty">{said!(list.nothing_found)}</p> }.erase()
            })}
            {home::edge()}
        </nav>
        <div class="list-foot">
            <button class="add-contact" id="do-add-contact" type="button" on:click=handler(move |_| session.add_contact(None))>
                {icon("ic-plus", "14")} <span class="clip">{said!(contacts.add)}</span>
            </button>
            <GroupDoor />
            <Bell />
            <BottomBar />
        </div>
    }
    .erase()
}

/// Plain list, as the server renders it. It stays for people who have arranged nothing. With many people it shows the first rows, until the
/// arranged list is loaded.
#[component]
fn Plain(shown: Memo<VisibleRows>) -> impl IntoView {
    let session = use_session();
    // A guest or a persona may become an account while the page is open.
    let is_account = move || session.me.with(Me::is_account);
    view! {
        <div role="tree" aria-label=said!(list.contacts)>
            {group(shown, SectionKind::People, PLAIN_ROWS_MAX)}
            {group(shown, SectionKind::Rooms, usize::MAX)}
            {group(shown, SectionKind::Offline, PLAIN_ROWS_MAX)}
            // The group of characters (`ux.md` 1.2) is not there while the account hides them.
            {when(is_account, move || group(shown, SectionKind::Characters, PLAIN_ROWS_MAX))}
        </div>
    }
    .erase()
}

/// Button that makes a group. Guests cannot make one, so their button opens the search of public rooms, which others find in the list's
/// options.
#[component]
fn GroupDoor() -> impl IntoView {
    let session = use_session();
    let is_guest = session.me.with_untracked(|me| me.kind == UserKind::Guest);
    let (sign, word) = if is_guest { ("ic-search", said!(groups.find)) } else { ("ic-chats", said!(groups.new)) };
    let go = move |_| if is_guest { session.open_group_search() } else { session.new_group() };
    view! {
        <button class="add-contact" type="button" on:click=handler(go)>
            {icon(sign, "14")} <span class="clip">{word}</span>
        </button>
    }
    .erase()
}

#[component]
fn SearchBox(list: NodeRef<html::Nav>) -> impl IntoView {
    let session = use_session();
    let search = session.search;
    // Element that had the focus before the box. Buttons of the search go away, and are none.
    let origin = StoredValue::new_local(None);
    let focus = move |event: ev::FocusEvent| {
        if !anchor::is_in(event.related_target(), ".search *, .found-message") {
            origin.set_value(event.related_target());
        }
    };
    let keydown = move |event: ev::KeyboardEvent| match event.key().as_str() {
        _ if event.is_composing() => {}
        "Escape" => {
            event.prevent_default();
            search.clear();
            dom::focus_target(origin.get_value());
        }
        "Enter" => open_or_search(session),
        "Backspace" if search.text.with_untracked(String::is_empty) => {
            if let Some(last) = search.filters.with_untracked(Vec::len).checked_sub(1) {
                session.remove_filter(last);
            }
        }
        "ArrowDown" => {
            event.prevent_default();
            if let Some(list) = list.get_untracked() {
                dom::focus_first(&list, &[".found > li > .found-message", ".cover", ".found-message"]);
            }
        }
        _ => {}
    };
    view! {
        <label class="search" id="do-search" for="search-field">
            {icon("ic-search", "16")}
            {home::search_parts()}
            <input
                id="search-field"
                type="search"
                dir="auto"
                aria-label=said!(list.search)
                aria-describedby=home::SEARCH_KEY
                placeholder=said!(list.search_hint)
                autocomplete="off"
                prop:value=text(move || search.text.get())
                on:focus=handler(focus)
                on:input=handler(move |event| search.type_text(&event_target_value(&event), false))
                on:keydown=handler(keydown)
            />
            {when(move || search.is_on(), move || clear_button(session))}
        </label>
    }
}

/// Button that ends the search.
fn clear_button(session: Session) -> ErasedView {
    let clear = move |_| {
        session.search.clear();
        return_to_field();
    };
    icon_button("ic-close", "14", &|| said!(list.search_end), handler(clear))
}

/// Opens the conversation that the search finds first, and ends the search; without one, searches messages.
fn open_or_search(session: Session) {
    match untrack(|| session.first_found()) {
        Some(first) => {
            session.open_addressee(&first);
            session.search.clear();
            dom::focus_soon(".editor");
        }
        None => session.search(),
    }
}

/// Handles keys inside the list (`ux.md` 2.3). Escape ends the search from what it has found as well.
fn walk(session: Session, list: NodeRef<html::Nav>, event: &ev::KeyboardEvent) {
    if event.key() == "Escape" && untrack(|| session.search.is_on()) {
        event.prevent_default();
        dom::focus(SEARCH_BOX);
        return session.search.clear();
    }
    let Some(step) = step_of(session, event) else { return };
    event.prevent_default();
    if let Some(list) = list.get_untracked() {
        dom::step_focus(&list, STOPS, step);
    }
}
