//! Signing in (`messenger.md` 2.1): who wants in, whether they may, and the session they get.
//!
//! [`sign_in`] serves the REST call and the server function of the app alike (`core.md` 8, row 19a).

use protocol::personas;
use protocol::presence::Status;
use protocol::principal::{Principal, UserKind};
use protocol::refusal::Refusal;
use protocol::session::{csrf_token, guest_id, hash_hex, public_id, shard_of, token};
use protocol::{ids, names, text};
use serde_json::json;

use super::people::profile_of;
use crate::auth::turnstile;
use crate::incoming::Incoming;
use crate::objects::call::{self, CallError};
use crate::objects::calls::{SessionCall, SessionNews};
use crate::objects::calls_auth::{Checked, CreateCall, LoginCall};
use crate::objects::calls_person::{ClaimCall, Claimed, Profile};
use crate::objects::namespace::Namespace;
use crate::objects::runtime;
use crate::platform::analytics;
use crate::telemetry;

/// As much of `X-Client` as a line keeps.
const CLIENT_CHARS_MAX: usize = 64;

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

/// Signs somebody in: form, limit per address, proof of being a person, the persona's consent, session.
pub async fn sign_in(incoming: &Incoming, form: SignIn) -> Result<SignedIn, CallError> {
    let began_at = incoming.now;
    let result = try_sign_in(incoming, form).await;
    match &result {
        Ok(signed_in) => {
            let principal = &signed_in.checked.principal;
            let client =
                incoming.header("x-client").map(|client| client.chars().take(CLIENT_CHARS_MAX).collect::<String>());
            let (user, request_id) = (principal.user.as_str(), &incoming.request_id);
            telemetry::event("login_success", json!({ "user": user, "client": client, "requestId": request_id }));
            let ms = runtime::now_ms().saturating_sub(began_at) as f64;
            let kind = if principal.kind == UserKind::Persona { "persona" } else { "guest" };
            analytics::point(
                &incoming.env,
                began_at,
                Some(principal.user.as_str()),
                &["login_success", kind, "form"],
                &[ms],
            );
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
            (None, None, Some(_)) => {
                Err(Refusal::validation("email", "There are no accounts yet: be a persona or a guest."))
            }
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
