//! Reading of the log: the part that one person may see, pages on request, cursors, and subscribers that are too far behind (`core.md` 2.2
//! and 5).

use super::client_frame::HistoryAsk;
use super::notification::Notification;
use super::outbound::Outbound;
use super::own_bot::BotScope;
use super::privacy::is_hidden_by;
use super::state::{Live, Room};
use super::step::Step;
use super::store::RoomStore;
use crate::log::{LogStore, Page, Range};
use crate::people::contacts::Privacy;
use crate::words::event::{Event, Millis, TOMBSTONE};
use crate::words::ids::{RoomForm, is_integration};
use crate::words::limits::{LAG_BYTES_MAX, LAG_EVENTS_MAX, LAST_MESSAGE_EVENTS_MAX};
use crate::words::principal::Principal;
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

impl Room {
    pub(super) fn ask_history(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        conn: ConnKey,
        ask: HistoryAsk,
    ) -> Result<(), Denied> {
        let Some(live) = self.conns.get(&conn) else {
            return Ok(());
        };
        let (floor, user) = (live.state.floor, live.state.principal.user.as_str().to_owned());
        self.pages_asked.charge(&self.settings.rules.history, &user, step.now)?;
        let page = self.page_for(step.store, (&user, self.privacy_of(&user)), ask.range, ask.limit, floor)?;
        let is_caught_up = matches!(ask.range, Range::Since(since) if since <= page.head) && !page.more;
        if page.is_reset {
            step.out.one(conn, Notification::Reset { epoch: self.log.epoch(), head: page.head });
        }
        step.out.one(conn, self.history(page, ask.rid));
        if is_caught_up && let Some(live) = self.conns.get_mut(&conn).filter(|live| live.state.lagging) {
            live.state.lagging = false;
            live.state.cursor = Some(self.log.head());
            live.bytes_at_cursor = self.bytes_written;
            step.out.begin(conn);
            step.out.changed.push(conn);
        }
        Ok(())
    }

    /// Returns the position up to which events do not exist for this person; refused if the room does not exist or is closed to them.
    ///
    /// In a group that is the part before they joined (`people.md` 2), and for a persona's new player the part of the earlier one (2.1);
    /// public rooms hide nothing. A time would suffice if all objects had one clock. Events of the earlier player are closed whatever the
    /// clocks say.
    pub fn floor_of(&self, store: &impl RoomStore, principal: &Principal) -> Result<u64, Denied> {
        if is_integration(principal.user.as_str()) {
            return Ok(self.own_bot(principal.user.as_str()).ok_or(Refusal::Unauthenticated)?.floor);
        }
        self.id.admits(principal)?;
        let floor = match (self.id.form(), &self.group) {
            (RoomForm::Group, Some(group)) => group.floor_for(principal.user.as_str())?,
            (RoomForm::Group, None) => return Err(Refusal::NotFound.into()),
            _ => 0,
        };
        let is_private = self.is_direct() || self.group.as_ref().is_some_and(|group| !group.is_public());
        if !is_private || principal.visible_from == 0 {
            return Ok(floor);
        }
        let by_time = store.seq_at(principal.visible_from)?;
        // What an account that was a persona writes belongs to no session, so it reads on in all of them (`account.md` 10).
        let by_author = store.seq_of_earlier_session(principal.user.as_str(), principal.player())?;
        Ok(by_time.max(by_author).max(floor))
    }

    pub(super) fn history(&self, page: Page, rid: Option<String>) -> Notification {
        Notification::History { epoch: self.log.epoch(), page, rid }
    }

    /// Counts a page for a reader over REST, if they may read here at all. Pages on sockets count, too.
    pub fn charge_page(&mut self, store: &impl RoomStore, now: Millis, principal: &Principal) -> Result<(), Denied> {
        self.floor_of(store, principal)?;
        self.check_bot_scope(principal.user.as_str(), BotScope::Read)?;
        Ok(self.pages_asked.charge(&self.settings.rules.history, principal.user.as_str(), now)?)
    }

    /// Returns a page for a reader over REST with these privacy settings (`GET /api/messages`).
    pub fn page(
        &self,
        store: &impl RoomStore,
        principal: &Principal,
        privacy: Option<&Privacy>,
        range: Range,
        limit: u32,
    ) -> Result<Page, Denied> {
        let floor = self.floor_of(store, principal)?;
        self.check_bot_scope(principal.user.as_str(), BotScope::Read)?;
        Ok(self.page_for(store, (principal.user.as_str(), privacy), range, limit, floor)?)
    }

