//! Drafts of messages (`settings.md` 3), and the rule which device's version wins. Server, frames, page and storage share the type.

use crate::words::event::Millis;
use crate::words::limits::CONTENT_UNITS_MAX;
use crate::words::refusal::Refusal;

crate::record! {
    /// Text that is being written in one conversation. An empty text ends the draft.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Draft {
        pub room: String = "roomId",
        pub content: String = "content",
        pub reply_to: Option<String> = "replyTo" or None,
        /// Time at which it was written, by the device's clock.
        pub at: Millis = "at",
    }
}

/// Effect of a draft from a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftOutcome {
    /// Another device has written later.
    Stale,
    /// The draft is stored already.
    Known,
    New,
}

impl Draft {
    pub fn is_empty(&self) -> bool {
        self.content.is_empty() && self.reply_to.is_none()
    }

    /// Checks whether `content` is short enough to be stored.
    pub fn check(content: &str) -> Result<(), Refusal> {
        if content.encode_utf16().count() > CONTENT_UNITS_MAX {
            return Err(Refusal::over_limit("content", "A draft has at most 2048 characters.", CONTENT_UNITS_MAX));
        }
        Ok(())
    }

    /// Returns the effective time: the time of arrival if the device's clock is ahead.
    pub fn time(at: Millis, now: Millis) -> Millis {
        at.min(now)
    }

    /// Returns the draft in the form that replaces `stored`. A different text with the same time gets a later time, so that devices can
    /// distinguish the two.
    #[must_use]
    pub fn replacing(mut self, stored: Option<&Self>) -> Self {
        if stored.is_some_and(|stored| stored.at == self.at) && self.over(stored) == DraftOutcome::New {
            self.at += 1;
        }
        self
    }

    /// Returns the effect of the draft if `stored` was stored before.
    pub fn over(&self, stored: Option<&Self>) -> DraftOutcome {
        let (content, reply_to, at) =
            stored.map_or(("", None, 0), |stored| (stored.content.as_str(), stored.reply_to.as_deref(), stored.at));
        if self.at < at {
            DraftOutcome::Stale
        } else if self.content == content && (self.reply_to.as_deref() == reply_to || content.is_empty()) {
            DraftOutcome::Known
        } else {
            DraftOutcome::New
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draft(content: &str, at: Millis) -> Draft {
        Draft { room: "general".into(), content: content.into(), reply_to: None, at }
    }

    #[test]
    fn the_later_word_counts_whenever_it_comes() {
        assert_eq!(draft("a", 5).over(None), DraftOutcome::New);
        assert_eq!(draft("", 5).over(None), DraftOutcome::Known);
        assert_eq!(draft("b", 5).over(Some(&draft("a", 6))), DraftOutcome::Stale);
        assert_eq!(draft("b", 6).over(Some(&draft("a", 6))), DraftOutcome::New);
        assert_eq!(draft("a", 7).over(Some(&draft("a", 6))), DraftOutcome::Known);
        assert_eq!(draft("", 5).over(Some(&draft("a", 6))), DraftOutcome::Stale, "what was removed before is no news");
        assert_eq!(draft("late", 5).over(Some(&draft("", 6))), DraftOutcome::Stale, "the message was sent since");
        let answer = Draft { reply_to: Some("x".into()), ..draft("a", 7) };
        assert_eq!(answer.over(Some(&draft("a", 6))), DraftOutcome::New);
    }

    #[test]
    fn a_draft_is_no_longer_than_a_message_may_be() {
        assert!(Draft::check(&"x".repeat(CONTENT_UNITS_MAX)).is_ok());
        assert!(Draft::check(&"😀".repeat(CONTENT_UNITS_MAX / 2 + 1)).is_err());
    }

    #[test]
    fn other_words_are_of_another_time() {
        let stored = draft("a", 6);
        assert_eq!(draft("b", 6).replacing(Some(&stored)).at, 7);
        assert_eq!(draft("a", 6).replacing(Some(&stored)).at, 6, "the same words");
        assert_eq!((draft("b", 8).replacing(Some(&stored)).at, draft("b", 6).replacing(None).at), (8, 6));
    }

    #[test]
    fn a_clock_that_is_ahead_does_not_win_for_ever() {
        assert_eq!(Draft::time(10, 1_000_000), 10);
        assert_eq!(Draft::time(u64::MAX, 1_000_000), 1_000_000);
    }

    proptest! {
        /// Among devices whose clocks are right or ahead, the draft that arrives last counts.
        #[test]
        fn of_clocks_that_are_ahead_none_has_the_last_word(words in proptest::collection::vec((0..3_000_u64, 0..9_000_000_u64), 1..20)) {
            let (mut stored, mut now) = (None::<Draft>, 1_000_000);
            for (number, (later, ahead)) in words.into_iter().enumerate() {
                now += later;
                let word = draft(&number.to_string(), Draft::time(now + ahead, now));
                prop_assert_eq!(word.over(stored.as_ref()), DraftOutcome::New);
                prop_assert!(word.at <= now, "what is answered is no time to come");
                stored = Some(word);
            }
        }

        /// In whatever order and however often drafts arrive, the latest one is stored in the end.
        #[test]
        fn the_order_of_coming_does_not_matter(words in proptest::collection::vec((0..4_u8, 0..1_000_u64), 1..20), again in 0..20_usize) {
            let mut words: Vec<Draft> = words.into_iter().map(|(text, at)| draft(&"x".repeat(text.into()), at)).collect();
            words.sort_by_key(|draft| draft.at);
            words.dedup_by_key(|draft| draft.at);
            let latest = words.last().cloned().unwrap();
            let mut shuffled = words.clone();
            shuffled.rotate_left(again % words.len());
            shuffled.extend(words.iter().rev().cloned());
            let mut stored = None::<Draft>;
            for draft in shuffled {
                if draft.over(stored.as_ref()) != DraftOutcome::Stale {
                    stored = Some(draft);
                }
            }
            prop_assert_eq!(stored.unwrap(), latest);
        }
    }
}
