//! Signing in and out, and the sessions of a person (`messenger.md` 2.1 and 2.2).
//!
//! [`sign_in`] and [`sign_out`] are also what the server functions of the app call (`core.md` 8, row 19a).

use protocol::limits;
use protocol::personas;
use protocol::presence::Status;
use protocol::principal::{Principal, UserKind};
use protocol::refusal::Refusal;
use protocol::session::{csrf_token, guest_id, hash_hex, public_id, shard_of, token};
use protocol::{doors, ids, names, text};
use serde_json::{Value, json};

use super::members::Members;
use super::people::{own_user_json, profile_of};
use crate::answer::{Outcome, Reply};
use crate::auth::{cookie, session, turnstile};
use crate::incoming::Incoming;
use crate::objects::call::{self, CallError};
use crate::objects::calls::{SessionCall, SessionNews};
use crate::objects::calls_auth::{
    Checked, CreateCall, EndCall, LoginCall, LogoutCall, Purpose, SessionRow, SessionsCall, Ticket, TicketCall,
};
use crate::objects::calls_person::{ClaimCall, Claimed, Profile, UserCall};
use crate::objects::namespace::Namespace;
use crate::objects::runtime;
use crate::platform::analytics;
use crate::telemetry;

/// How often a ticket is drawn until it belongs to the shard of its session: one in 16 does.
const TICKET_DRAWS_MAX: usize = 1_000;

/// A sign-in, whichever way it came.
#[derive(Debug, Default)]
pub struct SignIn {
    /// Persona to be.
    pub persona: Option<String>,
    /// Guest name.
    pub display_name: Option<String>,
    /// E-mail of an account.
    pub email: Option<String>,
    /// Turnstile token.
    pub token: Option<String>,
    /// Status to begin with.
    pub status: Option<String>,
    /// End an idle session of the persona.
    pub takeover: bool,
}

/// A session that has just begun.
pub struct SignedIn {
    /// The credential. Leaves the Worker in a cookie or, for tools, in the answer; nowhere else.
    pub token: String,
    /// The session.
    pub checked: Checked,
    /// The person.
    pub profile: Profile,
}

/// `GET /api/config`.
pub fn config(incoming: &Incoming) -> Outcome {
    let rules = &incoming.config.rules;
    Reply::json(&json!({
        "turnstileSiteKey": incoming.config.turnstile_site_key,
        "protocol": doors::messenger::PROTOCOL,
        "limits": {
            "content": limits::CONTENT_UNITS_MAX,
            "frameBytes": limits::FRAME_BYTES_MAX,
            "bodyBytes": limits::REST_BODY_BYTES_MAX,
            "displayName": limits::NAME_GRAPHEMES_MAX,
            "guestName": limits::GUEST_NAME_GRAPHEMES_MAX,
            "personalMessage": limits::PERSONAL_MESSAGE_GRAPHEMES_MAX,
            "joinEvents": limits::JOIN_EVENTS,
            "pageEvents": limits::PAGE_EVENTS_MAX,
            "sessionTtlMs": incoming.config.session.ttl_ms,
            "sessionAgeMs": incoming.config.session.age_ms_max,
            "chat": rules.chat.text(),
            "nudge": rules.nudge.text(),
            "wink": rules.wink.text(),
            "typing": rules.typing.text(),
            "history": rules.history.text(),
            "presence": rules.presence.text(),
            "frame": rules.frame.text(),
            "login": rules.login.text(),
            "rest": rules.rest.text(),
        },
    }))
}

