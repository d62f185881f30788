//! JSON Web Tokens with HS256 only (`core.md` 4.1). A token is verified with a key and a time; all errors give the same refusal.
//!
//! Doors decide where a token comes from and what its claims permit. The check is stricter than in libraries (`typ`, `crit`, one algorithm)
//! and has no leeway, as in the published originals.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::secret::Strength;
use crate::content::text::trimmed;
use crate::words::event::Millis;
use crate::words::limits::JWT_BYTES_MAX;
use crate::words::refusal::Refusal;

/// Door that accepts tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `hopeflow.md`.
    HopeFlow,
    /// `messagehub.md`.
    MessageHub,
    /// `livestore.md`.
    LiveStore,
}

const DOORS: [&str; 5] = ["messenger", "wasmchannel", "hopeflow", "messagehub", "livestore"];

impl Door {
    /// Returns the door's name in `aud`.
    pub fn name(self) -> &'static str {
        match self {
            Self::HopeFlow => "hopeflow",
            Self::MessageHub => "messagehub",
            Self::LiveStore => "livestore",
        }
    }
}

/// Secrets and requirements for tokens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keys<'a> {
    /// The secret (`JWT_SECRET`).
    pub secret: &'a [u8],
    /// The previous secret, which verifies but never signs (`JWT_SECRET_PREVIOUS`).
    pub previous: Option<&'a [u8]>,
    /// Required name in `aud`.
    pub audience: Option<&'a str>,
    /// Required `iss`.
    pub issuer: Option<&'a str>,
    /// Door that received the token. A token whose `aud` names only other doors is refused.
    pub door: Option<Door>,
    /// A token must have an expiry (`JWT_REQUIRE_EXP`).
    pub requires_exp: bool,
}

/// Claims of a verified token.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(pub(crate) Map<String, Value>);

impl Keys<'_> {
    /// Returns `true` if one of the secrets is too short for production (`core.md` 4.1, rule 3): the previous one verifies as well.
    pub fn is_weak(&self) -> bool {
        let is_short = |secret: &[u8]| !Strength::Key.is_enough(secret);
        is_short(self.secret) || self.previous.is_some_and(|secret| !secret.is_empty() && is_short(secret))
    }

    /// Verifies `token` at `now` and returns its claims. All errors give the same answer.
    pub fn verify(&self, token: &str, now: Millis) -> Result<Claims, Refusal> {
        self.claims(token, now).ok_or(Refusal::Unauthenticated)
    }

    /// Returns `true` if one of the secrets signed the token, even if the token is invalid otherwise, for example expired.
    pub fn has_signed(&self, token: &str) -> bool {
        self.signed_claims(token).is_some()
    }

    fn claims(&self, token: &str, now: Millis) -> Option<Claims> {
        let has_end = |claims: &Claims| !self.requires_exp || claims.expires_at().is_some();
        self.signed_claims(token).filter(|claims| claims.is_valid_at(now) && has_end(claims) && self.admits(claims))
    }

    fn signed_claims(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.').filter(|_| token.len() <= JWT_BYTES_MAX)?;
        let (header, payload) = signed.split_once('.')?;
        // The header is checked before the signature, so that only HS256 reaches a key.
        check_header(&object_of(header)?)?;
        let signature = bytes_of(signature)?;
        let is_signed = self.secrets().any(|secret| is_signed(secret, signed.as_bytes(), &signature));
        object_of(payload).filter(|_| is_signed).map(Claims)
    }

    /// Returns the secrets that are not empty: anyone could sign with an empty one.
    fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(self.secret).chain(self.previous).filter(|secret| !secret.is_empty())
    }

    pub(crate) fn admits(&self, claims: &Claims) -> bool {
        let named = claims.audiences();
        self.audience.is_none_or(|audience| named.contains(&audience))
            && self.issuer.is_none_or(|issuer| claims.text("iss") == Some(issuer))
            && self.door.is_none_or(|door| self.is_for(door, &named))
    }

    /// Returns `true` if a token with these audiences is for this door. The deployment's own audience names no door.
    fn is_for(&self, door: Door, named: &[&str]) -> bool {
        let is_named =
            |name: &str| named.iter().any(|one| Some(*one) != self.audience && one.eq_ignore_ascii_case(name));
        is_named(door.name()) || !DOORS.into_iter().any(is_named)
    }
}

