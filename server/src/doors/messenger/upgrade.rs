//! A guest or a persona becomes an account (`account.md` 10). The person keeps id, name, conversations, contacts and settings.

use protocol::people::account::password::{self, PasswordInput};
use protocol::people::email::Email;
use protocol::people::session::shard_of;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use serde_json::{Value, json};

use super::profiles::{own_user_json, profile_of};
use super::sign_in_attempts::{SignInTarget, write_down_refusal};
use super::{account, credentials, members, new_session, unchanged, verification};
use crate::auth::password::{check_configured, fresh};
use crate::auth::session;
use crate::calls::account::{AccountRow, RegisterCall, find_account};
use crate::calls::auth::{NewSecretCall, ReplaceToken};
use crate::calls::person::{UpgradeCall, UpgradePerson};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::cookie;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::projection::database;
use crate::runtime::call_error::CallError;

/// `POST /api/me/upgrade`.
pub async fn upgrade_person(incoming: &Incoming) -> HandlerResult {
    let own = session::person(incoming).await?;
    if !matches!(own.kind, UserKind::Guest | UserKind::Persona) {
        return Err(Refusal::Forbidden.into());
    }
    let members = members::of(incoming, &["email", "password"]).await?;
    upgrade(incoming, &own, members.needed_text("email")?, members.needed_text("password")?).await?;
    let token = match replace_token(incoming, &own).await {
        Ok(token) => token,
        // The person is an account: whoever knew the token of the guest would have a session of it.
        Err(error) => {
            unchanged::end(incoming, &own, "remote").await;
            return Err(error);
        }
    };
    let (profile, own) = (profile_of(incoming, &own.user).await?, Principal { kind: UserKind::User, ..own });
    let mut data = json!({ "user": own_user_json(&own, &profile) });
    if session::credential(incoming).is_some_and(|credential| credential.is_cookie) {
        return Ok(Reply::json(&data)?.with_header("set-cookie", cookie::set_session(incoming, &token, own.expires_at)));
    }
    if let Value::Object(members) = &mut data {
        members.insert("sessionId".to_owned(), token.into());
    }
    Reply::json(&data)
}

/// Gives the session another token: whoever knew that of the guest has no session of the account.
async fn replace_token(incoming: &Incoming, own: &Principal) -> Result<String, CallError> {
    let shard = shard_of(&own.session).unwrap_or_default();
    let (token, hash) = new_session::draw(shard)?;
    ReplaceToken::ask(&incoming.env, shard, &NewSecretCall { session: own.session.clone(), hash }).await?;
    Ok(token)
}

/// Makes the person an account: form, limit per address, hash, row, person.
async fn upgrade(incoming: &Incoming, own: &Principal, email: &str, password: &str) -> Result<(), CallError> {
    check_configured(incoming)?;
    let (typed, email) = (email, Email::parse_new(email)?);
    password::check_chosen(&PasswordInput::of(password), email.as_str(), &own.name)?;
    account::charge_try(incoming).await?;
    let result = become_account(incoming, own, (&email, typed), password).await;
    account::take_try_back(incoming, &result).await;
    write_down_refusal(incoming, &result, true, &SignInTarget::Account(email)).await;
    result
}

async fn become_account(
    incoming: &Incoming,
    own: &Principal,
    (email, typed): (&Email, &str),
    password: &str,
) -> Result<(), CallError> {
    let known = find_account(&incoming.env, own.user.as_str()).await?;
    let (new, created_at) = match &known.email {
        None => {
            credentials::check_free(incoming, email, typed).await?;
            account::charge_new(incoming, false).await?;
            (Some(new_account(incoming, own, email, password).await?), incoming.now)
        }
        // An earlier call stopped after the account was stored.
        Some(known_email) if known_email == email.as_str() => {
            credentials::check_own(incoming, own, password).await?;
            (None, known.created_at)
        }
        Some(_) => return Err(Refusal::Conflict.into()),
    };
    let (session, verified_at) = (own.session.clone(), known.verified_at);
    let question = UpgradeCall { session, account: new, verified_at };
    UpgradePerson::ask(&incoming.env, own.user.as_str(), &question).await?;
    let record = account::record(email.as_str(), None, created_at, verified_at);
    database::put_user(&incoming.env, own.user.as_str(), &own.name, &record).await;
    Ok(())
}

async fn new_account(
    incoming: &Incoming,
    own: &Principal,
    email: &Email,
    password: &str,
) -> Result<RegisterCall, CallError> {
    let password = fresh(incoming, &PasswordInput::of(password)).await?.to_text();
    let (user, name, created_at) = (own.user.clone(), own.name.clone(), incoming.now);
    let account = AccountRow { user, name, password, image: None, created_at, verified_at: None, second_factor: None };
    let (email_text, link) = (email.as_str().to_owned(), verification::first_link(incoming, email)?);
    Ok(RegisterCall { email: email_text, account, link, is_upgrade: true, trace: incoming.trace() })
}
