//! Requests to the gate: limits per address.

use protocol::people::session::hash_hex;
use protocol::words::rate::Rule;
use serde::Serialize;
use worker::Env;

use super::auth::{GuessCall, GuestFileCall, LoginCall};
use crate::config::Config;
use crate::kit::call;
use crate::kit::namespace::Namespace;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Something was given for a secret of the deployment. After too many wrong ones from an address nothing from there counts for a
/// while, the right one neither: or guessing could go on (`livestore.md` 11).
pub async fn note_guess(env: &Env, config: &Config, address: &str, is_right: bool) -> Result<(), CallError> {
    let question = |address_hash| GuessCall { address_hash, is_wrong: !is_right };
    let answered = ask(env, &config.rules.guess, address, "guess", question).await;
    answered.inspect_err(|error| telemetry::call_failed("guess", error))
}

/// The code of an invite or of a demo room was given. After too many wrong ones from an address none that is given there is looked at.
pub async fn note_code(env: &Env, config: &Config, address: &str, is_wrong: bool) -> Result<(), CallError> {
    ask(env, &config.rules.invite, address, "invite", |address_hash| GuessCall { address_hash, is_wrong }).await
}

/// Counts one use of the limit that `verb` stands for.
pub async fn charge(env: &Env, rule: &Rule, address: &str, verb: &str) -> Result<(), CallError> {
    ask(env, rule, address, verb, |address_hash| LoginCall { address_hash }).await
}

/// Counts a file of so many bytes that a guest brings. Guests cost nothing, so their address has a limit as well (`files.md` 1).
pub async fn charge_file(env: &Env, rule: &Rule, address: &str, bytes: u64) -> Result<(), CallError> {
    ask(env, rule, address, "guest-file", |address_hash| GuestFileCall { address_hash, bytes }).await
}

/// Asks the shard of an address; a limit that is off is asked of nobody.
async fn ask<Question: Serialize>(
    env: &Env,
    rule: &Rule,
    address: &str,
    verb: &str,
    question: impl FnOnce(String) -> Question,
) -> Result<(), CallError> {
    if rule.0.is_empty() {
        return Ok(());
    }
    let address_hash = hash_hex(address);
    let shard = address_hash.get(..2).unwrap_or_default().to_owned();
    call::call(env, Namespace::Gate, &shard, verb, &question(address_hash)).await
}
