//! Proof of an account by its e-mail address and password (`sign-in.md` 1 and 5), and by its second factor where it has one.
//!
//! The shard of the address stores the hash and counts the failures; the Worker computes the hash. An unknown address and a wrong password
//! cause the same work and the same answer.

use std::iter;

use protocol::people::account::password::{self, Method, PasswordHash, PasswordInput};
use protocol::people::account::second_factor::TypedFactor;
use protocol::people::email::Email;
use protocol::people::session::shard_of;
use protocol::words::principal::Principal;
use protocol::words::refusal::{Fault, Refusal};
use serde_json::json;

use super::refresh;
use super::second_factor::{self, ShownFactor};
use super::sign_in_attempts::SignInTarget;
use crate::auth::password::{Recognised, check_configured, fresh, verify};
use crate::calls::account::{
    AccountRow, Attempt, AttemptCall, BeginSignIn, ConfirmSignIn, HasAccount, OpenedCall, OwnBrowser, UsedFactor,
    find_account,
};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Address and password as they were typed, in a form for the shard.
pub struct Credentials {
    email: Email,
    /// Other spellings of the address, which an older account may have.
    older: Vec<Email>,
    password: PasswordInput,
    /// Second factor that came along.
    factor: Option<TypedFactor>,
}

impl Credentials {
    /// Parses the typed texts. An invalid address gets the answer of an unknown one, which reveals nothing about any account.
    pub fn of(email: &str, typed: Option<&str>) -> Result<Self, Refusal> {
        let typed = typed.ok_or(Refusal::validation("password", "This member is missing."))?;
        let (password, typed) = (PasswordInput::of(typed), email);
        password::check_typed(&password)?;
        let email = Email::parse(typed)?;
        Ok(Self { older: email.older(typed), email, password, factor: None })
    }

    /// Parses a typed password for the account at `email`, as the account keeps it: no other spelling is meant.
    pub fn of_account(email: &str, typed: &str) -> Result<Self, Refusal> {
        let password = PasswordInput::of(typed);
        password::check_typed(&password)?;
        Ok(Self { email: Email::kept(email)?, older: Vec::new(), password, factor: None })
    }

    /// Returns the same for an account that may be older than the address, and then has another one.
    pub fn or_older(mut self, email: &str) -> Result<Self, Refusal> {
        self.older.extend(Some(Email::parse(email)?).filter(|older| *older != self.email));
        Ok(self)
    }

    /// Returns the same with the second factor that was typed, if any was.
    pub fn with_factor(self, typed: Option<&str>) -> Self {
        Self { factor: typed.and_then(TypedFactor::of), ..self }
    }

    pub fn target(&self) -> SignInTarget {
        SignInTarget::Account(self.email.clone())
    }
}

/// Account that a password has opened.
pub struct Opened {
    /// Its address, as its shard keeps it.
    pub email: String,
    pub account: AccountRow,
    /// Second factor that was compared, where the act asked for it.
    pub factor: Option<UsedFactor>,
}

impl Opened {
    /// Returns `true` if a session that begins thereby begins with two factors (`account.md` 12). A recovery code lets its owner in, and is
    /// no second factor.
    pub fn has_two_factors(&self) -> bool {
        self.factor.as_ref().is_some_and(UsedFactor::is_of_app)
    }
}

/// Part of the second factor of an account in an act.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FactorUse {
    /// The session has shown it.
    Unasked,
    /// It is compared, and the act uses it up.
    Compared,
    /// It is compared and used up.
    Used,
}

/// Checks that `password` belongs to the account of the signed-in person. The attempt counts like a sign-in, and for all sessions of the
/// person together: with one session, an attacker can begin others.
pub async fn check_own(incoming: &Incoming, own: &Principal, password: &str) -> Result<(), CallError> {
    prove_own(incoming, own, password, None).await.map(|_| ())
}