    /// Returns the newest message that a person with these privacy settings may read (`messenger.md` 3.2); none if there is none among the
    /// newest events, or for a bot that may not read.
    pub fn last_message(
        &self,
        store: &impl RoomStore,
        principal: &Principal,
        privacy: Option<&Privacy>,
    ) -> Result<Option<Event>, Denied> {
        if self.check_bot_scope(principal.user.as_str(), BotScope::Read).is_err() {
            return Ok(None);
        }
        let Page { events, hidden, .. } =
            self.page(store, principal, privacy, Range::Newest, LAST_MESSAGE_EVENTS_MAX)?;
        let is_shown = |event: &Event| {
            event.kind.is_message() && event.body != TOMBSTONE && hidden.binary_search(&event.seq).is_err()
        };
        Ok(events.into_iter().rev().find(is_shown))
    }

    /// A page as one person sees it: what is not for their eyes only holds its place (`messenger.md` 5.4).
    pub(super) fn page_for(
        &self,
        store: &impl RoomStore,
        (user, privacy): (&str, Option<&Privacy>),
        range: Range,
        limit: u32,
        floor: u64,
    ) -> Result<Page, Fault> {
        let mut page = self.log.page(store, range, limit, floor)?;
        Self::redact(store, user, privacy, floor, &mut page)?;
        self.show_commands(user, &mut page.events);
        // Between two people it would reveal only what the blocker knows.
        if self.is_direct() {
            page.blocked.clear();
        }
        Ok(page)
    }

    /// Returns the message if it exists for this person (`NOT_FOUND` with the same text for every reason).
    pub(super) fn target(
        &self,
        store: &impl RoomStore,
        principal: &Principal,
        floor: u64,
        message: &str,
    ) -> Result<Event, Denied> {
        let stored = store.find(message)?.ok_or(Refusal::NotFound)?;
        let is_closed = stored.seq <= floor || stored.seq < self.log.oldest() || !stored.kind.is_message();
        if is_closed || !store.hidden(principal.user.as_str(), stored.seq, stored.seq)?.is_empty() {
            return Err(Refusal::NotFound.into());
        }
        let event = event_at(store, stored.seq)?;
        if is_hidden_by(self.privacy_of(principal.user.as_str()), &event) {
            return Err(Refusal::NotFound.into());
        }
        Ok(event)
    }

    pub(super) fn set_cursor(&mut self, conn: ConnKey, seq: u64, out: &mut Outbound) {
        let (head, bytes_written) = (self.log.head(), self.bytes_written);
        if let Some(live) = self.conns.get_mut(&conn) {
            live.state.cursor = Some(seq.min(head).max(live.state.cursor.unwrap_or(0)));
            live.bytes_at_cursor = bytes_written;
            out.changed.push(conn);
        }
    }

    /// Ends a turn: subscribers that report cursors and are too far behind lose live delivery (`core.md` 5).
    pub fn end_turn(&mut self, out: &mut Outbound) {
        let (head, bytes_written) = (self.log.head(), self.bytes_written);
        let is_behind = |live: &Live| {
            let events = live.state.cursor.map_or(0, |cursor| head.saturating_sub(cursor));
            let bytes = live.state.cursor.map_or(0, |_| bytes_written - live.bytes_at_cursor);
            !live.state.lagging && (events > LAG_EVENTS_MAX || bytes > LAG_BYTES_MAX)
        };
        for conn in self.conns_where(is_behind) {
            self.fall_behind(conn, out);
        }
        // A held message is in no log, so nothing else begins the delivery to the owners of its files.
        out.outbox_filled |= std::mem::take(&mut self.has_held_files);
        out.displaced.append(&mut self.displaced);
        self.send_waiting(out);
    }

    pub(super) fn fall_behind(&mut self, conn: ConnKey, out: &mut Outbound) {
        if let Some(live) = self.conns.get_mut(&conn) {
            live.state.lagging = true;
            out.counters.lagging += 1;
            out.changed.push(conn);
            out.one(conn, Notification::Lag { head: self.log.head() });
        }
    }
}

/// Returns the event at a place that an id of the log has led to. It is there: a place without an event is a fault.
pub(super) fn event_at(store: &impl LogStore, seq: u64) -> Result<Event, Fault> {
    let event = store.read(seq, seq, 1)?.pop();
    event.ok_or_else(|| Fault(format!("event {seq} is known by its id but not by its place")))
}
