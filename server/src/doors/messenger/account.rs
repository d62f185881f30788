//! Accounts (`sign-in.md` 1): sign-up, and the sessions of accounts.

use protocol::content::text;
use protocol::people::account::account_id;
use protocol::people::account::password::{self, PasswordInput};
use protocol::people::email::Email;
use protocol::people::names;
use protocol::people::session::shard_of;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Refusal;
use protocol::words::status::Status;

use super::credentials::{self, Credentials, Opened};
use super::new_session::{self, Newcomer, SignedIn};
use super::sign_in_attempts::{self, SignInTarget};
use super::{invites, unchanged, verification};
use crate::auth::password::{check_configured, fresh};
use crate::auth::turnstile;
use crate::calls::account::{AccountRow, AddAccount, RegisterCall, UnchangedCall, find_account};
use crate::calls::auth::{LibraryRecord, ValidSession};
use crate::calls::gate;
use crate::http::cookie;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::outbound::mail;
use crate::projection::database;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Time after which a sign-in may be repeated that met the end of passkeys.
const ENDING_MS: Millis = 2_000;

/// Begins a session of the account with this address and password; of the session routes where `is_short` says if its cookie ends with the
/// browser. Turnstile and the limit per address come before.
pub async fn let_in(
    incoming: &Incoming,
    typed: &Credentials,
    status: Option<Status>,
    remember: bool,
    is_short: Option<bool>,
) -> Result<SignedIn, CallError> {
    let opened = credentials::check(incoming, typed).await?;
    let has_second_factor = opened.has_two_factors();
    let Opened { email, account, .. } = opened;
    begin_with(incoming, (&email, account, has_second_factor), status, remember, is_short).await
}

/// Begins a session of an account whose owner has proved to be one without its password. `email` is its address as its shard keeps it.
pub async fn begin_of(
    incoming: &Incoming,
    email: &str,
    account: AccountRow,
    status: Option<Status>,
    remember: bool,
) -> Result<SignedIn, CallError> {
    begin_with(incoming, (email, account, false), status, remember, None).await
}

async fn begin_with(
    incoming: &Incoming,
    (email, account, has_second_factor): (&str, AccountRow, bool),
    status: Option<Status>,
    remember: bool,
    is_short: Option<bool>,
) -> Result<SignedIn, CallError> {
    let proved = UnchangedCall::of(email, &account);
    let record = record(email, account.image, account.created_at, account.verified_at);
    let library = is_short.map(|is_short| LibraryRecord { is_short, ..record.clone() });
    let newcomer = newcomer(incoming, (account.user, account.verified_at), account.name.clone(), status);
    let newcomer = Newcomer { has_second_factor, ..newcomer };
    let begun = new_session::begin(incoming, newcomer, false, remember, library).await;
    let begun = unchanged::check(incoming, &proved, begun).await;
    record_account(incoming, begun, &account.name, &record).await
}

/// Begins a session of an account after a proof with one of its passkeys.
pub async fn let_in_with_passkey(
    incoming: &Incoming,
    (user, passkey): (&str, &str),
    status: Option<Status>,
    remember: bool,
) -> Result<SignedIn, CallError> {
    let account = find_account(&incoming.env, user).await?;
    // The session would be younger than the act that ends the passkey, and go on.
    if account.ends_passkeys {
        return Err(Refusal::Overloaded { retry_after_ms: ENDING_MS }.into());
    }
    let email = account.email.ok_or(Refusal::BadCredentials)?;
    let record = record(&email, account.image, account.created_at, account.verified_at);
    let who = (UserId::parse(user)?, account.verified_at);
    // A passkey is two factors in one: the device, and what opens it.
    let newcomer = Newcomer { has_second_factor: true, ..newcomer(incoming, who, account.name.clone(), status) };
    let begun = new_session::begin(incoming, newcomer, false, remember, None).await;
    let begun = unchanged::check_passkey(incoming, (user, passkey), begun).await;
    record_account(incoming, begun, &account.name, &record).await
}

