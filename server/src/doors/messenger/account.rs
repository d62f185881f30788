//! Accounts (`sign-in.md` 1): sign-up, and sign-in with e-mail address and password.
//!
//! The shard of the address stores the hash and counts the failures; the Worker computes the hash. An unknown address and a wrong password
//! cause the same work and the same answer.

use std::iter;

use protocol::content::text;
use protocol::people::account::account_id;
use protocol::people::account::password::{self, Method, PasswordHash, PasswordInput};
use protocol::people::email::Email;
use protocol::people::names;
use protocol::people::session::shard_of;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::status::Status;
use serde_json::json;

use super::new_session::{self, Newcomer, SignedIn};
use super::sign_in_attempts::{self, SignInTarget};
use super::{invites, refresh, unchanged, verification};
use crate::auth::password::{Recognised, check_configured, fresh, verify};
use crate::auth::turnstile;
use crate::calls::account::{
    AccountRow, AddAccount, Attempt, AttemptCall, BeginSignIn, ConfirmSignIn, HasAccount, OpenedCall, OwnBrowser,
    RegisterCall,
};
use crate::calls::auth::{LibraryRecord, ValidSession};
use crate::calls::gate;
use crate::http::cookie;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::objects::find_account;
use crate::outbound::mail;
use crate::projection::database;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Address and password as they were typed, in a form for the shard.
pub struct Credentials {
    email: Email,
    /// Other spellings of the address, which an older account may have.
    older: Vec<Email>,
    password: PasswordInput,
}

impl Credentials {
    /// Parses the typed texts. An invalid address gets the answer of an unknown one, which reveals nothing about any account.
    pub fn of(email: &str, typed: Option<&str>) -> Result<Self, Refusal> {
        let typed = typed.ok_or(Refusal::validation("password", "This member is missing."))?;
        let (password, typed) = (PasswordInput::of(typed), email);
        password::check_typed(&password)?;
        let email = Email::parse(typed)?;
        Ok(Self { older: email.older(typed), email, password })
    }

    /// Parses a typed password for the account at `email`, as the account keeps it: no other spelling is meant.
    pub fn of_account(email: &str, typed: &str) -> Result<Self, Refusal> {
        let password = PasswordInput::of(typed);
        password::check_typed(&password)?;
        Ok(Self { email: Email::kept(email)?, older: Vec::new(), password })
    }

    /// Returns the same for an account that may be older than the address, and then has another one.
    pub fn or_older(mut self, email: &str) -> Result<Self, Refusal> {
        self.older.extend(Some(Email::parse(email)?).filter(|older| *older != self.email));
        Ok(self)
    }

    /// Returns the account that the attempt is for.
    pub fn target(&self) -> SignInTarget {
        SignInTarget::Account(self.email.clone())
    }
}

/// Begins a session of the account with this address and password. Turnstile and the limit per address come before.
pub async fn let_in(
    incoming: &Incoming,
    typed: &Credentials,
    status: Option<Status>,
    remember: bool,
) -> Result<SignedIn, CallError> {
    let (email, account) = check_credentials(incoming, typed).await?;
    begin_of(incoming, &email, account, status, remember).await
}

