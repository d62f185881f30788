//! Sockets of version 0.4 with their open pulls, and the turns in which these get their pages (`livestore-0.4.md` 3 and 9).

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::frame::RpcNotification;
use super::page::RpcPage;
use crate::machines::chain::machine::Effect;
use crate::machines::chain::store::ChainStore;
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::limits::{CHAIN_PULLS_MAX, RPC_ENDED_MAX};
use crate::words::rate::Counter;
use crate::words::refusal::Fault;
use crate::words::socket::ConnKey;

/// Open pull, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RpcPull {
    pub request_id: String,
    /// The last event that was sent.
    pub after: u64,
    /// Later events are wanted, too.
    pub is_live: bool,
    /// It got a page, perhaps an empty one.
    pub is_answered: bool,
    /// A page is on its way.
    pub is_ack_due: bool,
    /// It waits for its turn.
    #[serde(skip)]
    is_queued: bool,
}

impl RpcPull {
    pub(super) fn new(request_id: String, after: u64, is_live: bool) -> Self {
        Self { request_id, after, is_live, ..Self::default() }
    }

    /// Returns `true` if a page is to be sent while the head is `head`.
    fn is_due(&self, head: u64) -> bool {
        !self.is_ack_due && (self.after < head || !self.is_answered)
    }
}

/// Socket as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RpcLink {
    pub head_at_connect: u64,
    /// The time by which its first request has to come; `None` when it came.
    pub request_by: Option<Millis>,
    pub pulls: Vec<RpcPull>,
    /// Pulls that ended while the acknowledgement of their last page was on its way.
    #[serde(default)]
    pub ended: Vec<String>,
}

#[derive(Debug)]
pub(super) struct RpcLive {
    pub link: RpcLink,
    /// Its close was ordered: it gets nothing any more, or it would have a gap.
    pub is_expelled: bool,
    pub frames: Counter,
    pub flood: Counter,
}

impl RpcLive {
    /// Closes the socket with `code`.
    pub fn expel(&mut self, conn: ConnKey, code: u16, effects: &mut Vec<Effect>) {
        self.is_expelled = true;
        self.link.pulls.clear();
        effects.push(Effect::Close { conn, code });
    }

    /// Ends a pull. Returns `false` for an unknown one.
    pub fn end(&mut self, request_id: &str) -> bool {
        let Some(at) = self.link.pulls.iter().position(|pull| pull.request_id == request_id) else { return false };
        let ended = self.link.pulls.remove(at);
        if ended.is_ack_due {
            if self.link.ended.len() >= RPC_ENDED_MAX {
                self.link.ended.remove(0);
            }
            self.link.ended.push(ended.request_id);
        }
        true
    }
}

#[derive(Debug, Default)]
pub(in crate::machines::chain) struct RpcSockets {
    sockets: BTreeMap<ConnKey, RpcLive>,
    /// Pulls that wait for their turn. One that ended meanwhile is passed over.
    queue: VecDeque<(ConnKey, String)>,
}

impl RpcSockets {
    /// Adds a socket; its pulls go on where they were.
    pub fn add(&mut self, conn: ConnKey, mut link: RpcLink, head: u64) {
        link.pulls.iter_mut().for_each(|pull| pull.is_queued = false);
        let live = RpcLive { link, is_expelled: false, frames: Counter::default(), flood: Counter::default() };
        self.sockets.insert(conn, live);
        self.wake_one(conn, head);
    }

    pub fn remove(&mut self, conn: ConnKey) {
        self.sockets.remove(&conn);
    }

    pub fn count(&self) -> usize {
        self.sockets.len()
    }

    /// Returns the state that is stored with a socket.
    pub fn link(&self, conn: ConnKey) -> Option<&RpcLink> {
        self.sockets.get(&conn).map(|live| &live.link)
    }

    /// Returns a socket that was not closed.
    pub(super) fn living(&mut self, conn: ConnKey) -> Option<&mut RpcLive> {
        self.sockets.get_mut(&conn).filter(|live| !live.is_expelled)
    }

    /// Opens a pull. Returns `false` if the socket has no place for one more.
    pub fn open(&mut self, conn: ConnKey, pull: RpcPull, head: u64) -> bool {
        let Some(live) = self.living(conn) else { return true };
        if live.link.pulls.len() >= CHAIN_PULLS_MAX {
            return false;
        }
        live.link.pulls.push(pull);
        self.wake_one(conn, head);
        true
    }