/// `POST /api/auth/login`.
pub async fn login(incoming: &Incoming) -> Outcome {
    const KNOWN: [&str; 8] = ["userId", "displayName", "email", "password", "token", "status", "takeover", "remember"];
    let members = Members::of(incoming, &KNOWN).await?;
    let owned = |name| Ok::<_, Refusal>(members.text(name)?.map(str::to_owned));
    let form = SignIn {
        persona: owned("userId")?,
        display_name: owned("displayName")?,
        email: owned("email")?,
        token: owned("token")?,
        status: owned("status")?,
        takeover: members.flag("takeover")?,
    };
    let SignedIn { token, checked, profile } = sign_in(incoming, form).await?;
    let mut data = json!({
        "expiresAt": checked.principal.expires_at,
        "csrfToken": checked.csrf,
        "user": own_user_json(&checked.principal, &profile),
    });
    let keeps_cookie_only = incoming.header("x-requested-with").as_deref() == Some("cookie");
    if !keeps_cookie_only && let Value::Object(members) = &mut data {
        members.insert("sessionId".to_owned(), token.as_str().into());
    }
    Ok(Reply::raw(data.to_string()).with_header("set-cookie", cookie::set(incoming, &token)))
}

/// Signs somebody in: form, limit per address, proof of being a person, the persona's consent, session.
pub async fn sign_in(incoming: &Incoming, form: SignIn) -> Result<SignedIn, CallError> {
    let began_at = incoming.now;
    let result = try_sign_in(incoming, form).await;
    match &result {
        Ok(signed_in) => {
            let principal = &signed_in.checked.principal;
            telemetry::event("login_success", json!({ "user": principal.user.as_str(), "requestId": incoming.request_id }));
            let ms = runtime::now_ms().saturating_sub(began_at) as f64;
            let kind = if principal.kind == UserKind::Persona { "persona" } else { "guest" };
            analytics::point(&incoming.env, began_at, Some(principal.user.as_str()), &["login_success", kind, "form"], &[ms]);
        }
        Err(CallError::Refused(refusal)) => {
            telemetry::event("login_failure", json!({ "code": refusal.code(), "requestId": incoming.request_id }));
            analytics::point(&incoming.env, began_at, None, &["login_failure", refusal.code()], &[]);
        }
        Err(CallError::Broken(fault)) => telemetry::fault("login", fault),
    }
    result
}

async fn try_sign_in(incoming: &Incoming, form: SignIn) -> Result<SignedIn, CallError> {
    let newcomer = Newcomer::of(&form)?;
    charge_address(incoming).await?;
    turnstile::verify(incoming, form.token.as_deref()).await?;
    let token = token(runtime::random_bytes());
    let hash = hash_hex(&token);
    let session = public_id(&hash, runtime::random_bytes());
    let claim = newcomer.claim(session.clone(), form.takeover);
    let user = claim.user.clone();
    let claimed: Claimed = call::call(&incoming.env, Namespace::Person, user.as_str(), "claim", &claim).await?;
    let ClaimCall { kind, name, avatar, .. } = claim;
    let visible_from = claimed.visible_from;
    let principal = Principal { user, kind, session, name, avatar, visible_from, expires_at: 0 };
    let checked = create(incoming, hash, principal).await?;
    let profile = profile_of(incoming, &checked.principal.user).await?;
    Ok(SignedIn { token, checked, profile })
}

/// Begins the session. If that fails the person must not be left behind with one that does not exist.
async fn create(incoming: &Incoming, hash: String, principal: Principal) -> Result<Checked, CallError> {
    let (user, session) = (principal.user.clone(), principal.session.clone());
    let shard = shard_of(&hash).unwrap_or_default().to_owned();
    let user_agent = incoming.header("user-agent").unwrap_or_default();
    let question = CreateCall { hash, principal, csrf: csrf_token(runtime::random_bytes()), user_agent };
    let created = call::call(&incoming.env, Namespace::Auth, &shard, "create", &question).await;
    if created.is_err() {
        let what = SessionNews::Ended { code: 1011, reason: "not created".to_owned() };
        let news = SessionCall { owner: user.as_str().to_owned(), session, what };
        let told = call::call_raw(&incoming.env, Namespace::Person, user.as_str(), "session", &news).await;
        if let Err(error) = told {
            telemetry::call_failed("session", &error);
        }
    }
    created
}

