//! Signing in (`sign-in.md` 1): who wants in, whether they may, and the session they get.
//!
//! [`sign_in`] serves the REST call and the server function of the app alike (`core.md` 8, row 19a).

use protocol::content::text;
use protocol::machines::presence::Card;
use protocol::people::account::email::Email;
use protocol::people::names;
use protocol::people::session::{csrf_token, guest_id, hash_hex, public_id, shard_of, token};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use protocol::words::status::Status;
use protocol::words::{ids, personas};
use serde_json::json;

use super::account::{self, Credentials};
use super::profiles::profile_of;
use super::refresh::{draw, never_began};
use crate::auth::turnstile;
use crate::calls::account::{RecordRefusal, RefusedCall};
use crate::calls::auth::{CreateCall, CreateSession, LibraryRecord, NewFamily, ValidSession};
use crate::calls::gate;
use crate::calls::person::{ClaimAnswer, ClaimCall, ClaimPerson, Profile};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::platform::analytics;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// As much of `X-Client` as a line keeps.
const CLIENT_CHARS_MAX: usize = 64;
/// By so many digits of its hash an address without account is known again in audit rows.
const ADDRESS_DIGITS: usize = 16;

/// A sign-in, whichever way it came.
#[derive(Debug, Default)]
pub struct SignIn {
    /// Persona to be.
    pub persona: Option<String>,
    /// Guest name.
    pub display_name: Option<String>,
    /// E-mail of an account.
    pub email: Option<String>,
    /// Password of the account.
    pub password: Option<String>,
    /// Turnstile token.
    pub token: Option<String>,
    /// Status to begin with.
    pub status: Option<String>,
    /// End an idle session of the persona.
    pub takeover: bool,
    /// Remember this browser; for accounts.
    pub remember: bool,
}

/// A session that has just begun.
pub struct SignedIn {
    /// The credential. Leaves the Worker in a cookie or, for tools, in the answer; nowhere else.
    pub token: String,
    /// Refresh token that the browser is remembered by; leaves the Worker in the same ways.
    pub refresh: Option<String>,
    /// The session.
    pub checked: ValidSession,
    /// The person.
    pub profile: Profile,
}

/// Signs somebody in: form, limit per address, proof of being a person, the persona's consent, session.
pub async fn sign_in(incoming: &Incoming, form: SignIn) -> Result<SignedIn, CallError> {
    let result = try_sign_in(incoming, form).await;
    log_sign_in(incoming, &result, "form");
    result
}

/// Writes down how a sign-in or sign-up ended.
pub fn log_sign_in(incoming: &Incoming, result: &Result<SignedIn, CallError>, method: &str) {
    let began_at = incoming.now;
    let ms = runtime::now_ms().saturating_sub(began_at) as f64;
    match result {
        Ok(signed_in) => {
            let principal = &signed_in.checked.principal;
            let client =
                incoming.header("x-client").map(|client| client.chars().take(CLIENT_CHARS_MAX).collect::<String>());
            let (user, request_id) = (principal.user.as_str(), &incoming.request_id);
            let hash = incoming.pseudonym(user);
            telemetry::event(
                "login_success",
                json!({ "principalHash": hash, "client": client, "requestId": request_id }),
            );
            let kind = match principal.kind {
                UserKind::Persona => "persona",
                UserKind::User => "user",
                UserKind::Guest | UserKind::Bot => "guest",
            };
            analytics::point(&incoming.env, began_at, Some(user), &["login_success", kind, method], &[ms]);
        }
        Err(CallError::Refused(refusal)) => {
            telemetry::event("login_failure", json!({ "code": refusal.code(), "requestId": incoming.request_id }));
            analytics::point(&incoming.env, began_at, None, &["login_failure", refusal.code()], &[ms]);
        }
        Err(CallError::Busy(fault) | CallError::Broken(fault)) => telemetry::fault("login", fault),
    }
}

async fn try_sign_in(incoming: &Incoming, form: SignIn) -> Result<SignedIn, CallError> {
    let way = Way::of(&form)?;
    charge_address(incoming).await?;
    let target = way.target();
    let result = let_in(incoming, form, way).await;
    write_down_refusal(incoming, &result, false, &target).await;
    result
}

async fn let_in(incoming: &Incoming, form: SignIn, way: Way) -> Result<SignedIn, CallError> {
    turnstile::verify(incoming, form.token.as_deref()).await?;
    match way {
        Way::Name(newcomer) => begin(incoming, newcomer, form.takeover, false, None).await,
        Way::Account(typed, status) => account::let_in(incoming, &typed, status, form.remember).await,
    }
}

/// Begins a session of somebody who may, and remembers the browser if that is wanted.
pub async fn begin(
    incoming: &Incoming,
    newcomer: Newcomer,
    takeover: bool,
    remember: bool,
    library: Option<LibraryRecord>,
) -> Result<SignedIn, CallError> {
    let token = token(runtime::random_bytes());
    let hash = hash_hex(&token);
    let session = public_id(&hash, runtime::random_bytes());
    let (mut refresh, mut family) = (None, None);
    if remember {
        let (refresh_token, token_hash) = draw(shard_of(&hash).unwrap_or_default())?;
        refresh = Some(refresh_token);
        family = Some(NewFamily { id: public_id(&hash, runtime::random_bytes()), token_hash });
    }
    let claim = newcomer.claim(session, takeover, family.as_ref().map(|family| family.id.clone()));
    let (user, kind, session) = (claim.user.clone(), claim.kind, claim.session.clone());
    let ClaimAnswer { visible_from, card } = ClaimPerson::ask(&incoming.env, user.as_str(), &claim).await?;
    let (name, avatar) = (card.name.clone(), card.avatar.clone());
    let principal = Principal { user, kind, session, name, avatar, visible_from, expires_at: 0 };
    let checked = create(incoming, hash, principal, card, (family, library)).await?;
    let profile = profile_of(incoming, &checked.principal.user).await?;
    Ok(SignedIn { token, refresh, checked, profile })
}

