//! Keys of a subscription as a browser hands them over, and the deployment's own key.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::words::refusal::Refusal;

/// A point of P-256, uncompressed.
const POINT_BYTES: usize = 65;
const POINT_MARK: u8 = 4;
const AUTH_BYTES: usize = 16;
const PRIVATE_BYTES: usize = 32;

#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    pub p256dh: Vec<u8>,
    pub auth: Vec<u8>,
}

/// Keys are not for lines and messages.
impl core::fmt::Debug for Keys {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Keys")
    }
}

fn bytes(text: &str, length: usize) -> Option<Vec<u8>> {
    // Some browsers write the signs at the end, too.
    let text = text.trim_end_matches('=');
    BASE64_URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == length)
}

/// Parses the keys. The runtime checks that the point is on the curve.
pub fn check_keys(p256dh: &str, auth: &str) -> Result<Keys, Refusal> {
    let refusal = || Refusal::validation("keys", "These aren't the keys of a push subscription.");
    let p256dh = bytes(p256dh, POINT_BYTES).filter(|point| point.first() == Some(&POINT_MARK)).ok_or_else(refusal)?;
    Ok(Keys { p256dh, auth: bytes(auth, AUTH_BYTES).ok_or_else(refusal)? })
}

/// The deployment's private key as its owner writes it: 32 bytes in base64url.
pub fn vapid_key(text: &str) -> Option<[u8; PRIVATE_BYTES]> {
    bytes(text, PRIVATE_BYTES)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_lengths_and_one_form() {
        let point = BASE64_URL_SAFE_NO_PAD.encode([[4_u8].as_slice(), &[9; 64]].concat());
        let auth = BASE64_URL_SAFE_NO_PAD.encode([1; 16]);
        assert_eq!(check_keys(&point, &auth).unwrap().auth, [1; 16]);
        assert!(check_keys(&format!("{point}="), &format!("{auth}==")).is_ok());
        let compressed = BASE64_URL_SAFE_NO_PAD.encode([[2_u8].as_slice(), &[9; 64]].concat());
        for (p256dh, auth) in [("", ""), (&point, ""), ("", &auth), (&compressed, &auth), (&auth, &point), ("!", &auth)]
        {
            assert!(check_keys(p256dh, auth).is_err());
        }
        assert!(vapid_key(&BASE64_URL_SAFE_NO_PAD.encode([1; 32])).is_some());
        assert!(vapid_key("short").is_none());
        assert_eq!(format!("{:?}", check_keys(&point, &auth).unwrap()), "Keys");
    }
}
