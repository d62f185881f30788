//! A value that the person changes and the server has the last word on: shown as it was wished last, and with it what the server has, so that a
//! wish that is refused takes back itself alone.

use std::collections::VecDeque;

/// See the module's description. Wishes are sent and answered one after the other (`requests`).
pub(super) struct OptimisticValue<T> {
    /// The value that the server has, as far as is known.
    held: T,
    /// Wishes without an answer, the earliest first.
    pending: VecDeque<T>,
    /// The server has told another value while the earliest of them waited for its answer.
    has_received: bool,
}

impl<T: PartialEq> OptimisticValue<T> {
    /// A value as the server has it.
    pub(super) fn new(held: T) -> Self {
        Self { held, pending: VecDeque::new(), has_received: false }
    }

    /// Returns the value that was wished last, or that the server has.
    pub(super) fn shown(&self) -> &T {
        self.pending.back().unwrap_or(&self.held)
    }

    /// Returns `true` if no wish waits for its answer.
    pub(super) fn is_answered(&self) -> bool {
        self.pending.is_empty()
    }

    /// The person wishes another value.
    pub(super) fn change(&mut self, value: T) {
        self.pending.push_back(value);
    }

    /// The server tells the value, whoever chose it. That it is as before says nothing of a wish.
    pub(super) fn receive(&mut self, value: T) {
        self.has_received |= !self.is_answered() && value != self.held;
        self.held = value;
    }

    /// The earliest wish is answered. What was told since is the newer word: it has the wish as the server wrote it down, or what came after it.
    pub(super) fn answered(&mut self, is_taken: bool) {
        let has_received = std::mem::take(&mut self.has_received);
        if let Some(changed) = self.pending.pop_front().filter(|_| is_taken && !has_received) {
            self.held = changed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_with(pending: &[&'static str]) -> OptimisticValue<&'static str> {
        let mut value = OptimisticValue::new("before");
        pending.iter().for_each(|change| value.change(*change));
        value
    }

    #[test]
    fn a_refusal_leads_back_to_what_the_server_has_and_never_to_a_wish() {
        let mut value = value_with(&["first", "second"]);
        assert_eq!(*value.shown(), "second");
        value.answered(false);
        assert_eq!(*value.shown(), "second", "the one that was refused is not shown");
        value.answered(false);
        assert_eq!((*value.shown(), value.is_answered()), ("before", true));

        let mut value = value_with(&["first", "second"]);
        value.answered(true);
        value.answered(false);
        assert_eq!(*value.shown(), "first");
    }

    #[test]
    fn a_wish_that_comes_again_outlives_the_refusal_of_the_first() {
        let mut value = value_with(&["first", "second", "first"]);
        for is_taken in [false, false, true] {
            assert_eq!(*value.shown(), "first");
            value.answered(is_taken);
        }
        assert_eq!(*value.shown(), "first");
    }

    #[test]
    fn what_is_told_meanwhile_hides_no_wish_and_outlives_its_refusal() {
        let mut value = value_with(&["first", "second"]);
        value.receive("before");
        value.answered(true);
        // It comes late, by another way.
        value.receive("first");
        assert_eq!(*value.shown(), "second");
        value.receive("of another device");
        assert_eq!(*value.shown(), "second");
        value.answered(false);
        assert_eq!(*value.shown(), "of another device");
    }

    #[test]
    fn a_wish_is_taken_as_the_server_wrote_it_down_or_changed_since() {
        let mut value = value_with(&[" first"]);
        value.receive("first");
        value.answered(true);
        assert_eq!(*value.shown(), "first");
        value.change("second");
        value.answered(true);
        assert_eq!(*value.shown(), "second", "told before the wish");
        value.receive("third");
        assert_eq!(*value.shown(), "third");
    }
}
