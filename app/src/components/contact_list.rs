//! The contact list: search and groups. Arrow keys, Home and End walk through it, a letter leads to the next name.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use protocol::principal::UserKind;

use super::contact_row::{PersonRow, RoomRow};
use super::icon::icon;
use super::live::{Entry, act, list, stated, switch, text, when};
use super::message_search::found_messages;
use super::waiting::questions;
use super::words::Texts;
use crate::browser::dom::{self, Step};
use crate::browser::part::{IntoPart, Part};
use crate::i18n::{t_string, use_i18n};
use crate::session::use_session;
use crate::store::roster::{PersonHandle, RoomHandle, Shown};
use crate::store::search::Stage;

/// What the arrow keys stop at.
const STOPS: &str = ".list button.group, .list .cover, .found-message";

/// Search and list.
#[component]
pub fn ContactList() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let search = session.search;
    // Filters are about messages: the list stays as it is.
    let wanted = move || search.text.with(|text| if text.contains(':') { String::new() } else { text.clone() });
    let shown = Memo::new(move |_| session.roster.shown(&wanted()));
    let nav = NodeRef::<html::Nav>::new();
    let is_empty = move || {
        search.stage.get() == Stage::Nothing
            && shown.with(|shown| shown.rooms.is_empty() && shown.online.is_empty() && shown.offline.is_empty())
    };
    view! {
        <div role="search">
            <SearchBox list=nav />
        </div>
        <nav
            class="list"
            id="contacts"
            tabindex="-1"
            aria-label=text(move || t_string!(i18n, list.contacts))
            node_ref=nav
            on:keydown=act(move |event| walk(nav, &event))
        >
            {questions()}
            <People shown is_online=true />
            <Rooms shown />
            <People shown is_online=false />
            {found_messages()}
            {when(is_empty, move || {
                view! { <p class="list-empty">{text(move || t_string!(i18n, list.nothing_found))}</p> }.part()
            })}
        </nav>
        <button class="add-contact" type="button" on:click=act(move |_| session.add_contact(None))>
            {icon("ic-plus", "14")} {text(move || t_string!(i18n, contacts.add))}
        </button>
        <GroupDoors />
    }
    .part()
}

/// The ways to groups: a new one (guests come into those of others), and public ones.
#[component]
fn GroupDoors() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let is_guest = session.me.with_untracked(|me| me.kind == UserKind::Guest);
    let new = (!is_guest).then(|| {
        view! {
            <button class="add-contact" type="button" on:click=act(move |_| session.new_group())>
                {icon("ic-plus", "14")} {text(move || t_string!(i18n, groups.new))}
            </button>
        }
    });
    view! {
        {new}
        <button class="add-contact" type="button" on:click=act(move |_| session.look_for_rooms())>
            {icon("ic-search", "14")} {text(move || t_string!(i18n, groups.find))}
        </button>
    }
    .part()
}

#[component]
fn SearchBox(list: NodeRef<html::Nav>) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let search = session.search;
    let keydown = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" if !search.text.with_untracked(String::is_empty) => {
            event.prevent_default();
            event.stop_propagation();
            search.type_text(String::new());
        }
        "Enter" if !event.is_composing() => session.search(false),
        "ArrowDown" if !event.is_composing() => {
            event.prevent_default();
            if let Some(list) = list.get_untracked() {
                dom::focus_first(&list, &[".found-message", ".cover"]);
            }
        }
        _ => {}
    };
    view! {
        <label class="search">
            {icon("ic-search", "16")}
            <input
                type="search"
                aria-label=text(move || t_string!(i18n, list.search))
                placeholder=text(move || t_string!(i18n, list.search_hint))
                autocomplete="off"
                prop:value=text(move || search.text.get())
                on:input=act(move |event| search.type_text(event_target_value(&event)))
                on:keydown=act(keydown)
            />
        </label>
    }
}

#[component]
fn People(shown: Memo<Shown>, is_online: bool) -> impl IntoView {
    let i18n = use_i18n();
    let people = move || shown.with(|shown| if is_online { shown.online.clone() } else { shown.offline.clone() });
    let title = move || if is_online { t_string!(i18n, list.people) } else { t_string!(i18n, list.offline) };
    let row =
        |handle: PersonHandle| Entry::new(handle.key, move || view! { <PersonRow person=handle.person /> }.part());
    group(i18n, title, move || people().len(), list(move || people().into_iter().map(row).collect()))
}

#[component]
fn Rooms(shown: Memo<Shown>) -> impl IntoView {
    let i18n = use_i18n();
    let rooms = move || shown.with(|shown| shown.rooms.clone());
    let row = |handle: RoomHandle| Entry::new(handle.key, move || view! { <RoomRow room=handle.room /> }.part());
    let title = move || t_string!(i18n, list.rooms);
    group(i18n, title, move || rooms().len(), list(move || rooms().into_iter().map(row).collect()))
}

/// A group with a head that folds it; empty groups are not there.
fn group(
    i18n: Texts,
    title: impl Fn() -> &'static str + Send + Sync + 'static,
    count: impl Fn() -> usize + Send + Sync + 'static,
    rows: Part,
) -> impl IntoView {
    let count = Memo::new(move |_| count());
    let is_unfolded = RwSignal::new(true);
    view! {
        <section class="list-group" hidden=switch(move || count.get() == 0)>
            <h2>
                <button
                    class="group"
                    type="button"
                    aria-expanded=stated(move || is_unfolded.get())
                    on:click=act(move |_| is_unfolded.update(|is_unfolded| *is_unfolded = !*is_unfolded))
                >
                    {icon("ic-caret", "12")}
                    {text(title)}
                    " "
                    <span>{text(move || t_string!(i18n, list.count, count = count.get()))}</span>
                </button>
            </h2>
            <ul class="rows" hidden=switch(move || !is_unfolded.get())>
                {rows}
            </ul>
        </section>
    }
    .part()
}

/// Keys inside the list (`ux.md` 2.3).
fn walk(list: NodeRef<html::Nav>, event: &ev::KeyboardEvent) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    let key = event.key();
    let mut letters = key.chars();
    let step = match (key.as_str(), letters.next(), letters.next()) {
        ("ArrowDown", ..) => Step::By(1),
        ("ArrowUp", ..) => Step::By(-1),
        ("Home", ..) => Step::First,
        ("End", ..) => Step::Last,
        (_, Some(letter), None) if letter.is_ascii_alphanumeric() || letter > '\u{bf}' => Step::To(letter),
        _ => return,
    };
    event.prevent_default();
    if let Some(list) = list.get_untracked() {
        dom::step_focus(&list, STOPS, step);
    }
}
