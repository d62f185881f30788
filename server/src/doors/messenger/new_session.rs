//! Beginning of a session (`sign-in.md` 1): the person's own object accepts it, then the session's shard stores its row.

use protocol::machines::presence::Card;
use protocol::people::session::{csrf_token, hash_hex, is_token, public_id, shard_of, token};
use protocol::words::closing::CloseCode;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use protocol::words::status::Status;

use super::profiles::profile_of;
use crate::auth::session::check_ban;
use crate::calls::auth::{CreateCall, CreateSession, LibraryRecord, NewFamily, ValidSession};
use crate::calls::moderation;
use crate::calls::person::{ClaimAnswer, ClaimCall, ClaimPerson, Profile};
use crate::calls::room::SendSessionChange;
use crate::calls::{SessionCall, SessionChange};
use crate::http::cookie;
use crate::http::incoming::Incoming;
use crate::kit::namespace::Namespace;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Tokens that are drawn at most until one belongs to the shard: one in 16 does.
const DRAWS_MAX: usize = 1_000;

/// Person who signs in, with the data that is known without their own object.
pub struct Newcomer {
    pub user: UserId,
    pub kind: UserKind,
    /// Display name for a person who is not known yet.
    pub name: String,
    /// Picture for a person who is not known yet.
    pub avatar: String,
    /// Personal message for a person who is not known yet.
    pub message: String,
    pub status: Option<Status>,
    /// See [`ClaimCall::is_unproved`].
    pub is_unproved: bool,
    /// See [`Principal::has_second_factor`].
    pub has_second_factor: bool,
    /// See [`Principal::room`].
    pub room: Option<String>,
}

impl Newcomer {
    /// Returns a person of whom nothing else is known.
    pub fn new(user: UserId, kind: UserKind, name: String, avatar: &str) -> Self {
        let (avatar, message, status, room) = (avatar.to_owned(), String::new(), None, None);
        Self { user, kind, name, avatar, message, status, is_unproved: false, has_second_factor: false, room }
    }

    fn claim(self, session: String, takeover: bool, family: Option<String>) -> ClaimCall {
        let Self { kind, name, avatar, message, status, is_unproved, .. } = self;
        ClaimCall { kind, name, avatar, message, status, session, takeover, family, is_unproved }
    }
}

pub struct SignedIn {
    /// The credential. It leaves the Worker in a cookie or, for tools, in the answer; nowhere else.
    pub token: String,
    /// Refresh token of a remembered browser; leaves the Worker in the same ways.
    pub refresh: Option<String>,
    pub checked: ValidSession,
    pub profile: Profile,
}

/// Parses the initial status, if one was chosen.
pub fn status_of(word: Option<&str>) -> Result<Option<Status>, Refusal> {
    word.map(|word| Status::parse(word).ok_or(Refusal::validation("status", "Unknown status."))).transpose()
}

/// Begins a session of a person who may sign in, and remembers the browser if requested.
pub async fn begin(
    incoming: &Incoming,
    newcomer: Newcomer,
    takeover: bool,
    remember: bool,
    library: Option<LibraryRecord>,
) -> Result<SignedIn, CallError> {
    let standing = moderation::current(&incoming.env).await;
    check_ban(incoming, &newcomer.user, newcomer.kind, &standing).await?;
    if !newcomer.user.is_demo() {
        standing.check_name(newcomer.kind, &newcomer.name)?;
    }
    let browser = own_browser(incoming, newcomer.kind, remember || library.is_some());
    let (token, hash) = drawn(browser.as_deref().and_then(shard_of))?;
    let session = public_id(&hash, runtime::random_bytes());
    let (mut refresh, mut family) = (None, None);
    if remember {
        let (refresh_token, token_hash) = draw(shard_of(&hash).unwrap_or_default())?;
        refresh = Some(refresh_token);
        family = Some(NewFamily { id: public_id(&hash, runtime::random_bytes()), token_hash });
    }
    let (user, room, has_second_factor) = (newcomer.user.clone(), newcomer.room.clone(), newcomer.has_second_factor);
    let claim = newcomer.claim(session, takeover, family.as_ref().map(|family| family.id.clone()));
    let (kind, session) = (claim.kind, claim.session.clone());
    let ClaimAnswer { visible_from, player_session, card } =
        ClaimPerson::ask(&incoming.env, user.as_str(), &claim).await?;
    let (name, avatar) = (card.name.clone(), card.avatar.clone());
    let principal = Principal {
        user,
        kind,
        session,
        name,
        avatar,
        visible_from,
        player_session,
        room,
        has_second_factor,
        expires_at: 0,
    };
    let checked = create(incoming, hash, principal, card, (family, browser, library)).await?;
    let profile = profile_of(incoming, &checked.principal.user).await?;
    Ok(SignedIn { token, refresh, checked, profile })
}

/// Returns the hash of the refresh token by which the browser is remembered, where an account signs in and brings no token of its own. A
/// remembered browser and its session are one row of the device list.
fn own_browser(incoming: &Incoming, kind: UserKind, brings_own: bool) -> Option<String> {
    let shown = cookie::REFRESH.read(incoming).filter(|token| kind == UserKind::User && is_token(token));
    shown.filter(|_| !brings_own).map(|token| hash_hex(&token))
}

/// Draws the token of a session, with its hash. A remembered browser and its session live in one shard.
fn drawn(shard: Option<&str>) -> Result<(String, String), Refusal> {
    if let Some(shard) = shard {
        return draw(shard);
    }
    let token = token(runtime::random_bytes());
    let hash = hash_hex(&token);
    Ok((token, hash))
}

/// Creates the session at its shard. If that fails, the person's object must not keep a session that does not exist.
async fn create(
    incoming: &Incoming,
    hash: String,
    principal: Principal,
    card: Card,
    (family, browser, library): (Option<NewFamily>, Option<String>, Option<LibraryRecord>),
) -> Result<ValidSession, CallError> {
    let shard = shard_of(&hash).unwrap_or_default().to_owned();
    let user_agent = incoming.header("user-agent").unwrap_or_default();
    let csrf = csrf_token(runtime::random_bytes());
    let trace = Some(incoming.trace());
    let principal_sent = principal.clone();
    let question =
        CreateCall { trace, hash, principal: principal_sent, card, csrf, user_agent, family, browser, library };
    let created = CreateSession::ask(&incoming.env, &shard, &question).await;
    if created.is_err() {
        never_began(incoming, &principal).await;
    }
    created
}

/// Tells the person's own object that a session does not exist after all.
pub async fn never_began(incoming: &Incoming, principal: &Principal) {
    let what = SessionChange::Ended { code: CloseCode::Broken.code(), reason: "not created".to_owned() };
    let (user, call) = (principal.user.as_str(), SessionCall { session: principal.session.clone(), what });
    telemetry::logged("session", SendSessionChange::ask_in(&incoming.env, Namespace::Person, user, &call).await);
}

/// Draws a fresh token of a shard, with its hash. The token alone leads to the shard.
pub fn draw(shard: &str) -> Result<(String, String), Refusal> {
    for _ in 0..DRAWS_MAX {
        let token = token(runtime::random_bytes());
        let hash = hash_hex(&token);
        if shard_of(&hash) == Some(shard) {
            return Ok((token, hash));
        }
    }
    Err(Refusal::Internal)
}
