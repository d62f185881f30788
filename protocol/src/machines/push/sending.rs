//! Headers of a message to a push service (RFC 8030), and the step that follows its answer.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::content::kinds::NotificationKind;
use crate::trust::jwt::hmac_sha256;
use crate::words::event::Millis;
use crate::words::limits::{PUSH_RETRY_MS, PUSH_RETRY_MS_MAX, PUSH_TTL_S};

/// Bytes of a topic: 32 letters, as many as there may be.
const TOPIC_BYTES: usize = 24;

/// Returns the topic by which a newer notification replaces a waiting one. It is keyed by the subscription, so the service cannot see who is
/// in one conversation.
pub fn topic(auth: &[u8], about: &str) -> String {
    let hash = hmac_sha256(auth, about.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(hash.get(..TOPIC_BYTES).unwrap_or(&hash))
}

/// Returns the urgency of a message: `high` wakes a device from its sleep.
pub fn urgency(what: NotificationKind, is_direct: bool) -> &'static str {
    if what == NotificationKind::Nudge || is_direct { "high" } else { "normal" }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushDisposition {
    /// The message was taken.
    Done,
    /// There is no such subscription any more.
    Gone,
    /// The message is tried again after so many milliseconds.
    Again(Millis),
    /// The message is not tried again.
    Dropped,
}

/// Returns the step after the answer `status` (`None`: no answer) to the attempt after `tries` others, `age_ms` after the notification was
/// written.
pub fn after(status: Option<u16>, retry_after_ms: Option<Millis>, tries: u32, age_ms: Millis) -> PushDisposition {
    let is_passing = match status {
        Some(200..=299) => return PushDisposition::Done,
        Some(404 | 410) => return PushDisposition::Gone,
        None | Some(429 | 500..) => true,
        Some(_) => false,
    };
    let own = PUSH_RETRY_MS.saturating_mul(1 << tries.min(20)).min(PUSH_RETRY_MS_MAX);
    let wait_ms = retry_after_ms.map_or(own, |wait| wait.max(own));
    let is_in_time = !is_late(age_ms.saturating_add(wait_ms));
    if is_passing && is_in_time { PushDisposition::Again(wait_ms) } else { PushDisposition::Dropped }
}

/// Returns `true` for a status with which push services answer a signature by another key than the one that the browser subscribed under.
pub fn is_of_another_key(status: u16) -> bool {
    matches!(status, 400 | 401 | 403)
}

/// Returns `true` when a message that was written so long ago is not sent any more.
pub fn is_late(age_ms: Millis) -> bool {
    age_ms > PUSH_TTL_S * 1_000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn answers_mean_what_the_services_say() {
        assert_eq!(after(Some(201), None, 0, 0), PushDisposition::Done);
        let of_another_key = [400, 401, 403, 200, 404, 410, 429, 500].map(is_of_another_key);
        assert_eq!(of_another_key, [true, true, true, false, false, false, false, false]);
        assert_eq!([404, 410].map(|status| after(Some(status), None, 0, 0)), [PushDisposition::Gone; 2]);
        assert_eq!(after(Some(429), Some(7_000), 0, 0), PushDisposition::Again(7_000));
        assert_eq!(
            after(Some(429), Some(1), 3, 0),
            PushDisposition::Again(8 * PUSH_RETRY_MS),
            "a service cannot make us hurry"
        );
        assert_eq!(
            [Some(500), Some(503), Some(429), None].map(|s| after(s, None, 0, 0)),
            [PushDisposition::Again(PUSH_RETRY_MS); 4]
        );
        assert_eq!(
            [301, 400, 401, 403, 413].map(|status| after(Some(status), None, 0, 0)),
            [PushDisposition::Dropped; 5]
        );
        assert_eq!(after(None, None, 99, 0), PushDisposition::Again(PUSH_RETRY_MS_MAX));
        assert_eq!(after(None, None, 0, PUSH_TTL_S * 1_000), PushDisposition::Dropped, "nothing is told a day late");
        assert_eq!(after(Some(429), Some(u64::MAX), 0, 0), PushDisposition::Dropped);
        assert_eq!([PUSH_TTL_S * 1_000, PUSH_TTL_S * 1_000 + 1].map(is_late), [false, true]);
    }

    #[test]
    fn a_topic_stands_for_one_conversation_of_one_subscription() {
        assert_eq!(topic(b"a", "dm_1"), topic(b"a", "dm_1"));
        assert_ne!(topic(b"a", "dm_1"), topic(b"a", "dm_2"));
        assert_ne!(topic(b"a", "dm_1"), topic(b"b", "dm_1"));
        assert_eq!(topic(b"", "").len(), 32);
        assert_eq!(
            [
                urgency(NotificationKind::Nudge, false),
                urgency(NotificationKind::Message, true),
                urgency(NotificationKind::Message, false)
            ],
            ["high", "high", "normal"]
        );
    }

    proptest! {
        /// Whatever a service answers, nothing waits for more than a day, and waiting times grow.
        #[test]
        fn what_is_tried_again_is_tried_within_the_day(status in proptest::option::of(100..600_u16), said in proptest::option::of(0..100_000_000_u64), tries in 0..100_u32, age in 0..100_000_000_u64) {
            match after(status, said, tries, age) {
                PushDisposition::Again(wait) => {
                    prop_assert!(wait >= said.unwrap_or(0).max(PUSH_RETRY_MS) && !is_late(age + wait));
                }
                PushDisposition::Done => prop_assert!(matches!(status, Some(200..=299))),
                _ => {}
            }
            let (first, second) = (after(None, None, tries, 0), after(None, None, tries + 1, 0));
            if let (PushDisposition::Again(wait), PushDisposition::Again(next)) = (first, second) {
                prop_assert!(wait <= next);
            }
        }
    }
}
