//! Assertions of Cloudflare Access (`core.md` 4): all checks but the signature. The platform verifies the RS256 signature with the team's
//! keys; before that an assertion must not be trusted.

use serde_json::{Map, Value};

use super::jwt::{Claims, Keys, bytes_of, object_of};
use crate::words::event::Millis;
use crate::words::limits::JWT_BYTES_MAX;

/// Number of bytes of the shortest accepted modulus: 2,048 bits (RFC 7518 3.3).
const KEY_BYTES_MIN: usize = 256;

/// Parsed assertion that is not verified yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    pub key_id: String,
    pub signed: String,
    pub signature: Vec<u8>,
    claims: Claims,
}

/// A public key of the team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamKey {
    pub id: String,
    /// The modulus, base64url.
    pub modulus: String,
    /// The exponent, base64url.
    pub exponent: String,
}

impl Assertion {
    /// Parses the token of the header `Cf-Access-Jwt-Assertion`. Returns `None` unless it is an RS256 token with a key id.
    pub fn read(token: &str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.').filter(|_| token.len() <= JWT_BYTES_MAX)?;
        let (header, payload) = signed.split_once('.')?;
        let header = object_of(header)?;
        let is_rs256 = text(&header, "alg") == Some("RS256") && !header.contains_key("crit");
        let key_id = text(&header, "kid").filter(|id| is_rs256 && !id.is_empty())?.to_owned();
        let claims = Claims(object_of(payload)?);
        Some(Self { key_id, signed: signed.to_owned(), signature: bytes_of(signature)?, claims })
    }

    /// Returns `true` if the assertion is from this team, for this application, and valid at `now`. It must have an expiry.
    pub fn holds(&self, issuer: &str, audience: &str, now: Millis) -> bool {
        let keys = Keys { audience: Some(audience), issuer: Some(issuer), ..Keys::default() };
        self.claims.expires_at().is_some() && self.claims.is_valid_at(now) && keys.admits(&self.claims)
    }

    /// Returns the identity: an e-mail address, else the name of a service token, else the subject, else `access`.
    pub fn who(&self) -> String {
        let named = ["email", "common_name", "sub"].into_iter().find_map(|name| text(&self.claims.0, name));
        named.unwrap_or("access").to_owned()
    }
}

/// Parses a key set (RFC 7517). Keys that are no RSA signing keys, or are too short, are left out.
pub fn read_keys(text_of_set: &str) -> Vec<TeamKey> {
    let set: Option<Value> = serde_json::from_str(text_of_set).ok();
    let keys = set.as_ref().and_then(|set| set.get("keys")).and_then(Value::as_array);
    keys.into_iter().flatten().filter_map(Value::as_object).filter_map(read_key).collect()
}

fn read_key(key: &Map<String, Value>) -> Option<TeamKey> {
    let is_meant = |name: &str, wanted: &str| key.get(name).is_none_or(|value| value.as_str() == Some(wanted));
    if text(key, "kty") != Some("RSA") || !is_meant("use", "sig") || !is_meant("alg", "RS256") {
        return None;
    }
    let (id, modulus, exponent) = (text(key, "kid")?, text(key, "n")?, text(key, "e")?);
    let is_decent = bytes_of(modulus)?.len() >= KEY_BYTES_MIN && bytes_of(exponent).is_some();
    is_decent.then(|| TeamKey { id: id.to_owned(), modulus: modulus.to_owned(), exponent: exponent.to_owned() })
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    const NOW: Millis = 1_795_000_000_000;
    const ISSUER: &str = "https://team.cloudflareaccess.com";
    const CLAIMS: &str =
        r#"{"iss":"https://team.cloudflareaccess.com","aud":["app"],"exp":1795000060,"email":"a@b.example"}"#;

    fn token(header: &str, claims: &str) -> String {
        let parts = [header, claims, "signature"].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
        parts.join(".")
    }

    fn assertion(claims: &str) -> Assertion {
        Assertion::read(&token(r#"{"alg":"RS256","kid":"k1"}"#, claims)).unwrap()
    }

    #[test]
    fn only_rs256_with_the_name_of_a_key_is_read() {
        let good = assertion(CLAIMS);
        assert_eq!((good.key_id.as_str(), good.signature.as_slice()), ("k1", &b"signature"[..]));
        assert!(token(r#"{"alg":"RS256","kid":"k1"}"#, CLAIMS).starts_with(&good.signed));
        for header in [
            r#"{"alg":"HS256","kid":"k1"}"#,
            r#"{"alg":"none","kid":"k1"}"#,
            r#"{"alg":"rs256","kid":"k1"}"#,
            r#"{"alg":"RS512","kid":"k1"}"#,
            r#"{"alg":"RS256"}"#,
            r#"{"alg":"RS256","kid":""}"#,
            r#"{"alg":"RS256","kid":"k1","crit":["exp"]}"#,
            "[]",
        ] {
            assert_eq!(Assertion::read(&token(header, CLAIMS)), None, "{header}");
        }
        for text in ["", "a.b", "a.b.c", "..", &"x".repeat(JWT_BYTES_MAX + 1)] {
            assert_eq!(Assertion::read(text), None);
        }
    }

    #[test]
    fn it_is_the_teams_for_this_application_and_has_an_end() {
        assert!(assertion(CLAIMS).holds(ISSUER, "app", NOW));
        assert!(!assertion(CLAIMS).holds(ISSUER, "other", NOW));
        assert!(!assertion(CLAIMS).holds("https://other.cloudflareaccess.com", "app", NOW));
        assert!(!assertion(CLAIMS).holds(ISSUER, "app", 1_795_000_060_000));
        for claims in [
            r#"{"iss":"https://team.cloudflareaccess.com","aud":["app"]}"#,
            r#"{"iss":"https://team.cloudflareaccess.com","exp":1795000060}"#,
            r#"{"aud":["app"],"exp":1795000060}"#,
            r#"{"iss":"https://team.cloudflareaccess.com","aud":["app"],"exp":1795000060,"nbf":1795000001}"#,
            r#"{"iss":"https://team.cloudflareaccess.com","aud":["app"],"exp":"1795000060"}"#,
        ] {
            assert!(!assertion(claims).holds(ISSUER, "app", NOW), "{claims}");
        }
    }

    #[test]
    fn of_a_key_set_only_rsa_signing_keys_are_taken() {
        let modulus = BASE64_URL_SAFE_NO_PAD.encode([0xA5; KEY_BYTES_MIN]);
        let short = BASE64_URL_SAFE_NO_PAD.encode([0xA5; KEY_BYTES_MIN / 2]);
        let set = format!(
            r#"{{"keys":[{{"kid":"good","kty":"RSA","alg":"RS256","use":"sig","e":"AQAB","n":"{modulus}"}},
                {{"kid":"bare","kty":"RSA","e":"AQAB","n":"{modulus}"}},
                {{"kid":"short","kty":"RSA","e":"AQAB","n":"{short}"}},
                {{"kid":"enc","kty":"RSA","use":"enc","e":"AQAB","n":"{modulus}"}},
                {{"kid":"ec","kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}},{{"kty":"RSA","e":"AQAB","n":"{modulus}"}},7]}}"#
        );
        let ids: Vec<String> = read_keys(&set).into_iter().map(|key| key.id).collect();
        assert_eq!(ids, ["good", "bare"]);
        assert_eq!(read_keys("{}"), []);
        assert_eq!(read_keys("no json"), []);
    }
}
