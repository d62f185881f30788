//! Value that the person changes and the server confirms. The latest choice is shown at once. The server's value is stored beside it, so
//! that a refused choice reverts only itself.

use std::collections::VecDeque;

/// Optimistic value, see the module's description. Choices are sent and answered one after the other (`requests`).
pub(super) struct OptimisticValue<T> {
    /// The server's value, as far as it is known.
    held: T,
    /// Pending choices, the earliest first.
    pending: VecDeque<T>,
    /// The server has reported another value while the earliest choice was pending.
    has_received: bool,
}

impl<T: PartialEq> OptimisticValue<T> {
    pub(super) fn new(held: T) -> Self {
        Self { held, pending: VecDeque::new(), has_received: false }
    }

    /// Returns the latest choice, or the server's value.
    pub(super) fn shown(&self) -> &T {
        self.pending.back().unwrap_or(&self.held)
    }

    /// Returns `true` if no choice is pending.
    pub(super) fn is_answered(&self) -> bool {
        self.pending.is_empty()
    }

    pub(super) fn change(&mut self, value: T) {
        self.pending.push_back(value);
    }

    /// Handles a value that the server reports, whatever device changed it. An unchanged value says nothing about a pending choice.
    pub(super) fn receive(&mut self, value: T) {
        self.has_received |= !self.is_answered() && value != self.held;
        self.held = value;
    }

    /// Settles the earliest choice. A value that was reported in between is newer: it contains the choice as stored, or a later change.
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
        // The value arrives late, on another connection.
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
