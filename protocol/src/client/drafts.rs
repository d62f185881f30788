//! Drafts on one device: their times on all devices, and the rule which version wins (`settings.md` 3). The page stores the texts.

use crate::codec::sorted::SortedMap;
use crate::words::event::Millis;
use crate::words::limits::DRAFT_EVERY_MS;

/// Drafts on one device.
#[derive(Debug, Default)]
pub struct Drafts {
    rooms: SortedMap<String, Known>,
    /// Smallest possible lead of this device's clock over the server's.
    ahead_ms: Millis,
    /// Time since which a draft waits to be sent.
    unsent_since: Option<Millis>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Time of the latest version, from any device.
    at: Millis,
    /// Time of a different version from another device.
    others_at: Millis,
    /// Time at which another device last continued the text of this device.
    followed_at: Millis,
    /// `true` while the person writes here, so that no other version replaces the draft.
    is_own: bool,
    has_words: bool,
    /// `true` if the server has text of the draft.
    is_there: bool,
    /// `true` if the server lacks the version of this device, and its own is therefore ignored.
    is_unsent: bool,
    /// Number of unanswered calls with the draft.
    calls: u32,
    /// `true` if the draft is sent after the open calls are answered. Simultaneous calls may overtake each other, and for clocks that are ahead
    /// the server uses the order of arrival.
    waits: bool,
}

impl Drafts {
    /// Restores a room's draft that an earlier page of this device saved or discarded.
    pub fn restore(&mut self, room: &str, has_words: bool, at: Millis) {
        *self.rooms.get_or_default(room.to_owned()) = Known { at, has_words, ..Known::default() };
    }

    /// Handles writing here. Returns the time of this version, which is later than all known ones.
    pub fn wrote(&mut self, room: &str, is_empty: bool, now: Millis) -> Millis {
        let true_now = now.saturating_sub(self.ahead_ms);
        let known = self.rooms.get_or_default(room.to_owned());
        known.at = true_now.max(known.at.max(known.others_at).max(known.followed_at) + 1);
        (known.is_own, known.has_words) = (!is_empty, !is_empty);
        // A draft that the server never received need not be discarded there.
        known.is_unsent = !is_empty || known.is_there;
        if known.is_unsent {
            self.unsent_since.get_or_insert(now);
        }
        known.at
    }

    /// Marks a saved draft as unsent: it may be newer than the server's.
    pub fn is_newer(&mut self, room: &str, now: Millis) {
        self.rooms.get_or_default(room.to_owned()).is_unsent = true;
        self.unsent_since.get_or_insert(now);
    }

    /// Handles a draft of another device. Returns `true` if it replaces the one here. Text that is being written here is not replaced, but
    /// it is removed if it was sent as a message elsewhere, unless there is other text.
    pub fn receive(&mut self, room: &str, is_empty: bool, at: Millis) -> bool {
        let known = self.rooms.get_or_default(room.to_owned());
        known.is_there = !is_empty;
        if !is_empty {
            known.others_at = known.others_at.max(at);
        }
        if at <= known.at || known.is_unsent || known.is_own && (!is_empty || known.others_at > known.at) {
            return false;
        }
        *known = Known { at, has_words: !is_empty, is_there: !is_empty, calls: known.calls, ..Known::default() };
        true
    }

    /// Handles a draft of another tab of this browser, which also sends it to the server. The tab knew the text that was written here, so
    /// its version wins even if the server has not received that text. Tabs receive drafts in order, so the later one wins even with an
    /// earlier time, for example if the clock was corrected in between.
    pub fn receive_from_tab(&mut self, room: &str, is_empty: bool, at: Millis) -> bool {
        let known = self.rooms.get_or_default(room.to_owned());
        if !known.is_own || is_empty && known.others_at <= known.at {
            (known.at, known.is_unsent) = (known.at.min(at.saturating_sub(1)), false);
        }
        self.receive(room, is_empty, at)
    }

    /// Handles another device's continuation of the text here. Returns `true` if that text is still being written: it stays, and is removed
    /// when the longer one is sent as a message.
    pub fn goes_on(&mut self, room: &str, at: Millis) -> bool {
        let known = self.rooms.get_or_default(room.to_owned());
        if known.is_own {
            (known.is_there, known.followed_at) = (true, known.followed_at.max(at));
        }
        known.is_own
    }

