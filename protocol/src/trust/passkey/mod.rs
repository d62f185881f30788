//! Passkeys (`sign-in.md` 7): what a browser hands over is taken apart and held against what was asked.
//!
//! ES256 alone, no attestation. Whether a challenge lives, and who has which key, is known to the keeper of accounts; the signature itself
//! is verified by whoever has the means (`docs/decisions/0016-passkeys.md`). Here is everything else, in the order of the document.
//!
//! | File | What |
//! |---|---|
//! | `cbor` | the few forms of CBOR that authenticators write |
//! | `authenticator` | authenticator data, and the key in it |
//! | `client` | what the browser says it was asked |
//! | `ceremony` | both ceremonies; `flaw` is what they find |

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

/// Bytes as they travel: base64url without padding.
pub fn text_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of [`text_of`].
pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
