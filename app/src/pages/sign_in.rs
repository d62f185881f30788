//! Sign-in page: plain forms without a script. A persona in use is marked; a refusal returns as a code in the address (`api::sign_in`).

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;
use protocol::words::language;
use protocol::words::limits::NAME_BYTES_MAX;
use protocol::words::principal::UserKind;
use protocol::words::status::OFFLINE;

use super::account_form::{AccountForm, NewAccountForm};
use super::address_wait::{WaitLines, WaitScript, kept_form};
use super::frame::{Caption, Frame, asked, redirect_navigation};
use super::languages::languages;
use super::notice::Unavailable;
use super::sign_in_fields::{ErrorLine, StatusChoice};
use crate::api::{self, PortHandle};
use crate::appearance::Appearance;
use crate::boot::{Boot, BootPerson};
use crate::i18n::{t_string, use_i18n};
use crate::ui::icon::{icon, portrait_url};
use crate::view::erased::{ErasedView, IntoErased};

/// Wipes the stored data of the person who was signed in before.
const LEFTOVER_SCRIPT: &str = include_str!("leftover.js");

/// Address of Turnstile's script (`core.md` 9 allows it on this page).
const TURNSTILE_SCRIPT: &str = "https://challenges.cloudflare.com/turnstile/v0/api.js";

/// `/`: the sign-in page, or a redirect to the messenger for signed-in people and remembered browsers.
#[component]
pub fn HomePage() -> impl IntoView {
    view! { <Loaded goes_on=true /> }
}

/// `/sign-in`.
#[component]
pub fn SignInPage() -> impl IntoView {
    view! { <Loaded goes_on=false /> }
}

