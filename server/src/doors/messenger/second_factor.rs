//! Second factor of an account (`account.md` 12): its beginning and its end by the owner, and the comparison of what came along with a password.
//!
//! Between its two calls, the beginning is in nobody's table: what the first one answers is sealed, and the second one brings it back.

use app::mail::AccountMail;
use protocol::content::qr;
use protocol::people::account::second_factor::{FactorSecret, StoredFactor, TypedFactor};
use protocol::people::account::sensitive::SensitiveAct;
use protocol::people::session::shard_of_text;
use protocol::trust::sealing::{AssociatedData, ContentKeys};
use protocol::words::event::Millis;
use protocol::words::limits::SECOND_FACTOR_BEGUN_MS;
use protocol::words::refusal::{Fault, Refusal};
use serde_json::json;

use super::proof::{Claim, Proved};
use super::{account_links, mails, members, own_account, passkeys};
use crate::auth::password::{factor_keys, recovery_hash, recovery_hash_before};
use crate::calls::account::{UsedFactor, find_account};
use crate::calls::recovery::{SecondFactorCall, SetSecondFactor};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// `POST /api/me/second-factor`: a secret for the authenticator app. Nothing changes until a code of it comes back.
pub async fn begin(incoming: &Incoming) -> HandlerResult {
    let members = members::of(incoming, &["password"]).await?;
    let claim = Claim::of(incoming, SensitiveAct::SecondFactor).await?;
    let Proved { own, email, digest, has_second_factor, verified_at, .. } =
        claim.prove(incoming, members.text("password")?).await?;
    if has_second_factor {
        return Err(Refusal::Conflict.into());
    }
    let user = own.principal.user.as_str();
    if verified_at.is_none() && mails::check_on(incoming).is_ok() {
        return Err(Refusal::EmailUnverified.into());
    }
    let secret = FactorSecret::drawn(runtime::drawn_bytes()?);
    let (text, uri) = (secret.to_text(), secret.uri(&email));
    let begun = format!("{} {digest} {text}", runtime::now_ms() + SECOND_FACTOR_BEGUN_MS);
    let pending = seal(&factor_keys(incoming)?, user, "begun", &begun)?;
    let qr = qr::code(&uri).map(|code| code.svg());
    Ok(Reply::json(&json!({ "secret": text, "uri": uri, "qr": qr, "pending": pending }))?.with_status(201))
}

/// `PUT /api/me/second-factor`: the first code switches it on.
pub async fn complete(incoming: &Incoming) -> HandlerResult {
    let members = members::of(incoming, &["pending", "code", "passkeys"]).await?;
    let claim = Claim::of(incoming, SensitiveAct::SecondFactor).await?;
    let own = claim.principal();
    passkeys::check_account(own)?;
    own_account::charge_change(incoming, own).await?;
    let keep_passkeys = passkeys::kept(&members)?;
    let (user, keys) = (own.user.to_string(), factor_keys(incoming)?);
    let old = || Refusal::validation("pending", "This has expired. Please start again.");
    let pending = members.needed_text("pending")?;
    // A text that is not sealed is nobody's proof.
    let begun = Some(pending).filter(|text| keys.is_current(text.as_bytes())).ok_or_else(old)?;
    let begun = open(&keys, &user, "begun", begun).map_err(|_| old())?;
    // The body may have come long after the head.
    let now = runtime::now_ms();
    let (digest, secret) = begun_of(&begun, now).ok_or_else(old)?;
    let used = secret.step_of(members.needed_text("code")?, 0, now).ok_or(Refusal::SecondFactor)?;
    let sealed = seal(&keys, &user, "secret", &secret.to_text())?;
    let made = StoredFactor { secret: sealed, made_at: now, used };
    let email = find_account(&incoming.env, &user).await?.email.ok_or(Refusal::NotFound)?;
    let keep = Some(own.session.clone());
    let act =
        SecondFactorCall { email, user, digest, made: Some(made), keep, keep_passkeys, ..SecondFactorCall::default() };
    match set(incoming, act, &AccountMail::SecondFactorMade).await {
        // Another password has taken the place of the one that was proved.
        Err(CallError::Refused(Refusal::BadCredentials)) => Err(old().into()),
        made => made,
    }
}

