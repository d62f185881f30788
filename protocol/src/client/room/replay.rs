//! Following the log: joining, live events, gaps, pages before and after (`messenger.md` 5.4 *No silent gaps* and 5.5).
//!
//! The copy always has the rows `oldest ..= seq` of one epoch. An event that does not continue it causes a request for the missing ones.

use super::copy::{Ask, HistoryPage, Join};
use super::state::RoomClient;
use crate::client::change::MessageChangeKind;
use crate::client::departed::Departure;
use crate::client::effect::{Effect, Show};
use crate::client::frames::EventFrame;
use crate::client::row::Row;
use crate::content::kinds::EffectKind;
use crate::words::event::Millis;
use crate::words::limits::{PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX, WINK_LATE_MS_MAX};

impl RoomClient {
    /// Handles the first frame of a socket, which says where the server continues.
    pub(super) fn welcomed(&mut self, epoch: String, first: u64, resumed: bool) {
        let Join::Expected { with_cursor } = self.join else {
            return;
        };
        if self.copy.epoch.as_ref().is_some_and(|known| *known != epoch) {
            // Receipts of another log have no meaning, even if that was not loaded.
            self.copy.forget();
            self.seeing.forget();
            self.show(Show::Reset);
        } else if with_cursor && !resumed {
            self.begin_anew();
        }
        self.copy.epoch = Some(epoch);
        self.copy.first = first;
        self.join = if self.copy.is_loaded() { Join::Since } else { Join::Newest };
    }

    /// Handles a copy of another log. During a join the newest page follows; otherwise the socket is replaced.
    pub(super) fn reset(&mut self, now: Millis) {
        if self.join == Join::Done {
            self.drop_copy();
            let effects = self.link.replace(now);
            self.run_link(effects);
        } else {
            self.begin_anew();
            self.join = Join::Newest;
        }
    }

    /// Removes the copy. The read mark in the new log stays, because it came with the welcome, which is not repeated.
    fn begin_anew(&mut self) {
        let (delivered, read) = self.seeing.known();
        self.drop_copy();
        self.own_receipt(delivered, read);
    }

    fn drop_copy(&mut self) {
        if self.copy.is_loaded() {
            self.copy.forget();
            self.seeing.forget();
            self.show(Show::Reset);
        }
    }

    // ---- pages

    pub(super) fn history(&mut self, now: Millis, rid: Option<&str>, page: HistoryPage) {
        let is = |ask: &Option<Ask>| ask.as_ref().is_some_and(|ask| Some(ask.rid.as_str()) == rid);
        if is(&self.older) {
            self.older = None;
            self.older_page(now, page);
        } else if is(&self.catch_up) {
            self.catch_up = None;
            self.newer_page(now, page, true);
        } else if rid.is_none() {
            match self.join {
                Join::Newest => self.newest_page(now, page),
                Join::Since => self.newer_page(now, page, false),
                Join::Expected { .. } | Join::Done => {}
            }
        }
    }

    /// Adds the first page of an empty copy.
    fn newest_page(&mut self, now: Millis, page: HistoryPage) {
        self.copy.seq = page.events.last().map_or(page.head, |event| event.seq);
        self.copy.oldest = Some(page.events.first().map_or(self.copy.seq + 1, |event| event.seq));
        let rows = self.rows_of(&page.events, page.head);
        self.show(Show::Older { rows, more: page.more });
        self.joined(now);
    }

    /// Adds a page after the copy. `is_asked`: the next page has to be requested.
    fn newer_page(&mut self, now: Millis, page: HistoryPage, is_asked: bool) {
        let jump_to = page.truncated_to.unwrap_or(0).max(self.copy.first);
        self.note_deletions(&page.events);
        for event in &page.events {
            if event.seq <= self.copy.seq {
                continue;
            }
            if event.seq > self.copy.seq + 1 && !self.may_jump(now, event.seq, jump_to) {
                return;
            }
            self.follow(now, event, page.head);
        }
        if page.next > self.copy.seq && !self.may_jump(now, page.next + 1, jump_to) {
            return;
        }
        self.copy.seq = self.copy.seq.max(page.next);
        self.copy.hole_asked = None;
        match (page.more, is_asked) {
            (true, true) => self.ask_newer(now),
            // During a join the server sends the next page without a request, or reports a lag.
            (true, false) => {}
            (false, _) if self.join == Join::Since => {
                self.show(Show::Older { rows: Vec::new(), more: self.copy.has_older() });
                self.joined(now);
            }
            (false, _) => {}
        }
    }

