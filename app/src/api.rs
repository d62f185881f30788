//! Server functions: typed signatures, and the port through which their bodies reach the server.
//!
//! Bodies decide nothing: `server/src/pages/app/port.rs` implements [`Port`] with the code of the REST routes (`core.md` 8, row 19a).
//! Sign-in, registration, sign-out and all functions of [`account`] are plain form posts, so that they work without a script. The page calls
//! the other functions by the stubs that the framework generates.

// A server function takes the fields of its form one by one.
#![allow(clippy::too_many_arguments)]

pub mod account;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use protocol::words::event::Millis;
use protocol::words::refusal::Refusal;
use serde::{Deserialize, Serialize};

use self::account::{ClientPage, PageLink, RecoverForm, ResetForm};
use crate::appearance::Appearance;
use crate::boot::Boot;
use crate::browser::CallError;

/// Beginning of the query by which the sign-in page hands its language to the messenger.
pub const CHOSEN_LANGUAGE: &str = "?lang=";

/// Fields of a sign-in form. An e-mail address that is not blank wins over a name, a name over a persona.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInForm {
    /// Persona to sign in as, or empty.
    pub persona: String,
    /// Guest name, or empty.
    pub display_name: String,
    /// Status to begin with, or empty.
    pub status: String,
    /// Turnstile token; the literal `dev` in development.
    pub token: String,
    /// Close an idle session of the persona (`sign-in.md` 1).
    pub takeover: bool,
    /// E-mail address of an account, or empty.
    pub email: String,
    pub password: String,
    /// Code of the authenticator app or a recovery code, for an account with a second factor; or empty.
    pub code: String,
    /// `true` if this browser is to be remembered; for accounts.
    pub remember: bool,
}

/// Field of a form by its name, with what was typed or chosen there. Secrets are none of them.
pub type TypedField = (&'static str, String);

/// Fields of the form for a new account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterForm {
    /// E-mail address.
    pub email: String,
    pub password: String,
    pub display_name: String,
    /// Status to begin with, or empty.
    pub status: String,
    /// Turnstile token; the literal `dev` in development.
    pub token: String,
    /// Remember this browser.
    pub remember: bool,
}

/// Changes of a person's own profile; absent members stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileForm {
    pub display_name: Option<String>,
    /// New personal message; an empty text removes it.
    pub personal_message: Option<String>,
    /// New picture.
    pub avatar_id: Option<String>,
}

/// Person whose invite has led a visitor to the sign-in page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inviter {
    pub name: String,
    /// Guests may use the invite, too.
    pub takes_guests: bool,
}

/// Answer of a port, possibly later.
pub type PortFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;

