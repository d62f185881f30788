//! Dialog that adds a contact: find a person by name or handle, add a message, send the request. The person's own invite links are in
//! `own_invites`.

use protocol::people::contacts::Relation;
use protocol::words::limits::{CONTACT_NOTE_BYTES_MAX, CONTACT_NOTE_GRAPHEMES_MAX};
use protocol::words::principal::UserKind;

use super::own_invites::own_invites;
use crate::store::people::{Invites, LookupOutcome, PeopleSearch};
use crate::store::relations::PersonRef;
use crate::ui::prelude::*;

/// Field for the message of the request.
const NOTE: &str = "contact-note";

/// The dialog, while it is open.
#[component]
pub fn AddContact() -> impl IntoView {
    let session = use_session();
    when(move || session.relations.is_adding.get(), move || view! { <Open /> }.client_only())
}

#[component]
fn Open() -> impl IntoView {
    let session = use_session();
    let (frame, place, invites) = (DialogRef::new(), PeopleSearch::default(), Invites::default());
    let body = choice(move || match session.relations.asked.get() {
        Some(person) => view! { <Ask person close=Callback::new(move |()| dialog::close(frame)) /> }.client_only(),
        None => view! { <Find place invites /> }.client_only(),
    });
    if let Some(focused) = session.relations.adding_focus.try_update_value(std::mem::take)
        && !focused.is_empty()
    {
        // The dialog takes the focus for its first field when it is shown.
        dom::focus_soon(focused);
    }
    let title = said!(contacts.add);
    let closed = handler(move |_| session.relations.is_adding.set(false));
    dialog::framed(frame, "add-contact-title", title, closed, body.client_only())
}

/// First step: find the person.
#[component]
fn Find(place: PeopleSearch, invites: Invites) -> impl IntoView {
    let session = use_session();
    // Guests cannot search by handle, and have no invite links.
    let is_guest = session.me.with_untracked(|me| me.kind) == UserKind::Guest;
    let links = if is_guest { ().client_only() } else { own_invites(invites, None) };
    view! {
        <div class="dialog-body">
            {if is_guest { by_name(place) } else { by_name_or_handle(place) }}
            <ul class="found" aria-label=said!(dialogs.people_found)>
                {list_of(move || addable(session, place), move |person| view! { <Found person /> }.client_only())}
            </ul>
            {links}
        </div>
    }
    .client_only()
}

/// Returns the found people, without contacts and people with a pending request. Reactive.
fn addable(session: Session, place: PeopleSearch) -> Vec<PersonRef> {
    let mut found = place.found.get();
    found.retain(|person| {
        let relation = session.relations.relation(&person.id);
        !matches!(relation, Relation::Contact | Relation::Requested)
    });
    found
}

fn by_name(place: PeopleSearch) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let written = RwSignal::new(String::new());
    let write = handler(move |event| {
        let name = event_target_value(&event);
        written.set(name.clone());
        session.run(move |state| state.find_people(place, &name, false));
    });
    view! {
        <div class="setting-part">
            <label class="label" for="find-person">{said!(dialogs.name)}</label>
            {field(write)}
            <p class="setting-note" id="find-hint">{said!(dialogs.name_hint)}</p>
            <p class="setting-note" role="status">{text(move || outcome_words(session, i18n, place, written))}</p>
        </div>
    }
    .client_only()
}

/// Form for a name or a handle. Names are searched while they are typed. A handle is looked up when it is complete, because the server
/// limits these requests.
fn by_name_or_handle(place: PeopleSearch) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let written = RwSignal::new(String::new());
    let write = move |event: ev::Event| {
        let text = event_target_value(&event);
        let name = if text.trim_start().starts_with('@') { String::new() } else { text.clone() };
        written.set(text);
        session.run(move |state| state.find_people(place, &name, false));
    };
    let look_up =
        move || session.run_for(&written.get_untracked(), move |state, handle| state.find_people(place, handle, true));
    view! {
        <form class="setting-part" on:submit=submit_handler(look_up)>
            <label class="label" for="find-person">{said!(dialogs.name_or_handle)}</label>
            <div class="setting-row">
                {field(handler(write))} <button class="btn" type="submit">{said!(dialogs.find)}</button>
            </div>
            <p class="setting-note" id="find-hint">{said!(dialogs.handle_hint)}</p>
            <p class="setting-note" role="status">{text(move || outcome_words(session, i18n, place, written))}</p>
        </form>
    }
    .client_only()
}

