//! Extension of a session, and the next session of a remembered browser (`sign-in.md` 2 and 3).

use protocol::people::session::{csrf_token, hash_hex, is_token, public_id, shard_of};
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use serde_json::{Value, json};

use super::members;
use super::new_session::{SignedIn, draw, never_began};
use super::profiles::{own_user_json, profile_of};
use crate::auth::session;
use crate::calls::account::{
    EndBrowser, EndReplaced, FindBrowser, ForgetBrowser, OwnBrowser, ReadRefresh, RefreshTokenCall, ReplacedCall,
    ReplacedSession, RotateCall, RotateRefresh,
};
use crate::calls::auth::{Purpose, ValidSession};
use crate::calls::moderation;
use crate::calls::person::{ClaimAnswer, RenewCall, RenewSession};
use crate::calls::push::{EndSubscription, PushCall};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::cookie;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// `POST /api/auth/refresh`: with a refresh token in the body, with a living session, or with the refresh cookie.
pub async fn refresh(incoming: &Incoming) -> HandlerResult {
    let members = members::of_optional(incoming, &["refreshToken"]).await?;
    if let Some(token) = members.text("refreshToken")? {
        let keeps_cookie_only = wants_cookie(incoming);
        return signed_in(incoming, rotate(incoming, token).await?, keeps_cookie_only);
    }
    let remembered = cookie::REFRESH.read(incoming).filter(|_| incoming.header("authorization").is_none());
    match (session::require(incoming, Purpose::Refresh).await, remembered) {
        (Ok(checked), Some(token)) if !will_slide(incoming, &checked) => by_cookie(incoming, &token).await,
        (Ok(checked), _) => answer_slide(incoming, &checked),
        (Err(CallError::Refused(Refusal::Unauthenticated)), Some(token)) => by_cookie(incoming, &token).await,
        (Err(error), _) => Err(error),
    }
}

/// Returns true if the session is not close to its absolute age yet. Otherwise the browser begins a new session in time.
fn will_slide(incoming: &Incoming, checked: &ValidSession) -> bool {
    let ttl_ms = incoming.config.limits.session_ttl_ms;
    // The clocks of Worker and object may differ a little.
    let slack_ms = ttl_ms / 60;
    checked.principal.expires_at + slack_ms >= incoming.now + ttl_ms
}

fn answer_slide(incoming: &Incoming, checked: &ValidSession) -> HandlerResult {
    let reply = Reply::json(&json!({ "expiresAt": checked.principal.expires_at, "csrfToken": checked.csrf }))?;
    let browser_token = cookie::SESSION.read(incoming).filter(|_| incoming.header("authorization").is_none());
    // The cookie expires with the session, so an extended session needs a new date.
    Ok(match browser_token {
        Some(token) => {
            reply.with_header("set-cookie", cookie::set_session(incoming, &token, checked.principal.expires_at))
        }
        None => reply,
    })
}

/// Refreshes with a cookie. A useless cookie is removed, so that no page tries it again. The answer has the form for a page.
async fn by_cookie(incoming: &Incoming, token: &str) -> HandlerResult {
    match rotate(incoming, token).await {
        Ok(begun) => signed_in(incoming, begun, true),
        Err(CallError::Refused(Refusal::Unauthenticated)) => {
            let reply = Reply::refused(Refusal::Unauthenticated).at_the_end(incoming);
            Ok(reply.with_header("set-cookie", cookie::REFRESH.clear(incoming)))
        }
        Err(error) => Err(error),
    }
}

/// Returns true if the caller is a page, whose scripts must not hold a credential.
pub fn wants_cookie(incoming: &Incoming) -> bool {
    incoming.header("x-requested-with").as_deref() == Some("cookie")
}

/// Returns the answer for a new session: credentials in the body for tools, in cookies for pages.
pub fn signed_in(incoming: &Incoming, begun: SignedIn, keeps_cookie_only: bool) -> HandlerResult {
    let SignedIn { token, refresh, checked, profile } = begun;
    let mut data = json!({
        "expiresAt": checked.principal.expires_at,
        "csrfToken": checked.csrf,
        "user": own_user_json(&checked.principal, &profile),
    });
    if !keeps_cookie_only && let Value::Object(members) = &mut data {
        members.insert("sessionId".to_owned(), token.as_str().into());
        members.extend(refresh.as_ref().map(|refresh| ("refreshToken".to_owned(), refresh.as_str().into())));
    }
    let own = cookie::set_session(incoming, &token, checked.principal.expires_at);
    let reply = Reply::raw(data.to_string()).with_header("set-cookie", own);
    Ok(match refresh.filter(|_| keeps_cookie_only) {
        Some(refresh) => reply.with_header("set-cookie", cookie::set_refresh(incoming, &refresh)),
        None => reply,
    })
}

pub async fn answer_sign_in(incoming: &Incoming, begun: SignedIn) -> HandlerResult {
    let is_page = wants_cookie(incoming);
    let displaced = displace(incoming, &begun, is_page).await;
    let reply = signed_in(incoming, begun, is_page)?;
    Ok(displaced.into_iter().fold(reply, |reply, line| reply.with_header("set-cookie", line)))
}