/// Stores the account in the table of accounts, which lists everybody who has signed in (`wasmchannel.md` 5), by the name of the account.
async fn record_account(
    incoming: &Incoming,
    begun: Result<SignedIn, CallError>,
    name: &str,
    record: &LibraryRecord,
) -> Result<SignedIn, CallError> {
    if let Ok(SignedIn { checked: ValidSession { principal, .. }, .. }) = &begun {
        database::put_user(&incoming.env, principal.user.as_str(), name, record).await;
    }
    begun
}

/// Form of a sign-up, from any route.
#[derive(Debug, Default)]
pub struct Registration {
    /// E-mail address.
    pub email: String,
    pub password: String,
    pub display_name: String,
    pub token: Option<String>,
    pub status: Option<String>,
    pub remember: bool,
    /// Data of the session routes of the packet door.
    pub library: Option<Library>,
}

/// Additions of the session routes to a sign-in or sign-up (`wasmchannel.md` 4.1).
#[derive(Debug, Default)]
pub struct Library {
    /// Address of a picture.
    pub image: Option<String>,
    /// The session's cookie ends with the browser.
    pub is_short: bool,
    /// Address that an older account of the same browser has, if there is one.
    pub before: Option<String>,
}

/// Creates an account and signs in: form, limit per address, Turnstile, hash, row, session.
pub async fn register(incoming: &Incoming, form: Registration) -> Result<SignedIn, CallError> {
    sign_in_attempts::logged(incoming, "register", try_register(incoming, form)).await
}

async fn try_register(incoming: &Incoming, form: Registration) -> Result<SignedIn, CallError> {
    check_configured(incoming)?;
    let email = Email::parse_new(&form.email)?;
    let name = text::display_name(&form.display_name)?;
    password::check_chosen(&PasswordInput::of(&form.password), email.as_str(), &name)?;
    let status = new_session::status_of(form.status.as_deref())?;
    // All session routes count as sign-ins (`wasmchannel.md` 4.1). A sign-up of the messenger counts as a sign-up.
    if form.library.is_some() {
        sign_in_attempts::charge_address(incoming).await?;
    }
    charge_try(incoming).await?;
    let result = enrol(incoming, form, &email, (name, status)).await;
    take_try_back(incoming, &result).await;
    sign_in_attempts::write_down_refusal(incoming, &result, true, &SignInTarget::Account(email)).await;
    result
}

fn asks_turnstile(incoming: &Incoming, form: &Registration) -> bool {
    form.library.is_none() || incoming.config.wasmchannel.asks_turnstile
}

async fn enrol(
    incoming: &Incoming,
    form: Registration,
    email: &Email,
    (name, status): (String, Option<Status>),
) -> Result<SignedIn, CallError> {
    let is_checked = asks_turnstile(incoming, &form);
    if is_checked {
        turnstile::verify(incoming, form.token.as_deref()).await?;
    }
    if let Some(before) = form.library.as_ref().and_then(|library| library.before.as_deref()) {
        check_unknown(incoming, before, &form.password).await?;
    }
    credentials::check_free(incoming, email, &form.email).await?;
    charge_new(incoming, is_checked).await?;
    let stored = fresh(incoming, &PasswordInput::of(&form.password)).await?;
    let user = UserId::parse(&account_id(runtime::random_bytes()))?;
    let image = form.library.as_ref().and_then(|library| library.image.clone());
    let (created_at, password) = (incoming.now, stored.to_text());
    let record = record(email.as_str(), image.clone(), created_at, None);
    let library = form.library.map(|Library { is_short, .. }| LibraryRecord { is_short, ..record.clone() });
    let account = AccountRow {
        user: user.clone(),
        name: name.clone(),
        password,
        image,
        created_at,
        verified_at: None,
        second_factor: None,
    };
    let (email_text, link) = (email.as_str().to_owned(), verification::first_link(incoming, email)?);
    let question = RegisterCall { email: email_text, account, link, is_upgrade: false, trace: incoming.trace() };
    AddAccount::ask(&incoming.env, shard_of(&email.hash()).unwrap_or_default(), &question).await?;
    let newcomer = newcomer(incoming, (user, None), name.clone(), status);
    let begun = new_session::begin(incoming, newcomer, false, form.remember, library).await;
    record_account(incoming, begun, &name, &record).await
}

