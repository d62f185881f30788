//! Away by itself: who does nothing for a while is shown as away, and as before as soon as they do something (`ux.md` 1.1).
//!
//! Pure: how long nothing was done is an argument. Only who is online goes away by themselves: whoever is busy or hidden wants to
//! stay so, and the other statuses say that one is not here already.

use protocol::event::Millis;
use protocol::presence::Status;

/// Whether the person was shown as away by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Idle {
    before: Option<Status>,
}

impl Idle {
    /// Goes on after a reload: `is_away` when the page before had shown the person as away.
    pub fn resume(is_away: bool) -> Self {
        Self { before: is_away.then_some(Status::Online) }
    }

    /// The person is away by themselves, and will be as before.
    pub fn is_away(self) -> bool {
        self.before.is_some()
    }

    /// What the status shall be now, if it shall change. `idle_ms` is how long nothing was done, on any page of this browser;
    /// without `limit_ms` nobody goes away.
    pub fn step(&mut self, status: Status, idle_ms: Millis, limit_ms: Option<Millis>) -> Option<Status> {
        if status != Status::Away {
            // Chosen meanwhile, here or elsewhere: that is the person's word.
            self.before = None;
        }
        let is_idle = limit_ms.is_some_and(|limit_ms| idle_ms >= limit_ms);
        if !is_idle {
            return self.before.take();
        }
        if status != Status::Online {
            return None;
        }
        self.before = Some(status);
        Some(Status::Away)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Option<Millis> = Some(300_000);

    #[test]
    fn away_after_the_limit_and_back_with_the_first_action() {
        let mut idle = Idle::default();
        assert_eq!(idle.step(Status::Online, 299_999, LIMIT), None);
        assert_eq!(idle.step(Status::Online, 300_000, LIMIT), Some(Status::Away));
        assert_eq!(idle.step(Status::Away, 900_000, LIMIT), None);
        assert_eq!(idle.step(Status::Away, 0, LIMIT), Some(Status::Online));
        assert_eq!(idle.step(Status::Online, 5, LIMIT), None);
    }

    #[test]
    fn whoever_chose_something_else_stays_so() {
        for status in Status::ALL.into_iter().filter(|status| *status != Status::Online) {
            let mut idle = Idle::default();
            assert_eq!(idle.step(status, 900_000, LIMIT), None, "{status:?}");
            assert_eq!(idle.step(status, 0, LIMIT), None, "{status:?} was chosen, and stays");
        }
    }

    #[test]
    fn a_choice_while_away_is_the_last_word() {
        let mut idle = Idle::default();
        idle.step(Status::Online, 300_000, LIMIT);
        assert_eq!(idle.step(Status::Busy, 310_000, LIMIT), None);
        assert_eq!(idle.step(Status::Busy, 0, LIMIT), None);
        // Chosen again, this time by the person: it stays.
        assert_eq!(idle.step(Status::Away, 0, LIMIT), None);
    }

    #[test]
    fn off_means_never_and_brings_back_who_is_away() {
        let mut idle = Idle::default();
        assert_eq!(idle.step(Status::Online, 900_000, None), None);
        idle.step(Status::Online, 300_000, LIMIT);
        assert_eq!(idle.step(Status::Away, 900_000, None), Some(Status::Online));
    }

    #[test]
    fn after_a_reload_the_first_action_brings_back() {
        let mut idle = Idle::resume(true);
        assert!(idle.is_away());
        assert_eq!(idle.step(Status::Away, 0, LIMIT), Some(Status::Online));
        assert_eq!(Idle::resume(false).step(Status::Away, 0, LIMIT), None);
    }
}
