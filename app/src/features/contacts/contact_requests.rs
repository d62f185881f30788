//! Contact requests that wait for an answer, above the contact list: those of other people, and the own ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use leptos::ev;
use leptos::prelude::*;
use protocol::people::contacts::Relation;

use super::list_section::step_of;
use super::person_menu::PersonMenu;
use crate::browser::dom;
use crate::i18n::{said, t_string, use_i18n};
use crate::session::{Session, State, use_session};
use crate::store::relations::Contact;
use crate::ui::icon::{icon, portrait};
use crate::view::bindings::{Entry, EventHandler, TextBinding, aria_bool, handler, list, switch, text};
use crate::view::erased::{ErasedView, IntoErased};

/// Requests of other people, as a group of the list; nothing while there are none. The group starts unfolded, because requests wait for an
/// answer.
#[component]
pub fn ContactRequests() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let requests = move || of_relation(session, Relation::Request);
    let row = |contact: Contact| {
        let key = format!("{} {} {}", contact.id, contact.name, contact.note);
        Entry::of(key, move || request(contact))
    };
    let is_folded = RwSignal::new(false);
    view! {
        <section
            class="requests"
            aria-label=said!(i18n, dialogs.contact_requests)
            hidden=switch(move || requests().is_empty())
        >
            <h2>
                <button
                    class="group"
                    type="button"
                    aria-expanded=aria_bool(move || !is_folded.get())
                    on:click=handler(move |_| is_folded.update(|is_folded| *is_folded = !*is_folded))
                >
                    {icon("ic-caret", "12")}
                    {said!(i18n, home.requests)}
                    " "
                    <span>{text(move || t_string!(i18n, list.count, count = requests().len()))}</span>
                </button>
            </h2>
            <ul hidden=switch(move || is_folded.get())>{list(move || requests().into_iter().map(row).collect())}</ul>
        </section>
    }
    .client_only()
}

fn request(contact: Contact) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let Contact { id, name, note, .. } = contact;
    let picture = picture_of(session, &id);
    let note = (!note.is_empty()).then(|| view! { <q class="request-note" dir="auto">{note}</q> });
    let (yes, no, to_yes, to_no, shown) = (id.clone(), id.clone(), name.clone(), name.clone(), name.clone());
    // A person who wants neither can block from the menu, as everywhere. The list handles the keys that are pressed in it.
    let stop_handled = move |event: ev::KeyboardEvent| {
        if step_of(session, &event).is_some() {
            event.stop_propagation();
        }
    };
    let said = view! {
        <b class="clip"><bdi>{shown}</bdi></b>
        " "
        <span>{said!(i18n, dialogs.asks)}</span>
    };
    let more = view! {
        <span on:keydown=handler(stop_handled)>
            <PersonMenu id name=Signal::stored(name) />
        </span>
        {note}
    };
    asked(
        picture,
        said.client_only(),
        vec![
            answer(
                "ic-check",
                text(move || t_string!(i18n, dialogs.accept_name, name = &to_yes)),
                handler(move |_| session.run_for(&yes, move |state, user| state.answer_contact(user, true))),
            ),
            answer(
                "ic-close",
                text(move || t_string!(i18n, dialogs.decline_name, name = &to_no)),
                handler(move |_| session.run_for(&no, move |state, user| state.answer_contact(user, false))),
            ),
            more.client_only(),
        ],
    )
}

/// Own requests that wait for an answer; nothing while there are none.
#[component]
pub fn SentRequests() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let requests = move || of_relation(session, Relation::Requested);
    let row = |contact: Contact| Entry::of(format!("{} {}", contact.id, contact.name), move || sent_request(contact));
    view! {
        <section
            class="requests"
            aria-label=said!(i18n, dialogs.sent_requests)
            hidden=switch(move || requests().is_empty())
        >
            <ul>{list(move || requests().into_iter().map(row).collect())}</ul>
        </section>
    }
    .client_only()
}

fn sent_request(contact: Contact) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let Contact { id, name, .. } = contact;
    let picture = picture_of(session, &id);
    let said = view! {
        <b class="clip"><bdi>{name.clone()}</bdi></b>
        " "
        <span>{said!(i18n, toast.request_sent)}</span>
    };
    let withdraw = view! {
        <button
            class="btn"
            type="button"
            data-kind="small"
            aria-label=text(move || t_string!(i18n, dialogs.withdraw_from, name = &name))
            on:click=handler(move |_| session.run_for(&id, State::remove_contact))
        >
            {said!(i18n, dialogs.withdraw_it)}
        </button>
    };
    asked(picture, said.client_only(), vec![withdraw.client_only()])
}

/// Returns the contacts of this relation. Reactive.
fn of_relation(session: Session, relation: Relation) -> Vec<Contact> {
    let mut all = session.relations.contacts.get();
    all.retain(|contact| contact.relation == relation);
    all
}

/// Renders the picture of a person, as far as the list knows the person.
fn picture_of(session: Session, user: &str) -> ErasedView {
    let known = untrack(|| session.roster.person(user));
    let avatar = move || known.map(|one| one.with(|one| one.avatar_id.clone())).unwrap_or_default();
    view! { <span class="tile">{portrait(avatar)}</span> }.client_only()
}

/// Renders a question in one row: picture, text, and the actions. When a row that was pressed goes, the focus moves to the next question.
pub fn asked(picture: ErasedView, said: ErasedView, actions: Vec<ErasedView>) -> ErasedView {
    let is_pressed = Arc::new(AtomicBool::new(false));
    let was_pressed = is_pressed.clone();
    on_cleanup(move || {
        if was_pressed.load(Ordering::Relaxed) {
            dom::mend_focus([".request > .btn"].into_iter().chain(dom::LISTED));
        }
    });
    view! {
        <li class="request" on:click=handler(move |_| is_pressed.store(true, Ordering::Relaxed))>
            {picture}
            <div class="request-text">{said}</div>
            {actions}
        </li>
    }
    .client_only()
}

/// Renders one of the two answers: an icon, with its label for screen readers.
pub fn answer(sign: &'static str, label: TextBinding, chosen: EventHandler<ev::MouseEvent>) -> ErasedView {
    view! {
        <button class="btn request-act" type="button" data-sign=sign aria-label=label on:click=chosen>
            {icon(sign, "16")}
        </button>
    }
    .client_only()
}