impl Claims {
    /// Returns the user of the token: `userId`, trimmed (`core.md` 4.1, rule 6).
    pub fn user_id(&self) -> Result<&str, Refusal> {
        self.person("userId")
    }

    /// Returns a claim that is a valid name: not blank, and without NUL (`core.md` 10).
    fn person(&self, claim: &str) -> Result<&str, Refusal> {
        let id = self.text(claim).map(trimmed);
        id.filter(|id| !id.is_empty() && !id.contains('\0')).ok_or(Refusal::Unauthenticated)
    }

    /// Returns the user of the token; `sub` replaces a missing `userId`.
    pub fn user_id_or_sub(&self) -> Result<&str, Refusal> {
        if self.0.contains_key("userId") {
            return self.user_id();
        }
        self.person("sub")
    }

    fn audiences(&self) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Returns a claim that is a list of texts; `None` if it is absent, an empty list if it has another type.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        let all = self.0.get(name)?.as_array();
        let texts = all.and_then(|all| all.iter().map(Value::as_str).collect::<Option<Vec<&str>>>());
        Some(texts.unwrap_or_default())
    }

    /// Returns the time at which the token and its sockets expire.
    pub fn expires_at(&self) -> Option<Millis> {
        self.0.get("exp")?.as_f64().map(|seconds| (seconds * 1000.0).ceil() as Millis)
    }

    /// Checks `exp` and `nbf` without leeway; a future `iat` does not matter.
    pub(crate) fn is_valid_at(&self, now: Millis) -> bool {
        let now_s = now as f64 / 1000.0;
        let holds = |name: &str, is_right: fn(f64, f64) -> bool| match self.0.get(name) {
            None => true,
            Some(value) => value.as_f64().is_some_and(|time| time.is_finite() && is_right(time, now_s)),
        };
        holds("nbf", |begin, now| begin <= now) && holds("exp", |end, now| now < end)
    }
}

/// Returns `true` if `pattern` covers `id`: exactly, or as a prefix that ends in `*`. Claims for rooms and stores have this form.
pub fn covers(pattern: &str, id: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == id, |prefix| id.starts_with(prefix))
}

/// Signs `claims`, a JSON object, and returns the token.
pub fn sign(secret: &[u8], claims: &str) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(hmac_sha256(secret, signed.as_bytes()));
    format!("{signed}.{signature}")
}

pub fn hmac_sha256(secret: &[u8], message: &[u8]) -> [u8; 32] {
    // A key of any length is valid; the alternative exists only for the type.
    Hmac::<Sha256>::new_from_slice(secret)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().into())
        .unwrap_or_default()
}

/// Checks the signature in constant time.
fn is_signed(secret: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    let mac = Hmac::<Sha256>::new_from_slice(secret);
    mac.is_ok_and(|mac| mac.chain_update(signed).verify_slice(signature).is_ok())
}

fn check_header(header: &Map<String, Value>) -> Option<()> {
    let typ = header.get("typ")?.as_str()?;
    let is_typ = typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("application/jwt");
    let is_alg = header.get("alg").and_then(Value::as_str) == Some("HS256");
    (is_typ && is_alg && !header.contains_key("crit")).then_some(())
}

pub(crate) fn object_of(segment: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&bytes_of(segment)?).ok()
}

