//! Authenticator data (WebAuthn 6.1), and the public key of a new credential (COSE, RFC 9053).

use super::cbor::Cbor;
use super::text_of;
use crate::words::limits::PASSKEY_ID_BYTES_MAX;

const RP_ID_HASH_BYTES: usize = 32;
const AAGUID_BYTES: usize = 16;
const COORDINATE_BYTES: usize = 32;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// Data that the authenticator signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorData<'a> {
    /// SHA-256 of the relying party's id.
    pub rp_id_hash: &'a [u8],
    /// `true` if a person touched the authenticator.
    pub is_user_present: bool,
    /// `true` if the authenticator verified the person, for example by fingerprint, face or PIN.
    pub is_user_verified: bool,
    /// Number of signatures; 0 for an authenticator that does not count.
    pub counter: u32,
    /// New credential: its id and its encoded key.
    pub credential: Option<(&'a [u8], Cbor<'a>)>,
}

impl<'a> AuthenticatorData<'a> {
    /// Parses the data to its last byte.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_at_checked(RP_ID_HASH_BYTES)?;
        let (&flags, rest) = rest.split_first()?;
        let (counter, mut rest) = rest.split_first_chunk::<4>()?;
        let mut credential = None;
        if flags & HAS_CREDENTIAL != 0 {
            let (_, after) = rest.split_at_checked(AAGUID_BYTES)?;
            let (length, after) = after.split_first_chunk::<2>()?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (id, after) =
                after.split_at_checked(length).filter(|_| length > 0 && length <= PASSKEY_ID_BYTES_MAX)?;
            let (key, after) = Cbor::first(after)?;
            (credential, rest) = (Some((id, key)), after);
        }
        if flags & HAS_EXTENSIONS != 0 {
            let (extensions, after) = Cbor::first(rest)?;
            rest = matches!(extensions, Cbor::Map(_)).then_some(after)?;
        }
        let (is_user_present, is_user_verified) = (flags & USER_PRESENT != 0, flags & USER_VERIFIED != 0);
        let counter = u32::from_be_bytes(*counter);
        rest.is_empty().then_some(Self { rp_id_hash, is_user_present, is_user_verified, counter, credential })
    }
}

/// Public key on P-256: its coordinates as they are sent and stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Base64url.
    pub x: String,
    /// Base64url.
    pub y: String,
}

impl Key {
    /// Parses the key from a COSE map, which must be an uncompressed ES256 key on P-256. The import of the key checks that the point is on
    /// the curve.
    pub fn read(cose: &Cbor<'_>) -> Option<Self> {
        let Cbor::Map(entries) = cose else { return None };
        let is = |label, value| cose.get(&Cbor::Number(label)) == Some(&Cbor::Number(value));
        let coordinate = |label| match cose.get(&Cbor::Number(label)) {
            Some(Cbor::Bytes(bytes)) if bytes.len() == COORDINATE_BYTES => Some(text_of(bytes)),
            _ => None,
        };
        // kty EC2, alg ES256, crv P-256.
        let is_es256 = is(1, 2) && is(3, -7) && is(-1, 1) && entries.len() == 5;
        is_es256.then(|| Some(Self { x: coordinate(-2)?, y: coordinate(-3)? }))?
    }

    /// Returns the key as a JSON Web Key.
    pub fn to_jwk(&self) -> String {
        format!("{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{}\",\"y\":\"{}\"}}", self.x, self.y)
    }
}