/// Returns the result of a search in words. The text that was searched is not followed: a result belongs to it until the next one.
fn outcome_words(session: Session, i18n: Texts, place: PeopleSearch, written: RwSignal<String>) -> String {
    let is_guest = session.me.with_untracked(|me| me.kind) == UserKind::Guest;
    let name = written.with_untracked(|written| written.trim().to_owned());
    let words = match place.answer.get() {
        LookupOutcome::NobodyNamed if is_guest => return t_string!(i18n, dialogs.nobody_for_guest, name = name),
        LookupOutcome::NobodyNamed => return t_string!(i18n, dialogs.nobody_named, name = name),
        LookupOutcome::Nobody if name.starts_with('@') => t_string!(i18n, dialogs.nobody),
        LookupOutcome::Nobody => return t_string!(i18n, dialogs.nobody_at_all, name = name),
        LookupOutcome::Found => t_string!(i18n, dialogs.one_found),
        LookupOutcome::Oneself => t_string!(i18n, dialogs.yourself),
        LookupOutcome::Known => t_string!(i18n, dialogs.known),
        LookupOutcome::Asked => t_string!(i18n, dialogs.already_asked),
        LookupOutcome::Unreachable => t_string!(i18n, refused.network),
        // All people of that name are contacts, or have a request.
        LookupOutcome::Nothing if is_all_known(session, place) => t_string!(i18n, dialogs.all_known),
        _ => "",
    };
    words.to_owned()
}

/// Returns `true` if people were found, and every one is a contact already or has a request. Reactive.
fn is_all_known(session: Session, place: PeopleSearch) -> bool {
    place.found.with(|found| !found.is_empty()) && addable(session, place).is_empty()
}

fn field(write: EventHandler<ev::Event>) -> ErasedView {
    view! {
        <input
            class="field grow"
            id="find-person"
            type="search"
            dir="auto"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            aria-describedby="find-hint"
            on:input=write
        />
    }
    .client_only()
}

#[component]
fn Found(person: PersonRef) -> impl IntoView {
    let session = use_session();
    let name = person.name.clone();
    view! {
        <li>
            {button(
                said!(dialogs.add_name, name = &name),
                handler(move |_| session.relations.asked.set(Some(person.clone()))),
            )}
        </li>
    }
    .client_only()
}

/// Second step: write the message of the request.
#[component]
fn Ask(person: PersonRef, close: Callback<()>) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (note, refused) = (RwSignal::new(String::new()), RwSignal::new(None));
    let refusal = FormRefusal::of(refused, |_| NOTE, move |_| t_string!(i18n, refused.unusable).to_owned());
    let PersonRef { id, name } = person;
    let send = move || session.request_contact(&id, note.get_untracked(), refused, move || close.run(()));
    let write = move |event: ev::Event| note.set(dom::held(&event, CONTACT_NOTE_GRAPHEMES_MAX, CONTACT_NOTE_BYTES_MAX));
    view! {
        <form on:submit=submit_handler(send)>
            <div class="dialog-body">
                <p>{said!(dialogs.ask, name = &name)}</p>
                <label class="label" for=NOTE>{said!(dialogs.note)}</label>
                <input
                    class="field"
                    id=NOTE
                    type="text"
                    dir="auto"
                    autocomplete="off"
                    aria-invalid=refusal.mark(NOTE)
                    aria-describedby=refusal.description(NOTE, "")
                    on:input=refusal.edited(NOTE, write)
                />
                {refusal.under(NOTE)}
            </div>
            <div class="dialog-foot">
                <button class="btn" type="submit" data-kind="default">{said!(dialogs.send_request)}</button>
                {button(said!(dialogs.cancel), handler(move |_| close.run(())))}
            </div>
        </form>
    }
    .client_only()
}
