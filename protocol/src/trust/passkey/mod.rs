//! Passkeys (`sign-in.md` 7): parses a browser's response and checks it against the request, in the order of the WebAuthn document. Only
//! ES256, without attestation. The `auth` objects have challenges and keys, and the platform verifies the signature
//! (`docs/decisions/0016-passkeys.md`).
//!
//! | File | Responsibility |
//! |---|---|
//! | `cbor` | the forms of CBOR that authenticators write |
//! | `authenticator` | authenticator data, and the key in it |
//! | `client` | the browser's statement about the request |
//! | `ceremony` | both ceremonies; `flaw` has their errors |

mod authenticator;
pub mod cbor;
mod ceremony;
mod client;
mod flaw;
#[cfg(test)]
mod tests;

pub use authenticator::{AuthenticatorData, Key};
pub use ceremony::{Assertion, Registration, SignedMessage, assertion, has_grown, registration};
pub use client::{Ceremony, ClientData, relying_party};
pub use flaw::Flaw;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes bytes as base64url without padding.
pub fn text_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes the text of [`text_of`].
pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
