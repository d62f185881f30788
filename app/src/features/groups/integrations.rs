//! Section of a group's dialog for its integrations (`integrations.md` 6): the list, a new one, and the address that is shown once. Its code
//! and that of the sections below it are in a chunk of their own, because few people lead a group that has any.

use protocol::content::unseen::is_unseen;
use protocol::words::limits::{INTEGRATION_NAME_GRAPHEMES_MAX, INTEGRATIONS_MAX, NAME_BYTES_MAX};

use super::embedding::other_sites;
use super::own_bots::own_bots;
use super::programs::{follow_focus, question};
use crate::browser::CallError;
use crate::store::integrations::{Integration, Integrations, NewIntegration};
use crate::ui::prelude::*;

/// Ids of elements that take the focus when they appear, or when the focused element is removed.
const NAME: &str = "integration-name";
const ADDRESS: &str = "integration-address";
const SURE: &str = "integration-sure";
/// Id of the question that the confirming button answers.
const QUESTION: &str = "integration-question";

lazy_view! {
    integrations:
    /// Sections for the programs of a group, and for the sites that show it, which only a public one has.
    pub fn integrations_of(room: String, is_public: bool) {
        view! {
            {section(room.clone())}
            {own_bots(room.clone())}
            {is_public.then(|| other_sites(room))}
        }
        .client_only()
    }
}

fn section(room: String) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let place = session.groups.integrations;
    session.run_for(&room, State::load_integrations);
    let room = StoredValue::new(room);
    let made = move || place.made.with(|made| made.as_ref().map(|made| made.id.clone()));
    follow_focus((NAME, ADDRESS), move || place.items.with(Vec::len), made);
    let shown = move || match place.made.get() {
        Some(made) => address(place, made),
        None => ().erase(),
    };
    view! {
        <fieldset class="setting">
            <legend>{said!(integrations.title)}</legend>
            <p class="setting-note">{said!(integrations.what)}</p>
            <ul class="devices" aria-label=said!(integrations.title)>
                {list_of(move || place.items.get(), move |one| row(place, room, one))}
            </ul>
            {new_form(place, room)}
            {choice(shown)}
            <p class="setting-note" role="status">{text(move || note(i18n, place))}</p>
        </fieldset>
    }
    .client_only()
}

/// Returns the words under the form: the state of the address, or the limit.
fn note(i18n: Texts, place: Integrations) -> String {
    match (place.is_full.get(), place.made.with(Option::is_some)) {
        (true, _) => t_string!(i18n, integrations.full, max = INTEGRATIONS_MAX),
        (false, true) if place.is_copied.get() => t_string!(i18n, integrations.copied).to_owned(),
        (false, true) => t_string!(i18n, integrations.once).to_owned(),
        (false, false) => String::new(),
    }
}

/// Form of a new integration.
fn new_form(place: Integrations, room: StoredValue<String>) -> ErasedView {
    let session = use_session();
    let submit = move || {
        let name = place.wish.get_untracked();
        if is_unseen(&name) {
            return place.refused.set(Some(CallError::no_text()));
        }
        session.run_for(&room.get_value(), move |state, room| state.make_integration(room, &name));
    };
    let refusal = FormRefusal::of_name(place.refused, NAME);
    let write =
        move |event: ev::Event| place.wish.set(dom::held(&event, INTEGRATION_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX));
    view! {
        <form class="setting-row" on:submit=submit_handler(submit)>
            <label class="label" for=NAME>{said!(integrations.name)}</label>
            <input
                id=NAME
                class="field grow"
                type="text"
                dir="auto"
                autocomplete="off"
                required
                aria-invalid=refusal.mark(NAME)
                aria-describedby=refusal.description(NAME, "")
                prop:value=text(move || place.wish.get())
                on:input=refusal.edited(NAME, write)
            />
            <button class="btn" type="submit" disabled=switch(move || place.is_making.get())>
                {said!(integrations.make)}
            </button>
            {refusal.under(NAME)}
        </form>
    }
    .client_only()
}

/// Address of a new integration, whose secret the server returns only once.
fn address(place: Integrations, made: NewIntegration) -> ErasedView {
    let NewIntegration { name, url, .. } = made;
    let to_copy = url.clone();
    let copy = copy_press(place.is_copied, move || to_copy.clone());
    view! {
        <div class="setting-row">
            <input
                id=ADDRESS
                class="field grow"
                type="text"
                dir="ltr"
                readonly
                aria-label=said!(integrations.address, name = name.as_str())
                prop:value=url
            />
            {button(said!(state.copy), copy)}
        </div>
    }
    .client_only()
}

fn row(place: Integrations, room: StoredValue<String>, one: Integration) -> ErasedView {
    let id = one.id.clone();
    let is_asked = Memo::new(move |_| place.asked.with(|asked| asked.as_deref() == Some(id.as_str())));
    let shown = move || if is_asked.get() { ask(place, room, one.clone()) } else { plain(place, one.clone()) };
    view! { <li class="setting-row">{choice(shown)}</li> }.client_only()
}

fn plain(place: Integrations, one: Integration) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let Integration { id, name, created_at, last_used_at } = one;
    let note = move || {
        let language = session.settings.language.get();
        let date = clock::date_text(created_at, &language);
        match last_used_at {
            None => t_string!(i18n, integrations.made, date = date),
            Some(at) => t_string!(i18n, integrations.used, date = date, used = clock::date_text(at, &language)),
        }
    };
    let (called, own_id) = (name.clone(), revoke_button(&id));
    view! {
        <span class="grow">
            <b><bdi>{name}</bdi></b>
            " "
            <small class="setting-note">{text(note)}</small>
        </span>
        <button
            id=own_id
            class="btn"
            type="button"
            data-kind="small"
            aria-label=said!(integrations.revoke_one, name = called.as_str())
            on:click=handler(move |_| place.asked.set(Some(id.clone())))
        >
            {said!(integrations.revoke)}
        </button>
    }
    .client_only()
}

fn ask(place: Integrations, room: StoredValue<String>, one: Integration) -> ErasedView {
    let session = use_session();
    let Integration { id, name, .. } = one;
    let back = revoke_button(&id);
    let stay = move |_| {
        place.asked.set(None);
        dom::focus_by_id(&back);
    };
    let revoke = move |_| {
        let id = id.clone();
        session.run_for(&room.get_value(), move |state, room| state.revoke_integration(room, id));
    };
    question(
        (SURE, QUESTION),
        [said!(integrations.really, name = name.as_str()), said!(integrations.revoke)],
        [handler(revoke), handler(stay)],
    )
}

/// Returns the id of the button that asks for the end of an integration.
fn revoke_button(id: &str) -> String {
    format!("revoke-{id}")
}
