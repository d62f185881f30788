//! Form of the sign-in page for everybody without an account: personas and guests. A persona in use is marked.

use leptos::server_fn::ServerFn;
use protocol::words::limits::NAME_BYTES_MAX;
use protocol::words::personas::is_persona;
use protocol::words::principal::UserKind;
use protocol::words::status::OFFLINE;

use super::address_wait::WaitLines;
use super::entrance::{Entrance, demo_link, entrance};
use super::form_field::{FormField, FormRefusal, WrongField};
use super::frame::asked;
use super::sign_in_fields::{ErrorLine, StatusChoice};
use crate::api;
use crate::boot::BootPerson;
use crate::ui::prelude::*;

/// Signs in as a persona or a guest.
#[component]
pub fn NameForm(
    /// People of the boot state, the personas among them.
    people: Vec<BootPerson>,
    /// Words about the person who invited the guest.
    invited: Option<String>,
    turnstile: Children,
    refused: FormRefusal,
) -> impl IntoView {
    let i18n = use_i18n();
    let personas: Vec<BootPerson> = people.into_iter().filter(|person| is_persona(&person.id)).collect();
    let is_second = entrance() == Entrance::Accounts;
    let line = view! { <ErrorLine refused=refused.clone() is_of_account=false /> }.erase();
    let guest = view! { <Guest invited refused=refused.clone() /> }.erase();
    view! {
        <form
            class="signin-form"
            method="post"
            action=api::SignIn::PATH
            aria-labelledby=is_second.then_some("visit")
        >
            {line}
            {if is_second { guest_first(personas, guest) } else { personas_first(personas, guest) }}
            <StatusChoice is_of_account=false refused />
            {turnstile()}
            <WaitLines />
            <div class="signin-go">
                <button class="btn" data-kind=(!is_second).then_some("default") type="submit">
                    {t_string!(ServerTexts(i18n.locale()), entrance.come_in)}
                </button>
                {demo_link()}
            </div>
        </form>
    }
    .erase()
}

/// Renders the choices of a deployment for demonstrations. Without personas only guests are left, and nothing is "or".
fn personas_first(personas: Vec<BootPerson>, guest: ErasedView) -> ErasedView {
    let i18n = use_i18n();
    let choices = (!personas.is_empty()).then(|| {
        view! {
            <Personas personas legend=t_string!(i18n, sign_in.personas) />
            <div class="or">{t_string!(i18n, sign_in.or_guest)}</div>
        }
    });
    view! { {choices} {guest} }.erase()
}

/// Renders the choices below or beside the form of accounts.
fn guest_first(personas: Vec<BootPerson>, guest: ErasedView) -> ErasedView {
    let i18n = use_i18n();
    let legend = t_string!(ServerTexts(i18n.locale()), entrance.characters);
    let choices = (!personas.is_empty()).then(|| view! { <Personas personas legend /> });
    view! {
        <div class="or" id="visit">{t_string!(i18n, sign_in.or_guest)}</div>
        {guest}
        {choices}
    }
    .erase()
}

#[component]
fn Personas(personas: Vec<BootPerson>, legend: &'static str) -> impl IntoView {
    let picked = asked("persona").unwrap_or_default();
    let tiles = personas.into_iter().map(|persona| {
        let is_picked = persona.id == picked;
        view! { <PersonaTile persona is_picked /> }
    });
    view! {
        <fieldset class="signin-set">
            <legend class="signin-label">{legend}</legend>
            <div class="personas">{tiles.collect_view()}</div>
        </fieldset>
    }
    .erase()
}

#[component]
fn PersonaTile(persona: BootPerson, is_picked: bool) -> impl IntoView {
    let i18n = use_i18n();
    // A persona that became an account is nobody's to play (`account.md` 10).
    let is_in_use = persona.status != OFFLINE || persona.kind != UserKind::Persona;
    view! {
        <label class="persona" data-taken=is_in_use.then_some("")>
            <input type="radio" name="persona" value=persona.id checked=is_picked autofocus=is_picked />
            <span class="face">
                <img class="portrait" src=portrait_url(&persona.avatar_id) alt="" width="96" height="96" />
            </span>
            <span class="persona-name"><bdi>{persona.display_name}</bdi></span>
            {is_in_use.then(|| view! { " " <small>{t_string!(i18n, sign_in.in_use)}</small> })}
        </label>
    }
    .erase()
}

#[component]
fn Guest(invited: Option<String>, refused: FormRefusal) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        {invited.map(|words| view! { <p class="signin-hint">{words}</p> })}
        <FormField
            id="guest"
            name="displayName"
            label=t_string!(i18n, sign_in.name)
            refusal=refused.of(WrongField::Name)
            placeholder=Some(t_string!(i18n, sign_in.name_hint))
            dir=Some("auto")
            required=false
            // The limit counts UTF-16 units, and a grapheme has at least one: an allowed name is never cut.
            maxlength=NAME_BYTES_MAX.to_string()
            autocomplete="nickname"
        />
    }
}
