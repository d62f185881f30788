//! The cookie of the session routes (`wasmchannel.md` 4.1): a token and its signature, as the library's clients know it.
//!
//! The session's token is random and needs no signature. The signature keeps forged cookies away from the objects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Returns `<token>.<base64 HMAC-SHA256>` in the form of a cookie's value.
pub fn signed(token: &str, secret: &str) -> String {
    // Only these three characters of base64 need an escape in a cookie.
    let signature = signature(token, secret).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("{token}.{signature}")
}

/// Returns the token of a cookie's value if the signature is right.
pub fn read_signed(value: &str, secret: &str) -> Option<String> {
    let plain = value.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    let plain = plain.replace("%2b", "+").replace("%2f", "/").replace("%3d", "=");
    let (token, given) = plain.rsplit_once('.')?;
    let is_right: bool = given.as_bytes().ct_eq(signature(token, secret).as_bytes()).into();
    is_right.then(|| token.to_owned())
}

fn signature(token: &str, secret: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mac| mac.chain_update(token.as_bytes()));
    mac.map_or_else(|_| String::new(), |mac| STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_back_and_nobody_elses_is() {
        for token in ["abc-_123", "x"] {
            let value = signed(token, "secret");
            assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.%".contains(&byte)), "{value}");
            assert_eq!(read_signed(&value, "secret").as_deref(), Some(token));
            assert_eq!(read_signed(&value.replace("%2B", "%2b").replace("%3D", "="), "secret").as_deref(), Some(token));
            assert_eq!(read_signed(&value, "other"), None);
            assert_eq!(read_signed(&format!("y{value}"), "secret"), None);
        }
        for value in ["", ".", "abc", "abc.", "abc.def"] {
            assert_eq!(read_signed(value, "secret"), None, "{value}");
        }
    }

    #[test]
    fn the_signature_is_that_of_the_library() {
        // HMAC-SHA256 of "hello" under "key".
        let value = signed("hello", "key");
        assert_eq!(value, "hello.kwezuRXvtRcf8U2MtV%2B8x5jGwO8UVtZt7RpqpyOli3s%3D");
    }
}
