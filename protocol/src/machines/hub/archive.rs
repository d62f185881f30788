//! Messages that readers missed and that are in the archive (`messagehub.md` 8.1). The owner of the machine reads the files, one at a time.
//! A socket waits here until that is done.

use super::item::Item;
use super::joining::Past;
use super::log::HubLog;
use super::outbound::HubOut;
use super::page::HubPage;
use super::state::{Hub, HubLive};
use super::store::HubMeta;
use crate::words::event::Millis;
use crate::words::limits::{HUB_PAST_BURST_MS, PAGE_BODY_BYTES_MAX, PAGE_EVENTS_MAX};
use crate::words::socket::ConnKey;

impl Hub {
    /// Switches the replay from the archive on or off. While it is off, sockets begin with the oldest kept message.
    pub fn set_replays_archive(&mut self, is_on: bool) {
        self.replays_archive = is_on;
    }

    /// Returns `true` if a socket at this place waits for the archive before it goes on with the log.
    pub(super) fn needs_archive(&self, sent_to: u64) -> bool {
        self.replays_archive && sent_to + 1 < self.log.meta().oldest
    }

    /// Returns the place after which the socket that has waited longest needs the archive; `None` if nobody waits, or if what sockets
    /// were sent is not paid for yet.
    pub fn archive_wanted(&self, now: Millis) -> Option<u64> {
        if self.past_paid_at > now + HUB_PAST_BURST_MS {
            return None;
        }
        self.wanting.iter().find_map(|conn| self.place_of(*conn))
    }

    fn place_of(&self, conn: ConnKey) -> Option<u64> {
        self.conns.get(&conn).filter(|live| !live.is_expelled).and_then(|live| live.state.sent_to)
    }

    /// Gives the socket that waits at `since` the messages of a file. Without messages the archive has none there, and the socket goes on
    /// with the oldest kept one.
    pub fn serve_archived(&mut self, now: Millis, since: u64, items: Option<&[Item]>, out: &mut HubOut) {
        let mut wanting = std::mem::take(&mut self.wanting);
        wanting.retain(|conn| self.place_of(*conn).is_some());
        let found = wanting.iter().position(|conn| self.place_of(*conn) == Some(since));
        let conn = found.and_then(|at| wanting.remove(at));
        self.wanting = wanting;
        let Some(conn) = conn else { return };
        let Some(last) = items.and_then(<[Item]>::last) else {
            let before_oldest = self.log.meta().oldest - 1;
            if let Some(live) = self.conns.get_mut(&conn) {
                live.mark_sent(since.max(before_oldest));
            }
            out.changed.push(conn);
            self.behind.push_back(conn);
            return;
        };
        // The log has moved on while the reader waited: what was archived meanwhile was not sent, and does not fill its window.
        let begin_bytes = self.conns.get(&conn).and_then(|live| live.state.read_bytes).unwrap_or(0);
        let past = Past { next: last.seq, more: true, begin_bytes, is_archived: true };
        let missed = items.into_iter().flatten().filter(|item| item.seq > since).cloned();
        let bytes = self.send_past(conn, missed, past, out);
        self.pay_for_past(now, bytes);
    }
}

impl HubLive {
    /// Notes how much of the archive the socket was sent since it last reported its place: the log does not count these bytes.
    pub(super) fn note_archived(&mut self, bytes: u64) {
        self.archived_bytes += bytes;
    }
}

impl HubLog {
    /// Returns the page after `since` with messages of one file of the archive, which has some after `since`.
    pub fn archived_page(&self, since: u64, items: &[Item], limit: u32) -> HubPage {
        let limit = limit.clamp(1, PAGE_EVENTS_MAX) as usize;
        let mut bytes = 0;
        let fits = |item: &&Item| {
            let is_first = bytes == 0;
            bytes += item.body.bytes().len();
            is_first || bytes <= PAGE_BODY_BYTES_MAX
        };
        let missed = items.iter().filter(|item| item.seq > since);
        let items: Vec<Item> = missed.take(limit).take_while(fits).cloned().collect();
        let HubMeta { epoch, head, .. } = self.meta;
        let next = items.last().map_or(since, |item| item.seq);
        let truncated_at = items.first().map(|item| item.seq).filter(|first| *first > since + 1);
        HubPage { items, head, next, more: next < head, epoch, is_reset: false, truncated_at }
    }
}