/// Calls that server functions make to the server. One port serves one request and knows its headers; the server puts it
/// into the context as [`PortHandle`]. The port applies the session, Origin and CSRF rules (`sign-in.md` 4).
pub trait Port: Send + Sync {
    /// Returns the state that a page starts from. A request without a session is no refusal: its `user` is `None`.
    fn boot(&self) -> PortFuture<'_, Boot>;
    /// Returns who invited the visitor, if an invite led to this page and still opens something (`people.md` 5.3).
    fn inviter(&self) -> PortFuture<'_, Inviter>;
    /// Signs in and sets the cookie.
    fn sign_in(&self, form: SignInForm) -> PortFuture<'_, ()>;
    /// Makes an account, signs in and sets the cookie.
    fn register(&self, form: RegisterForm) -> PortFuture<'_, ()>;
    /// Ends the session and clears the cookies, unless the browser now remembers another person than `page_of`. Idempotent.
    fn sign_out(&self, csrf: String, page_of: String) -> PortFuture<'_, ()>;
    /// Returns `true` if the deployment sends mail (`account.md` 1.1).
    fn sends_mail(&self) -> bool;
    /// Returns what a link in a mail is for, without using the link up. `page` is the path of the page that the link leads to.
    fn read_link(&self, page: &'static str, token: String) -> PortFuture<'_, PageLink>;
    /// Returns the page of a client, if our page may lead on to it.
    fn client_page(&self, typed: &str) -> Option<ClientPage>;
    /// Sends a link for a new password if there is an account with the address (`account.md` 4).
    fn forgot(&self, email: String) -> PortFuture<'_, ()>;
    /// Sets a new password by a link, signs in and sets the cookie.
    fn reset(&self, form: ResetForm) -> PortFuture<'_, ()>;
    /// Sets a new password by a recovery code, signs in and sets the cookie (`account.md` 5.1).
    fn recover(&self, form: RecoverForm) -> PortFuture<'_, ()>;
    /// Confirms the address of a link (`account.md` 3).
    fn verify(&self, token: String) -> PortFuture<'_, ()>;
    /// Takes a change of address back (`account.md` 6.3).
    fn undo(&self, token: String) -> PortFuture<'_, ()>;
    /// Changes the public profile of the person (the same path as a `presence` frame).
    fn save_profile(&self, csrf: String, page_of: String, change: ProfileForm) -> PortFuture<'_, ()>;
    /// Sets the cookie `cfm-look` (`Appearance::to_cookie`) for a year; nothing else is stored.
    fn save_settings(&self, csrf: String, page_of: String, appearance: Appearance) -> PortFuture<'_, ()>;
    /// Returns the appearance for this device, from the request alone: the chosen one, in the browser's language until one is chosen.
    fn appearance(&self) -> Appearance;
    /// Returns the appearance that the browser stores: the chosen members only.
    fn stored_appearance(&self) -> Appearance;
    /// Lets the browser store the appearance of its pages.
    fn store_appearance(&self, appearance: &Appearance);
    /// Returns `true` if the browser requested a page to show, `false` if the service worker requested one to cache.
    fn is_navigation(&self) -> bool;
    /// Returns `true` if the request carries a session, which may have ended.
    fn shows_session(&self) -> bool;
    /// Tells the browser to delete the files and data that it loaded for an ended session.
    fn forget_loaded(&self);
    /// Sets the status of the response to 503.
    fn say_unavailable(&self);
    /// Returns `true` if the limit of sign-ins per address refused this request (`account.md` 8). Other limits are about guesses at a
    /// password, and no page waits for these.
    fn is_limited_by_address(&self) -> bool;
    /// Has the browser keep the fields of a refused form for its page, for a minute.
    fn keep_typed(&self, fields: &[TypedField]);
    /// Returns what [`Self::keep_typed`] has kept of a field.
    fn typed(&self, field: &str) -> Option<String>;
    /// Redirects the browser to `path` when the response is sent (`leptos_axum::redirect`).
    fn redirect(&self, path: &str);
}

/// The port of the request being answered.
#[derive(Clone)]
pub struct PortHandle(pub Arc<dyn Port>);

/// A refusal as the browser sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    /// Code of `messenger.md` 1.1.
    pub code: String,
    /// English prose.
    pub message: String,
    /// Refused member of the request, if the refusal names one.
    pub field: Option<String>,
    /// Time after which another try is useful.
    pub retry_after_ms: Option<Millis>,
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let (code, message) = (refusal.code().to_owned(), refusal.to_string());
        let field = refusal.field().map(str::to_owned);
        Self { code, message, field, retry_after_ms: refusal.retry_after_ms() }
    }
}

impl From<ApiError> for CallError {
    fn from(error: ApiError) -> Self {
        Self { code: error.code, field: error.field, retry_after_ms: error.retry_after_ms }
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => "VALIDATION",
            // The server gave no usable answer.
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Deserialization(_) => "NETWORK",
            _ => "INTERNAL",
        };
        Self { code: code.to_owned(), message: error.to_string(), field: None, retry_after_ms: None }
    }
}

/// Returns the state that a page starts from.
#[server(name = BootPage, prefix = "/sf", endpoint = "boot")]
pub async fn boot() -> Result<Boot, ApiError> {
    Ok(port()?.boot().await?)
}

/// Page of the forms by which people sign in and register.
#[cfg(feature = "ssr")]
const SIGN_IN: &str = "/sign-in";