/// Who wants in, with everything that can be said without asking anybody.
struct Newcomer {
    user: ids::UserId,
    kind: UserKind,
    name: String,
    avatar: String,
    message: String,
    status: Status,
}

impl Newcomer {
    fn of(form: &SignIn) -> Result<Self, Refusal> {
        let status = match form.status.as_deref() {
            Some(word) => Status::parse(word).ok_or(Refusal::validation("status", "Unknown status."))?,
            None => Status::Online,
        };
        match (&form.persona, &form.display_name, &form.email) {
            (Some(persona), None, None) => Self::persona(persona, status),
            (None, Some(name), None) => Self::guest(name, status),
            (None, None, Some(_)) => Err(Refusal::validation("email", "There are no accounts yet: be a persona or a guest.")),
            _ => Err(Refusal::validation("userId", "Exactly one of userId, displayName and email is needed.")),
        }
    }

    fn persona(id: &str, status: Status) -> Result<Self, Refusal> {
        let persona = personas::find(id).ok_or(Refusal::validation("userId", "There is no such persona."))?;
        Ok(Self {
            user: ids::UserId::parse(persona.id)?,
            kind: UserKind::Persona,
            name: persona.name.to_owned(),
            avatar: persona.avatar.to_owned(),
            message: persona.message_en.to_owned(),
            status,
        })
    }

    fn guest(name: &str, status: Status) -> Result<Self, Refusal> {
        let name = text::guest_name(name)?;
        names::check_guest_name(&name)?;
        Ok(Self {
            user: ids::UserId::parse(&guest_id(runtime::random_bytes()))?,
            kind: UserKind::Guest,
            name,
            avatar: names::GUEST_AVATAR.to_owned(),
            message: String::new(),
            status,
        })
    }

    fn claim(self, session: String, takeover: bool) -> ClaimCall {
        let Self { user, kind, name, avatar, message, status } = self;
        ClaimCall { user, kind, name, avatar, message, status, session, takeover }
    }
}

async fn charge_address(incoming: &Incoming) -> Result<(), CallError> {
    if incoming.config.rules.login.0.is_empty() {
        return Ok(());
    }
    let address_hash = hash_hex(&incoming.address());
    let shard = address_hash.get(..2).unwrap_or_default().to_owned();
    call::call(&incoming.env, Namespace::Gate, &shard, "login", &LoginCall { address_hash }).await
}

/// `GET /api/auth/me`: looks, and does not slide.
pub async fn me(incoming: &Incoming) -> Outcome {
    let checked = session::require(incoming, Purpose::Look).await?;
    let profile = profile_of(incoming, &checked.principal.user).await?;
    Reply::json(&json!({
        "user": own_user_json(&checked.principal, &profile),
        "expiresAt": checked.principal.expires_at,
        "csrfToken": checked.csrf,
    }))
}

/// `POST /api/auth/refresh`: more time for a living session. Refresh tokens come with accounts.
pub async fn refresh(incoming: &Incoming) -> Outcome {
    let members = Members::of_optional(incoming, &["refreshToken"]).await?;
    if members.text("refreshToken")?.is_some() {
        return Err(Refusal::Unauthenticated.into());
    }
    let checked = session::require(incoming, Purpose::Refresh).await?;
    let reply = Reply::json(&json!({ "expiresAt": checked.principal.expires_at, "csrfToken": checked.csrf }))?;
    let browser_token = cookie::read(incoming).filter(|_| incoming.header("authorization").is_none());
    // The browser forgets its cookie after the session's life: more life needs a new date.
    Ok(match browser_token {
        Some(token) => reply.with_header("set-cookie", cookie::set(incoming, &token)),
        None => reply,
    })
}

