//! Coming in with a cursor, falling behind and catching up (`messagehub.md` 2, 3; `core.md` 2, 5).

use super::connection::{HubConnection, HubWire};
use super::frames::HubStep;
use super::item::Item;
use super::outbound::HubOut;
use super::page::HubCursor;
use super::state::{Hub, HubLive};
use super::store::HubStore;
use super::words::{HubNotification, Movement};
use crate::trust::sealing::is_about_keys;
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::limits::{
    HUB_OWN_STORED_MAX, HUB_PAST_BURST_MS, HUB_PAST_BYTES_PER_S, HUB_TURN_BYTES_MAX, LAG_BYTES_MAX, LAG_EVENTS_MAX,
    PAGE_EVENTS_MAX, STREAM_MS_MAX,
};
use crate::words::refusal::{Denied, Fault};
use crate::words::socket::ConnKey;
use crate::words::status::Status;

/// Close reason of a socket that is behind, and whose missed messages cannot be read.
const KEYLESS_REASON: &str = "storage failure";

/// Person who wants to join.
#[derive(Clone, Debug)]
pub struct HubJoin {
    pub id: String,
    /// Principal of the joiner; `None` for the anonymous.
    pub principal: Option<String>,
    pub payer: String,
    pub wire: HubWire,
    /// `true` where the token permits writing.
    pub may_write: bool,
    pub expires_at: Option<Millis>,
    /// Place where the joiner stands; without it nothing old is sent.
    pub after: Option<HubCursor>,
}

/// Place of missed messages, beside the messages themselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Past {
    /// Newest place that they cover.
    pub next: u64,
    /// More comes after them.
    pub more: bool,
    /// Bytes of the log before them.
    pub begin_bytes: u64,
    pub is_archived: bool,
}

/// Returns the time at which a new event stream ends: its reader reconnects, or its token has expired (`messagehub.md` 4.3).
pub fn stream_ends_at(now: Millis, expires_at: Option<Millis>) -> Millis {
    (now + STREAM_MS_MAX).min(expires_at.unwrap_or(Millis::MAX))
}

impl Hub {
    /// Accepts a socket: first frames and missed messages, then live, all in one step. Messages above the limit of a step follow with
    /// [`Hub::serve`], and live ones after them.
    pub fn join(
        &mut self,
        store: &impl HubStore,
        now: Millis,
        join: HubJoin,
        out: &mut HubOut,
    ) -> Result<ConnKey, Denied> {
        self.has_place()?;
        let HubJoin { id, principal, payer, wire, may_write, expires_at, after } = join;
        out.counters.resumed += u64::from(after.is_some());
        // A raw socket with an invalid position gets everything that is kept, because it cannot be notified.
        let is_void = |cursor: &HubCursor| !self.log.accepts(*cursor);
        let since = match after {
            Some(cursor) if is_void(&cursor) => (wire == HubWire::Raw).then(|| self.log.meta().oldest - 1),
            after => after.map(|cursor| cursor.seq),
        };
        let read_bytes = since.map(|since| self.bytes_until(store, since)).transpose()?;
        let conn = self.restore(HubConnection {
            id: id.clone(),
            principal: principal.clone(),
            payer,
            wire,
            may_write,
            expires_at,
            joined_at: now,
            last_frame_at: now,
            status: Status::Online,
            cursor: None,
            lagging: false,
            sent_to: since,
            read_bytes,
            own: Vec::new(),
            head_at_join: self.log.meta().head,
            bad_frames: String::new(),
        });
        let meta = self.log.meta();
        let (epoch, head, oldest) = (meta.epoch, meta.head, meta.oldest);
        out.one(conn, HubNotification::Hello { room: self.room.clone(), epoch, head, oldest, connection: id.clone() });
        if after.is_some() && since.is_none() {
            out.one(conn, HubNotification::Reset { epoch });
        }
        // A new socket waits for later turns while others are served.
        if self.behind.len() == 1 && since.is_some() {
            self.serve(store, now, out)?;
        }
        out.begin(conn);
        let count = self.count();
        out.others(conn, HubNotification::Moved { movement: Movement::Join, connection: id, principal, count });
        Ok(conn)
    }