/// Signs in and redirects to the messenger. A refusal redirects to the form with its code (`/sign-in?error=CODE&retry=SECONDS`);
/// that of the limit per address also has `wait=SECONDS&try=NUMBER`.
#[server(name = SignIn, prefix = "/sf", endpoint = "sign_in")]
pub async fn sign_in(
    #[server(default)] persona: String,
    #[server(rename = "displayName")]
    #[server(default)]
    display_name: String,
    #[server(default)] status: String,
    #[server(default)] token: String,
    #[server(rename = "cf-turnstile-response")]
    #[server(default)]
    widget_token: String,
    #[server(default)] takeover: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] code: String,
    #[server(default)] remember: String,
    #[server(rename = "try")]
    #[server(default)]
    tries: String,
) -> Result<(), ApiError> {
    let port = port()?;
    let token = if widget_token.is_empty() { token } else { widget_token };
    let typed = typed_fields(&email, &display_name, &status, &remember);
    let query = if email.trim().is_empty() { query_of_persona(&persona) } else { "form=account&".to_owned() };
    let (takeover, remember) = (is_ticked(&takeover), is_ticked(&remember));
    let (has_no_code, is_of_account) = (code.trim().is_empty(), !email.trim().is_empty());
    let form = SignInForm { persona, display_name, status, token, takeover, email, password, code, remember };
    let status = protocol::words::status::Status::parse(&form.status);
    match port.sign_in(form).await {
        Ok(()) => {
            store_status(&*port, status);
            port.redirect(&page_in_language(&*port, is_of_account));
        }
        Err(refusal) => {
            let wait = wait_after(&*port, &refusal, &tries);
            // Who has typed no code has done nothing wrong.
            let next = if has_no_code && refusal.code() == account::SECOND_FACTOR { account::ASKS_CODE } else { "" };
            lead_back(&*port, &format!("{}{wait}{next}", refused_form(SIGN_IN, &query, &refusal)), &typed);
        }
    }
    Ok(())
}

/// Makes an account and redirects to the messenger. A refusal redirects to the form with its code.
#[server(name = Register, prefix = "/sf", endpoint = "register")]
pub async fn register(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(rename = "displayName")]
    #[server(default)]
    display_name: String,
    #[server(default)] status: String,
    #[server(default)] token: String,
    #[server(rename = "cf-turnstile-response")]
    #[server(default)]
    widget_token: String,
    #[server(default)] remember: String,
) -> Result<(), ApiError> {
    let port = port()?;
    let token = if widget_token.is_empty() { token } else { widget_token };
    let typed = typed_fields(&email, &display_name, &status, &remember);
    let form = RegisterForm { email, password, display_name, status, token, remember: is_ticked(&remember) };
    let status = protocol::words::status::Status::parse(&form.status);
    match port.register(form).await {
        Ok(()) => {
            store_status(&*port, status);
            // A new account has no language yet.
            port.redirect(&page_in_language(&*port, false));
        }
        Err(refusal) => lead_back(&*port, &refused_form(SIGN_IN, "form=new&", &refusal), &typed),
    }
    Ok(())
}

/// Signs out and redirects to the sign-in page.
#[server(name = SignOut, prefix = "/sf", endpoint = "sign_out")]
pub async fn sign_out(
    #[server(default)] csrf: String,
    #[server(rename = "pageOf")]
    #[server(default)]
    page_of: String,
) -> Result<(), ApiError> {
    let port = port()?;
    port.sign_out(csrf, page_of).await?;
    port.redirect("/sign-in");
    Ok(())
}

/// Changes the public profile of the person.
#[server(name = SaveProfile, prefix = "/sf", endpoint = "save_profile")]
pub async fn save_profile(
    #[server(default)] csrf: String,
    #[server(rename = "pageOf")]
    #[server(default)]
    page_of: String,
    #[server(rename = "displayName")]
    #[server(default)]
    display_name: Option<String>,
    #[server(rename = "personalMessage")]
    #[server(default)]
    personal_message: Option<String>,
    #[server(rename = "avatarId")]
    #[server(default)]
    avatar_id: Option<String>,
) -> Result<(), ApiError> {
    Ok(port()?.save_profile(csrf, page_of, ProfileForm { display_name, personal_message, avatar_id }).await?)
}

