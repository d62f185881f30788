//! Pages on demand, cursors, and subscribers that fall behind (`core.md` 2.2 and 5).

use super::connection::ConnKey;
use super::machine::{Live, Room};
use super::notice::Notice;
use super::outbound::Outbound;
use super::store::RoomStore;
use crate::doors::messenger::HistoryAsk;
use crate::event::Millis;
use crate::limits::{LAG_BYTES_MAX, LAG_EVENTS_MAX};
use crate::log::{Page, Range};
use crate::principal::Principal;
use crate::refusal::{Denied, Fault};
use crate::sorted::SortedSet;

impl Room {
    pub(super) fn ask_history(
        &mut self,
        store: &impl RoomStore,
        now: Millis,
        conn: ConnKey,
        ask: HistoryAsk,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let Some(live) = self.conns.get_mut(&conn) else {
            return Ok(());
        };
        live.history.charge(&self.settings.rules.history, now)?;
        let (floor, user) = (live.state.floor, live.state.principal.user.as_str().to_owned());
        let page = self.page_for(store, &user, ask.range, ask.limit, floor)?;
        let is_caught_up = matches!(ask.range, Range::Since(_)) && !page.more;
        out.one(conn, self.history(&self.user_of(conn), page, ask.rid));
        if is_caught_up && let Some(live) = self.conns.get_mut(&conn).filter(|live| live.state.lagging) {
            live.state.lagging = false;
            live.state.cursor = Some(self.log.head());
            live.bytes_at_cursor = self.bytes_written;
            out.begin(conn);
            out.changed.push(conn);
        }
        Ok(())
    }

    /// A page for somebody without a socket (`GET /api/messages`).
    pub fn page(
        &self,
        store: &impl RoomStore,
        principal: &Principal,
        range: Range,
        limit: u32,
    ) -> Result<Page, Denied> {
        let floor = self.floor_of(store, principal)?;
        Ok(self.page_for(store, principal.user.as_str(), range, limit, floor)?)
    }

    /// A page as one person sees it: what is not for their eyes only holds its place (`messenger.md` 5.4).
    pub(super) fn page_for(
        &self,
        store: &impl RoomStore,
        user: &str,
        range: Range,
        limit: u32,
        floor: u64,
    ) -> Result<Page, Fault> {
        let mut page = self.log.page(store, range, limit, floor)?;
        let (Some(first), Some(last)) = (page.events.first(), page.events.last()) else {
            return Ok(page);
        };
        let (from, to) = (first.seq, last.seq);
        let mut closed = store.hidden(user, from, to)?;
        if floor > 0 {
            // A change tells of its message, and that one is from before this person's time.
            closed.extend(store.changes_below(from, to, floor)?);
        }
        page.hidden = page.hidden.into_iter().chain(closed).collect::<SortedSet<u64>>().into_vec();
        Ok(page)
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
    }

    pub(super) fn fall_behind(&mut self, conn: ConnKey, out: &mut Outbound) {
        if let Some(live) = self.conns.get_mut(&conn) {
            live.state.lagging = true;
            out.changed.push(conn);
            out.one(conn, Notice::Lag { head: self.log.head() });
        }
    }
}