/// Begins the session. If that fails the person must not be left behind with one that does not exist.
async fn create(
    incoming: &Incoming,
    hash: String,
    principal: Principal,
    card: Card,
    (family, library): (Option<NewFamily>, Option<LibraryRecord>),
) -> Result<ValidSession, CallError> {
    let shard = shard_of(&hash).unwrap_or_default().to_owned();
    let user_agent = incoming.header("user-agent").unwrap_or_default();
    let csrf = csrf_token(runtime::random_bytes());
    let trace = Some(incoming.trace());
    let question = CreateCall { trace, hash, principal: principal.clone(), card, csrf, user_agent, family, library };
    let created = CreateSession::ask(&incoming.env, &shard, &question).await;
    if created.is_err() {
        never_began(incoming, &principal).await;
    }
    created
}

/// Identity that somebody wanted to sign in as.
pub enum SignInTarget {
    /// A persona by its id, or `guest`.
    Name(String),
    /// Account with this address.
    Account(Email),
}

/// Has it written down that somebody was not let in (`leaving.md` 4). Whoever was too fast for the limit per address was not
/// looked at and leaves no row: rows cannot be made faster than that.
pub async fn write_down_refusal(
    incoming: &Incoming,
    result: &Result<SignedIn, CallError>,
    is_new: bool,
    target: &SignInTarget,
) {
    let Err(CallError::Refused(refusal)) = result else { return };
    let (hash, target, email) = match target {
        SignInTarget::Name(name) => (hash_hex(name), name.clone(), None),
        SignInTarget::Account(email) => {
            let hash = email.hash();
            let target = hash.chars().take(ADDRESS_DIGITS).collect();
            (hash, target, Some(email.as_str().to_owned()))
        }
    };
    let (trace, result, shard) = (incoming.trace(), refusal.code().to_owned(), shard_of(&hash).unwrap_or_default());
    let question = RefusedCall { trace, is_new, target, email, result };
    if let Err(error) = RecordRefusal::ask(&incoming.env, shard, &question).await {
        telemetry::call_failed("audit", &error);
    }
}

/// The status to begin with, if one was chosen.
pub fn status_of(word: Option<&str>) -> Result<Option<Status>, Refusal> {
    word.map(|word| Status::parse(word).ok_or(Refusal::validation("status", "Unknown status."))).transpose()
}

/// Exactly one of the three forms of a sign-in.
enum Way {
    /// A persona or a guest: everything is known.
    Name(Newcomer),
    /// Account with this address and password.
    Account(Credentials, Option<Status>),
}

impl Way {
    fn of(form: &SignIn) -> Result<Self, Refusal> {
        let status = status_of(form.status.as_deref())?;
        match (&form.persona, &form.display_name, &form.email) {
            (Some(persona), None, None) => Ok(Self::Name(Newcomer::persona(persona, status)?)),
            (None, Some(name), None) => Ok(Self::Name(Newcomer::guest(name, status)?)),
            (None, None, Some(email)) => Ok(Self::Account(Credentials::of(email, form.password.as_deref())?, status)),
            _ => Err(Refusal::validation("userId", "Exactly one of userId, displayName and email is needed.")),
        }
    }

    fn target(&self) -> SignInTarget {
        match self {
            Self::Name(newcomer) if newcomer.kind == UserKind::Guest => SignInTarget::Name("guest".to_owned()),
            Self::Name(newcomer) => SignInTarget::Name(newcomer.user.as_str().to_owned()),
            Self::Account(typed, _) => typed.target(),
        }
    }
}

/// Person who is let in, as far as it can be said without asking their own object.
pub struct Newcomer {
    /// User id.
    pub user: ids::UserId,
    /// Kind of user.
    pub kind: UserKind,
    /// Display name, where nothing is known of the person yet.
    pub name: String,
    /// Picture, likewise.
    pub avatar: String,
    /// Personal message, likewise.
    pub message: String,
    /// Status to begin with, if one was chosen.
    pub status: Option<Status>,
}

impl Newcomer {
    fn persona(id: &str, status: Option<Status>) -> Result<Self, Refusal> {
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

    fn guest(name: &str, status: Option<Status>) -> Result<Self, Refusal> {
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

    fn claim(self, session: String, takeover: bool, family: Option<String>) -> ClaimCall {
        let Self { user, kind, name, avatar, message, status } = self;
        ClaimCall { user, kind, name, avatar, message, status, session, takeover, family }
    }
}

/// Counts an attempt to sign in from this address.
pub async fn charge_address(incoming: &Incoming) -> Result<(), CallError> {
    gate::charge::<gate::CountLogin>(&incoming.env, &incoming.config.rules.login, &incoming.address()).await
}