/// `DELETE /api/me/second-factor`.
pub async fn end(incoming: &Incoming) -> HandlerResult {
    let members = members::of(incoming, &["password", "code"]).await?;
    let claim = Claim::of(incoming, SensitiveAct::SecondFactor).await?;
    let (password, code) = (members.text("password")?, members.needed_text("code")?);
    let Proved { own, email, digest, factor, .. } = claim.prove_with(incoming, password, Some(code)).await?;
    let (user, used) = (own.principal.user.to_string(), Some(factor.ok_or(Refusal::Conflict)?));
    let act = SecondFactorCall { email, user, digest, used, ..SecondFactorCall::default() };
    set(incoming, act, &AccountMail::SecondFactorEnded).await
}

async fn set(incoming: &Incoming, act: SecondFactorCall, told: &AccountMail<'_>) -> HandlerResult {
    let mail = account_links::told(incoming, &act.email, told);
    let question = SecondFactorCall { mail, trace: incoming.trace(), ..act };
    SetSecondFactor::ask(&incoming.env, &shard_of_text(&question.email), &question).await?;
    Ok(Reply::empty())
}

/// Returns the digest of the proved password and the secret of a beginning that is not too old.
fn begun_of(text: &str, now: Millis) -> Option<(String, FactorSecret)> {
    let mut parts = text.split(' ');
    let until: Millis = parts.next()?.parse().ok()?;
    let digest = parts.next()?.to_owned();
    let secret = FactorSecret::parse(parts.next()?)?;
    (now < until).then_some((digest, secret))
}

pub enum ShownFactor {
    /// Nobody asks for it.
    Unasked,
    /// Nothing came along.
    Missing,
    /// The one that came along is not right.
    Wrong,
    /// Its shard has to use it up.
    Right(UsedFactor),
}

impl ShownFactor {
    /// Returns what is to be used up, if it may be right.
    pub fn right(self) -> Option<UsedFactor> {
        match self {
            Self::Right(used) => Some(used),
            Self::Unasked | Self::Missing | Self::Wrong => None,
        }
    }
}

/// Compares what was typed with the second factor of an account. Only the shard of the account knows whether a recovery code is one.
pub fn compare(
    incoming: &Incoming,
    user: &str,
    factor: &StoredFactor,
    typed: Option<&TypedFactor>,
) -> Result<ShownFactor, CallError> {
    Ok(match typed {
        None => ShownFactor::Missing,
        Some(TypedFactor::Recovery(code)) => {
            let hashes = std::iter::once(recovery_hash(incoming, code)?).chain(recovery_hash_before(incoming, code));
            ShownFactor::Right(UsedFactor::Recovery(hashes.collect()))
        }
        Some(TypedFactor::Code(typed)) => {
            let keys = factor_keys(incoming)?;
            let Ok(text) = open(&keys, user, "secret", &factor.secret) else {
                // Its pepper is not named any more (`deploy.md`): no code is right.
                telemetry::event("second_factor_unreadable", json!({ "user": user }));
                return Ok(ShownFactor::Wrong);
            };
            let secret = FactorSecret::parse(&text).ok_or_else(|| Fault("a second factor cannot be read".into()))?;
            match secret.step_of(typed, factor.used, runtime::now_ms()) {
                None => ShownFactor::Wrong,
                // It is sealed with the pepper of today from now on.
                Some(step) => ShownFactor::Right(UsedFactor::Code(step, seal(&keys, user, "secret", &text)?)),
            }
        }
    })
}

fn place<'a>(user: &'a str, column: &'a str) -> AssociatedData<'a> {
    AssociatedData { log: "auth", table: "second_factor", column, row: user }
}

fn seal(keys: &ContentKeys, user: &str, column: &str, text: &str) -> Result<String, CallError> {
    Ok(keys.seal(place(user, column), text, &runtime::drawn_bytes()?).map_err(Fault::from)?)
}

fn open(keys: &ContentKeys, user: &str, column: &str, sealed: &str) -> Result<String, CallError> {
    Ok(keys.open(place(user, column), sealed.to_owned()).map_err(Fault::from)?)
}