    /// Notes that a page of a pull arrived. Returns `false` for a request that this socket never had.
    pub fn acknowledge(&mut self, conn: ConnKey, request_id: &str, head: u64) -> bool {
        let Some(live) = self.living(conn) else { return true };
        if let Some(pull) = live.link.pulls.iter_mut().find(|pull| pull.request_id == request_id) {
            pull.is_ack_due = false;
            self.wake_one(conn, head);
            return true;
        }
        let ended = live.link.ended.iter().position(|ended| ended == request_id);
        ended.map(|at| live.link.ended.remove(at)).is_some()
    }

    /// Lets the pulls of all sockets read what is new.
    pub fn wake(&mut self, head: u64) {
        let conns: Vec<ConnKey> = self.sockets.keys().copied().collect();
        conns.into_iter().for_each(|conn| self.wake_one(conn, head));
    }

    fn wake_one(&mut self, conn: ConnKey, head: u64) {
        let Some(live) = self.sockets.get_mut(&conn).filter(|live| !live.is_expelled) else { return };
        for pull in live.link.pulls.iter_mut().filter(|pull| pull.is_due(head) && !pull.is_queued) {
            pull.is_queued = true;
            self.queue.push_back((conn, pull.request_id.clone()));
        }
    }

    pub fn has_work(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Sockets with a pull that waits for its turn.
    pub fn busy(&self) -> impl Iterator<Item = ConnKey> {
        let is_busy = |live: &RpcLive| live.link.pulls.iter().any(|pull| pull.is_queued);
        self.sockets.iter().filter(move |(_, live)| is_busy(live)).map(|(conn, _)| *conn)
    }

    /// Sends pages, one of each waiting pull in turn, until so many bytes are handed over. Returns the bytes.
    pub fn serve(
        &mut self,
        store: &impl ChainStore,
        bytes_max: usize,
        effects: &mut Vec<Effect>,
    ) -> Result<usize, Fault> {
        let head = store.head()?;
        // After a push most pulls are at the same place.
        let mut last: Option<(u64, Rc<RpcPage>)> = None;
        let mut bytes = 0;
        while bytes < bytes_max {
            let Some((conn, request_id)) = self.queue.pop_front() else { break };
            let Some(live) = self.living(conn) else { continue };
            let Some(pull) = live.link.pulls.iter_mut().find(|pull| pull.request_id == request_id) else { continue };
            if !pull.is_due(head) {
                pull.is_queued = false;
                continue;
            }
            // Until its page is read the pull counts as waiting, so that a fault closes the socket, which would else fail in every turn.
            let page = match last.take().filter(|(after, _)| *after == pull.after) {
                Some((_, page)) => page,
                None => Rc::new(RpcPage::read(store, pull.after, head)?),
            };
            last = Some((pull.after, Rc::clone(&page)));
            bytes += page.bytes();
            live.send(conn, &request_id, page, effects);
        }
        Ok(bytes)
    }

    /// Closes all sockets after a reset: their clients have events of another log.
    pub fn expel_all(&mut self, effects: &mut Vec<Effect>) {
        for (conn, live) in self.sockets.iter_mut().filter(|(_, live)| !live.is_expelled) {
            live.expel(*conn, CloseCode::Restart.code(), effects);
        }
    }

    /// Closes sockets whose first request did not come in time: their clients wait for answers to requests of an older socket
    /// (`livestore-0.4.md` 9).
    pub fn expel_silent(&mut self, now: Millis, effects: &mut Vec<Effect>) {
        let is_silent = |live: &RpcLive| !live.is_expelled && live.link.request_by.is_some_and(|by| by <= now);
        for (conn, live) in self.sockets.iter_mut().filter(|(_, live)| is_silent(live)) {
            live.expel(*conn, CloseCode::Restart.code(), effects);
        }
    }

    /// Returns the time at which [`RpcSockets::expel_silent`] has something to do.
    pub fn request_by(&self) -> Option<Millis> {
        self.sockets.values().filter(|live| !live.is_expelled).filter_map(|live| live.link.request_by).min()
    }
}

impl RpcLive {
    /// Sends a page of a pull, and the end of one that is not live.
    fn send(&mut self, conn: ConnKey, request_id: &str, page: Rc<RpcPage>, effects: &mut Vec<Effect>) {
        let Some(pull) = self.link.pulls.iter_mut().find(|pull| pull.request_id == request_id) else { return };
        pull.after = pull.after.saturating_add(page.events.len() as u64);
        pull.is_queued = false;
        pull.is_answered = true;
        pull.is_ack_due = true;
        let is_over = page.remaining == 0 && !pull.is_live;
        let notification = RpcNotification::Page { request_id: request_id.to_owned(), page };
        effects.push(Effect::Rpc { conn, notification });
        if is_over {
            self.end(request_id);
            let notification = RpcNotification::Pulled { request_id: request_id.to_owned() };
            effects.push(Effect::Rpc { conn, notification });
        }
        effects.push(Effect::Save(conn));
    }
}
