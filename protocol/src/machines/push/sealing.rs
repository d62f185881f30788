//! Message that only its browser can decrypt (RFC 8291, coding `aes128gcm` of RFC 8188), and the token that identifies its sender
//! (RFC 8292).
//!
//! The runtime provides curve and cipher (`docs/decisions/0019-web-push.md`): input is the shared secret, output is key and nonce, and the
//! runtime's ciphertext gets its header.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::codec::json::json_text;
use crate::trust::jwt::hmac_sha256;
use crate::words::event::Millis;
use crate::words::limits::{PUSH_BODY_BYTES_MAX, PUSH_TOKEN_MS};

/// Size of the one record that there is: more than any message of ours.
const RECORD_BYTES: u32 = 4_096;
/// Byte that ends the last record.
const LAST: u8 = 2;
const SALT_BYTES: usize = 16;
const KEY_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;

#[derive(Clone, PartialEq, Eq)]
pub struct Sealing {
    /// Key of AES-128-GCM.
    pub key: [u8; KEY_BYTES],
    pub nonce: [u8; NONCE_BYTES],
}

/// Keys are not for lines and messages.
impl core::fmt::Debug for Sealing {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Sealing")
    }
}

impl Sealing {
    /// Derives both from the shared secret of the keys (ECDH on P-256): `theirs` and `auth` are the browser's, `ours` is the key of this
    /// message.
    pub fn new(shared: &[u8], auth: &[u8], theirs: &[u8], ours: &[u8], salt: &[u8; SALT_BYTES]) -> Self {
        let info = [b"WebPush: info\0".as_slice(), theirs, ours, &[1]].concat();
        let secret = hmac_sha256(&hmac_sha256(auth, shared), &info);
        let pseudo_random = hmac_sha256(salt, &secret);
        let key = hmac_sha256(&pseudo_random, b"Content-Encoding: aes128gcm\0\x01");
        let nonce = hmac_sha256(&pseudo_random, b"Content-Encoding: nonce\0\x01");
        Self { key: first(&key), nonce: first(&nonce) }
    }
}

fn first<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    let mut out = [0; N];
    out.iter_mut().zip(bytes).for_each(|(out, byte)| *out = *byte);
    out
}

/// Returns the bytes that are sealed: the message with its mark. `None` when it is longer than every service takes.
pub fn padded(message: &str) -> Option<Vec<u8>> {
    (message.len() <= PUSH_BODY_BYTES_MAX).then(|| [message.as_bytes(), &[LAST]].concat())
}

/// The body that is sent: the header with salt and key, and what was sealed.
pub fn sealed(salt: &[u8; SALT_BYTES], ours: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let length = u8::try_from(ours.len()).unwrap_or(u8::MAX);
    [salt.as_slice(), &RECORD_BYTES.to_be_bytes(), &[length], ours, ciphertext].concat()
}

/// Returns the claims of a message's token, as they are signed: its receiver, its end, and the address that can be asked.
pub fn claims(origin: &str, subject: &str, now: Millis) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
    let until = (now + PUSH_TOKEN_MS) / 1_000;
    let claims = format!("{{\"aud\":{},\"exp\":{until},\"sub\":{}}}", json_text(origin), json_text(subject));
    format!("{header}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims))
}

/// A public key as browsers want it.
pub fn public_text(public: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(public)
}

/// The header `authorization`, from the claims, their signature and the public key.
pub fn vapid_header(claims: &str, signature: &[u8], public: &[u8]) -> String {
    let (signature, public) = (BASE64_URL_SAFE_NO_PAD.encode(signature), public_text(public));
    format!("vapid t={claims}.{signature}, k={public}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_published_vector() {
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let theirs = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let ours = bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
        let shared = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let sealing = Sealing::new(&shared, &bytes("BTBZMqHH6r4Tts7J_aSIgg"), &theirs, &ours, &salt);
        assert_eq!(sealing.key.to_vec(), bytes("oIhVW04MRdy2XN9CiKLxTg"));
        assert_eq!(sealing.nonce.to_vec(), bytes("4h_95klXJ5E_qnoN"));
        let whole = bytes(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
        );
        let ciphertext = whole.get(86..).unwrap();
        assert_eq!(sealed(&salt, &ours, ciphertext), whole);
        // As long as the words of the vector with their mark, and the tag of the cipher.
        let padded = padded("When I grow up, I want to be a watermelon").unwrap();
        assert_eq!(padded.len() + 16, ciphertext.len());
        assert_eq!(padded.last(), Some(&2));
    }

    /// RFC 8292, section 2.4: header and claims have these members.
    #[test]
    fn a_token_says_to_whom_and_until_when() {
        let claims = claims("https://push.example.net", "mailto:push@example.com", 1_453_480_768_000);
        let (header, body) = claims.split_once('.').unwrap();
        assert_eq!(header, "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9", "as in the RFC");
        let body: serde_json::Value = serde_json::from_slice(&bytes(body)).unwrap();
        assert_eq!(body["aud"], "https://push.example.net");
        assert_eq!(body["sub"], "mailto:push@example.com");
        let left_s = body["exp"].as_u64().unwrap() - 1_453_480_768;
        assert!(left_s > 0 && left_s <= 86_400, "not more than a day");
        assert_eq!(vapid_header("a.b", &[0, 1], &[4]), "vapid t=a.b.AAE, k=BA");
    }

    #[test]
    fn what_is_too_long_is_not_sealed() {
        assert!(padded(&"x".repeat(PUSH_BODY_BYTES_MAX)).is_some());
        assert!(padded(&"x".repeat(PUSH_BODY_BYTES_MAX + 1)).is_none());
        assert_eq!(format!("{:?}", Sealing { key: [7; 16], nonce: [7; 12] }), "Sealing");
    }
}