    /// Bytes of the log up to the message `seq`.
    fn bytes_until(&self, store: &impl HubStore, seq: u64) -> Result<u64, Fault> {
        store.bytes_before((seq + 1).max(self.log.meta().oldest))
    }

    /// Returns `true` while sockets wait for more of the past.
    pub fn has_work(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Returns the time at which [`Hub::serve`] goes on, in another turn of the event loop, or the archive is to be read again.
    pub fn serve_at(&self, now: Millis) -> Option<Millis> {
        let at = self.past_paid_at.saturating_sub(HUB_PAST_BURST_MS).max(now);
        let is_put_off = !self.wanting.is_empty() && at > now;
        (self.has_work() || is_put_off).then_some(at)
    }

    /// Notes that sockets were sent so much of the past.
    pub(super) fn pay_for_past(&mut self, now: Millis, bytes: u64) {
        self.past_paid_at = self.past_paid_at.max(now) + bytes * 1_000 / HUB_PAST_BYTES_PER_S;
    }

    /// Sends sockets that are behind more of the past, one page after the other in turns, within the limits of one turn and of time
    /// (`core.md` 5). A socket that has everything is live.
    pub fn serve(&mut self, store: &impl HubStore, now: Millis, out: &mut HubOut) -> Result<(), Fault> {
        let mut bytes = 0;
        while bytes < HUB_TURN_BYTES_MAX as u64 && self.past_paid_at <= now + HUB_PAST_BURST_MS {
            let Some(conn) = self.behind.pop_front() else { break };
            let served = match self.serve_page(store, conn, out) {
                // Without a key the missed messages cannot be read: the socket reconnects, and others do not wait for it.
                Err(fault) if is_about_keys(&fault) => {
                    self.expel(conn, CloseCode::Broken.code(), KEYLESS_REASON, out);
                    continue;
                }
                served => served?,
            };
            bytes += served;
            self.pay_for_past(now, served);
        }
        Ok(())
    }

    /// One page for one of them; how many bytes it was.
    fn serve_page(&mut self, store: &impl HubStore, conn: ConnKey, out: &mut HubOut) -> Result<u64, Fault> {
        let Some(live) = self.conns.get(&conn).filter(|live| !live.is_expelled) else { return Ok(0) };
        let Some(begin) = live.state.sent_to else { return Ok(0) };
        if self.needs_archive(begin) {
            self.wanting.push_back(conn);
            return Ok(0);
        }
        let page = self.log.page(store, Some(HubCursor { epoch: None, seq: begin }), PAGE_EVENTS_MAX)?;
        let begin_bytes = self.bytes_until(store, begin)?;
        let past = Past { next: page.next, more: page.more, begin_bytes, is_archived: false };
        Ok(self.send_past(conn, page.items.into_iter(), past, out))
    }

    /// Sends one of them messages that it missed; how many bytes it was. Clients that report how far they are never have more in front of
    /// them than `core.md` 5 allows: they get the next with their next report.
    pub(super) fn send_past(
        &mut self,
        conn: ConnKey,
        items: impl Iterator<Item = Item>,
        past: Past,
        out: &mut HubOut,
    ) -> u64 {
        let Some(live) = self.conns.get(&conn) else { return 0 };
        let is_raw = live.state.wire == HubWire::Raw;
        let window = |from: Option<u64>, length: u64| from.filter(|_| !is_raw).map_or(u64::MAX, |from| from + length);
        let (seq_max, bytes_max) =
            (window(live.state.cursor, LAG_EVENTS_MAX), window(live.state.read_bytes, LAG_BYTES_MAX));
        let bytes_max = bytes_max.saturating_sub(past.begin_bytes).saturating_sub(live.archived_bytes);
        let (mut sent_to, mut bytes, mut is_full) = (past.next, 0, false);
        for item in items {
            let length = item.body.bytes().len() as u64;
            if item.seq > seq_max || bytes + length > bytes_max {
                (sent_to, is_full) = (item.seq - 1, true);
                break;
            }
            bytes += length;
            if live.own.binary_search(&item.seq).is_err() {
                out.replay(conn, item);
            }
        }
        let is_live = !is_full && !past.more;
        if let Some(live) = self.conns.get_mut(&conn) {
            live.mark_sent(sent_to);
            if past.is_archived {
                live.note_archived(bytes);
            }
            if is_live {
                (live.state.sent_to, live.state.lagging) = (None, false);
                out.begin(conn);
            }
        }
        out.changed.push(conn);
        if is_full {
            self.fall_behind(conn, out);
        } else if !is_live {
            self.behind.push_back(conn);
        }
        bytes
    }

    fn fall_behind(&mut self, conn: ConnKey, out: &mut HubOut) {
        let head = self.log.meta().head;
        if let Some(live) = self.conns.get_mut(&conn).filter(|live| !live.state.lagging) {
            live.state.lagging = true;
            out.counters.lagging += 1;
            out.changed.push(conn);
            out.one(conn, HubNotification::Lag { head });
        }
    }

    /// Stops live delivery to readers who report their position and are too far behind (`core.md` 5).
    pub(super) fn find_laggards(&mut self, out: &mut HubOut) {
        let (head, bytes_end) = (self.log.meta().head, self.log.meta().bytes_end);
        let is_behind = |cursor: u64, bytes: Option<u64>| {
            head > cursor + LAG_EVENTS_MAX || bytes.is_some_and(|bytes| bytes_end > bytes + LAG_BYTES_MAX)
        };
        let behind = self.conns.iter().filter(|(_, HubLive { state, .. })| {
            state.sent_to.is_none() && state.cursor.is_some_and(|cursor| is_behind(cursor, state.read_bytes))
        });
        for conn in behind.map(|(conn, _)| *conn).collect::<Vec<ConnKey>>() {
            if let Some(live) = self.conns.get_mut(&conn) {
                // This turn still reaches it.
                live.state.sent_to = Some(head);
                out.end(conn);
            }
            self.fall_behind(conn, out);
        }
    }

    /// Handles the position of a reader. A reader that was behind goes on after the messages that it was sent, or has read elsewhere.
    pub(super) fn report_cursor<S: HubStore>(
        &mut self,
        step: &mut HubStep<'_, S>,
        conn: ConnKey,
        seq: u64,
    ) -> Result<(), Fault> {
        let head = self.log.meta().head;
        let Some(state) = self.conns.get(&conn).map(|live| &live.state) else { return Ok(()) };
        let seq = seq.min(head).max(state.cursor.unwrap_or(0));
        let read_bytes = self.bytes_until(step.store, seq)?;
        let Some(live) = self.conns.get_mut(&conn) else { return Ok(()) };
        (live.state.cursor, live.state.read_bytes, live.archived_bytes) = (Some(seq), Some(read_bytes), 0);
        step.out.changed.push(conn);
        if let Some(sent_to) = live.state.sent_to {
            live.mark_sent(sent_to.max(seq));
            if !self.behind.contains(&conn) && !self.wanting.contains(&conn) {
                self.behind.push_back(conn);
            }
            if self.behind.len() == 1 {
                self.serve(step.store, step.now, step.out)?;
            }
        }
        Ok(())
    }
}

impl HubLive {
    /// Notes that the socket is behind, and was sent everything up to here.
    pub(super) fn mark_sent(&mut self, sent_to: u64) {
        self.state.sent_to = Some(sent_to);
        self.own.retain(|seq| *seq > sent_to);
        self.store_own();
    }

    /// It is behind, and wrote this itself.
    pub(super) fn wrote(&mut self, seq: u64) {
        self.own.push(seq);
        self.store_own();
    }

    fn store_own(&mut self) {
        let from = self.own.len().saturating_sub(HUB_OWN_STORED_MAX);
        self.state.own = self.own.get(from..).unwrap_or_default().to_vec();
    }
}