/// `POST /api/auth/logout`: idempotent.
pub async fn logout(incoming: &Incoming) -> Outcome {
    let credential = session::credential(incoming);
    let csrf = credential.as_ref().and_then(|credential| session::csrf_of(incoming, credential));
    sign_out(incoming, credential, csrf).await?;
    Ok(Reply::empty().with_header("set-cookie", cookie::clear(incoming)))
}

/// Ends the session of `credential`, if there is one.
pub async fn sign_out(
    incoming: &Incoming,
    credential: Option<session::Credential>,
    csrf: Option<String>,
) -> Result<(), CallError> {
    let Some(credential) = credential.filter(|credential| !credential.is_ticket) else {
        return Ok(());
    };
    let shard = shard_of(&credential.hash).unwrap_or_default().to_owned();
    let question = LogoutCall { hash: credential.hash, csrf };
    let () = call::call(&incoming.env, Namespace::Auth, &shard, "logout", &question).await?;
    telemetry::event("logout", json!({ "requestId": incoming.request_id }));
    Ok(())
}

/// `POST /api/auth/ws-ticket`: drawn until it belongs to the shard of its session, so that the shard is found by the ticket alone.
pub async fn ticket(incoming: &Incoming) -> Outcome {
    let checked = session::require(incoming, Purpose::Call).await?;
    let session = checked.principal.session;
    let shard = shard_of(&session).unwrap_or_default().to_owned();
    for _ in 0..TICKET_DRAWS_MAX {
        let ticket = token(runtime::random_bytes());
        let hash = hash_hex(&ticket);
        if shard_of(&hash) != Some(&shard) {
            continue;
        }
        let question = TicketCall { session, hash };
        let Ticket { expires_at } = call::call(&incoming.env, Namespace::Auth, &shard, "ticket", &question).await?;
        return Reply::json(&json!({ "ticket": ticket, "expiresAt": expires_at }));
    }
    Err(Refusal::Internal.into())
}

/// `GET /api/me/sessions`: each shard that keeps one of the person's sessions is asked for its rows.
pub async fn sessions(incoming: &Incoming) -> Outcome {
    let own = session::require(incoming, Purpose::Call).await?.principal;
    let question = UserCall { user: own.user.clone() };
    let ids: Vec<String> = call::call(&incoming.env, Namespace::Person, own.user.as_str(), "sessions", &question).await?;
    let mut rows: Vec<SessionRow> = Vec::new();
    for shard in shards_of(&ids) {
        let sessions = ids.iter().filter(|id| shard_of(id) == Some(&shard)).cloned().collect();
        let found: Vec<SessionRow> =
            call::call(&incoming.env, Namespace::Auth, &shard, "list", &SessionsCall { sessions }).await?;
        rows.extend(found);
    }
    rows.sort_by_key(|row| (row.created_at, row.id.clone()));
    let items: Result<Vec<Value>, serde_json::Error> = rows.iter().map(|row| session_json(row, &own.session)).collect();
    Reply::json(&json!({ "items": items?, "next": null, "more": false }))
}

fn shards_of(ids: &[String]) -> Vec<String> {
    let mut shards: Vec<String> = ids.iter().filter_map(|id| shard_of(id).map(str::to_owned)).collect();
    shards.sort();
    shards.dedup();
    shards
}

fn session_json(row: &SessionRow, current: &str) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::to_value(row)?;
    if let Value::Object(members) = &mut value {
        members.insert("current".to_owned(), (row.id == current).into());
    }
    Ok(value)
}

/// `DELETE /api/me/sessions/:id`: signs a device out from afar.
pub async fn end_session(incoming: &Incoming, id: &str) -> Outcome {
    let own = session::require(incoming, Purpose::Call).await?.principal;
    let shard = shard_of(id).ok_or(Refusal::NotFound)?.to_owned();
    let user = own.user.as_str().to_owned();
    let question = EndCall { session: id.to_owned(), user, code: 4401, reason: "remote".to_owned() };
    let () = call::call(&incoming.env, Namespace::Auth, &shard, "end", &question).await?;
    Ok(Reply::empty())
}