    /// Returns `true` if the copy may continue at `seq` although events before it are missing.
    ///
    /// The events may be lost for good (`truncated`, or closed to this person). Then rows before the gap are dropped, so that the copy has no
    /// gap. Any other gap is requested once more, and accepted the second time, which ends the requests.
    fn may_jump(&mut self, now: Millis, seq: u64, jump_to: u64) -> bool {
        if self.copy.seq + 1 < jump_to && jump_to <= seq {
            self.begin_anew();
            self.copy.seq = jump_to - 1;
            self.copy.oldest = Some(jump_to);
            self.copy.first = jump_to;
            return seq == jump_to || self.may_jump(now, seq, 0);
        }
        if self.copy.hole_asked == Some(self.copy.seq) {
            return true;
        }
        self.copy.hole_asked = Some(self.copy.seq);
        self.ask_newer(now);
        false
    }

    /// Adds a page before the copy.
    fn older_page(&mut self, now: Millis, page: HistoryPage) {
        let before = self.copy.oldest.unwrap_or(1);
        let events: Vec<EventFrame> = page.events.into_iter().filter(|event| event.seq < before).collect();
        if let Some(first) = events.first() {
            self.copy.oldest = Some(first.seq);
        }
        if !page.more {
            self.copy.first = self.copy.oldest.unwrap_or(1);
        }
        let rows = self.rows_of(&events, page.head);
        self.show(Show::Older { rows, more: page.more });
        self.go_on_to(now);
    }

    fn rows_of(&mut self, events: &[EventFrame], as_of: u64) -> Vec<Row> {
        for event in events {
            self.found_in_log(event);
        }
        self.note_deletions(events);
        let rows: Vec<Row> = events.iter().filter_map(|event| event.row(&self.own_user, as_of)).collect();
        let (gone, rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| self.was_taken_back(row));
        // An own unsent copy of such a message may still be shown.
        gone.into_iter().for_each(|row| self.show(Show::Gone { id: row.id }));
        rows
    }

    /// Stores the deletions among events. The log has a deletion after its message, so its page may be loaded before that of the message.
    fn note_deletions(&mut self, events: &[EventFrame]) {
        let changes = events.iter().filter_map(EventFrame::message_change);
        for change in changes.filter(|change| change.what == MessageChangeKind::Deleted) {
            self.deletions.insert(change.message.clone(), change);
        }
    }

    /// Returns `true` for the tombstone of a message that its writer took back.
    fn was_taken_back(&self, row: &Row) -> bool {
        row.is_deleted && self.deletions.get(&row.id).is_some_and(|deletion| row.is_taken_back_by(deletion))
    }

    /// Completes the join, after which messages are sent at once.
    fn joined(&mut self, now: Millis) {
        self.join = Join::Done;
        // The server sends no number if no message waits. The old number stays until here, so that its bar does not flicker at a
        // reconnection.
        if !self.is_waiting_sent {
            self.waiting_came(0);
        }
        self.end_reviews();
        self.link.established(now);
        let probe = self.offset.begin(now);
        self.send(probe);
        self.go_on_to(now);
        if self.wants_older {
            self.ask_older(now);
        }
        if self.people.is_wanted {
            self.ask_people(now);
        }
    }

    // ---- Requests

    pub(super) fn rid(&mut self) -> String {
        self.next_rid += 1;
        format!("r{}", self.next_rid)
    }

    fn ask_newer(&mut self, now: Millis) {
        let rid = self.rid();
        let since = self.copy.seq;
        self.send(format!("{{\"type\":\"history\",\"rid\":\"{rid}\",\"since\":{since},\"limit\":{PAGE_EVENTS_MAX}}}"));
        self.link.expect_answer(now);
        self.catch_up = Some(Ask { rid, again_at: None });
    }

    /// Requests the page before the copy if it is wanted, possible and not requested yet.
    pub(super) fn ask_older(&mut self, now: Millis) {
        if !self.link.is_live() || self.older.is_some() {
            return;
        }
        self.wants_older = false;
        let Some(before) = self.copy.oldest.filter(|_| self.copy.has_older()) else {
            self.show(Show::Older { rows: Vec::new(), more: false });
            return;
        };
        let rid = self.rid();
        self.send(format!(
            "{{\"type\":\"history\",\"rid\":\"{rid}\",\"before\":{before},\"limit\":{PAGE_EVENTS_DEFAULT}}}"
        ));
        self.link.expect_answer(now);
        self.older = Some(Ask { rid, again_at: None });
    }

