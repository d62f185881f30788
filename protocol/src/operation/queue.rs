//! Queue messages that cannot be handled now: their retries, and the form in which dead ones are stored until they can be handled
//! (`messagehub.md` 7.2, `wasmchannel.md` 6).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::record;
use crate::words::event::Millis;
use crate::words::limits::{QUEUE_RETRY_S_MAX, QUEUE_RETRY_S_MIN};

record! {
    /// Queue message as it arrived. It has exactly one body.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Letter {
        /// Time at which the message was sent.
        pub at: Millis = "at",
        /// The text of a JSON body.
        pub json: Option<String> = "json",
        /// A body of text.
        pub text: Option<String> = "text",
        /// A body of bytes, in base64.
        pub b64: Option<String> = "b64",
    }
}

impl Letter {
    pub fn of_bytes(at: Millis, bytes: &[u8]) -> Self {
        Self { at, b64: Some(BASE64_STANDARD.encode(bytes)), ..Self::default() }
    }

    pub fn bytes(&self) -> Option<Vec<u8>> {
        BASE64_STANDARD.decode(self.b64.as_ref()?).ok()
    }
}

/// Returns the seconds until the retry of a message that was sent `age_ms` ago. Waits double, so that a short failure costs little time and a
/// long one few retries.
pub fn retry_in_s(age_ms: Millis) -> u32 {
    let wait_s = age_ms.saturating_mul(2) / 1_000;
    u32::try_from(wait_s).unwrap_or(u32::MAX).clamp(QUEUE_RETRY_S_MIN, QUEUE_RETRY_S_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;

    #[test]
    fn waits_grow_and_reach_over_hours() {
        let ages = |tries: usize| {
            let wait = |age_s: &u64| Some(age_s + u64::from(retry_in_s(age_s * 1_000)));
            std::iter::successors(Some(0), wait).take(tries + 1).collect::<Vec<u64>>()
        };
        assert_eq!(ages(5), [0, 10, 30, 90, 270, 810], "the packet door's queue tries for a quarter of an hour");
        assert_eq!(ages(8).last(), Some(&21_870), "the hub's for six hours");
        assert_eq!(retry_in_s(Millis::MAX), QUEUE_RETRY_S_MAX);
    }

    #[test]
    fn letters_are_read_as_they_were_written() {
        let json = Letter { at: 5, json: Some("{\"v\":1}".into()), ..Letter::default() };
        let text = Letter { at: 6, text: Some("a \"text\"\n".into()), ..Letter::default() };
        let letters = vec![json, text, Letter::of_bytes(7, &[0, 255, 7])];
        let read: Vec<Letter> = json::read(&json::write(&letters)).unwrap();
        assert_eq!(read, letters);
        assert_eq!(read.iter().map(Letter::bytes).collect::<Vec<_>>(), [None, None, Some(vec![0, 255, 7])]);
    }
}
