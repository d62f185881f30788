//! Attempts to sign in or up, on any route: the limit per address, and the lines and audit rows about them.

use protocol::people::email::Email;
use protocol::people::session::{hash_hex, shard_of};
use protocol::words::principal::UserKind;
use protocol::words::refusal::Refusal;
use serde_json::json;

use super::new_session::SignedIn;
use crate::calls::account::{RecordRefusal, RefusedCall};
use crate::calls::gate;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::platform::analytics;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Number of characters of `X-Client` that a line has.
const CLIENT_CHARS_MAX: usize = 64;
/// Number of digits of its hash by which an unknown address can be recognized in audit rows.
const ADDRESS_DIGITS: usize = 16;

pub enum SignInTarget {
    /// A persona by its id, or `guest`.
    Name(String),
    Account(Email),
}

/// Writes an audit row about a refused sign-in (`leaving.md` 4). An attempt above the limit per address was not checked and has no row, so
/// rows have the same limit.
pub async fn write_down_refusal<T>(
    incoming: &Incoming,
    result: &Result<T, CallError>,
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
    telemetry::logged("audit", RecordRefusal::ask(&incoming.env, shard, &question).await);
}

/// Counts an attempt to sign in from this address. Pages wait for this limit and for no other one (`account.md` 8).
pub async fn charge_address(incoming: &Incoming) -> Result<(), CallError> {
    let rule = &incoming.config.rules.login;
    let charged = gate::charge::<gate::CountLogin>(&incoming.env, rule, &incoming.address()).await;
    if matches!(charged, Err(CallError::Refused(Refusal::RateLimited { .. }))) {
        incoming.facts.borrow_mut().is_limited_by_address = true;
    }
    charged
}

/// Carries out a sign-in or sign-up by this method, and logs its result.
pub async fn logged(
    incoming: &Incoming,
    method: &str,
    attempt: impl Future<Output = Result<SignedIn, CallError>>,
) -> Result<SignedIn, CallError> {
    let result = attempt.await;
    log_sign_in(incoming, &result, method);
    result
}

fn log_sign_in(incoming: &Incoming, result: &Result<SignedIn, CallError>, method: &str) {
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
