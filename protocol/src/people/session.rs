//! Rules of a session: lifetime, extension, takeover of a persona (`sign-in.md` 1 and 2).
//!
//! Also the forms of random values: tokens, tickets, public ids. Random bytes are arguments. The `auth` objects store sessions and send
//! notifications about their end.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::words::event::Millis;
use crate::words::limits::{
    LIBRARY_SESSION_AGE_MS_MAX, LIBRARY_SESSION_STEP_MS, LIBRARY_SESSION_TTL_MS, OperatorLimits, PERSONA_IDLE_MS,
    SESSION_ENDING_MS, SESSION_SLIDE_MS,
};
use crate::words::refusal::Refusal;

/// Lifetimes of sessions, which an operator may change (`SESSION_TTL_S`, `SESSION_MAX_S`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// Lifetime without use.
    pub ttl_ms: Millis,
    pub age_ms_max: Millis,
    /// Minimum time between two extensions.
    pub step_ms: Millis,
}

impl SessionRules {
    /// Rules of the session routes of WasmChannel (`wasmchannel.md` 4.1): a week, renewed daily, thirty days in all.
    pub const LIBRARY: Self = Self {
        ttl_ms: LIBRARY_SESSION_TTL_MS,
        age_ms_max: LIBRARY_SESSION_AGE_MS_MAX,
        step_ms: LIBRARY_SESSION_STEP_MS,
    };

    /// Returns the rules of the messenger's sessions in a deployment with these limits.
    pub const fn of(limits: &OperatorLimits) -> Self {
        Self { ttl_ms: limits.session_ttl_ms, age_ms_max: limits.session_age_ms_max, step_ms: SESSION_SLIDE_MS }
    }
}

impl Default for SessionRules {
    fn default() -> Self {
        Self::of(&OperatorLimits::DEFAULT)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    pub created_at: Millis,
    /// Time at which the expiry was last moved.
    pub slid_at: Millis,
    /// Time at which the session ends unless it is extended.
    pub expires_at: Millis,
}

impl Life {
    /// Returns the times of a session that begins at `now`.
    pub fn begin(rules: &SessionRules, now: Millis) -> Self {
        Self { created_at: now, slid_at: now, expires_at: now + rules.ttl_ms.min(rules.age_ms_max) }
    }

    pub fn is_over(&self, now: Millis) -> bool {
        self.expires_at <= now
    }

    /// Extends the session because it is in use, at most once per step. Returns `true` if the expiry has moved.
    pub fn slide(&mut self, rules: &SessionRules, now: Millis) -> bool {
        // A lifetime shorter than the step (in tests) would otherwise never be extended.
        let step_ms = rules.step_ms.min(rules.ttl_ms / 2);
        now >= self.slid_at + step_ms && self.slide_now(rules, now)
    }

    /// Extends the session at the person's request. Returns `true` if the expiry has moved.
    pub fn slide_now(&mut self, rules: &SessionRules, now: Millis) -> bool {
        let expires_at = (now + rules.ttl_ms).min(self.created_at + rules.age_ms_max);
        if self.is_over(now) || expires_at <= self.expires_at {
            return false;
        }
        self.expires_at = expires_at;
        self.slid_at = now;
        true
    }

    /// Returns `true` if the expiry cannot move any more, because the absolute age is reached.
    pub fn is_final(&self, rules: &SessionRules) -> bool {
        self.expires_at >= self.created_at + rules.age_ms_max
    }

