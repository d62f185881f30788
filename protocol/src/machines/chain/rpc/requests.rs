//! Frames of version 0.4, carried out (`livestore-0.4.md` 3, 4, 9). A frame is one synchronous step over the store.

use super::frame::{RpcFailure, RpcFrame, RpcNotification, RpcPush};
use super::page::check_backend;
use super::sockets::{RpcLink, RpcPull};
use crate::machines::chain::machine::{Chain, Effect};
use crate::machines::chain::push::push;
use crate::machines::chain::store::ChainStore;
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::limits::{RPC_EVENT_BYTES_MAX, RPC_FIRST_REQUEST_MS};
use crate::words::refusal::{Fault, Refusal};
use crate::words::socket::ConnKey;

impl Chain {
    /// Handles a new socket of version 0.4.
    pub fn connect_rpc(&mut self, store: &impl ChainStore, now: Millis) -> Result<ConnKey, Fault> {
        let request_by = Some(now + RPC_FIRST_REQUEST_MS);
        let link = RpcLink { head_at_connect: store.head()?, request_by, ..RpcLink::default() };
        self.restore_rpc(store, link)
    }

    /// Takes back a socket of version 0.4 that outlived the object's sleep.
    pub fn restore_rpc(&mut self, store: &impl ChainStore, link: RpcLink) -> Result<ConnKey, Fault> {
        let (conn, head) = (self.new_key(), store.head()?);
        self.rpc.add(conn, link, head);
        Ok(conn)
    }

    /// Returns the state that is stored with a socket of version 0.4.
    pub fn rpc_link(&self, conn: ConnKey) -> Option<&RpcLink> {
        self.rpc.link(conn)
    }

    /// Returns the time at which [`Chain::tick`] has something to do for sockets on which no request came: for the object's alarm.
    pub fn request_by(&self) -> Option<Millis> {
        self.rpc.request_by()
    }

    pub fn rpc_sockets(&self) -> usize {
        self.rpc.count()
    }

    /// Counts a request by HTTP from `address`, or refuses it.
    pub fn admit_request(&mut self, address: &str, now: Millis) -> Result<(), Refusal> {
        self.requests.charge(&self.settings.rules.frame, address, now)
    }

    pub fn rpc_frame(
        &mut self,
        store: &mut impl ChainStore,
        now: Millis,
        conn: ConnKey,
        frame: RpcFrame,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let Some(frame) = self.counted(now, conn, frame, effects) else { return Ok(()) };
        match frame {
            RpcFrame::Ping => effects.push(Effect::Rpc { conn, notification: RpcNotification::Pong }),
            RpcFrame::Pull { request_id, cursor, is_live } => {
                let known = cursor.as_ref().map(|cursor| cursor.backend_id.as_str());
                let checked = check_backend(store, known);
                let pull = RpcPull::new(request_id, cursor.map_or(0, |cursor| cursor.after), is_live);
                self.open_pull(store.head()?, conn, pull, checked, effects);
            }
            RpcFrame::Push(request) => {
                let (request_id, at) = (request.request_id.clone(), effects.len());
                let notification = match self.push_rpc(store, now, request, effects)? {
                    Ok(()) => RpcNotification::Pushed { request_id },
                    Err(failure) => RpcNotification::Failed { request_id, failure },
                };
                // The pusher hears first that its events are stored.
                effects.insert(at, Effect::Rpc { conn, notification });
            }
            RpcFrame::Ack { request_id } => self.acknowledge(store.head()?, conn, &request_id, effects),
            RpcFrame::Interrupt { request_id } => {
                // A push that was stored stays: clients interrupt pushes that are done (`livestore-0.4.md` 8).
                if self.rpc.living(conn).is_some_and(|live| live.end(&request_id)) {
                    effects.push(Effect::Save(conn));
                }
            }
            RpcFrame::Probe { request_id } => {
                effects.push(Effect::Rpc { conn, notification: RpcNotification::Present { request_id } });
            }
            RpcFrame::Refused { request_id, is_push: true, reason } => {
                let failure = RpcFailure::unknown(reason);
                effects.push(Effect::Rpc { conn, notification: RpcNotification::Failed { request_id, failure } });
            }
            // An error would end the client's pulling until its next start.
            RpcFrame::Refused { .. } => self.expel_rpc(conn, CloseCode::Policy.code(), effects),
            RpcFrame::Eof => {}
            RpcFrame::Undecodable { request_id: Some(request_id), reason } => {
                effects.push(Effect::Rpc { conn, notification: RpcNotification::Died { request_id, reason } });
            }
            RpcFrame::Undecodable { request_id: None, reason } => {
                effects.push(Effect::Rpc { conn, notification: RpcNotification::Defect { reason } });
            }
            RpcFrame::TooLarge => self.expel_rpc(conn, CloseCode::TooLarge.code(), effects),
        }
        Ok(())
    }

