//! Recovery codes (`account.md` 5.1): new ones for the owner of an account, and the way back into the account by one of them.
//!
//! An unknown address and a wrong code cause the same work and the same answer, as at a sign-in with a password.

use std::iter;

use app::mail::AccountMail;
use protocol::people::account::password::{self, PasswordInput};
use protocol::people::account::recovery::RecoveryCode;
use protocol::people::account::second_factor::TypedFactor;
use protocol::people::account::sensitive::SensitiveAct;
use protocol::people::email::Email;
use protocol::people::session::shard_of_text;
use protocol::words::limits::RECOVERY_CODES;
use protocol::words::refusal::Refusal;
use serde_json::json;

use super::new_session::{self, SignedIn};
use super::proof::{Claim, Proved};
use super::second_factor::{self, ShownFactor};
use super::sign_in_attempts::{self, SignInTarget};
use super::{account, account_links, credentials, members, passkeys, refresh};
use crate::auth::password::{check_configured, fresh, recovery_hash, recovery_hash_before};
use crate::auth::session;
use crate::calls::account::{AccountRow, Attempt, ConfirmSignIn, OpenedCall};
use crate::calls::auth::Purpose;
use crate::calls::recovery::{RecoveryCodesCall, ReplaceRecoveryCodes, UseRecoveryCode, UseRecoveryCodeCall};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// `POST /api/me/recovery-codes`.
pub async fn create_codes(incoming: &Incoming) -> HandlerResult {
    let proved = Claim::of(incoming, SensitiveAct::RecoveryCodes).await?.prove(incoming, None).await?;
    let codes = make_codes(incoming, proved).await?;
    Ok(Reply::json(&json!({ "codes": codes }))?.with_status(201))
}

/// `POST /api/auth/recover`.
pub async fn recover_account(incoming: &Incoming) -> HandlerResult {
    let members =
        members::of(incoming, &["email", "code", "password", "secondFactor", "passkeys", "remember", "status"]).await?;
    let form = RecoverForm {
        email: members.needed_text("email")?.to_owned(),
        code: members.needed_text("code")?.to_owned(),
        password: members.needed_text("password")?.to_owned(),
        second_factor: members.text("secondFactor")?.map(str::to_owned),
        keep: passkeys::kept(&members)?,
        remember: members.flag("remember")?,
        status: members.text("status")?.map(str::to_owned),
    };
    let begun = recover(incoming, form).await?;
    refresh::answer_sign_in(incoming, begun).await
}

/// Makes recovery codes, which replace all earlier ones. They are shown once.
async fn make_codes(incoming: &Incoming, Proved { own, email, digest, .. }: Proved) -> Result<Vec<String>, CallError> {
    let (user, session) = (own.principal.user.to_string(), Some(own.principal.session));
    let codes: Vec<RecoveryCode> =
        iter::repeat_with(|| RecoveryCode::drawn(runtime::random_bytes())).take(RECOVERY_CODES).collect();
    let hashes = codes.iter().map(|code| recovery_hash(incoming, code)).collect::<Result<Vec<String>, Refusal>>()?;
    let shard = shard_of_text(&email);
    let mail = account_links::told(incoming, &email, &AccountMail::CodesMade);
    let (digest, trace) = (Some(digest).filter(|digest| !digest.is_empty()), incoming.trace());
    let question = RecoveryCodesCall { email, user, hashes, digest, session, mail, trace };
    ReplaceRecoveryCodes::ask(&incoming.env, &shard, &question).await.map_err(|error| match error {
        // Another password has taken the place of the one with which the session began.
        CallError::Refused(Refusal::BadCredentials) => Refusal::ReauthRequired.into(),
        error => error,
    })?;
    // An act that ends codes may have ended this session since it was asked, and does not know of the new ones.
    if let Err(error) = session::require(incoming, Purpose::Inspect).await {
        let none = RecoveryCodesCall { hashes: Vec::new(), digest: None, session: None, mail: None, ..question };
        ReplaceRecoveryCodes::ask(&incoming.env, &shard, &none).await?;
        return Err(error);
    }
    Ok(codes.iter().map(RecoveryCode::to_text).collect())
}

#[derive(Debug, Default)]
pub struct RecoverForm {
    /// E-mail address of the account.
    pub email: String,
    pub code: String,
    pub password: String,
    /// Code of the authenticator app, or another recovery code; for an account with a second factor.
    pub second_factor: Option<String>,
    /// Ids of the passkeys that stay; `None` without a choice.
    pub keep: Option<Vec<String>>,
    pub remember: bool,
    pub status: Option<String>,
}

/// Replaces the password of an account by a recovery code, and signs in.
pub async fn recover(incoming: &Incoming, form: RecoverForm) -> Result<SignedIn, CallError> {
    sign_in_attempts::logged(incoming, "recovery", try_recover(incoming, form)).await
}

