//! What waits for an answer, above the contact list: somebody would like to be added.

use leptos::prelude::*;
use protocol::contacts::Relation;

use super::icon::icon;
use super::live::{Entry, act, list, stated, switch, text};
use crate::browser::part::IntoPart;
use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::relations::Contact;

/// Requests of other people, as a group of the list; nothing while there are none. A new page shows it unfolded: they wait.
#[component]
pub fn ContactRequests() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let requests = move || {
        let mut all = session.relations.contacts.get();
        all.retain(|contact| contact.relation == Relation::Request);
        all
    };
    let row = |contact: Contact| {
        let key = format!("{} {} {}", contact.id, contact.name, contact.note);
        Entry::of(key, move || view! { <Request contact /> }.late_part())
    };
    let is_folded = RwSignal::new(false);
    view! {
        <section
            class="requests"
            aria-label=said!(i18n, contacts.requests)
            hidden=switch(move || requests().is_empty())
        >
            <h2>
                <button
                    class="group"
                    type="button"
                    aria-expanded=stated(move || !is_folded.get())
                    on:click=act(move |_| is_folded.update(|is_folded| *is_folded = !*is_folded))
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
    .late_part()
}

#[component]
fn Request(contact: Contact) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let Contact { id, name, note, .. } = contact;
    let shown_name = name.clone();
    let note = (!note.is_empty()).then(|| view! { <p class="request-note">{note}</p> });
    let (accepted, declined, blocked) = (id.clone(), id.clone(), id);
    let (to_accept, to_decline, to_block) = (name.clone(), name.clone(), name);
    view! {
        <li class="request">
            <p>{text(move || t_string!(i18n, contacts.would_like, name = &shown_name))}</p>
            {note}
            <div class="request-acts">
                <button
                    class="btn"
                    type="button"
                    data-kind="default"
                    aria-label=text(move || t_string!(i18n, contacts.accept_name, name = &to_accept))
                    on:click=act(move |_| session.answer_contact(&accepted, true))
                >
                    {said!(i18n, contacts.accept)}
                </button>
                <button
                    class="btn"
                    type="button"
                    aria-label=text(move || t_string!(i18n, contacts.decline_name, name = &to_decline))
                    on:click=act(move |_| session.answer_contact(&declined, false))
                >
                    {said!(i18n, contacts.decline)}
                </button>
                <button
                    class="btn"
                    type="button"
                    aria-label=text(move || t_string!(i18n, contacts.block_name, name = &to_block))
                    on:click=act(move |_| session.block(&blocked, true))
                >
                    {said!(i18n, contacts.block)}
                </button>
            </div>
        </li>
    }
    .late_part()
}
