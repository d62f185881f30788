//! Passkeys in the settings of an account: made, renamed, removed (`sign-in.md` 7).

use protocol::words::limits::{NAME_BYTES_MAX, PASSKEY_NAME_GRAPHEMES_MAX};

use super::rows::heading;
use crate::browser::passkeys;
use crate::store::devices::names_of;
use crate::store::passkeys::{Passkey, PasskeyAction, Passkeys, Problem};
use crate::ui::prelude::*;

/// Ids of elements that take the focus when they appear, or when the focused element is removed.
const FIELD: &str = "passkey-name";
const SURE: &str = "passkey-sure";
const ADD: &str = "passkey-add";

/// The list, and a button that adds a passkey.
#[component]
pub fn PasskeySettings() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    if !session.is_account() {
        return ().client_only();
    }
    let place = Passkeys::default();
    session.run(move |state| state.load_passkeys(place));
    let focus = move || {
        // The focus stays with a person who is working on another passkey.
        if place.doing.with_untracked(|doing| *doing == PasskeyAction::Nothing) {
            dom::focus_by_id(ADD);
        }
    };
    on_removal(move || place.items.with(Vec::len), focus);
    let name = move || match names_of(&passkeys::user_agent()) {
        (program, Some(system)) => t_string!(i18n, settings.program_on, program = program, system = system),
        _ => t_string!(i18n, passkeys.plain_name).to_owned(),
    };
    let add = move |_| {
        let name = name();
        session.run(move |state| state.add_passkey(place, name));
    };
    let add = match passkeys::are_known() {
        true if passkeys::is_nameless() => {
            view! { <p class="setting-note">{said!(passkeys.nameless)}</p> }.client_only()
        }
        true => view! {
            <button id=ADD class="btn" type="button" on:click=handler(add)>
                {said!(passkeys.add)}
            </button>
        }
        .client_only(),
        false => view! { <p class="setting-note">{said!(passkeys.none)}</p> }.client_only(),
    };
    view! {
        <fieldset class="setting" aria-label=said!(passkeys.title) data-also=said!(sections.also.passkeys)>
            {heading(said!(passkeys.title))}
            <p class="setting-note">{said!(passkeys.what)}</p>
            <ul class="devices">{list_of(move || place.items.get(), move |passkey| row(place, passkey))}</ul>
            <div role="alert">{when(move || place.problem.get().is_some(), move || problem(place))}</div>
            {add}
        </fieldset>
    }
    .client_only()
}

fn problem(place: Passkeys) -> ErasedView {
    let i18n = use_i18n();
    let words = move || match place.problem.get() {
        Some(Problem::Full) => t_string!(i18n, passkeys.full),
        _ => t_string!(i18n, passkeys.failed),
    };
    view! { <div class="bar" data-kind="error">{icon("ic-warn", "14")} <span>{text(words)}</span></div> }.client_only()
}

fn row(place: Passkeys, passkey: Passkey) -> ErasedView {
    let id = passkey.id.clone();
    let doing = Memo::new(move |_| match place.doing.get() {
        PasskeyAction::Renaming(own) if own == id => Some(true),
        PasskeyAction::Removing(own) if own == id => Some(false),
        _ => None,
    });
    let shown = move || match doing.get() {
        None => plain(place, passkey.clone()),
        Some(true) => renaming(place, passkey.clone()),
        Some(false) => removing(place, passkey.clone()),
    };
    view! { <li class="setting-row">{choice(shown)}</li> }.client_only()
}

fn plain(place: Passkeys, passkey: Passkey) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let Passkey { id, name, created_at, last_used_at, is_stopped } = passkey;
    let language = move || session.settings.language.get();
    let note = move || {
        let date = clock::date_text(created_at, &language());
        match (is_stopped, last_used_at) {
            (true, _) => t_string!(i18n, passkeys.stopped).to_owned(),
            (false, None) => t_string!(i18n, passkeys.made, date = date),
            (false, Some(at)) => t_string!(i18n, passkeys.used, date = date, used = clock::date_text(at, &language())),
        }
    };
    let (called, also_called, also_id) = (name.clone(), name.clone(), id.clone());
    let key = format!("passkey-{id}");
    if place.back.with_untracked(|back| *back == id) {
        dom::focus_by_id(&key);
    }
    view! {
        <span class="grow">
            <b><bdi>{name}</bdi></b>
            " "
            <small class="setting-note">{text(note)}</small>
        </span>
        <button
            id=key
            class="btn"
            type="button"
            aria-label=said!(passkeys.rename_one, name = called.as_str())
            on:click=handler(move |_| place.begin(PasskeyAction::Renaming(id.clone()), &id))
        >
            {said!(passkeys.rename)}
        </button>
        {row_button(
            None,
            said!(passkeys.remove),
            said!(passkeys.remove_one, name = also_called.as_str()),
            handler(move |_| place.begin(PasskeyAction::Removing(also_id.clone()), &also_id)),
        )}
    }
    .client_only()
}

fn renaming(place: Passkeys, passkey: Passkey) -> ErasedView {
    let session = use_session();
    let (name, shown) = (RwSignal::new(passkey.name.clone()), passkey.name);
    let refusal = FormRefusal::of_name(place.refused, FIELD);
    let write = move |event: leptos::ev::Event| name.set(dom::held(&event, PASSKEY_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX));
    dom::focus_by_id(FIELD);
    let submit = move || {
        place.refused.set(None);
        let name = name.get_untracked();
        session.run_for(&passkey.id, move |state, id| state.change_passkey(place, id, Some(name)));
    };
    view! {
        <form class="setting-row grow" on:submit=submit_handler(submit)>
            <input
                id=FIELD
                class="field grow"
                dir="auto"
                required
                aria-label=said!(passkeys.name)
                aria-invalid=refusal.mark(FIELD)
                aria-describedby=refusal.description(FIELD, "")
                value=shown
                on:input=refusal.edited(FIELD, write)
            />
            <button class="btn" type="submit">{said!(passkeys.save)}</button>
            {cancel(place)}
            {refusal.under(FIELD)}
        </form>
    }
    .client_only()
}

fn removing(place: Passkeys, passkey: Passkey) -> ErasedView {
    let session = use_session();
    let (id, name) = (passkey.id, passkey.name);
    dom::focus_by_id(SURE);
    view! {
        <span class="grow" role="status">{said!(passkeys.really, name = name.as_str())}</span>
        <button
            id=SURE
            class="btn"
            type="button"
            on:click=handler(move |_| session.run_for(&id, move |state, id| state.change_passkey(place, id, None)))
        >
            {said!(passkeys.remove)}
        </button>
        {cancel(place)}
    }
    .client_only()
}

fn cancel(place: Passkeys) -> ErasedView {
    button(said!(dialogs.cancel), handler(move |_| place.doing.set(PasskeyAction::Nothing))).client_only()
}