/// Removes the remembered browser of the person who was remembered here before, so that each browser is remembered for one person and once.
/// Ends the session that the browser had as the same person, and the web push of another person's session.
/// Returns the line that removes the cookie, unless it is overwritten (`overwrites`) or belongs to the new session.
pub async fn displace(incoming: &Incoming, begun: &SignedIn, overwrites: bool) -> Option<String> {
    end_replaced(incoming, begun).await;
    let shown = cookie::REFRESH.read(incoming)?;
    let is_overwritten = overwrites && begun.refresh.is_some();
    let known = own_browser(incoming).await;
    let is_own = known.as_ref().is_some_and(|known| known.user == begun.checked.principal.user);
    if is_own && !is_overwritten {
        return None;
    }
    if known.is_some()
        && let Err(error) = ask_of::<ForgetBrowser>(incoming, &shown).await
    {
        telemetry::call_failed("refresh-drop", &error);
    }
    (!is_overwritten).then(|| cookie::REFRESH.clear(incoming))
}

/// Ends the session in whose cookie a person has signed in again, so that the device list has one row for a browser (`account.md` 6.4). The
/// new session is there already, so the person does not go offline. The session of another person goes on without its web push (`push.md`
/// 2.3). An object that does not answer must not prevent a sign-in.
async fn end_replaced(incoming: &Incoming, begun: &SignedIn) {
    let shown = session::credential(incoming).filter(|credential| credential.is_cookie);
    let Some(shown) = shown else { return };
    let shard = shard_of(&shown.hash).unwrap_or_default().to_owned();
    let question = ReplacedCall { hash: shown.hash, user: begun.checked.principal.user.clone() };
    let replaced = match EndReplaced::ask(&incoming.env, &shard, &question).await {
        Ok(None) => Ok(()),
        Ok(Some(ReplacedSession { user, session })) => {
            let question = PushCall { session, ..PushCall::default() };
            EndSubscription::ask(&incoming.env, user.as_str(), &question).await
        }
        Err(error) => Err(error),
    };
    telemetry::logged("session-replaced", replaced);
}

/// Returns the person for whom the browser is remembered, if there is one. A shard that does not answer must not prevent a sign-in.
pub async fn own_browser(incoming: &Incoming) -> Option<OwnBrowser> {
    let shown = cookie::REFRESH.read(incoming).filter(|token| is_token(token))?;
    let asked = ask_of::<FindBrowser>(incoming, &shown).await;
    asked.inspect_err(|error| telemetry::call_failed("refresh-whose", error)).ok().flatten()
}

async fn ask_of<R: Request<Question = String>>(incoming: &Incoming, token: &str) -> Result<R::Answer, CallError> {
    let token_hash = hash_hex(token);
    R::ask(&incoming.env, shard_of(&token_hash).unwrap_or_default(), &token_hash).await
}

/// Uses a refresh token. The person's own object is notified before the new session exists, because it accepts no device of an unknown
/// session.
async fn rotate(incoming: &Incoming, used: &str) -> Result<SignedIn, CallError> {
    if !is_token(used) {
        return Err(Refusal::Unauthenticated.into());
    }
    let token_hash = hash_hex(used);
    let shard = shard_of(&token_hash).unwrap_or_default().to_owned();
    let question = RefreshTokenCall { token_hash: token_hash.clone(), trace: incoming.trace() };
    let before = ReadRefresh::ask(&incoming.env, &shard, &question).await?;
    if incoming.header(session::PAGE_OF).is_some_and(|person| person != before.user.as_str()) {
        return Err(Refusal::SessionChanged.into());
    }
    let standing = moderation::current(&incoming.env).await;
    session::check_ban(incoming, &before.user, before.kind, &standing).await?;
    let (token, session_hash) = draw(&shard)?;
    let (refresh, next_hash) = draw(&shard)?;
    let session = public_id(&session_hash, runtime::random_bytes());
    let user = before.user.clone();
    let renewal = RenewCall { principal: before.clone(), session: session.clone() };
    let ClaimAnswer { visible_from, player_session, card } =
        RenewSession::ask(&incoming.env, user.as_str(), &renewal).await?;
    let (name, avatar) = (card.name.clone(), card.avatar.clone());
    let principal = Principal { session, name, avatar, visible_from, player_session, ..before };
    let (csrf, user_agent) = (csrf_token(runtime::random_bytes()), incoming.header("user-agent").unwrap_or_default());
    let who = principal.clone();
    let question = RotateCall { token_hash, next_hash, session_hash, principal: who, card, csrf, user_agent };
    let checked = match RotateRefresh::ask(&incoming.env, &shard, &question).await {
        Ok(checked) => checked,
        Err(error) => {
            never_began(incoming, &principal).await;
            return Err(error);
        }
    };
    let profile = profile_of(incoming, &user).await?;
    Ok(SignedIn { token, refresh: Some(refresh), checked, profile })
}

/// Forgets the browser, whatever the state of its session is.
pub async fn forget(incoming: &Incoming) -> Result<(), CallError> {
    let Some(token) = cookie::REFRESH.read(incoming).filter(|token| is_token(token)) else {
        return Ok(());
    };
    let token_hash = hash_hex(&token);
    let shard = shard_of(&token_hash).unwrap_or_default().to_owned();
    EndBrowser::ask(&incoming.env, &shard, &RefreshTokenCall { token_hash, trace: incoming.trace() }).await
}
