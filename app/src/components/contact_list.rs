//! The contact list: search and groups. Arrow keys, Home and End walk through it, a letter leads to the next name.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use super::contact_row::{PersonRow, RoomRow};
use super::icon::icon;
use super::part::IntoPart;
use crate::browser::dom::{self, Step};
use crate::i18n::{t, t_string, use_i18n};
use crate::session::use_session;
use crate::store::roster::Shown;

/// What the arrow keys stop at.
const STOPS: &str = ".group, .row";

/// Search and list.
#[component]
pub fn ContactList() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let search = RwSignal::new(String::new());
    let shown = Memo::new(move |_| session.roster.shown(&search.get()));
    let list = NodeRef::<html::Nav>::new();
    let is_empty =
        move || shown.with(|shown| shown.rooms.is_empty() && shown.online.is_empty() && shown.offline.is_empty());
    view! {
        <div role="search">
            <Search search list />
        </div>
        <nav
            class="list"
            id="contacts"
            tabindex="-1"
            aria-label=move || t_string!(i18n, list.contacts)
            node_ref=list
            on:keydown=move |event| walk(list, &event)
        >
            <People shown is_online=true />
            <Rooms shown />
            <People shown is_online=false />
            <Show when=is_empty>
                <p class="list-empty">{t!(i18n, list.nothing_found)}</p>
            </Show>
        </nav>
    }
    .part()
}

#[component]
fn Search(search: RwSignal<String>, list: NodeRef<html::Nav>) -> impl IntoView {
    let i18n = use_i18n();
    let keydown = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" if !search.with_untracked(String::is_empty) => {
            event.prevent_default();
            event.stop_propagation();
            search.set(String::new());
        }
        "ArrowDown" | "Enter" if !event.is_composing() => {
            event.prevent_default();
            if let Some(list) = list.get_untracked() {
                dom::focus_first(&list, &[".row"]);
            }
        }
        _ => {}
    };
    view! {
        <label class="search">
            {icon("ic-search", "16")}
            <input
                type="search"
                aria-label=move || t_string!(i18n, list.search)
                placeholder=move || t_string!(i18n, list.search_hint)
                autocomplete="off"
                prop:value=move || search.get()
                on:input=move |event| search.set(event_target_value(&event))
                on:keydown=keydown
            />
        </label>
    }
}

#[component]
fn People(shown: Memo<Shown>, is_online: bool) -> impl IntoView {
    let i18n = use_i18n();
    let people = move || shown.with(|shown| if is_online { shown.online.clone() } else { shown.offline.clone() });
    let title = move || if is_online { t_string!(i18n, list.people) } else { t_string!(i18n, list.offline) };
    view! {
        <Group title count=move || people().len()>
            <For each=people key=|handle| handle.key let:handle>
                <PersonRow person=handle.person />
            </For>
        </Group>
    }
}

#[component]
fn Rooms(shown: Memo<Shown>) -> impl IntoView {
    let i18n = use_i18n();
    let rooms = move || shown.with(|shown| shown.rooms.clone());
    view! {
        <Group title=move || t_string!(i18n, list.rooms) count=move || rooms().len()>
            <For each=rooms key=|handle| handle.key let:handle>
                <RoomRow room=handle.room />
            </For>
        </Group>
    }
}

/// A group with a head that folds it; empty groups are not there.
#[component]
fn Group(
    title: impl Fn() -> &'static str + Copy + Send + Sync + 'static,
    count: impl Fn() -> usize + Copy + Send + Sync + 'static,
    children: ChildrenFn,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_unfolded = RwSignal::new(true);
    view! {
        <section class="list-group" hidden=move || count() == 0>
            <h2>
                <button
                    class="group"
                    type="button"
                    aria-expanded=move || is_unfolded.get().to_string()
                    on:click=move |_| is_unfolded.update(|is_unfolded| *is_unfolded = !*is_unfolded)
                >
                    {icon("ic-caret", "12")}
                    {title}
                    " "
                    <span>{move || t_string!(i18n, list.count, count = count())}</span>
                </button>
            </h2>
            <ul class="rows" hidden=move || !is_unfolded.get()>
                {children()}
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
        (_, Some(letter), None) if letter.is_alphanumeric() => Step::To(letter),
        _ => return,
    };
    event.prevent_default();
    if let Some(list) = list.get_untracked() {
        dom::step_focus(&list, STOPS, step);
    }
}