/// Checks the same, and the second factor of an account that has one, where the act brings it along (`code`).
pub async fn prove_own(
    incoming: &Incoming,
    own: &Principal,
    password: &str,
    code: Option<&str>,
) -> Result<Opened, CallError> {
    let email = find_account(&incoming.env, own.user.as_str()).await?.email.ok_or(Refusal::BadCredentials)?;
    let browser = OwnBrowser { user: own.user.clone(), id: own.user.to_string() };
    let typed = Credentials::of_account(&email, password)?.with_factor(code);
    let factor_use = if code.is_some() { FactorUse::Compared } else { FactorUse::Unasked };
    let opened = opened_in(incoming, &typed, Some(browser), factor_use).await?;
    // The address may have got another account since it was read.
    if opened.account.user != own.user {
        return Err(Refusal::BadCredentials.into());
    }
    Ok(opened)
}

/// Returns the account that address, password and second factor open, with its address as its shard keeps it.
pub async fn check(incoming: &Incoming, typed: &Credentials) -> Result<Opened, CallError> {
    opened_in(incoming, typed, refresh::own_browser(incoming).await, FactorUse::Used).await
}

async fn opened_in(
    incoming: &Incoming,
    typed: &Credentials,
    browser: Option<OwnBrowser>,
    factor_use: FactorUse,
) -> Result<Opened, CallError> {
    check_configured(incoming)?;
    let spellings = iter::once(&typed.email).chain(&typed.older);
    let attempts = begin_attempts(incoming, spellings, browser.as_ref(), false).await?;
    let Some((owner, mut account, is_new)) = recognise(incoming, typed, &attempts).await? else {
        return Err(Refusal::BadCredentials.into());
    };
    let shown = match account.second_factor.as_ref().filter(|_| factor_use != FactorUse::Unasked) {
        Some(factor) => second_factor::compare(incoming, account.user.as_str(), factor, typed.factor.as_ref())?,
        None => ShownFactor::Unasked,
    };
    let (factor, is_half) = match shown {
        ShownFactor::Unasked => (None, false),
        ShownFactor::Right(used) => (Some(used), false),
        // A password without a code is no guess at one: the attempt is taken back, and nothing is forgiven.
        ShownFactor::Missing => (None, true),
        ShownFactor::Wrong => return Err(Refusal::SecondFactor.into()),
    };
    let raised = if is_new { None } else { Some(fresh(incoming, &typed.password).await?.to_text()) };
    for (email, Attempt { attempt, .. }) in &attempts {
        let (password, compared) = (raised.clone().filter(|_| *email == owner), account.digest());
        let (email_text, attempt) = (email.as_str().to_owned(), *attempt);
        let asks_factor = factor_use == FactorUse::Used;
        let opened = OpenedCall {
            email: email_text,
            attempt,
            password,
            compared,
            factor: factor.clone().filter(|_| asks_factor),
            asks_factor,
            is_half,
            ..OpenedCall::default()
        };
        ask::<ConfirmSignIn>(incoming, &email.hash(), &opened).await?;
    }
    if is_half {
        return Err(Refusal::SecondFactor.into());
    }
    if let Some(password) = raised {
        account.password = password;
    }
    Ok(Opened { email: owner.as_str().to_owned(), account, factor })
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

/// Refuses a wanted address that has an account already in any spelling, or that is reserved for the account that had it before.
pub async fn check_free(incoming: &Incoming, email: &Email, typed: &str) -> Result<(), CallError> {
    let is_taken = ask::<HasAccount>(incoming, &email.hash(), &email.as_str().to_owned()).await?
        || older_holder(incoming, email, typed).await?.is_some();
    if is_taken { Err(Refusal::EmailTaken.into()) } else { Ok(()) }
}

/// Returns the older spelling of a wanted address that has an account already, or that is reserved for the account that had it before.
pub async fn older_holder(incoming: &Incoming, email: &Email, typed: &str) -> Result<Option<Email>, CallError> {
    for older in email.older(typed) {
        if ask::<HasAccount>(incoming, &older.hash(), &older.as_str().to_owned()).await? {
            return Ok(Some(older));
        }
    }
    Ok(None)
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

#[cfg(test)]
mod tests {
    use protocol::words::ids::UserId;

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
            second_factor: None,
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
