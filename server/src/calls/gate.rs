//! Requests to the gate: limits per address. A question that is a text is the SHA-256 of the address.

use protocol::people::session::hash_hex;
use protocol::words::rate::Rule;
use protocol::words::refusal::Refusal;
use worker::Env;

use super::auth::{GuessCall, GuestFileCall, SpendCall};
use crate::config::Config;
use crate::kit::request::{Request, requests};
use crate::runtime::call_error::CallError;
use crate::telemetry;

requests! { Gate:
    CountLogin "login": String => ();
    CountOffer "offer": String => ();
    CountRegister "register": String => ();
    /// Counts a try to sign up, before it is known what becomes of it.
    CountTry "register-try": String => ();
    /// Takes a try back that has become an account.
    TakeTryBack "register-made": String => ();
    CountInvited "invited": String => ();
    /// Counts somebody whom a code brings, by the code.
    CountCode "code": String => ();
    CountMail "mail": String => ();
    /// Counts a change of an account, by the id of its owner.
    CountAccount "account": String => ();
    /// Counts a wrong secret of the deployment.
    CountGuess "guess": GuessCall => ();
    /// Counts a wrong code of an invite.
    CountInvite "invite": GuessCall => ();
    /// Counts a wrong code of a demo room.
    CountDemoCode "demo-code": GuessCall => ();
    CountDemoRoom "demo-room": String => ();
    CountDemoJoin "demo-join": String => ();
    CountGuestFile "guest-file": GuestFileCall => ();
    /// Counts a call to a webhook that an account causes.
    CountAccountCall "account-call": String => ();
    /// Counts a call to a webhook for what an account has of a host.
    CountSharedCall "shared-call": String => ();
    CountHostCall "host-call": String => ();
    /// Counts a challenge that a webhook has to echo.
    CountChallenge "challenge": String => ();
    CountPreview "preview": String => ();
    SpendToken "spend": SpendCall => ();
}

/// Something was given for a secret of the deployment. After too many wrong ones from an address nothing from there counts for a
/// while, the right one neither: or guessing could go on (`livestore.md` 11).
pub async fn note_guess(env: &Env, config: &Config, address: &str, is_right: bool) -> Result<(), CallError> {
    let question = |address_hash| GuessCall { address_hash, is_wrong: !is_right };
    let answered = ask::<CountGuess>(env, &config.rules.guess, address, question).await;
    answered.inspect_err(|error| telemetry::call_failed("guess", error))
}

/// Notes that a code was given: of an invite, or of a demo room, each with a count of its own. After too many wrong ones from an address no
/// code that is given there is looked at.
pub async fn note_code<Count: Request<Question = GuessCall, Answer = ()>>(
    env: &Env,
    rule: &Rule,
    address: &str,
    is_wrong: bool,
) -> Result<(), CallError> {
    ask::<Count>(env, rule, address, |address_hash| GuessCall { address_hash, is_wrong }).await
}

/// Counts one use of a limit by an address, or by the id of whoever the limit is about.
pub async fn charge<Count: Request<Question = String, Answer = ()>>(
    env: &Env,
    rule: &Rule,
    address: &str,
) -> Result<(), CallError> {
    ask::<Count>(env, rule, address, |address_hash| address_hash).await
}

/// Does the same. Returns `false` if the limit is reached.
pub async fn has_place<Count: Request<Question = String, Answer = ()>>(
    env: &Env,
    rule: &Rule,
    address: &str,
) -> Result<bool, CallError> {
    match charge::<Count>(env, rule, address).await {
        Err(CallError::Refused(Refusal::RateLimited { .. })) => Ok(false),
        charged => charged.map(|()| true),
    }
}

/// Counts a file of so many bytes that a guest brings. Guests cost nothing, so their address has a limit as well (`files.md` 1).
pub async fn charge_file(env: &Env, rule: &Rule, address: &str, bytes: u64) -> Result<(), CallError> {
    ask::<CountGuestFile>(env, rule, address, |address_hash| GuestFileCall { address_hash, bytes }).await
}

/// Asks the shard of an address; a limit that is off is asked of nobody.
async fn ask<Count: Request<Answer = ()>>(
    env: &Env,
    rule: &Rule,
    address: &str,
    question: impl FnOnce(String) -> Count::Question,
) -> Result<(), CallError> {
    if rule.0.is_empty() {
        return Ok(());
    }
    let address_hash = hash_hex(address);
    let shard = address_hash.get(..2).unwrap_or_default().to_owned();
    Count::ask(env, &shard, &question(address_hash)).await
}
