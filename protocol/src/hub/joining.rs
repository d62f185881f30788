//! Coming in with a cursor, falling behind and catching up (`messagehub.md` 2, 3; `core.md` 2, 5).

use super::connection::{HubConnection, HubWire};
use super::machine::Hub;
use super::outbound::HubOut;
use super::store::HubStore;
use crate::doors::messagehub::{HubCursor, HubNotice, Movement};
use crate::event::Millis;
use crate::limits::{HUB_TURN_BYTES_MAX, LAG_BYTES_MAX, LAG_EVENTS_MAX, PAGE_EVENTS_MAX, STREAM_MS_MAX};
use crate::presence::Status;
use crate::refusal::{Denied, Fault};
use crate::room::ConnKey;

/// Somebody who wants to join.
#[derive(Clone, Debug)]
pub struct HubJoin {
    /// Random id for the connection.
    pub id: String,
    /// Who; `None` for the anonymous.
    pub principal: Option<String>,
    /// Whose limits their messages count for.
    pub payer: String,
    /// How the socket is spoken to.
    pub wire: HubWire,
    /// The token opens writing.
    pub may_write: bool,
    /// When the token ends.
    pub expires_at: Option<Millis>,
    /// Where they stand; without it nothing old is sent.
    pub after: Option<HubCursor>,
}

/// When an event stream ends that is opened now: its reader comes back, or its token has ended (`messagehub.md` 4.3).
pub fn stream_ends_at(now: Millis, expires_at: Option<Millis>) -> Millis {
    (now + STREAM_MS_MAX).min(expires_at.unwrap_or(Millis::MAX))
}

impl Hub {
    /// Lets a socket in: first words and what it missed, then live, all in one step. A raw socket, which cannot be told to read
    /// pages, gets more than one step holds with [`Hub::serve`].
    pub fn join(
        &mut self,
        store: &impl HubStore,
        now: Millis,
        join: HubJoin,
        out: &mut HubOut,
    ) -> Result<ConnKey, Denied> {
        self.has_place()?;
        let HubJoin { id, principal, payer, wire, may_write, expires_at, after } = join;
        // A raw socket whose place is void gets everything: it could not be told so.
        let since = after.map(|cursor| if self.log.accepts(cursor) { cursor.seq } else { 0 });
        let conn = self.restore(HubConnection {
            id: id.clone(),
            principal: principal.clone(),
            payer,
            wire,
            may_write,
            expires_at,
            joined_at: now,
            heard_at: now,
            status: Status::Online,
            cursor: None,
            lagging: false,
            handed: 0,
            told: since.filter(|_| wire == HubWire::Raw),
            head_at_join: self.log.meta().head,
            bad_frames: String::new(),
        });
        let meta = self.log.meta();
        let (epoch, head, oldest) = (meta.epoch, meta.head, meta.oldest);
        out.one(conn, HubNotice::Hello { room: self.room.clone(), epoch, head, oldest, connection: id.clone() });
        match after {
            // Whoever comes while others are served waits for the turns after this one.
            Some(_) if wire == HubWire::Raw && self.behind.len() > 1 => {}
            Some(_) if wire == HubWire::Raw => self.serve(store, out)?,
            Some(cursor) if self.log.accepts(cursor) => self.replay(store, conn, cursor.seq, &[], out)?,
            Some(_) => out.one(conn, HubNotice::Reset { epoch }),
            None => {}
        }
        out.begin(conn);
        let count = self.count();
        out.others(conn, HubNotice::Moved { movement: Movement::Join, connection: id, principal, count });
        Ok(conn)
    }

