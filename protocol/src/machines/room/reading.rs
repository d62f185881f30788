//! Pages on demand, cursors, and subscribers that fall behind (`core.md` 2.2 and 5).

use super::HistoryAsk;
use super::machine::{Live, Room};
use super::notice::Notice;
use super::outbound::Outbound;
use super::store::RoomStore;
use crate::log::{Page, Range};
use crate::people::contacts::Privacy;
use crate::words::event::Millis;
use crate::words::limits::{LAG_BYTES_MAX, LAG_EVENTS_MAX};
use crate::words::principal::Principal;
use crate::words::refusal::{Denied, Fault};
use crate::words::socket::ConnKey;

impl Room {
    pub(super) fn ask_history(
        &mut self,
        store: &impl RoomStore,
        now: Millis,
        conn: ConnKey,
        ask: HistoryAsk,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let Some(live) = self.conns.get(&conn) else {
            return Ok(());
        };
        let (floor, user) = (live.state.floor, live.state.principal.user.as_str().to_owned());
        self.pages_asked.charge(&self.settings.rules.history, &user, now)?;
        let page = self.page_for(store, (&user, self.privacy_of(&user)), ask.range, ask.limit, floor)?;
        let is_caught_up = matches!(ask.range, Range::Since(since) if since <= page.head) && !page.more;
        if page.is_reset {
            out.one(conn, Notice::Reset { epoch: self.log.epoch(), head: page.head });
        }
        out.one(conn, self.history(page, ask.rid));
        if is_caught_up && let Some(live) = self.conns.get_mut(&conn).filter(|live| live.state.lagging) {
            live.state.lagging = false;
            live.state.cursor = Some(self.log.head());
            live.bytes_at_cursor = self.bytes_written;
            out.begin(conn);
            out.changed.push(conn);
        }
        Ok(())
    }

    /// Counts a page for somebody without a socket, if they may read here at all: what they ask for on sockets counts too.
    pub fn charge_page(&mut self, store: &impl RoomStore, now: Millis, principal: &Principal) -> Result<(), Denied> {
        self.floor_of(store, principal)?;
        Ok(self.pages_asked.charge(&self.settings.rules.history, principal.user.as_str(), now)?)
    }

    /// A page for somebody without a socket who has these wishes (`GET /api/messages`).
    pub fn page(
        &self,
        store: &impl RoomStore,
        principal: &Principal,
        privacy: Option<&Privacy>,
        range: Range,
        limit: u32,
    ) -> Result<Page, Denied> {
        let floor = self.floor_of(store, principal)?;
        Ok(self.page_for(store, (principal.user.as_str(), privacy), range, limit, floor)?)
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
        Self::veil(store, user, privacy, floor, &mut page)?;
        // Between two it would say nothing that the blocker does not know.
        if self.is_direct() {
            page.blocked.clear();
        }
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
            out.tally.lagging += 1;
            out.changed.push(conn);
            out.one(conn, Notice::Lag { head: self.log.head() });
        }
    }
}
