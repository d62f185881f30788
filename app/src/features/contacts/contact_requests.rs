//! Contact requests that wait for an answer, above the contact list: those of other people, and the own ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use protocol::people::contacts::Relation;

use super::list_section::step_of;
use super::person_menu::PersonMenu;
use crate::store::relations::{Contact, PersonRef};
use crate::ui::prelude::*;

/// Shortest time for which the row of an answered request stays.
const ANSWER_STAYS_MS: u64 = 4_000;

/// Ids of the people whose requests were answered a moment ago.
type Answered = RwSignal<Vec<String>>;

/// Requests of other people, as a group of the list; nothing while there are none. The group starts unfolded, because requests wait for an
/// answer.
#[component]
pub fn ContactRequests() -> impl IntoView {
    let session = use_session();
    let waiting = move || of_relation(session, Relation::Request).len();
    let answered = RwSignal::new(Vec::new());
    let rows = with_answered(session, Relation::Request, answered);
    let row = move |contact: Contact| {
        let key = format!("{} {} {}", contact.id, contact.name, contact.note);
        Entry::of(key, move || request(contact, answered))
    };
    let is_folded = RwSignal::new(false);
    view! {
        <section
            class="requests"
            aria-label=said!(dialogs.contact_requests)
            hidden=switch(move || rows.with(Vec::is_empty))
        >
            <h2>
                <button
                    class="group"
                    type="button"
                    aria-expanded=aria_bool(move || !is_folded.get())
                    on:click=handler(move |_| is_folded.update(|is_folded| *is_folded = !*is_folded))
                >
                    {icon("ic-caret", "12")}
                    {said!(home.requests)}
                    " "
                    <span>{said!(list.count, count = waiting())}</span>
                </button>
            </h2>
            <ul hidden=switch(move || is_folded.get())>{list(move || rows.get().into_iter().map(row).collect())}</ul>
        </section>
    }
    .client_only()
}

fn request(contact: Contact, answered: Answered) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let Contact { id, name, note, .. } = contact;
    let relation = relation_of(session, &id);
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
        <span aria-live="polite">
            {text(move || match relation.get() {
                Relation::Request => t_string!(i18n, dialogs.asks),
                Relation::Contact => t_string!(i18n, titled.new_contact),
                _ => t_string!(i18n, dialogs.declined),
            })}
        </span>
    };
    let press = move |id: &str, is_accepted: bool| {
        keep_row(answered, id.to_owned());
        session.run_for(id, move |state, user| state.answer_contact(user, is_accepted));
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
            answer("ic-check", said!(dialogs.accept_name, name = &to_yes), handler(move |_| press(&yes, true))),
            answer("ic-close", said!(dialogs.decline_name, name = &to_no), handler(move |_| press(&no, false))),
            more.client_only(),
        ],
        Box::new(move || relation.get() != Relation::Request),
    )
}

/// Own requests that wait for an answer; nothing while there are none.
#[component]
pub fn SentRequests() -> impl IntoView {
    let session = use_session();
    let withdrawn = RwSignal::new(Vec::new());
    let rows = with_answered(session, Relation::Requested, withdrawn);
    let row = move |contact: Contact| {
        Entry::of(format!("{} {}", contact.id, contact.name), move || sent_request(contact, withdrawn))
    };
    view! {
        <section
            class="requests"
            aria-label=said!(dialogs.sent_requests)
            hidden=switch(move || rows.with(Vec::is_empty))
        >
            <ul>{list(move || rows.get().into_iter().map(row).collect())}</ul>
        </section>
    }
    .client_only()
}

fn sent_request(contact: Contact, withdrawn: Answered) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let Contact { id, name, .. } = contact;
    let relation = relation_of(session, &id);
    let picture = picture_of(session, &id);
    let said = view! {
        <b class="clip"><bdi>{name.clone()}</bdi></b>
        " "
        <span aria-live="polite">
            {text(move || match relation.get() {
                Relation::Requested => t_string!(i18n, toast.request_sent),
                Relation::Contact => t_string!(i18n, titled.new_contact),
                _ => t_string!(i18n, dialogs.withdrawn),
            })}
        </span>
    };
    let press = handler(move |_| {
        keep_row(withdrawn, id.clone());
        // The row itself says so.
        let person = PersonRef { id: id.clone(), name: String::new() };
        session.run(move |state| state.remove_contact(&person, None));
    });
    let withdraw =
        row_button(Some("small"), said!(dialogs.withdraw_it), said!(dialogs.withdraw_from, name = &name), press);
    let is_over = Box::new(move || relation.get() != Relation::Requested);
    asked(picture, said.client_only(), vec![withdraw.client_only()], is_over)
}

/// Returns the rows of a section: the requests that wait, and at their old place those that this person has answered a moment ago.
fn with_answered(session: Session, relation: Relation, answered: Answered) -> Memo<Vec<Contact>> {
    Memo::new(move |before: Option<&Vec<Contact>>| {
        let mut rows = of_relation(session, relation);
        for (at, old) in before.into_iter().flatten().enumerate() {
            let is_kept = answered.with(|answered| answered.contains(&old.id));
            if is_kept && !rows.iter().any(|row| row.id == old.id) {
                rows.insert(at.min(rows.len()), old.clone());
            }
        }
        rows
    })
}

/// Keeps the row of an answered request for a while, and longer under the pointer: what is below must not move there.
fn keep_row(answered: Answered, id: String) {
    if answered.try_update(|answered| answered.push(id.clone())).is_some() {
        let_go_later(answered, id);
    }
}

fn let_go_later(answered: Answered, id: String) {
    dom::after(ANSWER_STAYS_MS, move || {
        if dom::is_under_pointer(".request[data-answered]") {
            return let_go_later(answered, id);
        }
        // The section may be gone.
        let _ = answered.try_update(|answered| answered.retain(|other| *other != id));
    });
}

fn relation_of(session: Session, user: &str) -> Memo<Relation> {
    let user = user.to_owned();
    Memo::new(move |_| session.relations.relation(&user))
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

/// Renders a question in one row: picture, text, and the actions. When a row that was pressed goes or is answered (`is_over`), the focus
/// moves to the next question.
pub fn asked(
    picture: ErasedView,
    said: ErasedView,
    actions: Vec<ErasedView>,
    is_over: Box<dyn Fn() -> bool + Send + Sync>,
) -> ErasedView {
    let is_pressed = Arc::new(AtomicBool::new(false));
    let was_pressed = is_pressed.clone();
    let mend = move || {
        if was_pressed.load(Ordering::Relaxed) {
            dom::mend_focus([".request:not([data-answered]) > .btn"].into_iter().chain(dom::LISTED));
        }
    };
    on_cleanup(mend.clone());
    let is_over = Memo::new(move |_| is_over());
    Effect::new(move |_| {
        if is_over.get() {
            mend();
        }
    });
    view! {
        <li
            class="request"
            data-answered=flag(move || is_over.get())
            on:click=handler(move |_| is_pressed.store(true, Ordering::Relaxed))
        >
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