/// Begins a session of an account whose owner has proved to be one. `email` is its address as its shard keeps it.
pub async fn begin_of(
    incoming: &Incoming,
    email: &str,
    account: AccountRow,
    status: Option<Status>,
    remember: bool,
) -> Result<SignedIn, CallError> {
    let digest = account.digest();
    let record = record(incoming, email, account.image, account.created_at, account.verified_at);
    let newcomer = newcomer(incoming, (account.user, account.verified_at), account.name.clone(), status);
    let begun = new_session::begin(incoming, newcomer, false, remember, None).await;
    let begun = unchanged::check(incoming, (email, digest), begun).await;
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
    let email = account.email.ok_or(Refusal::BadCredentials)?;
    let record = record(incoming, &email, account.image, account.created_at, account.verified_at);
    let who = (UserId::parse(user)?, account.verified_at);
    let newcomer = newcomer(incoming, who, account.name.clone(), status);
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

/// Checks that `password` belongs to the account of the signed-in person. The attempt counts like a sign-in, and for the person's sessions
/// together: whoever has one of them can begin others.
pub async fn check_own(incoming: &Incoming, own: &Principal, password: &str) -> Result<(), CallError> {
    prove_own(incoming, own, password).await.map(|_| ())
}

/// Checks the same. Returns the address of the account, and the digest of its stored password ([`AccountRow::digest`]), by which its shard
/// recognizes a later one.
pub async fn prove_own(incoming: &Incoming, own: &Principal, password: &str) -> Result<(String, String), CallError> {
    let email = find_account(&incoming.env, own.user.as_str()).await?.email.ok_or(Refusal::BadCredentials)?;
    let browser = OwnBrowser { user: own.user.clone(), id: own.user.to_string() };
    let typed = Credentials::of_account(&email, password)?;
    let (email, account) = opened_in(incoming, &typed, Some(browser)).await?;
    // The address may have got another account since it was read.
    if account.user != own.user {
        return Err(Refusal::BadCredentials.into());
    }
    let digest = account.digest();
    Ok((email, digest))
}

async fn check_credentials(incoming: &Incoming, typed: &Credentials) -> Result<(String, AccountRow), CallError> {
    opened_in(incoming, typed, refresh::own_browser(incoming).await).await
}

/// Returns the account that the password opens, with its address as its shard keeps it.
async fn opened_in(
    incoming: &Incoming,
    typed: &Credentials,
    browser: Option<OwnBrowser>,
) -> Result<(String, AccountRow), CallError> {
    check_configured(incoming)?;
    let spellings = iter::once(&typed.email).chain(&typed.older);
    let attempts = begin_attempts(incoming, spellings, browser.as_ref(), false).await?;
    let Some((owner, mut account, is_new)) = recognise(incoming, typed, &attempts).await? else {
        return Err(Refusal::BadCredentials.into());
    };
    let raised = if is_new { None } else { Some(fresh(incoming, &typed.password).await?.to_text()) };
    for (email, Attempt { attempt, .. }) in &attempts {
        let (password, compared) = (raised.clone().filter(|_| *email == owner), account.digest());
        let (email_text, attempt) = (email.as_str().to_owned(), *attempt);
        let opened = OpenedCall { email: email_text, attempt, password, compared, is_recovery: false };
        ask::<ConfirmSignIn>(incoming, &email.hash(), &opened).await?;
    }
    if let Some(password) = raised {
        account.password = password;
    }
    Ok((owner.as_str().to_owned(), account))
}

/// Counts an attempt for each spelling of an address (`sign-in.md` 5), with a recovery code apart from those with a password.
pub async fn begin_attempts<'a>(
    incoming: &Incoming,
    spellings: impl Iterator<Item = &'a Email>,
    browser: Option<&OwnBrowser>,
    is_recovery: bool,
) -> Result<Vec<(&'a Email, Attempt)>, CallError> {
    let mut answers = Vec::new();
    for email in spellings {
        let (email_text, network) = (email.as_str().to_owned(), incoming.trace().address);
        let question = AttemptCall { email: email_text, network, browser: browser.cloned(), is_recovery };
        let answer = ask::<BeginSignIn>(incoming, &email.hash(), &question).await;
        let is_refused = answer.is_err();
        answers.push((email, answer));
        // A browser of nobody has no other place at another spelling.
        if is_refused && browser.is_none() {
            break;
        }
    }
    permitted(answers, browser)
}

/// Returns the attempts that may go on. A browser of an account's owner is a place at that account alone, and a network at the other
/// spellings of its address: a wait of the network does not keep the owner out.
fn permitted<'a>(
    answers: Vec<(&'a Email, Result<Attempt, CallError>)>,
    browser: Option<&OwnBrowser>,
) -> Result<Vec<(&'a Email, Attempt)>, CallError> {
    let is_owners = |attempt: &Attempt| {
        attempt.account.as_ref().zip(browser).is_some_and(|(account, browser)| account.user == browser.user)
    };
    let has_owner = answers.iter().any(|(_, answer)| answer.as_ref().is_ok_and(is_owners));
    let is_left_out = |answer: &Result<Attempt, CallError>| {
        has_owner && matches!(answer, Err(CallError::Refused(Refusal::RateLimited { .. })))
    };
    let kept = answers.into_iter().filter(|(_, answer)| !is_left_out(answer));
    kept.map(|(email, answer)| Ok((email, answer?))).collect()
}