    /// Handles the server's answer to the draft of `at`, whose time is now `counts`. Returns the rooms whose drafts get new times. If the
    /// clock here is ahead, drafts with later times move back to the server's time, or right after it.
    pub fn answered(&mut self, room: &str, at: Millis, counts: Millis, is_stale: bool) -> Vec<(String, Millis)> {
        let known = self.rooms.get_or_default(room.to_owned());
        if is_stale {
            known.others_at = known.others_at.max(counts);
        }
        if is_stale || counts == at {
            return Vec::new();
        }
        if counts > at {
            // Another text had the same time.
            known.at = if known.at == at { counts } else { known.at.max(counts + 1) };
            return vec![(room.to_owned(), known.at)];
        }
        self.ahead_ms = self.ahead_ms.max(at - counts);
        let mut moved = Vec::new();
        for (other, known) in self.rooms.iter_mut().filter(|(_, known)| known.at > counts) {
            let is_answered = other == room && known.at == at;
            known.at = counts + u64::from(!is_answered);
            moved.push((other.clone(), known.at));
        }
        moved
    }

    /// Returns `true` if a later version on the server replaces the draft of `at`, because it is not being written any more.
    pub fn was_stale(&self, room: &str, at: Millis) -> bool {
        self.rooms.get(room).is_some_and(|known| known.at == at && !known.is_own)
    }

    /// Ends writing here.
    pub fn leave(&mut self) {
        self.rooms.values_mut().for_each(|known| known.is_own = false);
    }

    /// Handles a draft that could not be sent.
    pub fn mark_unsent(&mut self, room: &str) {
        self.rooms.get_or_default(room.to_owned()).is_unsent = true;
    }

    /// Handles the return of the connection: unsent drafts are due again.
    pub fn again(&mut self, now: Millis) {
        if self.rooms.values().any(|known| known.is_unsent) {
            self.unsent_since.get_or_insert(now);
        }
    }

    pub fn due_at(&self) -> Option<Millis> {
        self.unsent_since.map(|since| since + DRAFT_EVERY_MS)
    }

    /// Returns the rooms whose drafts are due, with their times.
    pub fn take_due(&mut self, now: Millis) -> Vec<(String, Millis)> {
        if self.due_at().is_some_and(|at| at <= now) { self.take(|_| true) } else { Vec::new() }
    }

    /// Returns matching rooms, due or not. A room with an open call waits for its answer.
    pub fn take(&mut self, fits: impl Fn(&str) -> bool) -> Vec<(String, Millis)> {
        for (room, known) in self.rooms.iter_mut().filter(|(_, known)| known.is_unsent) {
            known.waits |= known.calls > 0 && fits(room);
        }
        self.take_where(|room, known| known.calls == 0 && fits(room))
    }

    /// Returns all rooms, even with an open call, because the page may be closed before the answer.
    pub fn take_all(&mut self) -> Vec<(String, Millis)> {
        self.take_where(|_, _| true)
    }

    fn take_where(&mut self, is_meant: impl Fn(&str, &Known) -> bool) -> Vec<(String, Millis)> {
        let mut taken = Vec::new();
        for (room, known) in self.rooms.iter_mut().filter(|(_, known)| known.is_unsent) {
            if is_meant(room, known) {
                (known.is_unsent, known.waits, known.is_there) = (false, false, known.has_words);
                taken.push((room.clone(), known.at));
            }
        }
        if !self.rooms.values().any(|known| known.is_unsent && !known.waits) {
            self.unsent_since = None;
        }
        taken
    }

    /// Counts a call with the room's draft.
    pub fn begin_call(&mut self, room: &str) {
        self.rooms.get_or_default(room.to_owned()).calls += 1;
    }

