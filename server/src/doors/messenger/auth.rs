//! Signing in and out, and the sessions of a person (`sign-in.md` 1 and 2).
//!
//! The ways to sign in are in `sign_in`, `account`, `passkeys` and `refresh`. [`sign_out`] is also what the app's server
//! function calls (`core.md` 8, row 19a).

use protocol::people::session::shard_of;
use protocol::wire;
use protocol::wire::openapi::Access;
use protocol::words::closing::CloseCode;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use serde_json::{Value, json};

use super::account::{self, Registration};
use super::profiles::{own_user_json, profile_of};
use super::sign_in::{SignIn, sign_in};
use super::{members, new_session, refresh};
use crate::auth::session;
use crate::calls::auth::{
    AddTicket, EndCall, EndSession, ListSessions, LogoutCall, NewSecretCall, Purpose, SessionRow, SignOut,
};
use crate::calls::person::sessions_by_shard;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::outbound::mail;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// `GET /api/config`.
pub async fn read_config(incoming: &Incoming) -> HandlerResult {
    let config = incoming.config;
    Reply::json(&json!({
        "turnstileSiteKey": config.turnstile.site_key,
        "push": config.vapid.is_some(),
        "protocol": wire::messenger::PROTOCOL,
        "search": !config.content_keys.is_on(),
        "mail": mail::is_on(&incoming.env, config),
        "limits": wire::messenger::limits_json(&config.limits, &config.rules),
    }))
}

/// `POST /api/auth/login`.
pub async fn login(incoming: &Incoming) -> HandlerResult {
    const KNOWN: [&str; 9] =
        ["userId", "displayName", "email", "password", "code", "token", "status", "takeover", "remember"];
    let members = members::of(incoming, &KNOWN).await?;
    let owned = |name| Ok::<_, Refusal>(members.text(name)?.map(str::to_owned));
    let form = SignIn {
        persona: owned("userId")?,
        display_name: owned("displayName")?,
        email: owned("email")?,
        token: owned("token")?,
        status: owned("status")?,
        password: owned("password")?,
        code: owned("code")?,
        takeover: members.flag("takeover")?,
        remember: members.flag("remember")?,
    };
    let begun = sign_in(incoming, form).await?;
    refresh::answer_sign_in(incoming, begun).await
}

/// `POST /api/auth/register`.
pub async fn register(incoming: &Incoming) -> HandlerResult {
    const KNOWN: [&str; 6] = ["email", "password", "displayName", "token", "status", "remember"];
    let members = members::of(incoming, &KNOWN).await?;
    let owned = |name| Ok::<_, Refusal>(members.text(name)?.map(str::to_owned));
    let form = Registration {
        email: members.needed_text("email")?.to_owned(),
        password: members.needed_text("password")?.to_owned(),
        display_name: members.needed_text("displayName")?.to_owned(),
        token: owned("token")?,
        status: owned("status")?,
        remember: members.flag("remember")?,
        library: None,
    };
    let begun = account::register(incoming, form).await?;
    Ok(refresh::answer_sign_in(incoming, begun).await?.with_status(201))
}

/// `GET /api/auth/me`: reads the session without extending it.
pub async fn read_session(incoming: &Incoming) -> HandlerResult {
    let checked = session::require(incoming, Purpose::Inspect).await?;
    let profile = profile_of(incoming, &checked.principal.user).await?;
    Reply::json(&json!({
        "user": own_user_json(&checked.principal, &profile),
        "expiresAt": checked.principal.expires_at,
        "csrfToken": checked.csrf,
    }))
}

/// `POST /api/auth/logout`: idempotent.
pub async fn logout(incoming: &Incoming) -> HandlerResult {
    let credential = session::credential(incoming);
    let csrf = credential.as_ref().and_then(|credential| session::csrf_of(incoming, credential));
    sign_out(incoming, credential, csrf, incoming.header(session::PAGE_OF)).await?;
    Ok(Reply::empty().signed_out(incoming))
}