/// Refuses a second account for a browser whose account is from before another pepper (`wasmchannel.md` 4.1).
async fn check_unknown(incoming: &Incoming, email: &str, password: &str) -> Result<(), CallError> {
    match credentials::check(incoming, &Credentials::of(email, Some(password))?).await {
        Ok(_) | Err(CallError::Refused(Refusal::SecondFactor)) => Err(Refusal::EmailTaken.into()),
        Err(CallError::Refused(Refusal::BadCredentials)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Signs in through the session routes: limit per address, Turnstile if it is required, password.
pub async fn sign_in_library(
    incoming: &Incoming,
    typed: &Credentials,
    token: Option<&str>,
    is_short: bool,
) -> Result<SignedIn, CallError> {
    let attempt = async {
        sign_in_attempts::charge_address(incoming).await?;
        let result = let_in_library(incoming, typed, token, is_short).await;
        sign_in_attempts::write_down_refusal(incoming, &result, false, &typed.target()).await;
        result
    };
    sign_in_attempts::logged(incoming, "library", attempt).await
}

async fn let_in_library(
    incoming: &Incoming,
    typed: &Credentials,
    token: Option<&str>,
    is_short: bool,
) -> Result<SignedIn, CallError> {
    if incoming.config.wasmchannel.asks_turnstile {
        turnstile::verify(incoming, token).await?;
    }
    let_in(incoming, typed, None, false, Some(is_short)).await
}

/// Returns what the table of accounts, and a session of the session routes, has of an account.
pub fn record(
    email: &str,
    image: Option<String>,
    account_created_at: Millis,
    verified_at: Option<Millis>,
) -> LibraryRecord {
    let (email, email_verified) = (email.to_owned(), verified_at.is_some());
    LibraryRecord { email, image, account_created_at, email_verified, ..LibraryRecord::default() }
}

fn newcomer(
    incoming: &Incoming,
    (user, verified_at): (UserId, Option<Millis>),
    name: String,
    status: Option<Status>,
) -> Newcomer {
    let is_unproved = verified_at.is_none() && mail::requires_proof(&incoming.env, incoming.config);
    Newcomer { status, is_unproved, ..Newcomer::new(user, UserKind::User, name, names::GUEST_AVATAR) }
}

/// Counts a try to get an account from this address, before the e-mail address is looked at: a refusal can say that it has an account.
pub async fn charge_try(incoming: &Incoming) -> Result<(), CallError> {
    gate::charge::<gate::CountTry>(&incoming.env, &incoming.config.rules.register_try, &incoming.address()).await
}

/// Takes the try of an account back, unless it was refused: refused tries have a limit of their own, and are no new accounts.
pub async fn take_try_back<T>(incoming: &Incoming, result: &Result<T, CallError>) {
    if matches!(result, Err(CallError::Refused(_))) {
        return;
    }
    let (env, rule) = (&incoming.env, &incoming.config.rules.register_try);
    telemetry::logged("register_try", gate::charge::<gate::TakeTryBack>(env, rule, &incoming.address()).await);
}

/// Counts a new account: for the invite that brings it, or for its address. Many people may know the code of an invite, so that only what
/// Turnstile lets pass takes its places (`people.md` 5.3).
pub async fn charge_new(incoming: &Incoming, is_checked: bool) -> Result<(), CallError> {
    let (env, rules, address) = (&incoming.env, &incoming.config.rules, incoming.address());
    if is_checked
        && let Some(code) = cookie::read_invite(incoming)
        && invites::is_good(incoming, &code).await
        && gate::has_place::<gate::CountInvited>(env, &rules.invited, &address).await?
        && gate::has_place::<gate::CountCode>(env, &rules.code, &code).await?
    {
        return Ok(());
    }
    gate::charge::<gate::CountRegister>(env, &rules.register, &address).await
}