    /// Pushes everything after `since`; whoever is hopelessly far behind reads the rest as pages.
    /// `own` is what it wrote itself meanwhile: that was acknowledged, and is not told.
    fn replay(
        &mut self,
        store: &impl HubStore,
        conn: ConnKey,
        since: u64,
        own: &[u64],
        out: &mut HubOut,
    ) -> Result<(), Fault> {
        let (mut since, mut bytes) = (since, 0);
        loop {
            let page = self.log.page(store, Some(HubCursor { epoch: None, seq: since }), PAGE_EVENTS_MAX)?;
            bytes += page.items.iter().map(|item| item.body.bytes().len() as u64).sum::<u64>();
            let (next, more) = (page.next, page.more);
            for item in page.items {
                if own.binary_search(&item.seq).is_err() {
                    out.replay(conn, item);
                }
            }
            if !more {
                return Ok(());
            }
            if bytes > LAG_BYTES_MAX {
                self.fall_behind(conn, next, out);
                return Ok(());
            }
            since = next;
        }
    }

    /// Whether raw sockets wait for more of the past: [`Hub::serve`] goes on in another turn of the event loop.
    pub fn has_work(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Sends raw sockets more of the past, one page after the other by turns, as much as one turn may hand over (`core.md` 5).
    /// Whoever has all of it is live.
    pub fn serve(&mut self, store: &impl HubStore, out: &mut HubOut) -> Result<(), Fault> {
        let mut bytes = 0;
        while bytes < HUB_TURN_BYTES_MAX {
            let Some(conn) = self.behind.pop_front() else { break };
            let Some(live) = self.conns.get_mut(&conn).filter(|live| !live.is_expelled) else { continue };
            let Some(told) = live.state.told else { continue };
            let page = self.log.page(store, Some(HubCursor { epoch: None, seq: told }), PAGE_EVENTS_MAX)?;
            for item in page.items {
                bytes += item.body.bytes().len();
                if live.own.binary_search(&item.seq).is_err() {
                    out.replay(conn, item);
                }
            }
            live.state.told = page.more.then_some(page.next);
            out.changed.push(conn);
            if page.more {
                self.behind.push_back(conn);
            } else {
                live.own.clear();
                out.begin(conn);
            }
        }
        Ok(())
    }

    fn fall_behind(&mut self, conn: ConnKey, handed: u64, out: &mut HubOut) {
        let head = self.log.meta().head;
        if let Some(live) = self.conns.get_mut(&conn).filter(|live| !live.state.lagging) {
            live.state.lagging = true;
            live.state.handed = handed;
            out.tally.lagging += 1;
            out.changed.push(conn);
            out.one(conn, HubNotice::Lag { head });
        }
    }

    /// Stops live delivery to readers who report what they have and are too far behind (`core.md` 5).
    pub(super) fn find_laggards(&mut self, out: &mut HubOut) {
        let (head, bytes_end) = (self.log.meta().head, self.log.meta().bytes_end);
        let is_behind = |cursor: u64, bytes: u64| head > cursor + LAG_EVENTS_MAX || bytes_end > bytes + LAG_BYTES_MAX;
        let behind = self.conns.iter().filter(|(_, live)| {
            let state = &live.state;
            !state.lagging && state.cursor.is_some_and(|cursor| is_behind(cursor, live.bytes_at_cursor))
        });
        // What this turn has stored is not handed to them any more.
        let handed = out.stored.first().map_or(head, |item| item.seq - 1);
        for conn in behind.map(|(conn, _)| *conn).collect::<Vec<ConnKey>>() {
            self.fall_behind(conn, handed, out);
        }
    }

    /// A reader says what it has. One that was behind and has come near gets the rest and is live again.
    pub(super) fn report_cursor(
        &mut self,
        store: &impl HubStore,
        conn: ConnKey,
        seq: u64,
        out: &mut HubOut,
    ) -> Result<(), Fault> {
        let head = self.log.meta().head;
        let seq = seq.min(head);
        let Some(live) = self.conns.get_mut(&conn) else {
            return Ok(());
        };
        live.state.cursor = Some(live.state.cursor.unwrap_or(0).max(seq));
        live.bytes_at_cursor = store.bytes_before(seq + 1)?;
        out.changed.push(conn);
        if !live.state.lagging || head > seq + LAG_EVENTS_MAX {
            return Ok(());
        }
        live.state.lagging = false;
        let (since, own) = (seq.max(live.state.handed), std::mem::take(&mut live.own));
        self.replay(store, conn, since, &own, out)?;
        out.begin(conn);
        Ok(())
    }
}
