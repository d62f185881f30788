//! A session that begins while what it was opened with ends (`account.md` 4): it does not go on.
//!
//! A new password and a second factor end the sessions that have begun before them, and some acts end passkeys. A sign-in may have proved the
//! password alone or a passkey before that, and begin its session after it. So the shard of the account is asked once more when the session
//! is there.

use protocol::people::session::{shard_of, shard_of_text};
use protocol::words::closing::CloseCode;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;

use super::new_session::SignedIn;
use super::passkeys;
use crate::calls::account::{CheckUnchanged, UnchangedCall};
use crate::calls::auth::{EndCall, EndSession};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Returns the session that has begun if what was proved still opens the account. Otherwise the session ends, and the answer is that of a
/// wrong password.
pub async fn check(
    incoming: &Incoming,
    proved: &UnchangedCall,
    begun: Result<SignedIn, CallError>,
) -> Result<SignedIn, CallError> {
    let begun = begun?;
    let unchanged = CheckUnchanged::ask(&incoming.env, &shard_of_text(&proved.email), proved).await;
    end_unless(incoming, unchanged, begun).await
}

/// Returns the session that has begun if the account still has the passkey that opened it. Otherwise the session ends likewise.
pub async fn check_passkey(
    incoming: &Incoming,
    (user, passkey): (&str, &str),
    begun: Result<SignedIn, CallError>,
) -> Result<SignedIn, CallError> {
    let begun = begun?;
    let known = passkeys::find_passkey(incoming, user, passkey).await;
    end_unless(incoming, known.map(|known| known.is_some()), begun).await
}

async fn end_unless(
    incoming: &Incoming,
    unchanged: Result<bool, CallError>,
    begun: SignedIn,
) -> Result<SignedIn, CallError> {
    let error = match unchanged {
        Ok(true) => return Ok(begun),
        Ok(false) => Refusal::BadCredentials.into(),
        Err(error) => error,
    };
    end(incoming, &begun.checked.principal, "password").await;
    Err(error)
}

/// Ends a session that must not go on. A shard that does not answer keeps it.
pub async fn end(incoming: &Incoming, principal: &Principal, reason: &str) {
    let (session, user, reason) = (principal.session.clone(), principal.user.to_string(), reason.to_owned());
    let question = EndCall { session, user, code: CloseCode::Unauthenticated.code(), reason };
    let shard = shard_of(&principal.session).unwrap_or_default();
    telemetry::logged("session", EndSession::ask(&incoming.env, shard, &question).await);
}