/// Ends the session of `credential`, if there is one. Also forgets the browser, unless it is now remembered for a person other than the
/// page's.
pub async fn sign_out(
    incoming: &Incoming,
    credential: Option<session::Credential>,
    csrf: Option<String>,
    page_of: Option<String>,
) -> Result<(), CallError> {
    if let Some(page_of) = page_of
        && refresh::own_browser(incoming).await.is_some_and(|browser| browser.user.as_str() != page_of)
    {
        return Err(Refusal::SessionChanged.into());
    }
    let Some(credential) = credential.filter(|credential| !credential.is_ticket) else {
        return refresh::forget(incoming).await;
    };
    let is_browser = credential.is_cookie;
    let shard = shard_of(&credential.hash).unwrap_or_default().to_owned();
    let Access { demo: takes_demo, library: takes_library, .. } = session::access(incoming);
    let question = LogoutCall { trace: incoming.trace(), hash: credential.hash, csrf, takes_demo, takes_library };
    SignOut::ask(&incoming.env, &shard, &question).await?;
    telemetry::event("logout", json!({ "requestId": incoming.request_id }));
    if is_browser { refresh::forget(incoming).await } else { Ok(()) }
}

/// `POST /api/auth/ws-ticket`: the ticket belongs to the shard of its session, so that the ticket alone leads to the shard.
pub async fn issue_ticket(incoming: &Incoming) -> HandlerResult {
    let checked = session::require(incoming, Purpose::Call).await?;
    let session = checked.principal.session;
    let shard = shard_of(&session).unwrap_or_default().to_owned();
    let (ticket, hash) = new_session::draw(&shard)?;
    let question = NewSecretCall { session, hash };
    let expires_at = AddTicket::ask(&incoming.env, &shard, &question).await?;
    Reply::json(&json!({ "ticket": ticket, "expiresAt": expires_at }))
}

/// `GET /api/me/sessions`.
pub async fn list_sessions(incoming: &Incoming) -> HandlerResult {
    let own = session::person(incoming).await?;
    let rows = session_rows(incoming, &own).await?;
    let items: Result<Vec<Value>, serde_json::Error> = rows.iter().map(|row| session_json(row, &own.session)).collect();
    Reply::json(&json!({ "items": items?, "next": null, "more": false }))
}

/// Returns the sessions and remembered browsers of a person, the oldest first. Each shard with one is asked for its rows.
pub async fn session_rows(incoming: &Incoming, own: &Principal) -> Result<Vec<SessionRow>, CallError> {
    let mut rows: Vec<SessionRow> = Vec::new();
    for (shard, sessions) in sessions_by_shard(&incoming.env, &own.user).await? {
        rows.extend(ListSessions::ask(&incoming.env, &shard, &sessions).await?);
    }
    rows.sort_by_key(|row| (row.created_at, row.id.clone()));
    Ok(rows)
}

fn session_json(row: &SessionRow, current: &str) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::to_value(row)?;
    if let Value::Object(members) = &mut value {
        members.insert("current".to_owned(), (row.id == current).into());
    }
    Ok(value)
}

/// `DELETE /api/me/sessions/:id`: signs out another device.
pub async fn end_session(incoming: &Incoming, id: &str) -> HandlerResult {
    let own = session::person(incoming).await?;
    end_one(incoming, &own, id).await?;
    Ok(Reply::empty())
}

/// Ends a session or a remembered browser of a person; `NOT_FOUND` if it is not theirs.
pub async fn end_one(incoming: &Incoming, own: &Principal, id: &str) -> Result<(), CallError> {
    let shard = shard_of(id).ok_or(Refusal::NotFound)?.to_owned();
    let user = own.user.as_str().to_owned();
    let question =
        EndCall { session: id.to_owned(), user, code: CloseCode::Unauthenticated.code(), reason: "remote".to_owned() };
    EndSession::ask(&incoming.env, &shard, &question).await
}
