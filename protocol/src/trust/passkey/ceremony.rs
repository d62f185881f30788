//! Both ceremonies (WebAuthn 7.1, 7.2), from the type of the client data to the form of the signature. The caller checks the challenge before
//! them, and the signature and the counter after them.

use sha2::{Digest, Sha256};

use super::authenticator::{AuthenticatorData, Key};
use super::cbor::Cbor;
use super::client::{Ceremony, ClientData};
use super::flaw::Flaw;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    pub id: Vec<u8>,
    pub key: Key,
    pub counter: u32,
    pub is_user_verified: bool,
}

/// Signed sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    pub counter: u32,
    pub is_user_verified: bool,
    /// Signature to be verified with the credential's key.
    pub proof: SignedMessage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedMessage {
    pub message: Vec<u8>,
    /// The two numbers of the signature, 32 bytes each.
    pub signature: [u8; 64],
}

/// Checks a new credential. The attestation is ignored, because nothing depends on it.
pub fn registration(
    client: &ClientData,
    attestation: &[u8],
    is_allowed: &dyn Fn(&str) -> bool,
) -> Result<Registration, Flaw> {
    let party = client.check(Ceremony::Register, is_allowed)?;
    let object = Cbor::whole(attestation).ok_or(Flaw::Form)?;
    let parts = ["fmt", "attStmt", "authData"].map(|name| object.get(&Cbor::Text(name)));
    let [Some(Cbor::Text(_)), Some(Cbor::Map(_)), Some(Cbor::Bytes(data))] = parts else { return Err(Flaw::Form) };
    let data = AuthenticatorData::read(data).ok_or(Flaw::Form)?;
    check(&data, party)?;
    let (id, key) = data.credential.as_ref().ok_or(Flaw::Form)?;
    let key = Key::read(key).ok_or(Flaw::Algorithm)?;
    let AuthenticatorData { counter, is_user_verified, .. } = data;
    Ok(Registration { id: id.to_vec(), key, counter, is_user_verified })
}

/// Checks a sign-in. `client` was parsed from `client_bytes`.
pub fn assertion(
    client: &ClientData,
    client_bytes: &[u8],
    authenticator: &[u8],
    signature: &[u8],
    is_allowed: &dyn Fn(&str) -> bool,
) -> Result<Assertion, Flaw> {
    let party = client.check(Ceremony::Login, is_allowed)?;
    let data = AuthenticatorData::read(authenticator).filter(|data| data.credential.is_none()).ok_or(Flaw::Form)?;
    check(&data, party)?;
    let signature = numbers_of(signature).ok_or(Flaw::Signature)?;
    let message = [authenticator, Sha256::digest(client_bytes).as_slice()].concat();
    let AuthenticatorData { counter, is_user_verified, .. } = data;
    Ok(Assertion { counter, is_user_verified, proof: SignedMessage { message, signature } })
}

impl Registration {
    /// Requires that the authenticator verified the person. The passkey replaces a password, so a thief of the authenticator must not be
    /// able to use it.
    pub fn of_a_person(self) -> Result<Self, Flaw> {
        if self.is_user_verified { Ok(self) } else { Err(Flaw::UserUnknown) }
    }
}

impl Assertion {
    /// See [`Registration::of_a_person`]. The flag is signed; the page's request to the browser proves nothing.
    pub fn of_a_person(self) -> Result<Self, Flaw> {
        if self.is_user_verified { Ok(self) } else { Err(Flaw::UserUnknown) }
    }
}

fn check(data: &AuthenticatorData<'_>, party: &str) -> Result<(), Flaw> {
    if data.rp_id_hash != Sha256::digest(party.as_bytes()).as_slice() {
        return Err(Flaw::RelyingParty);
    }
    if data.is_user_present { Ok(()) } else { Err(Flaw::UserAbsent) }
}

/// Returns `true` if a counter has increased. A counter that stays 0 is not in use, and passes.
pub fn has_grown(known: u32, given: u32) -> bool {
    given > known || known == 0 && given == 0
}

/// Returns the two numbers of a DER signature, which has exactly one form.
fn numbers_of(der: &[u8]) -> Option<[u8; 64]> {
    let (body, after) = tagged(der, 0x30)?;
    let (r, rest) = tagged(body, 0x02)?;
    let (s, rest) = tagged(rest, 0x02)?;
    if !after.is_empty() || !rest.is_empty() {
        return None;
    }
    let mut numbers = [0; 64];
    let (first, second) = numbers.split_at_mut(32);
    put_number(first, r)?;
    put_number(second, s)?;
    Some(numbers)
}

/// Returns the bytes under `tag`, and the rest. Lengths of signatures fit into one byte.
fn tagged(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    match der {
        [own, length @ 0..=127, rest @ ..] if *own == tag => rest.split_at_checked(usize::from(*length)),
        _ => None,
    }
}

/// Writes a positive DER number to the end of `place`.
fn put_number(place: &mut [u8], der: &[u8]) -> Option<()> {
    let digits = match der {
        // A leading zero is allowed only if it keeps the number positive.
        [0, rest @ ..] if rest.first().is_some_and(|byte| *byte >= 0x80) => rest,
        [1..=0x7f, ..] => der,
        _ => return None,
    };
    let at = place.len().checked_sub(digits.len())?;
    place[at..].copy_from_slice(digits);
    Some(())
}