    /// Returns the frame unless the socket sends too many. A push is answered then; of anything else only the close is news to the client:
    /// an error would end its pull for ever (`livestore-0.4.md` 6).
    fn counted(&mut self, now: Millis, conn: ConnKey, frame: RpcFrame, effects: &mut Vec<Effect>) -> Option<RpcFrame> {
        let live = self.rpc.living(conn)?;
        if frame == RpcFrame::Ping {
            return Some(frame);
        }
        if let Err(refusal) = live.flood.charge(&self.flood_rule, now) {
            live.expel(conn, refusal.close_code(), effects);
            return None;
        }
        // Acknowledgements are as many as the pages that were sent.
        if frame.begins().is_none() {
            return Some(frame);
        }
        if live.link.request_by.take().is_some() {
            effects.push(Effect::Save(conn));
        }
        let Err(refusal) = live.frames.charge(&self.settings.rules.frame, now) else { return Some(frame) };
        if let Some(request_id) = frame.pushes() {
            let (request_id, failure) = (request_id.to_owned(), RpcFailure::unknown(refusal.to_string()));
            effects.push(Effect::Rpc { conn, notification: RpcNotification::Failed { request_id, failure } });
        } else {
            live.expel(conn, refusal.close_code(), effects);
        }
        None
    }

    /// Closes a socket of version 0.4: its client comes back and asks again.
    pub fn expel_rpc(&mut self, conn: ConnKey, code: u16, effects: &mut Vec<Effect>) {
        if let Some(live) = self.rpc.living(conn) {
            live.expel(conn, code, effects);
        }
    }

    /// Opens a pull whose cursor was checked.
    fn open_pull(
        &mut self,
        head: u64,
        conn: ConnKey,
        pull: RpcPull,
        checked: Result<(), RpcFailure>,
        effects: &mut Vec<Effect>,
    ) {
        let request_id = pull.request_id.clone();
        // An id names one request: neither of two that have it could be answered.
        if self.rpc.living(conn).is_some_and(|live| live.end(&request_id)) {
            let notification = RpcNotification::Died { request_id, reason: "The id of this request is in use" };
            effects.push(Effect::Rpc { conn, notification });
            effects.push(Effect::Save(conn));
        } else if let Err(failure) = checked {
            effects.push(Effect::Rpc { conn, notification: RpcNotification::Failed { request_id, failure } });
        } else if self.rpc.open(conn, pull, head) {
            effects.push(Effect::Save(conn));
        } else {
            self.expel_rpc(conn, CloseCode::TryLater.code(), effects);
        }
    }

    fn acknowledge(&mut self, head: u64, conn: ConnKey, request_id: &str, effects: &mut Vec<Effect>) {
        if self.rpc.acknowledge(conn, request_id, head) {
            effects.push(Effect::Save(conn));
        } else {
            // The request is one of an older socket, and nobody answers it any more.
            self.expel_rpc(conn, CloseCode::Restart.code(), effects);
        }
    }

    /// Stores a push of a client of version 0.4, by a socket or by HTTP, and lets everybody know.
    /// Errors: `Ok(Err(…))`: refused, and nothing happened.
    pub fn push_rpc(
        &mut self,
        store: &mut impl ChainStore,
        now: Millis,
        request: RpcPush,
        effects: &mut Vec<Effect>,
    ) -> Result<Result<(), RpcFailure>, Fault> {
        let RpcPush { request_id, batch, backend_id } = request;
        if batch.is_empty() {
            return Ok(Ok(()));
        }
        if let Err(failure) = check_backend(store, backend_id.as_deref()) {
            return Ok(Err(failure));
        }
        let bytes_max = store.event_bytes_max().min(RPC_EVENT_BYTES_MAX);
        match push(store, batch, bytes_max, now)? {
            Err(refusal) => Ok(Err(refusal.into())),
            Ok(pushed) => {
                if !pushed.is_empty() {
                    self.broadcast(store, now, request_id, pushed, effects)?;
                }
                Ok(Ok(()))
            }
        }
    }
}