/// Returns the account that the password opens, with its address, and `true` if its hash is as a new one would be. Two accounts can have
/// spellings of one address (`text.md` 6): the password says which of them is meant.
async fn recognise<'a>(
    incoming: &Incoming,
    typed: &Credentials,
    attempts: &[(&'a Email, Attempt)],
) -> Result<Option<(&'a Email, AccountRow, bool)>, CallError> {
    let methods = attempts.iter().flat_map(|(_, attempt)| &attempt.methods);
    let in_use: Vec<Method> = methods.filter_map(|method| Method::parse(method)).collect();
    let found = attempts.iter().filter_map(|(email, attempt)| Some((*email, attempt.account.as_ref()?)));
    let found: Vec<(&Email, &AccountRow)> = found.collect();
    if let [(_, one), (_, other), ..] = found.as_slice() {
        telemetry::event("address_pair", json!({ "users": [one.user, other.user] }));
    }
    // An unknown address costs a hash as well.
    let unknown = found.is_empty().then_some(None);
    for candidate in found.into_iter().map(Some).chain(unknown) {
        let stored = candidate.map(|(_, account)| stored_of(&account.password)).transpose()?;
        let recognised = verify(incoming, stored.as_ref(), &in_use, &typed.email.hash(), &typed.password).await?;
        if let (Some((email, account)), Some(stored), Some(recognised)) = (candidate, stored, recognised) {
            let is_new = stored.method == incoming.config.password_method && recognised == Recognised::Spelled;
            return Ok(Some((email, account.clone(), is_new)));
        }
    }
    Ok(None)
}

/// Returns the older spelling of a wanted address under which there is an account already, or which is kept for whoever had it.
pub async fn older_holder(incoming: &Incoming, email: &Email, typed: &str) -> Result<Option<Email>, CallError> {
    for older in email.older(typed) {
        if ask::<HasAccount>(incoming, &older.hash(), &older.as_str().to_owned()).await? {
            return Ok(Some(older));
        }
    }
    Ok(None)
}

/// Form of a sign-up, from any route.
#[derive(Debug, Default)]
pub struct Registration {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Display name.
    pub display_name: String,
    /// Turnstile token.
    pub token: Option<String>,
    /// Initial status.
    pub status: Option<String>,
    /// Remembers this browser.
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
    let result = try_register(incoming, form).await;
    sign_in_attempts::log_sign_in(incoming, &result, "register");
    result
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
    // Many people may know the code of an invite, so that only what Turnstile lets pass can take its places.
    let invite = if asks_turnstile(incoming, &form) { invite_of(incoming).await? } else { None };
    if invite.is_none() {
        charge_address(incoming).await?;
    }
    let result = enrol(incoming, form, &email, (name, status), invite).await;
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
    invite: Option<String>,
) -> Result<SignedIn, CallError> {
    if asks_turnstile(incoming, &form) {
        turnstile::verify(incoming, form.token.as_deref()).await?;
    }
    if let Some(code) = invite
        && !gate::has_place::<gate::CountCode>(&incoming.env, &incoming.config.rules.code, &code).await?
    {
        charge_address(incoming).await?;
    }
    if let Some(before) = form.library.as_ref().and_then(|library| library.before.as_deref()) {
        check_unknown(incoming, before, &form.password).await?;
    }
    if older_holder(incoming, email, &form.email).await?.is_some() {
        return Err(Refusal::EmailTaken.into());
    }
    let stored = fresh(incoming, &PasswordInput::of(&form.password)).await?;
    let user = UserId::parse(&account_id(runtime::random_bytes()))?;
    let image = form.library.as_ref().and_then(|library| library.image.clone());
    let (created_at, password) = (incoming.now, stored.to_text());
    let record = record(incoming, email.as_str(), image.clone(), created_at, None);
    let library = form.library.map(|Library { is_short, .. }| LibraryRecord { is_short, ..record.clone() });
    let account = AccountRow { user: user.clone(), name: name.clone(), password, image, created_at, verified_at: None };
    let (email_text, link) = (email.as_str().to_owned(), verification::first_link(incoming, email)?);
    let question = RegisterCall { email: email_text, account, link, is_upgrade: false, trace: incoming.trace() };
    ask::<AddAccount>(incoming, &email.hash(), &question).await?;
    let newcomer = newcomer(incoming, (user, None), name.clone(), status);
    let begun = new_session::begin(incoming, newcomer, false, form.remember, library).await;
    record_account(incoming, begun, &name, &record).await
}

/// Refuses a second account for a browser whose account is from before another pepper (`wasmchannel.md` 4.1).
async fn check_unknown(incoming: &Incoming, email: &str, password: &str) -> Result<(), CallError> {
    match check_credentials(incoming, &Credentials::of(email, Some(password))?).await {
        Ok(_) => Err(Refusal::EmailTaken.into()),
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
    let result = try_sign_in_library(incoming, typed, token, is_short).await;
    sign_in_attempts::log_sign_in(incoming, &result, "library");
    result
}

async fn try_sign_in_library(
    incoming: &Incoming,
    typed: &Credentials,
    token: Option<&str>,
    is_short: bool,
) -> Result<SignedIn, CallError> {
    sign_in_attempts::charge_address(incoming).await?;
    let result = let_in_library(incoming, typed, token, is_short).await;
    sign_in_attempts::write_down_refusal(incoming, &result, false, &typed.target()).await;
    result
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
    let (email, account) = check_credentials(incoming, typed).await?;
    let digest = account.digest();
    let record = record(incoming, &email, account.image, account.created_at, account.verified_at);
    let library = Some(LibraryRecord { is_short, ..record.clone() });
    let newcomer = newcomer(incoming, (account.user, account.verified_at), account.name.clone(), None);
    let begun = new_session::begin(incoming, newcomer, false, false, library).await;
    let begun = unchanged::check(incoming, (email.as_str(), digest), begun).await;
    record_account(incoming, begun, &account.name, &record).await
}

/// Returns what the table of accounts, and a session of the session routes, has of an account.
pub fn record(
    incoming: &Incoming,
    email: &str,
    image: Option<String>,
    account_created_at: Millis,
    verified_at: Option<Millis>,
) -> LibraryRecord {
    let (email, email_verified) = (email.to_owned(), verified_at.is_some());
    LibraryRecord { email, image, account_created_at, address: incoming.address(), is_short: false, email_verified }
}

fn newcomer(
    incoming: &Incoming,
    (user, verified_at): (UserId, Option<Millis>),
    name: String,
    status: Option<Status>,
) -> Newcomer {
    let avatar = names::GUEST_AVATAR.to_owned();
    let is_unproved = verified_at.is_none() && mail::requires_proof(&incoming.env, incoming.config);
    Newcomer { user, kind: UserKind::User, name, avatar, message: String::new(), status, is_unproved, room: None }
}

fn stored_of(text: &str) -> Result<PasswordHash, CallError> {
    PasswordHash::parse(text).ok_or_else(|| CallError::Broken(Fault("a stored password hash cannot be read".into())))
}

async fn ask<R: Request>(
    incoming: &Incoming,
    email_hash: &str,
    question: &R::Question,
) -> Result<R::Answer, CallError> {
    R::ask(&incoming.env, shard_of(email_hash).unwrap_or_default(), question).await
}

/// Returns the code of the invite that brings a new account, if it opens something and the address has a place for it: a class has one
/// address (`people.md` 5.3).
async fn invite_of(incoming: &Incoming) -> Result<Option<String>, CallError> {
    let (env, rules, address) = (&incoming.env, &incoming.config.rules, incoming.address());
    let Some(code) = cookie::read_invite(incoming) else { return Ok(None) };
    let has_place = invites::is_good(incoming, &code).await
        && gate::has_place::<gate::CountInvited>(env, &rules.invited, &address).await?;
    Ok(has_place.then_some(code))
}

/// Counts a new account of this address that no invite brings.
pub async fn charge_address(incoming: &Incoming) -> Result<(), CallError> {
    gate::charge::<gate::CountRegister>(&incoming.env, &incoming.config.rules.register, &incoming.address()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Address of which two accounts have a spelling each.
    const TYPED: &str = "mia@b\u{fc}cher.example";

    fn user(id: &str) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn attempt(of: Option<&str>) -> Result<Attempt, CallError> {
        let account = of.map(|id| AccountRow {
            user: user(id),
            name: String::new(),
            password: String::new(),
            image: None,
            created_at: 0,
            verified_at: None,
        });
        Ok(Attempt { attempt: 1, account, methods: Vec::new() })
    }

    fn waits() -> Result<Attempt, CallError> {
        Err(Refusal::RateLimited { retry_after_ms: 9 }.into())
    }

    #[test]
    fn a_proof_of_an_account_is_asked_at_its_own_spelling_alone() {
        let older = Credentials::of_account(TYPED, "saturday-orchard-lamp").unwrap();
        assert_eq!((older.email.as_str(), older.older.len()), (TYPED, 0));
        let newer = Credentials::of_account("mia@xn--bcher-kva.example", "saturday-orchard-lamp").unwrap();
        assert_eq!((newer.email.as_str(), newer.older.len()), ("mia@xn--bcher-kva.example", 0));
    }

    #[test]
    fn a_browser_of_the_owner_waits_for_no_network_at_another_spelling() {
        let email = Email::parse(TYPED).unwrap();
        let own = OwnBrowser { user: user("u_1"), id: "b1".to_owned() };
        let judged = |first, second, browser| {
            permitted(vec![(&email, first), (&email, second)], browser).map(|attempts| attempts.len()).ok()
        };
        assert_eq!(judged(waits(), attempt(Some("u_1")), Some(&own)), Some(1));
        assert_eq!(judged(attempt(Some("u_1")), waits(), Some(&own)), Some(1));
        assert_eq!(judged(attempt(None), attempt(Some("u_1")), Some(&own)), Some(2));
        assert_eq!(judged(waits(), attempt(Some("u_2")), Some(&own)), None, "another person's account");
        assert_eq!(judged(waits(), attempt(None), Some(&own)), None);
        assert_eq!(judged(waits(), attempt(Some("u_1")), None), None);
        let broken = Err(CallError::Busy(Fault(String::new())));
        assert_eq!(judged(broken, attempt(Some("u_1")), Some(&own)), None);
    }
}