pub(crate) fn bytes_of(segment: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(segment).ok().filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
    const OLD: &[u8] = b"an older secret of thirty-two byt";
    const NOW: Millis = 1_795_000_000_000;
    const GOOD: &str = r#"{"userId":" u1 ","exp":1795000060}"#;

    fn keys() -> Keys<'static> {
        Keys { secret: SECRET, ..Keys::default() }
    }

    fn token(header: &str, claims: &str, secret: &[u8]) -> String {
        let signed = format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(hmac_sha256(secret, signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn is_good(token: &str) -> bool {
        match keys().verify(token, NOW) {
            Ok(_) => true,
            Err(refusal) => {
                assert_eq!(refusal, Refusal::Unauthenticated, "all failures look alike");
                false
            }
        }
    }

    fn is_good_with_claims(claims: &str) -> bool {
        is_good(&sign(SECRET, claims))
    }

    #[test]
    fn the_published_example_of_the_standard_has_our_signature() {
        // RFC 7515, A.1: its own spelling of the header, and a key of 64 bytes.
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let key = BASE64_URL_SAFE_NO_PAD.decode(key).unwrap();
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                      eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let token = format!("{signed}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let keys = Keys { secret: &key, ..Keys::default() };
        assert!(keys.verify(&token, 1_300_819_379_999).is_ok());
        assert!(keys.verify(&token, 1_300_819_380_000).is_err());
    }

    #[test]
    fn a_token_is_three_segments_of_unpadded_base64url() {
        let good = sign(SECRET, GOOD);
        assert!(is_good(&good));
        let parts: Vec<&str> = good.split('.').collect();
        let (header, payload, signature) = (parts[0], parts[1], parts[2]);
        for bad in [
            String::new(),
            "..".into(),
            ".".into(),
            "a.b".into(),
            format!("{header}.{payload}"),
            format!("{header}.{payload}."),
            format!("{header}..{signature}"),
            format!(".{payload}.{signature}"),
            format!("{good}.{signature}"),
            format!("{good}="),
            format!(" {good}"),
            format!("{good} "),
            format!("{header}.{payload}.{}", signature.replace(['-', '_'], "+").replacen(&signature[..1], "/", 1)),
            format!("{header}.{payload}.{}", &signature[..signature.len() - 4]),
        ] {
            assert!(!is_good(&bad), "{bad}");
        }
    }

    #[test]
    fn a_token_has_at_most_8192_bytes() {
        let of_length = |length: usize| {
            let claims = |pad: usize| format!(r#"{{"userId":"u","x":"{}"}}"#, "x".repeat(pad));
            (0..length).map(|pad| sign(SECRET, &claims(pad))).find(|token| token.len() >= length).unwrap()
        };
        let just_right = (JWT_BYTES_MAX - 1..=JWT_BYTES_MAX).map(of_length).find(|token| token.len() <= JWT_BYTES_MAX);
        assert!(is_good(&just_right.unwrap()));
        assert!(!is_good(&of_length(JWT_BYTES_MAX + 1)));
    }

    #[test]
    fn only_hs256_reaches_the_key() {
        let with_header = |header: &str| is_good(&token(header, GOOD, SECRET));
        assert!(with_header(r#"{"alg":"HS256","typ":"JWT"}"#));
        assert!(with_header(r#"{"typ":"jwt","alg":"HS256","kid":"1"}"#));
        assert!(with_header(r#"{"typ":"Application/JWT","alg":"HS256"}"#));
        for bad in [
            r#"{"alg":"none","typ":"JWT"}"#,
            r#"{"alg":"None","typ":"JWT"}"#,
            r#"{"alg":"hs256","typ":"JWT"}"#,
            r#"{"alg":"HS384","typ":"JWT"}"#,
            r#"{"alg":"HS512","typ":"JWT"}"#,
            r#"{"alg":"RS256","typ":"JWT"}"#,
            r#"{"alg":["HS256"],"typ":"JWT"}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"HS256","typ":null}"#,
            r#"{"alg":"HS256","typ":"JWE"}"#,
            r#"{"alg":"HS256","typ":"JWT","crit":["exp"]}"#,
            r#"{"alg":"HS256","typ":"JWT","crit":null}"#,
            r#"{"typ":"JWT"}"#,
            r#"["HS256"]"#,
            "HS256",
        ] {
            assert!(!with_header(bad), "{bad}");
        }
        let unsigned = format!(
            "{}.{}.",
            BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#),
            BASE64_URL_SAFE_NO_PAD.encode(GOOD)
        );
        assert!(!is_good(&unsigned));
    }

    #[test]
    fn a_changed_bit_of_the_signature_or_of_what_is_signed_is_refused() {
        let good = sign(SECRET, GOOD);
        for at in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(!is_good(&changed), "character {at}");
        }
        assert!(!is_good(&sign(b"another secret, another secret, a", GOOD)));
    }

    #[test]
    fn times_hold_to_the_millisecond() {
        for (claims, good) in [
            (r#"{"userId":"u"}"#, true),
            (r#"{"exp":1795000000}"#, false),
            (r#"{"exp":1795000000.001}"#, true),
            (r#"{"nbf":1795000000}"#, true),
            (r#"{"nbf":1795000000.001}"#, false),
            (r#"{"nbf":-5,"exp":1e300}"#, true),
            (r#"{"iat":9999999999}"#, true),
            (r#"{"iat":"yesterday"}"#, true),
            (r#"{"exp":"1795000060"}"#, false),
            (r#"{"exp":null}"#, false),
            (r#"{"nbf":null}"#, false),
            (r#"{"exp":1e999}"#, false),
            (r#"{"exp":true}"#, false),
            ("[]", false),
            ("null", false),
            ("\"x\"", false),
            ("{", false),
        ] {
            assert_eq!(is_good_with_claims(claims), good, "{claims}");
        }
        let claims = keys().verify(&sign(SECRET, r#"{"exp":1795000000.5}"#), NOW).unwrap();
        assert_eq!(claims.expires_at(), Some(NOW + 500));
    }

    #[test]
    fn audience_and_issuer_are_checked_when_they_are_set() {
        let both = Keys { audience: Some("cfm"), issuer: Some("me"), ..keys() };
        let admits = |claims: &str| both.verify(&sign(SECRET, claims), NOW).is_ok();
        assert!(admits(r#"{"aud":"cfm","iss":"me"}"#));
        assert!(admits(r#"{"aud":["x","cfm"],"iss":"me"}"#));
        for bad in [
            "{}",
            r#"{"aud":"cfm"}"#,
            r#"{"iss":"me"}"#,
            r#"{"aud":"cfm2","iss":"me"}"#,
            r#"{"aud":[],"iss":"me"}"#,
            r#"{"aud":{"cfm":1},"iss":"me"}"#,
            r#"{"aud":"cfm","iss":["me"]}"#,
        ] {
            assert!(!admits(bad), "{bad}");
            assert!(is_good_with_claims(bad), "not set: any value passes");
        }
    }

    #[test]
    fn the_user_is_a_trimmed_text_that_shows_something() {
        let user = |claims: &str| keys().verify(&sign(SECRET, claims), NOW).unwrap().user_id().map(str::to_owned);
        assert_eq!(user(GOOD).unwrap(), "u1");
        assert_eq!(user("{\"userId\":\"\u{feff}a b\u{a0}\"}").unwrap(), "a b");
        for bad in [
            "{}",
            r#"{"userId":""}"#,
            r#"{"userId":" \n"}"#,
            r#"{"userId":7}"#,
            r#"{"sub":"u"}"#,
            r#"{"userId":"a\u0000"}"#,
        ] {
            assert_eq!(user(bad), Err(Refusal::Unauthenticated), "{bad}");
        }
        let either =
            |claims: &str| keys().verify(&sign(SECRET, claims), NOW).unwrap().user_id_or_sub().map(str::to_owned);
        assert_eq!(either(r#"{"sub":" s "}"#).unwrap(), "s");
        assert_eq!(either(r#"{"sub":"s","userId":"u"}"#).unwrap(), "u");
        assert!(either(r#"{"sub":"s","userId":""}"#).is_err(), "a bad one is not an absent one");
    }

    #[test]
    fn the_previous_secret_verifies_while_keys_change() {
        let rotating = Keys { previous: Some(OLD), ..keys() };
        assert!(rotating.verify(&sign(SECRET, GOOD), NOW).is_ok());
        assert!(rotating.verify(&sign(OLD, GOOD), NOW).is_ok());
        assert!(keys().verify(&sign(OLD, GOOD), NOW).is_err());
        assert!(rotating.verify(&sign(b"third", GOOD), NOW).is_err());
    }

    #[test]
    fn no_secret_opens_nothing_and_a_short_one_is_known_as_weak() {
        let none = Keys { previous: Some(b""), ..Keys::default() };
        assert!(none.verify(&sign(b"", GOOD), NOW).is_err());
        assert!(none.is_weak() && Keys { secret: &SECRET[1..], ..Keys::default() }.is_weak());
        assert!(!keys().is_weak());
    }

    #[test]
    fn the_secret_before_must_be_as_long_as_the_other() {
        let with = |previous| Keys { previous: Some(previous), ..keys() };
        assert!(with(&SECRET[1..]).is_weak() && with(b"x").is_weak());
        assert!(!with(OLD).is_weak() && !with(b"").is_weak(), "an empty one is none");
    }

    #[test]
    fn a_token_that_names_other_doors_alone_is_not_for_this_one() {
        let admits = |door, audience, aud: &str| {
            let keys = Keys { door: Some(door), audience, ..keys() };
            keys.verify(&sign(SECRET, &format!(r#"{{"aud":{aud}}}"#)), NOW).is_ok()
        };
        for door in [Door::HopeFlow, Door::MessageHub, Door::LiveStore] {
            let own = door.name();
            for aud in [
                format!("\"{own}\""),
                format!("[\"livestore\",\"messagehub\",\"{own}\"]"),
                format!("\"{}\"", own.to_uppercase()),
            ] {
                assert!(admits(door, None, &aud), "{own} {aud}");
            }
            for other in DOORS.into_iter().filter(|other| *other != own) {
                for aud in
                    [format!("\"{other}\""), format!("[\"api\",\"{other}\"]"), format!("\"{}\"", other.to_uppercase())]
                {
                    assert!(!admits(door, None, &aud), "{own} {aud}");
                }
                // A deployment may choose any audience.
                assert!(admits(door, Some(other), &format!("\"{other}\"")));
            }
            for aud in ["\"any\"", "[]", "7", "null", "\"livestore2\""] {
                assert!(admits(door, None, aud), "{own} {aud}: no door is named");
            }
        }
        assert!(is_good_with_claims(r#"{"aud":"livestore"}"#), "where no door is said, none is asked for");
    }

    #[test]
    fn a_token_without_an_end_is_none_where_one_is_asked_for() {
        let strict = Keys { requires_exp: true, ..keys() };
        let is_good = |claims: &str| strict.verify(&sign(SECRET, claims), NOW).is_ok();
        assert!(is_good(GOOD) && !is_good(r#"{"userId":"u1"}"#) && !is_good(r#"{"userId":"u1","nbf":5}"#));
        assert!(!is_good(r#"{"exp":1795000000}"#) && !is_good(r#"{"exp":null}"#));
        assert!(is_good_with_claims(r#"{"userId":"u1"}"#));
    }

    #[test]
    fn other_claims_pass_through() {
        let claims = keys().verify(&sign(SECRET, r#"{"rooms":["a","b*"],"pub":["x",7],"scope":"hub:read"}"#), NOW);
        let claims = claims.unwrap();
        assert_eq!(claims.list("rooms"), Some(vec!["a", "b*"]));
        assert_eq!(claims.list("pub"), Some(Vec::new()), "a list with something else in it opens nothing");
        assert_eq!((claims.list("scope"), claims.list("stores")), (Some(Vec::new()), None));
        assert!(covers("a", "a") && covers("b*", "b") && covers("b*", "bc") && covers("*", "x"));
        assert!(!covers("a", "A") && !covers("a", "ab") && !covers("b*", "ab") && !covers("", "x"));
    }
}
