//! Copy of another object's state in an isolate, for a few seconds (`messagehub.md` 8, `moderation.md` 2.1). The owner of the copy requests
//! new ones, and decides which callers wait for the answer.

use protocol::words::event::Millis;
use protocol::words::time::remaining_ms;

pub struct AgedCopy<T> {
    /// Time of the last answer or failure; `None` since the isolate began.
    tried_at: Option<Millis>,
    asked_at: Millis,
    /// Number of stored copies.
    version: u64,
    value: T,
}

impl<T> AgedCopy<T> {
    /// Returns the copy of a new isolate. `value` is used until the first answer.
    pub const fn of(value: T) -> Self {
        Self { tried_at: None, asked_at: 0, version: 0, value }
    }

    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Returns `true` if there was an answer or a failure since the isolate began.
    pub const fn is_tried(&self) -> bool {
        self.tried_at.is_some()
    }

    /// Returns `true` if there was an answer since the isolate began.
    pub const fn is_answered(&self) -> bool {
        self.version > 0
    }

    /// Returns `true` if the copy is at least this old, or if there is none.
    pub fn is_older(&self, now: Millis, age_ms: Millis) -> bool {
        self.tried_at.is_none_or(|tried_at| remaining_ms(tried_at + age_ms, now, age_ms) == 0)
    }

    /// Returns `true` if the copy is at least this old, and so is the last request.
    pub fn is_due(&self, now: Millis, age_ms: Millis) -> bool {
        self.is_older(now, age_ms) && remaining_ms(self.asked_at + age_ms, now, age_ms) == 0
    }

    /// Stores the time of a request. Returns the version of the copy, which belongs to the answer.
    pub const fn note_question(&mut self, now: Millis) -> u64 {
        self.asked_at = now;
        self.version
    }

    /// Stores a copy that is known to be new.
    pub fn keep(&mut self, now: Millis, value: T) {
        self.tried_at = Some(now);
        self.version += 1;
        self.value = value;
    }

    /// Stores the answer to the request of a version. A failure (`None`) leaves the last copy in use. A copy that was stored since the
    /// request is not replaced.
    pub fn note_answer(&mut self, now: Millis, version: u64, answer: Option<T>) {
        if version != self.version {
            return;
        }
        match answer {
            Some(value) => self.keep(now, value),
            None => self.tried_at = Some(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE_MS: Millis = 5_000;
    const NOW: Millis = 1_795_000_000_000;

    #[test]
    fn a_copy_is_good_for_its_age_and_not_for_a_moment_longer() {
        let mut copy = AgedCopy::of("nothing");
        assert!(copy.is_older(NOW, AGE_MS) && !copy.is_tried());
        copy.keep(NOW, "closed");
        assert_eq!(
            [0, 1, AGE_MS - 1, AGE_MS].map(|later| copy.is_older(NOW + later, AGE_MS)),
            [false, false, false, true]
        );
        assert_eq!(*copy.value(), "closed");
    }

    #[test]
    fn without_an_answer_the_last_copy_counts_and_without_a_copy_nothing_does() {
        let mut copy = AgedCopy::of("nothing");
        let version = copy.note_question(NOW);
        copy.note_answer(NOW, version, None);
        assert!(copy.is_tried() && !copy.is_answered(), "it was seen that no answer comes");
        assert_eq!((*copy.value(), copy.is_older(NOW + AGE_MS - 1, AGE_MS)), ("nothing", false));
        copy.keep(NOW, "closed");
        let version = copy.note_question(NOW + AGE_MS);
        copy.note_answer(NOW + AGE_MS, version, None);
        assert_eq!((*copy.value(), copy.is_older(NOW + 2 * AGE_MS, AGE_MS)), ("closed", true), "it is asked again");
    }

    #[test]
    fn an_answer_from_before_an_act_does_not_undo_the_act() {
        let mut copy = AgedCopy::of("nothing");
        let version = copy.note_question(NOW);
        copy.keep(NOW + 1, "closed");
        copy.note_answer(NOW + 2, version, Some("open"));
        copy.note_answer(NOW + AGE_MS, version, None);
        assert_eq!(
            (*copy.value(), copy.is_older(NOW + 1 + AGE_MS, AGE_MS)),
            ("closed", true),
            "it is as old as the act"
        );
    }

    #[test]
    fn a_question_that_is_not_answered_is_repeated_after_the_same_time() {
        let mut copy = AgedCopy::of("nothing");
        assert!(copy.is_due(NOW, AGE_MS));
        copy.note_question(NOW);
        assert_eq!([0, AGE_MS - 1, AGE_MS].map(|later| copy.is_due(NOW + later, AGE_MS)), [false, false, true]);
        assert!(copy.is_older(NOW, AGE_MS), "whoever waits for an answer asks all the same");
    }
}
