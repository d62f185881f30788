//! Sign-in page: plain forms without a script. What the deployment is for stands first (`super::entrance`). A refusal returns as a code in
//! the address (`api::sign_in`).

use leptos::nonce::use_nonce;
use leptos_router::hooks::use_query_map;
use protocol::words::event::Millis;
use protocol::words::iso::iso_utc;
use protocol::words::language;
use protocol::words::language::numeric_day;

use super::account_form::{AccountForm, NewAccountForm};
use super::address_wait::WaitScript;
use super::entrance::{Entrance, entrance};
use super::form_field::{FormRefusal, WrongField};
use super::frame::{BrandWindow, Frame, asked, redirect_navigation};
use super::languages::languages;
use super::name_form::NameForm;
use super::notice::Unavailable;
use crate::api::{self, Inviter, PortHandle};
use crate::appearance::Appearance;
use crate::boot::Boot;
use crate::ui::prelude::*;
use crate::ui::words::sign_in_error;

/// Takes a typed name back when a character is chosen, and the other way round.
pub const CHOICE_SCRIPT: &str = include_str!("choice.js");

/// Wipes the stored data of the person who was signed in before.
const LEFTOVER_SCRIPT: &str = include_str!("leftover.js");

/// Address of Turnstile's script (`core.md` 9 allows it on this page).
const TURNSTILE_SCRIPT: &str = "https://challenges.cloudflare.com/turnstile/v0/api.js";

/// Longest time that a deployment leaves between the request for a deletion and the deletion: a century.
const UNDO_MS_MAX: Millis = 36_525 * 86_400_000;

/// Opens each form when its check has passed or failed.
const CHECK_SCRIPT: &str = include_str!("people_check.js");

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
            let inviter = match boot.invite.is_empty() {
                true => Inviter::default(),
                false => inviter().await,
            };
            let leftover = (boot.user.is_none() && !boot.is_remembered).then(leftover);
            view! { <Frame appearance><SignIn boot inviter /></Frame> {leftover} }.erase()
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// Returns who invited the visitor; nobody if the invite is over.
async fn inviter() -> Inviter {
    let Some(PortHandle(port)) = use_context::<PortHandle>() else { return Inviter::default() };
    port.inviter().await.unwrap_or_default()
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

impl Form {
    /// Returns the form that the address names.
    fn of_address() -> Self {
        match asked("form").as_deref() {
            Some("account") => Self::Account,
            Some("new") => Self::New,
            _ => Self::Name,
        }
    }
}

/// The forms and their surroundings.
#[component]
pub fn SignIn(boot: Boot, #[prop(default = Inviter::default())] inviter: Inviter) -> impl IntoView {
    let i18n = use_i18n();
    let form = Form::of_address();
    let invited = (!inviter.name.is_empty())
        .then(|| t_string!(ServerTexts(i18n.locale()), entrance.invited, name = inviter.name));
    // The link for guests leads past the head of the window, so the form of guests says it itself.
    let (invited, of_guest) = match form == Form::Name && inviter.takes_guests {
        true => (None, invited),
        false => (invited, None),
    };
    let is_accounts_first = entrance() == Entrance::Accounts;
    let invitation = match form {
        Form::New => t_string!(i18n, account.invitation),
        _ if is_accounts_first => t_string!(ServerTexts(i18n.locale()), entrance.invitation),
        _ => t_string!(i18n, sign_in.invitation),
    };
    let deletion = asked("deleted").and_then(|at| at.parse().ok()).and_then(|at| deletion_words(at, boot.server_time));
    let invitation = deletion.unwrap_or_else(|| invitation.to_owned());
    let invitation = invited.map_or_else(|| invitation.clone(), |invited| format!("{invited} {invitation}"));
    let script = boot.turnstile_site_key.is_some().then(turnstile_script);
    let query = if form == Form::New { "&form=new" } else { "" };
    let foot = view! {
        {t_string!(i18n, sign_in.about)} " "
        <span class="foot-item"><a href="/privacy">{t_string!(i18n, app.privacy)}</a> " ·"</span> " "
        {languages(i18n.locale(), "", query)}
    }
    .erase();
    let first = is_accounts_first.then_some("accounts");
    let content = view! { {forms(boot, form, of_guest)} {script} }.erase();
    view! { <BrandWindow title=t_string!(i18n, app.title) words=invitation first content foot /> }.erase()
}

/// Returns the sentence for a person who has asked for the deletion of their data, which happens at this time; `None` for a time that no
/// deployment gives.
fn deletion_words(at: Millis, now: Millis) -> Option<String> {
    let own = ServerTexts(use_i18n().locale());
    if at <= now {
        return Some(t_string!(own, entrance.deleted).to_owned());
    }
    // The address may be anybody's text.
    let is_possible = at - now <= UNDO_MS_MAX;
    // The server does not know the person's zone.
    let minute = iso_utc(at);
    let date = numeric_day(minute.get(..10).unwrap_or_default(), own.0.as_str());
    let time = minute.get(11..16).unwrap_or_default();
    is_possible.then(|| t_string!(own, entrance.deletes_at, date = date, time = time))
}

/// Renders the form of a new account, or the two other forms in the order of the deployment. `invited` says who invited a guest.
fn forms(boot: Boot, form: Form, invited: Option<String>) -> ErasedView {
    let Boot { people, env_dev, turnstile_site_key, .. } = boot;
    let refused_of = |own: Form| if form == own { FormRefusal::asked(sign_in_error) } else { FormRefusal::default() };
    let check = move || {
        let site_key = turnstile_site_key.clone();
        Box::new(move || view! { <Turnstile env_dev site_key /> }.into_any()) as Children
    };
    if form == Form::New {
        let refused = refused_of(Form::New).with_password(&[WrongField::Password]);
        return view! { <NewAccountForm turnstile=check() refused /> }.erase();
    }
    let name = view! { <NameForm people invited turnstile=check() refused=refused_of(Form::Name) /> }.erase();
    let refused = refused_of(Form::Account).with_password(&[WrongField::Password, WrongField::Proof]);
    let account = view! { <AccountForm turnstile=check() refused /> }.erase();
    let (first, second) = match entrance() {
        Entrance::Accounts => (account, name),
        Entrance::Demo => (name, account),
    };
    view! { {first} {second} <WaitScript /> <script nonce=use_nonce() inner_html=CHOICE_SCRIPT></script> }.erase()
}

/// Check for people: a widget if a site key is configured, the literal token in development. Each form has one.
#[component]
fn Turnstile(env_dev: bool, site_key: Option<String>) -> impl IntoView {
    match site_key {
        Some(site_key) => {
            let i18n = use_i18n();
            view! {
                {box_of(site_key, i18n.locale().as_str())}
                <div class="bar" data-kind="error" data-check="" role="alert" hidden>
                    {icon("ic-warn", "14")} <span>{t_string!(i18n, sign_in.error.robot)}</span>
                </div>
            }
            .erase()
        }
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

/// Renders Turnstile's script, once for all widgets of the page, behind the script that waits for it.
fn turnstile_script() -> impl IntoView {
    view! {
        <script nonce=use_nonce() inner_html=CHECK_SCRIPT></script>
        <script src=TURNSTILE_SCRIPT r#async="" defer="" nonce=use_nonce()></script>
    }
}