async fn try_recover(incoming: &Incoming, form: RecoverForm) -> Result<SignedIn, CallError> {
    check_configured(incoming)?;
    let status = new_session::status_of(form.status.as_deref())?;
    let email = Email::parse(&form.email)?;
    let typed = Typed {
        older: email.older(&form.email),
        code: RecoveryCode::parse(&form.code),
        password: PasswordInput::of(&form.password),
        factor: form.second_factor.as_deref().and_then(TypedFactor::of),
        keep: form.keep,
        email,
    };
    // The name of the account counts once the code has proved its owner.
    password::check_chosen(&typed.password, typed.email.as_str(), "")?;
    sign_in_attempts::charge_address(incoming).await?;
    let result = match use_code(incoming, &typed).await {
        Ok((email, account)) => account::begin_of(incoming, &email, account, status, form.remember).await,
        Err(error) => Err(error),
    };
    sign_in_attempts::write_down_refusal(incoming, &result, false, &SignInTarget::Account(typed.email)).await;
    result
}

/// Typed texts of a recovery, in the forms for the shard.
struct Typed {
    email: Email,
    /// Other spellings of the address, which an older account may have.
    older: Vec<Email>,
    code: Option<RecoveryCode>,
    password: PasswordInput,
    factor: Option<TypedFactor>,
    keep: Option<Vec<String>>,
}

/// Uses the code up, and returns the account with its address. Two accounts can have spellings of one address (`text.md` 6): the code says
/// which of them is meant.
async fn use_code(incoming: &Incoming, typed: &Typed) -> Result<(String, AccountRow), CallError> {
    let (spellings, browser) = (iter::once(&typed.email).chain(&typed.older), refresh::own_browser(incoming).await);
    let attempts = credentials::begin_attempts(incoming, spellings, browser.as_ref(), true).await?;
    // An unknown address costs a hash as well.
    let stored = fresh(incoming, &typed.password).await?.to_text();
    let known = attempts.iter().filter(|(_, attempt)| attempt.account.is_some()).count();
    let candidates = attempts.iter().filter(|(_, attempt)| known == 0 || attempt.account.is_some()).take(known.max(1));
    for (owner, attempt) in candidates {
        let account = match use_code_of(incoming, typed, (owner, attempt), &stored).await {
            Err(CallError::Refused(Refusal::BadCredentials)) => continue,
            used => used?,
        };
        for (email, Attempt { attempt, .. }) in attempts.iter().filter(|(email, _)| email != owner) {
            let (email_text, attempt) = (email.as_str().to_owned(), *attempt);
            let opened = OpenedCall { email: email_text, attempt, is_recovery: true, ..OpenedCall::default() };
            ConfirmSignIn::ask(&incoming.env, &shard_of_text(email.as_str()), &opened).await?;
        }
        return Ok((owner.as_str().to_owned(), account));
    }
    Err(Refusal::BadCredentials.into())
}

/// Uses the code up at the account of this address. A password that the owner of the account may not choose is refused only if the code is
/// right, and leaves the code good.
async fn use_code_of(
    incoming: &Incoming,
    typed: &Typed,
    (owner, Attempt { attempt, account, .. }): (&Email, &Attempt),
    stored: &str,
) -> Result<AccountRow, CallError> {
    let name = account.as_ref().map_or("", |account| account.name.as_str());
    let chosen = password::check_chosen(&typed.password, owner.as_str(), name);
    let code_hash = typed.code.as_ref().map(|code| recovery_hash(incoming, code)).transpose()?.unwrap_or_default();
    let code_hash_before = typed.code.as_ref().and_then(|code| recovery_hash_before(incoming, code));
    let factor = account.as_ref().and_then(|account| Some((account, account.second_factor.as_ref()?)));
    let shown = factor.map(|(account, factor)| {
        second_factor::compare(incoming, account.user.as_str(), factor, typed.factor.as_ref())
    });
    // The shard refuses a second factor that is missing or wrong, once the code is right: nobody else learns that the account has one.
    let factor = shown.transpose()?.and_then(ShownFactor::right);
    let question = UseRecoveryCodeCall {
        email: owner.as_str().to_owned(),
        attempt: *attempt,
        code_hash,
        code_hash_before,
        password: chosen.is_ok().then(|| stored.to_owned()),
        keep_passkeys: typed.keep.clone(),
        factor,
        mail: account_links::told(incoming, owner.as_str(), &AccountMail::RecoveryUsed),
        trace: incoming.trace(),
    };
    let account = UseRecoveryCode::ask(&incoming.env, &shard_of_text(owner.as_str()), &question).await?;
    chosen?;
    Ok(account)
}
