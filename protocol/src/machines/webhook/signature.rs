//! The signature of a call, in the form of the Standard Webhooks: receivers have libraries for it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::trust::jwt::hmac_sha256;
use crate::words::event::Millis;
use crate::words::limits::{HOOK_SECRET_BYTES_MAX, HOOK_SECRET_BYTES_MIN};

const PREFIX: &str = "whsec_";

/// Secret of a hook. It is never shown after it was set.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl core::fmt::Debug for Secret {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Secret")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// Header `webhook-id`: the same on every attempt.
    pub id: String,
    /// Header `webhook-timestamp`: seconds, of this attempt.
    pub timestamp: String,
    pub signature: String,
}

impl Secret {
    /// `whsec_` and the secret in base64.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (HOOK_SECRET_BYTES_MIN..=HOOK_SECRET_BYTES_MAX).contains(&bytes.len()).then_some(Self(bytes))
    }

    pub fn of_bytes(drawn: [u8; 32]) -> Self {
        Self(drawn.to_vec())
    }

    /// Reverse of [`Secret::parse`], for storage.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(&self.0))
    }
}

/// Signs `body`; with the previous secret too while a secret is being changed.
pub fn sign(id: &str, body: &str, now: Millis, secret: &Secret, previous: Option<&Secret>) -> SignatureHeaders {
    let timestamp = (now / 1_000).to_string();
    let message = format!("{id}.{timestamp}.{body}");
    let of = |secret: &Secret| format!("v1,{}", BASE64_STANDARD.encode(hmac_sha256(&secret.0, message.as_bytes())));
    let signature = std::iter::once(secret).chain(previous).map(of).collect::<Vec<String>>().join(" ");
    SignatureHeaders { id: id.to_owned(), timestamp, signature }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "{\"test\": 2432232314}", 1_614_265_330_999, &secret, None);
        assert_eq!(signed.timestamp, "1614265330");
        assert_eq!(signed.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_two_signatures() {
        let (new, old) = (Secret(vec![1; 24]), Secret(vec![2; 24]));
        let both = sign("i", "b", 5_000, &new, Some(&old)).signature;
        let (first, second) = both.split_once(' ').unwrap();
        assert_eq!(first, sign("i", "b", 5_999, &new, None).signature);
        assert_eq!(second, sign("i", "b", 5_000, &old, None).signature);
        assert_ne!(first, sign("i", "b", 6_000, &new, None).signature);
    }

    #[test]
    fn a_secret_has_24_bytes_at_least_and_is_never_shown() {
        let of = |length: usize| format!("whsec_{}", BASE64_STANDARD.encode(vec![7; length]));
        assert_eq!(Secret::parse(&of(24)).unwrap().text(), of(24));
        for bad in [of(23), of(257), "whsec_".into(), "x".into(), of(24).replace("whsec_", ""), format!("{}!", of(24))]
        {
            assert_eq!(Secret::parse(&bad), None, "{bad}");
        }
        assert_eq!(format!("{:?}", Secret::parse(&of(24)).unwrap()), "Secret");
    }
}