    /// Handles the answer or failure of a call. Returns the drafts that waited for it.
    pub fn end_call(&mut self, room: &str) -> Vec<(String, Millis)> {
        let known = self.rooms.get_or_default(room.to_owned());
        known.calls = known.calls.saturating_sub(1);
        if known.calls > 0 || !std::mem::take(&mut known.waits) {
            return Vec::new();
        }
        self.take(|other| other == room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "general";

    #[test]
    fn words_that_another_device_went_on_with_are_gone_when_it_sends_them() {
        let mut drafts = Drafts::default();
        assert!(!drafts.goes_on("r", 5));
        assert_eq!(drafts.wrote("r", false, 10), 10);
        assert_eq!(drafts.take(|_| true), [("r".to_owned(), 10)]);
        assert!(drafts.goes_on("r", 20));
        assert!(drafts.receive("r", true, 30));
    }

    #[test]
    fn words_that_another_device_went_on_with_are_shown_once_nobody_writes_here() {
        let mut drafts = Drafts::default();
        drafts.wrote(ROOM, false, 10);
        drafts.take(|_| true);
        assert!(drafts.goes_on(ROOM, 20) && !drafts.receive(ROOM, false, 20), "not while they are being written");
        drafts.leave();
        assert!(drafts.receive(ROOM, false, 20));
        drafts.wrote(ROOM, false, 30);
        assert!(drafts.goes_on(ROOM, 5_000));
        assert_eq!(drafts.wrote(ROOM, false, 40), 5_001, "what is written here then is later");
    }

    #[test]
    fn what_is_written_is_told_at_most_every_two_seconds_and_at_once_when_asked() {
        let mut drafts = Drafts::default();
        for now in (100..=1_900).step_by(100) {
            drafts.wrote(ROOM, false, now);
            assert_eq!(drafts.take_due(now), []);
        }
        assert_eq!(drafts.due_at(), Some(2_100));
        assert_eq!(drafts.take_due(2_100), [(ROOM.to_owned(), 1_900)]);
        assert_eq!((drafts.due_at(), drafts.take(|_| true)), (None, vec![]));
        drafts.wrote(ROOM, false, 2_200);
        drafts.wrote("music", false, 2_300);
        assert_eq!(drafts.take(|room| room == "music"), [("music".to_owned(), 2_300)]);
        assert_eq!(drafts.take(|_| true), [(ROOM.to_owned(), 2_200)], "hidden");
    }

    #[test]
    fn another_device_fills_what_is_empty_or_untouched_and_nothing_else() {
        let mut drafts = Drafts::default();
        assert!(drafts.receive(ROOM, false, 50));
        assert!(drafts.receive(ROOM, false, 60), "still untouched");
        assert!(!drafts.receive(ROOM, false, 60), "the same again");
        assert!(!drafts.receive(ROOM, true, 55), "older");
        drafts.wrote(ROOM, false, 100);
        assert!(!drafts.receive(ROOM, false, 200), "it is being written here");
        drafts.take(|_| true);
        assert!(!drafts.receive(ROOM, false, 210), "also when the server knows of it");
        assert!(!drafts.receive(ROOM, true, 220), "other words were sent there");
        drafts.wrote(ROOM, false, 222);
        drafts.take(|_| true);
        assert!(drafts.receive(ROOM, true, 225), "but it is gone when it was sent there");
        drafts.wrote(ROOM, false, 230);
        drafts.take(|_| true);
        drafts.wrote(ROOM, true, 240);
        assert!(!drafts.receive(ROOM, false, 250), "here it was sent, and the server does not know yet");
        drafts.take(|_| true);
        assert!(drafts.receive(ROOM, false, 300), "here it was sent, there it goes on");
        drafts.wrote(ROOM, false, 310);
        drafts.take(|_| true);
        drafts.leave();
        assert!(drafts.receive(ROOM, false, 320), "nobody is here any more");
        drafts.restore("music", true, 500);
        assert!(!drafts.receive("music", false, 400) && drafts.receive("music", false, 600));
    }

    #[test]
    fn tabs_of_a_browser_go_on_with_each_others_words_and_one_sends_them() {
        // Drafts of guests are not sent to the server.
        let mut drafts = Drafts::default();
        assert_eq!(drafts.wrote(ROOM, false, 100), 100);
        assert!(!drafts.receive(ROOM, true, 200), "as of another device");
        assert!(drafts.receive_from_tab(ROOM, true, 200), "the other tab has sent the words a moment later");
        assert_eq!(drafts.take(|_| true), [], "and says so to the server");
        drafts.wrote(ROOM, false, 300);
        assert!(!drafts.receive_from_tab(ROOM, false, 400), "what is being written here stays");
        assert!(!drafts.receive_from_tab(ROOM, true, 410), "as it does when the other tab has sent other words");
        assert_eq!(drafts.take(|_| true), [(ROOM.to_owned(), 300)]);
        drafts.leave();
        assert!(drafts.receive_from_tab(ROOM, false, 500));
    }

    #[test]
    fn of_tabs_whose_clock_is_ahead_one_may_hear_of_it_later() {
        let mut drafts = Drafts::default();
        assert!(drafts.receive_from_tab(ROOM, false, 600_000), "the server has not answered the other tab yet");
        assert!(drafts.receive_from_tab(ROOM, false, 1_001), "now it has, and the person goes on there");
        assert!(drafts.receive_from_tab(ROOM, true, 1_500), "and sends the words");
        drafts.wrote(ROOM, false, 600_000);
        assert!(!drafts.receive_from_tab(ROOM, false, 2_000), "what is being written here stays");
        assert_eq!(drafts.take(|_| true), [(ROOM.to_owned(), 600_000)]);
        drafts.leave();
        assert!(drafts.receive_from_tab(ROOM, true, 2_500));
    }

    #[test]
    fn what_is_written_here_is_later_than_what_was_said_before() {
        let mut drafts = Drafts::default();
        assert!(drafts.receive(ROOM, false, 5_000));
        assert_eq!(drafts.wrote(ROOM, false, 100), 5_001, "another device's clock is ahead");
        assert!(!drafts.receive(ROOM, false, 6_000));
        assert_eq!(drafts.wrote(ROOM, false, 200), 6_001, "also where its words were not shown");
    }

    #[test]
    fn a_clock_that_is_ahead_hears_which_time_counts() {
        let mut drafts = Drafts::default();
        assert_eq!(drafts.wrote(ROOM, false, 600_000), 600_000);
        drafts.wrote("music", false, 600_500);
        drafts.take(|_| true);
        let moved = [(ROOM.to_owned(), 1_000), ("music".to_owned(), 1_001)];
        assert_eq!(drafts.answered(ROOM, 600_000, 1_000, false), moved, "the order of writing stays");
        drafts.leave();
        assert!(drafts.receive(ROOM, false, 5_000), "what was written later elsewhere is heard");
        assert_eq!(drafts.wrote(ROOM, false, 606_000), 7_000, "and so is what is written here then");
    }

    #[test]
    fn a_clock_that_is_behind_hears_what_it_has_to_be_later_than() {
        let mut drafts = Drafts::default();
        drafts.wrote(ROOM, false, 1_000);
        drafts.take(|_| true);
        assert_eq!(drafts.answered(ROOM, 1_000, 60_000, true), []);
        assert_eq!(drafts.wrote(ROOM, false, 1_500), 60_001);
        assert_eq!(drafts.answered(ROOM, 60_001, 60_001, false), [], "and then it counts");
    }

    #[test]
    fn what_was_sent_is_taken_back_where_the_server_may_have_it() {
        let mut drafts = Drafts::default();
        drafts.wrote(ROOM, false, 100);
        drafts.wrote(ROOM, true, 200);
        assert_eq!(drafts.take(|_| true), [], "it never heard of it");
        drafts.wrote(ROOM, false, 300);
        drafts.take(|_| true);
        drafts.wrote(ROOM, true, 400);
        assert_eq!(drafts.take(|_| true), [(ROOM.to_owned(), 400)]);
        drafts.receive("music", false, 500);
        drafts.wrote("music", true, 600);
        assert_eq!(drafts.take(|_| true), [("music".to_owned(), 600)], "also what another device wrote");
    }

    #[test]
    fn what_an_earlier_page_sent_does_not_come_back_and_is_taken_back_again() {
        let mut drafts = Drafts::default();
        drafts.restore(ROOM, false, 200);
        drafts.is_newer(ROOM, 300);
        assert!(!drafts.receive(ROOM, false, 100), "the server never heard that it was sent");
        assert_eq!(drafts.take(|_| true), [(ROOM.to_owned(), 200)]);
        assert!(!drafts.receive(ROOM, false, 150) && drafts.receive(ROOM, false, 400));
    }

    #[test]
    fn what_could_not_be_told_stays_and_is_told_again() {
        let mut drafts = Drafts::default();
        drafts.wrote(ROOM, false, 100);
        drafts.take(|_| true);
        drafts.mark_unsent(ROOM);
        drafts.leave();
        assert_eq!((drafts.due_at(), drafts.receive(ROOM, false, 200)), (None, false));
        drafts.again(5_000);
        assert_eq!(drafts.take_due(7_000), [(ROOM.to_owned(), 100)]);
        drafts.again(8_000);
        assert_eq!(drafts.due_at(), None);
    }

    #[test]
    fn what_is_written_while_the_server_is_told_waits_for_the_answer_and_only_the_last_of_it_is_told() {
        let mut drafts = Drafts::default();
        drafts.wrote(ROOM, false, 600_000);
        assert_eq!(drafts.take_due(602_000), [(ROOM.to_owned(), 600_000)]);
        drafts.begin_call(ROOM);
        drafts.wrote(ROOM, false, 602_100);
        assert_eq!((drafts.take_due(604_100), drafts.due_at()), (vec![], None), "it waits, and is not due");
        drafts.wrote(ROOM, true, 604_200);
        drafts.wrote("music", false, 604_200);
        assert_eq!(drafts.take(|room| room == ROOM), [], "it was sent: two calls may overtake each other");
        assert_eq!(drafts.due_at(), Some(606_200), "of other rooms the server is told meanwhile");
        assert_eq!(drafts.take_due(606_200), [("music".to_owned(), 604_200)]);
        drafts.answered(ROOM, 600_000, 1_000, false);
        assert_eq!(drafts.end_call(ROOM), [(ROOM.to_owned(), 1_001)], "by the time that counts");
        drafts.begin_call(ROOM);
        assert_eq!(drafts.end_call(ROOM), []);
    }

    #[test]
    fn what_is_not_due_when_an_answer_comes_waits_for_its_time() {
        let mut drafts = Drafts::default();
        drafts.wrote(ROOM, false, 100);
        drafts.take(|_| true);
        drafts.begin_call(ROOM);
        drafts.wrote(ROOM, false, 200);
        assert_eq!(drafts.end_call(ROOM), []);
        assert_eq!(drafts.due_at(), Some(2_200));
        assert_eq!(drafts.take_due(2_200), [(ROOM.to_owned(), 200)]);
    }

    #[test]
    fn what_waits_is_told_at_once_where_nobody_may_be_here_later_and_also_after_a_call_that_failed() {
        let mut drafts = Drafts::default();
        drafts.wrote(ROOM, false, 100);
        drafts.take(|_| true);
        drafts.begin_call(ROOM);
        drafts.wrote(ROOM, true, 200);
        assert_eq!(drafts.take(|_| true), []);
        assert_eq!(drafts.take_all(), [(ROOM.to_owned(), 200)]);
        drafts.begin_call(ROOM);
        assert_eq!(drafts.end_call(ROOM), [], "one of two is answered");
        drafts.wrote(ROOM, false, 300);
        assert_eq!(drafts.take(|_| true), []);
        drafts.mark_unsent(ROOM);
        assert_eq!(drafts.end_call(ROOM), [(ROOM.to_owned(), 300)]);
    }

    #[test]
    fn what_is_stale_and_not_written_here_is_gone() {
        let mut drafts = Drafts::default();
        drafts.restore(ROOM, true, 100);
        drafts.is_newer(ROOM, 500);
        assert_eq!(drafts.take(|_| true), [(ROOM.to_owned(), 100)], "with the time at which it was written");
        assert!(drafts.was_stale(ROOM, 100));
        drafts.wrote(ROOM, true, 550);
        assert_eq!(drafts.take(|_| true), [(ROOM.to_owned(), 550)], "it was told");
        drafts.wrote(ROOM, false, 600);
        assert!(!drafts.was_stale(ROOM, 100) && !drafts.was_stale(ROOM, 600));
    }
}
