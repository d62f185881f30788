//! Password hashes are made here, in the Worker: inside an object one hash would hold up a whole shard (`messenger.md`
//! 2.1).
//!
//! The rules for passwords, and the form in which a hash is written down, are in `protocol::people::account::password`. Nothing
//! of a password is logged.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use protocol::people::account::password::{Method, PasswordHash, PasswordInput, peppered};
use protocol::people::account::recovery::RecoveryCode;
use protocol::people::account::second_factor;
use protocol::trust::sealing::ContentKeys;
use protocol::wire::wasmchannel::{self, DeviceAccount};
use protocol::words::refusal::{Fault, Refusal};
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// The pepper; where there is none, nobody signs in with a password.
fn pepper(incoming: &Incoming) -> Result<&'static str, Refusal> {
    incoming.config.password_pepper.as_deref().ok_or(Refusal::Misconfigured)
}

/// Returns the pepper of new hashes, and the one before it where there is one: with that, hashes are only compared.
fn peppers(incoming: &Incoming) -> Result<impl Iterator<Item = &'static str>, Refusal> {
    Ok(std::iter::once(pepper(incoming)?).chain(incoming.config.password_pepper_previous.as_deref()))
}

/// Refuses before any work where passwords cannot be used.
pub fn check_configured(incoming: &Incoming) -> Result<(), Refusal> {
    pepper(incoming).map(|_| ())
}

/// Returns the stored form of a recovery code (`account.md` 5.1).
pub fn recovery_hash(incoming: &Incoming, code: &RecoveryCode) -> Result<String, Refusal> {
    pepper(incoming).map(|pepper| code.keyed_hash(pepper))
}

/// Returns the keys that seal the secrets of second factors (`account.md` 12): one of each pepper, that of today first.
pub fn factor_keys(incoming: &Incoming) -> Result<ContentKeys, CallError> {
    let mut keys: Vec<String> = peppers(incoming)?.map(second_factor::key_of).collect();
    keys.dedup();
    Ok(ContentKeys::parse(&keys.join(",")).map_err(|error| Fault(error.to_string()))?)
}

/// Returns the account of a browser that signs in with these texts (`wasmchannel.md` 4.1); `None` for a person's address and password.
pub fn device_account(incoming: &Incoming, email: &str, password: &str) -> Result<Option<DeviceAccount>, Refusal> {
    pepper(incoming).map(|pepper| wasmchannel::device_account(email, password, pepper))
}

/// Returns the account that the browser has if it is from before another pepper; `None` where no pepper before this one is named.
pub fn device_account_before(incoming: &Incoming, email: &str, password: &str) -> Option<DeviceAccount> {
    let pepper = incoming.config.password_pepper_previous.as_deref()?;
    wasmchannel::device_account(email, password, pepper)
}

/// Returns the stored form that the code has if it is from before another pepper; `None` where no pepper before this one is named.
pub fn recovery_hash_before(incoming: &Incoming, code: &RecoveryCode) -> Option<String> {
    incoming.config.password_pepper_previous.as_deref().map(|pepper| code.keyed_hash(pepper))
}

pub async fn fresh(incoming: &Incoming, password: &PasswordInput) -> Result<PasswordHash, CallError> {
    let (method, salt) = (incoming.config.password_method, runtime::random_bytes());
    let hash = derive(incoming, pepper(incoming)?, method, &salt, password.spelled()).await?;
    Ok(PasswordHash { method, salt, hash })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// By the hash of its one spelling, with the pepper of new hashes.
    Spelled,
    /// By a hash with the pepper before this one, or of what was typed, from before passwords had one spelling: it is time for a new one.
    AsBefore,
}

/// Compares `password` with the one of `stored`: in its one spelling, or else as it was typed, with one pepper after the other. `None` is a
/// no; it costs the same for everybody who types the same.
pub async fn verify(
    incoming: &Incoming,
    stored: Option<&PasswordHash>,
    in_use: &[Method],
    email_hash: &str,
    password: &PasswordInput,
) -> Result<Option<Recognised>, CallError> {
    let mut recognised = Recognised::Spelled;
    for pepper in peppers(incoming)? {
        for typed in std::iter::once(password.spelled()).chain(password.as_before()) {
            if is_right(incoming, pepper, stored, in_use, email_hash, typed).await? {
                return Ok(Some(recognised));
            }
            // All that comes after the first is older.
            recognised = Recognised::AsBefore;
        }
    }
    Ok(None)
}

/// Returns true if `password` is the one of `stored`. An account that does not exist has no hash: the same work is done
/// for it, and the answer is no (`messenger.md` 1.1, `BAD_CREDENTIALS`).
///
/// While some of the accounts that the address could be one of were hashed in another way (`in_use`), a no costs one hash of each way,
/// whoever it is said to.
async fn is_right(
    incoming: &Incoming,
    pepper: &str,
    stored: Option<&PasswordHash>,
    in_use: &[Method],
    email_hash: &str,
    password: &str,
) -> Result<bool, CallError> {
    let configured = incoming.config.password_method;
    let nobody = PasswordHash::of_nobody(configured, email_hash);
    let PasswordHash { method, salt, hash } = stored.unwrap_or(&nobody);
    let derived = derive(incoming, pepper, *method, salt, password).await?;
    let is_same = bool::from(derived.ct_eq(hash));
    if is_same && stored.is_some() {
        return Ok(true);
    }
    let mut done = vec![*method];
    for other in std::iter::once(configured).chain(in_use.iter().copied()) {
        if !done.contains(&other) {
            done.push(other);
            derive(incoming, pepper, other, &nobody.salt, password).await?;
        }
    }
    Ok(false)
}

async fn derive(
    incoming: &Incoming,
    pepper: &str,
    method: Method,
    salt: &[u8],
    password: &str,
) -> Result<[u8; 32], CallError> {
    let secret = peppered(pepper, password);
    let (name, hash) = match method {
        Method::Argon2id { memory_kib, passes } => ("argon2id", argon2id(&secret, salt, memory_kib, passes)),
        Method::Pbkdf2 { rounds } => ("pbkdf2", runtime::pbkdf2(&secret, salt, rounds).await),
    };
    telemetry::event("password_hashed", json!({ "method": name, "requestId": incoming.request_id }));
    hash.map_err(CallError::Broken)
}

/// The memory is asked for politely: an isolate that has none left refuses one sign-in instead of losing every request
/// in it.
fn argon2id(secret: &[u8], salt: &[u8], memory_kib: u32, passes: u32) -> Result<[u8; 32], Fault> {
    let broken = |error: argon2::Error| Fault(format!("argon2id: {error}"));
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(broken)?;
    let mut memory: Vec<Block> = Vec::new();
    memory.try_reserve_exact(params.block_count()).map_err(|error| Fault(format!("argon2id: {error}")))?;
    memory.resize(params.block_count(), Block::new());
    let mut hash = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(secret, salt, &mut hash, &mut memory).map_err(broken)?;
    Ok(hash)
}