/// Waits for the boot state on the server. It is no resource, because the browser does not hydrate this page.
#[component]
fn Loaded(goes_on: bool) -> impl IntoView {
    let page = move || {
        Suspend::new(async move {
            let Ok(boot) = api::boot().await else { return view! { <Unavailable /> }.erase() };
            if goes_on && (boot.user.is_some() || boot.is_remembered) {
                redirect_navigation("/app");
            }
            let appearance = chosen_appearance(boot.appearance.clone());
            let leftover = (boot.user.is_none() && !boot.is_remembered).then(leftover);
            view! { <Frame appearance><SignIn boot /></Frame> {leftover} }.erase()
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// Renders the script that cleans up a browser without a session. If the browser still sends a session cookie, the session was ended
/// elsewhere.
fn leftover() -> impl IntoView {
    let port = use_context::<PortHandle>().filter(|PortHandle(port)| port.shows_session());
    if let Some(PortHandle(port)) = &port {
        port.forget_loaded();
    }
    view! { <script nonce=use_nonce() data-ended=port.map(|_| "") inner_html=LEFTOVER_SCRIPT></script> }
}

/// Returns the appearance of the page, in the language of `?lang=`, which the browser then stores.
pub(super) fn chosen_appearance(appearance: Appearance) -> Appearance {
    let wanted = use_query_map().with_untracked(|query| query.get("lang"));
    let Some(language) = wanted.filter(|tag| language::find(tag).is_some()) else { return appearance };
    let appearance = Appearance { language: Some(language), ..appearance };
    if let Some(PortHandle(port)) = use_context::<PortHandle>() {
        port.store_appearance(&appearance);
    }
    appearance
}

/// Form that the address names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Personas and guests.
    Name,
    /// E-mail address and password.
    Account,
    /// A new account.
    New,
}

/// The forms and their surroundings.
#[component]
pub fn SignIn(boot: Boot) -> impl IntoView {
    let i18n = use_i18n();
    let Boot { people, env_dev, turnstile_site_key, .. } = boot;
    let form = match asked("form").as_deref() {
        Some("account") => Form::Account,
        Some("new") => Form::New,
        _ => Form::Name,
    };
    let error = asked("error");
    let error_of = |own: Form| error.clone().filter(|_| form == own);
    let invitation = match form {
        Form::New => t_string!(i18n, account.invitation),
        _ => t_string!(i18n, sign_in.invitation),
    };
    // The answer to a form has the address of the form's function, to which no link of this page may lead.
    let own_path = if kept_form().is_some() { "/sign-in" } else { "" };
    let script = turnstile_site_key.is_some().then(turnstile_script);
    let check = move || {
        let site_key = turnstile_site_key.clone();
        Box::new(move || view! { <Turnstile env_dev site_key /> }.into_any()) as Children
    };
    let forms = match form {
        Form::New => view! { <NewAccountForm turnstile=check() error=error_of(Form::New) /> }.into_any(),
        _ => view! {
            <NameForm people turnstile=check() error=error_of(Form::Name) />
            <AccountForm turnstile=check() error=error_of(Form::Account) />
            <WaitScript />
        }
        .into_any(),
    };
    view! {
        <div class="desk" aria-hidden="true"></div>
        <main class="centre">
            <section class="window signin-window" aria-labelledby="brand">
                <Caption />
                <div class="window-body">
                    <div class="signin">
                        <div class="signin-brand">
                            {icon("mark", "52")}
                            <h1 id="brand">{t_string!(i18n, app.title)}</h1>
                            <p>{invitation}</p>
                        </div>
                        {forms} {script}
                    </div>
                    <footer class="signin-foot">
                        {t_string!(i18n, sign_in.about)} " " <a href="/privacy">{t_string!(i18n, app.privacy)}</a> " · "
                        {languages(i18n.locale(), own_path, if form == Form::New { "&form=new" } else { "" })}
                    </footer>
                </div>
            </section>
        </main>
    }
    .erase()
}

/// Signs in as a persona or a guest.
#[component]
fn NameForm(people: Vec<BootPerson>, turnstile: Children, error: Option<String>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <form class="signin-form" method="post" action=api::SignIn::PATH>
            {error.map(|code| view! { <ErrorLine code is_of_account=false /> })}
            <Personas people />
            <div class="or">{t_string!(i18n, sign_in.or_guest)}</div>
            <Guest />
            <StatusChoice is_of_account=false />
            {turnstile()}
            <WaitLines />
            <div class="signin-go">
                <button class="btn" data-kind="default" type="submit">{t_string!(i18n, app.sign_in)}</button>
            </div>
        </form>
    }
    .erase()
}

#[component]
fn Personas(people: Vec<BootPerson>) -> impl IntoView {
    let i18n = use_i18n();
    let picked = asked("persona").unwrap_or_default();
    let personas = people.into_iter().filter(|person| person.kind == UserKind::Persona);
    let tiles = personas.map(|persona| {
        let is_picked = persona.id == picked;
        view! { <PersonaTile persona is_picked /> }
    });
    view! {
        <fieldset class="signin-set">
            <legend class="signin-label">{t_string!(i18n, sign_in.personas)}</legend>
            <div class="personas">{tiles.collect_view()}</div>
        </fieldset>
    }
    .erase()
}

#[component]
fn PersonaTile(persona: BootPerson, is_picked: bool) -> impl IntoView {
    let i18n = use_i18n();
    let is_in_use = persona.status != OFFLINE;
    view! {
        <label class="persona" data-taken=is_in_use.then_some("")>
            <input type="radio" name="persona" value=persona.id checked=is_picked />
            <span class="face">
                <img class="portrait" src=portrait_url(&persona.avatar_id) alt="" width="96" height="96" />
            </span>
            <span class="persona-name">{persona.display_name}</span>
            {is_in_use.then(|| view! { " " <small>{t_string!(i18n, sign_in.in_use)}</small> })}
        </label>
    }
    .erase()
}

#[component]
fn Guest() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <label class="signin-label" for="guest">{t_string!(i18n, sign_in.name)}</label>
        <input
            class="field guest-name"
            id="guest"
            name="displayName"
            // The limit counts UTF-16 units, and a grapheme has at least one: an allowed name is never cut.
            maxlength=NAME_BYTES_MAX.to_string()
            placeholder=t_string!(i18n, sign_in.name_hint)
            autocomplete="nickname"
            value=kept_form().map(|form| form.display_name).filter(|name| !name.is_empty())
        />
    }
}

/// Check for people: a widget if a site key is configured, the literal token in development. Each form has one.
#[component]
fn Turnstile(env_dev: bool, site_key: Option<String>) -> impl IntoView {
    match site_key {
        Some(site_key) => box_of(site_key, use_i18n().locale().as_str()),
        None if env_dev => view! { <input type="hidden" name="token" value="dev" /> }.erase(),
        None => ().erase(),
    }
}

/// Element that becomes a widget.
fn box_of(site_key: String, language: &'static str) -> ErasedView {
    view! {
        <div class="turnstile">
            <div class="cf-turnstile" data-sitekey=site_key data-action="login" data-language=language></div>
        </div>
    }
    .erase()
}

/// Renders the only widget of a page, with its script.
pub fn widget(site_key: String, language: &'static str) -> ErasedView {
    view! { {box_of(site_key, language)} <script src=TURNSTILE_SCRIPT r#async="" defer=""></script> }.erase()
}

/// Renders Turnstile's script, once for all widgets of the page.
fn turnstile_script() -> impl IntoView {
    view! { <script src=TURNSTILE_SCRIPT r#async="" defer="" nonce=use_nonce()></script> }
}