/// Tells the server the appearance that this device wants for its pages.
#[server(name = SaveSettings, prefix = "/sf", endpoint = "save_settings")]
pub async fn save_settings(
    #[server(default)] csrf: String,
    #[server(rename = "pageOf")]
    #[server(default)]
    page_of: String,
    #[server(default)] theme: String,
    #[server(default)] motion: String,
    #[server(default)] language: String,
    #[server(rename = "textPercent")]
    #[server(default)]
    text_percent: String,
    #[server(default)] status: String,
) -> Result<(), ApiError> {
    let port = port()?;
    let appearance = port.stored_appearance().with_words([&theme, &motion, &language, &text_percent, &status]);
    Ok(port.save_settings(csrf, page_of, appearance).await?)
}

/// Registers every function above, because constructors of the linker do not run on wasm.
#[cfg(feature = "ssr")]
pub fn register_server_functions() {
    use leptos::server_fn::axum::register_explicit;
    register_explicit::<BootPage>();
    register_explicit::<SignIn>();
    register_explicit::<Register>();
    register_explicit::<SignOut>();
    register_explicit::<SaveProfile>();
    register_explicit::<SaveSettings>();
    register_explicit::<account::ForgotPassword>();
    register_explicit::<account::ResetPassword>();
    register_explicit::<account::RecoverAccount>();
    register_explicit::<account::VerifyAddress>();
    register_explicit::<account::UndoAddress>();
}

#[cfg(feature = "ssr")]
fn port() -> Result<Arc<dyn Port>, ApiError> {
    use_context::<PortHandle>().map(|handle| handle.0).ok_or_else(|| Refusal::Internal.into())
}

/// Stores the chosen status, so that the sign-in page offers it the next time. Without a choice, the stored status stays.
#[cfg(feature = "ssr")]
fn store_status(port: &dyn Port, status: Option<protocol::words::status::Status>) {
    let stored = port.stored_appearance();
    port.store_appearance(&Appearance { status: status.or(stored.status), ..stored });
}

/// Returns the path of the messenger, with the language that the browser has chosen for its pages. The messenger stores its own choice, which
/// may be older. An account brings its language along.
#[cfg(feature = "ssr")]
fn page_in_language(port: &dyn Port, is_of_account: bool) -> String {
    let language = port.stored_appearance().language.filter(|_| !is_of_account);
    language.map_or_else(|| "/app".to_owned(), |language| format!("/app{CHOSEN_LANGUAGE}{language}"))
}

/// A checkbox of a plain form.
#[cfg(feature = "ssr")]
fn is_ticked(value: &str) -> bool {
    matches!(value, "true" | "on" | "1")
}

/// Returns the part of a form's address that makes its page wait (`account.md` 8); empty after any refusal but that of the limit per
/// address. `tries` is the field `try` of the form.
#[cfg(feature = "ssr")]
fn wait_after(port: &dyn Port, refusal: &Refusal, tries: &str) -> String {
    let (true, Some(retry_after_ms)) = (port.is_limited_by_address(), refusal.retry_after_ms()) else {
        return String::new();
    };
    crate::address_wait::AddressWait::after(tries, retry_after_ms).query()
}

/// Returns the chosen persona as a part of a query.
#[cfg(feature = "ssr")]
fn query_of_persona(persona: &str) -> String {
    let is_persona = protocol::words::personas::is_persona(persona);
    if is_persona { format!("persona={persona}&") } else { String::new() }
}

/// Returns the fields of a form on the sign-in page that are no secrets.
#[cfg(feature = "ssr")]
fn typed_fields(email: &str, display_name: &str, status: &str, remember: &str) -> [TypedField; 4] {
    let fields = [("email", email), ("displayName", display_name), ("status", status), ("remember", remember)];
    fields.map(|(name, text)| (name, text.to_owned()))
}

/// Returns the address of a form after a refusal: `query`, the code, the refused member and the wait. What was typed stays out of it.
fn refused_form(page: &str, query: &str, refusal: &Refusal) -> String {
    let field = refusal.field().map(|field| format!("&field={field}")).unwrap_or_default();
    let retry = refusal.retry_after_ms().map(|ms| format!("&retry={}", ms.div_ceil(1000))).unwrap_or_default();
    format!("{page}?{query}error={}{field}{retry}", refusal.code())
}

/// Leads back to the page of a refused form, which shows again what was typed. A reload of that page sends nothing again.
#[cfg(feature = "ssr")]
fn lead_back(port: &dyn Port, address: &str, typed: &[TypedField]) {
    port.keep_typed(typed);
    port.redirect(address);
}