    /// Requests earlier pages until the wanted position is reached.
    pub(super) fn go_on_to(&mut self, now: Millis) {
        let Some(seq) = self.wants_to else { return };
        if self.copy.oldest.is_some_and(|oldest| oldest > seq) && self.copy.has_older() {
            self.wants_older = true;
            self.ask_older(now);
        } else if self.copy.is_loaded() {
            self.wants_to = None;
        }
    }

    /// Postpones open requests for pages, one of which a refusal without id may have meant.
    pub(super) fn postpone_asks(&mut self, again_at: Millis) {
        for ask in [&mut self.catch_up, &mut self.older, &mut self.people.asked].into_iter().flatten() {
            ask.again_at.get_or_insert(again_at);
        }
    }

    pub(super) fn ask_again(&mut self, now: Millis) {
        let is_due = |ask: &Option<Ask>| ask.as_ref().and_then(|ask| ask.again_at).is_some_and(|at| at <= now);
        if is_due(&self.catch_up) {
            self.ask_newer(now);
        }
        if is_due(&self.older) {
            self.older = None;
            self.ask_older(now);
        }
        if is_due(&self.people.asked) {
            self.people.asked = None;
            self.ask_people(now);
        }
    }

    // ---- events

    /// Handles the end of live delivery until this client has caught up (`core.md` 5).
    pub(super) fn lagging(&mut self, now: Millis) {
        if self.catch_up.is_none() && self.copy.is_loaded() {
            self.ask_newer(now);
        }
    }

    pub(super) fn live_event(&mut self, now: Millis, event: &EventFrame) {
        // The page that completes the join also has the event.
        if !self.copy.is_loaded() || matches!(self.join, Join::Expected { .. } | Join::Newest) {
            return;
        }
        if event.seq == self.copy.seq + 1 {
            self.follow(now, event, event.seq);
            self.play(now, event);
        } else if event.seq > self.copy.seq && self.catch_up.is_none() {
            self.ask_newer(now);
        }
    }

    /// Adds the next event.
    fn follow(&mut self, now: Millis, event: &EventFrame, as_of: u64) {
        self.copy.seq = event.seq;
        self.report.note(now);
        self.found_in_log(event);
        if event.change.is_none() {
            self.end_typing(&event.sender);
        }
        match event.row(&self.own_user, as_of) {
            Some(row) if self.was_taken_back(&row) => self.show(Show::Gone { id: row.id }),
            Some(row) => self.show_row(row),
            None => {}
        }
        if let Some(change) = event.message_change() {
            self.note_deletions(std::slice::from_ref(event));
            self.show(Show::Changed(change));
        }
        self.membership(event);
        // Pages that are loaded later already lack the data of this person.
        if let Some(departed) = Departure::of(event) {
            self.wait_no_more_for(&departed.user);
            self.show(Show::Departed(departed));
        }
    }

    /// Removes an own message from the outbox if the log has it.
    fn found_in_log(&mut self, event: &EventFrame) {
        if event.kind.is_some() && event.sender != self.own_user && !event.sender.is_empty() {
            self.seeing.note(event.seq);
        }
        if event.sender == self.own_user
            && let Some(entry) = self.outbox.take(&event.id)
        {
            self.effects.push(Effect::Forget { id: entry.id });
        }
    }

    /// Plays a live nudge or wink if it has to be played (`messenger.md` 5.4 *nudge*, *wink*).
    fn play(&mut self, now: Millis, event: &EventFrame) {
        let Some(row) = event.row(&self.own_user, event.seq).filter(|row| !row.is_replay && !row.is_deleted) else {
            return;
        };
        match (row.kind.kind().effect(), event.play) {
            (Some(EffectKind::Nudge), _) if !row.is_own => {
                let (id, user, name) = (row.id, row.sender, row.sender_name);
                self.show(Show::Nudge { id, user, name, shakes: event.shakes });
            }
            (Some(EffectKind::Wink), Some((start_at, duration_ms))) => {
                let start_at_local_ms = self.offset.local(start_at);
                if now <= start_at_local_ms.saturating_add(WINK_LATE_MS_MAX) {
                    self.show(Show::Wink { row, start_at_local_ms, duration_ms });
                }
            }
            (Some(EffectKind::Nudge | EffectKind::Wink) | None, _) => {}
        }
    }
}