    /// Returns the time of the warning about the end; `None` while the end can still move.
    pub fn warn_at(&self, rules: &SessionRules) -> Option<Millis> {
        self.is_final(rules).then(|| self.expires_at.saturating_sub(SESSION_ENDING_MS))
    }
}

/// Checks if a persona in use may be taken over: only on request, and only from an idle player.
pub fn check_takeover(idle_ms: Millis, takeover: bool) -> Result<(), Refusal> {
    if takeover && idle_ms >= PERSONA_IDLE_MS { Ok(()) } else { Err(Refusal::PersonaTaken) }
}

/// Returns a session token or socket ticket: 256 random bits as 43 characters.
pub fn token(random: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// Returns a CSRF token: 128 random bits as 22 characters.
pub fn csrf_token(random: [u8; 16]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// Returns `true` if `text` has the form of a token. No object is called for any other text.
pub fn is_token(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Returns the SHA-256 in hex: the only stored form of tokens and addresses.
pub fn hash_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the public id of the session with this token hash: its first character names the `auth` shard.
pub fn public_id(token_hash: &str, random: [u8; 8]) -> String {
    format!("{}{}", &token_hash[..1], base32(random))
}

/// Shards of `auth` and of `dir` (`core.md` 1.1): the first digit of a hash.
pub const SHARDS: [&str; 16] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"];

/// Returns the `auth` shard of a token hash or a public session id, which begin alike (`core.md` 1.1).
pub fn shard_of(id_or_hash: &str) -> Option<&str> {
    id_or_hash.get(..1).filter(|digit| digit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}

/// Returns the `auth` shard of a row that is found by a text: an address, a user id or a challenge.
pub fn shard_of_text(text: &str) -> String {
    shard_of(&hash_hex(text)).unwrap_or_default().to_owned()
}

/// Groups public ids of sessions by their `auth` shard. A text that names no shard is left out.
pub fn by_shard(ids: Vec<String>) -> BTreeMap<String, Vec<String>> {
    let mut grouped: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for id in ids {
        if let Some(shard) = shard_of(&id) {
            grouped.entry(shard.to_owned()).or_default().push(id);
        }
    }
    grouped
}

pub fn guest_id(random: [u8; 8]) -> String {
    format!("g_{}", base32(random))
}

/// Returns the room id of the group that `user` creates under `key`. A repeated call gets the same id, so the room's object recognizes it
/// (`core.md` 3).
pub fn group_id(user: &str, key: &str) -> String {
    let digest = Sha256::digest(format!("{user}\n{key}"));
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(digest).for_each(|(byte, drawn)| *byte = drawn);
    format!("grp_{}", base32(bytes))
}

/// Returns the id of a new integration, which is the author of its messages (`integrations.md` 4).
pub fn integration_id(random: [u8; 8]) -> String {
    format!("hook_{}", base32(random))
}

/// Returns 13 characters of RFC 4648 base32, lower case.
pub(crate) fn base32(random: [u8; 8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bits = u64::from_be_bytes(random);
    let digit = |bits: u64| char::from(ALPHABET[(bits & 31) as usize]);
    (0..13)
        .map(|_| {
            let next = digit(bits);
            bits >>= 5;
            next
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::time::DAY_MS;

    const RULES: SessionRules = SessionRules { ttl_ms: 1_200_000, age_ms_max: 86_400_000, step_ms: SESSION_SLIDE_MS };

    #[test]
    fn a_session_slides_at_most_once_per_minute() {
        let mut life = Life::begin(&RULES, 0);
        assert!(!life.slide(&RULES, 59_999));
        assert!(life.slide(&RULES, 60_000));
        assert_eq!(life.expires_at, 1_260_000);
        assert!(!life.slide(&RULES, 100_000));
        assert!(life.slide_now(&RULES, 100_000), "the person asked");
    }

    #[test]
    fn an_idle_session_ends_and_does_not_come_back() {
        let mut life = Life::begin(&RULES, 0);
        assert!(!life.is_over(1_199_999) && life.is_over(1_200_000));
        assert!(!life.slide(&RULES, 1_200_000));
    }

    #[test]
    fn nothing_slides_beyond_the_absolute_age() {
        let mut life = Life::begin(&RULES, 0);
        let mut now = 0;
        while !life.is_over(now) {
            life.slide(&RULES, now);
            now += 61_000;
        }
        assert_eq!(life.expires_at, RULES.age_ms_max);
        assert!(life.is_final(&RULES));
        assert_eq!(life.warn_at(&RULES), Some(RULES.age_ms_max - 60_000));
        assert_eq!(Life::begin(&RULES, 0).warn_at(&RULES), None, "this end can still move");
    }

    #[test]
    fn a_library_session_lives_a_week_and_is_renewed_daily() {
        let rules = SessionRules::LIBRARY;
        let mut life = Life::begin(&rules, 0);
        assert!(!life.slide(&rules, DAY_MS - 1) && life.slide(&rules, DAY_MS));
        assert_eq!((life.expires_at, life.warn_at(&rules)), (8 * DAY_MS, None));
        for day in 2..=23 {
            assert!(life.slide(&rules, day * DAY_MS), "day {day}");
        }
        assert_eq!((life.expires_at, life.warn_at(&rules)), (30 * DAY_MS, Some(30 * DAY_MS - SESSION_ENDING_MS)));
        for day in 24..30 {
            assert!(!life.slide(&rules, day * DAY_MS) && !life.slide_now(&rules, day * DAY_MS), "day {day}");
        }
        assert!(!life.is_over(30 * DAY_MS - 1) && life.is_over(30 * DAY_MS));
    }

    #[test]
    fn a_persona_is_taken_over_only_on_request_and_after_two_minutes() {
        assert_eq!(check_takeover(119_999, true), Err(Refusal::PersonaTaken));
        assert_eq!(check_takeover(500_000, false), Err(Refusal::PersonaTaken));
        assert_eq!(check_takeover(120_000, true), Ok(()));
    }

    #[test]
    fn drawn_texts_have_their_forms() {
        let token = token([7; 32]);
        assert!(is_token(&token) && !is_token(&token[1..]) && !is_token(&token.replace('B', "=")));
        assert_eq!(csrf_token([255; 16]).len(), 22);
        let hash = hash_hex(&token);
        assert_eq!(hash.len(), 64);
        let id = public_id(&hash, [9; 8]);
        assert_eq!(shard_of(&id), shard_of(&hash));
        assert!(shard_of("x").is_none() && shard_of("").is_none());
        let ids = ["a1", "b1", "x1", "a2", ""].map(str::to_owned).to_vec();
        let wanted = [("a", vec!["a1", "a2"]), ("b", vec!["b1"])];
        let wanted =
            wanted.map(|(shard, ids)| (shard.to_owned(), ids.into_iter().map(str::to_owned).collect::<Vec<String>>()));
        assert_eq!(by_shard(ids), BTreeMap::from(wanted));
        let guest = guest_id([0xff; 8]);
        assert!(guest.len() == 15 && crate::words::ids::UserId::parse(&guest).unwrap().is_guest());
    }
}
