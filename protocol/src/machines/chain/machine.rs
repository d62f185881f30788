//! A chain with its sockets: pulls in pieces, pushes to everybody, in order (`livestore.md` 5 to 9).
//!
//! Every function is one synchronous step over the store; no effect may be carried out before the store has committed. While a socket
//! receives the pieces of an answer, new pushes are read again from the store in its turn. So memory is bounded by the number of requests,
//! not by the size of the chain.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::admin::is_secret;
use super::push::{PushRefusal, push};
use super::rates::{ChainRules, Connects};
use super::rpc::{RpcNotification, RpcSockets};
use super::store::{ChainEvent, ChainStore, StoredEvent};
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::limits::{
    CHAIN_CHUNK_AROUND_BYTES, CHAIN_CHUNK_BYTES_MAX, CHAIN_CHUNK_EVENTS_MAX, CHAIN_HOLD_MS, CHAIN_PULLS_MAX,
    CHAIN_PUSH_EVENTS_MAX, CHAIN_TURN_BYTES_MAX, CHAIN_WAITING_MAX,
};
use crate::words::rate::{Counter, Rule};
use crate::words::refusal::{Fault, Refusal};
use crate::words::socket::ConnKey;

#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub admin_secret: Option<String>,
    /// The object's own id, for admins with the secret.
    pub object_id: String,
    pub rules: ChainRules,
}

/// Socket as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where wrong secrets are counted: the address.
    pub place: String,
    pub head_at_connect: u64,
    /// It asked for a pull: it is no resumed one (`livestore.md` 9.3).
    pub has_pulled: bool,
    /// It got events or an answer to a pull.
    pub has_got: bool,
    pub client: Option<String>,
    /// The client was connected before and has missed events: until this time it may pull, and receives nothing else (`livestore.md` 9.3 c).
    pub held_until: Option<Millis>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    Ping {
        request_id: String,
    },
    /// Everything after a place.
    Pull {
        request_id: String,
        after: u64,
    },
    Push {
        request_id: String,
        batch: Vec<ChainEvent>,
    },
    /// Asks for the id of this object.
    AdminInfo {
        request_id: String,
        secret: String,
    },
    AdminReset {
        request_id: String,
        secret: String,
    },
    /// Invalid; answered if it has a request id.
    Unusable {
        request_id: Option<String>,
        reason: &'static str,
    },
    /// Larger than a message may be, without a request id.
    TooLarge,
}

impl Frame {
    /// Returns the id of the request that an answer would be for.
    fn into_request_id(self) -> Option<String> {
        match self {
            Self::Ping { request_id }
            | Self::Pull { request_id, .. }
            | Self::Push { request_id, .. }
            | Self::AdminInfo { request_id, .. }
            | Self::AdminReset { request_id, .. } => Some(request_id),
            Self::Unusable { request_id, .. } => request_id,
            Self::TooLarge => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainNotification {
    Pong {
        request_id: String,
    },
    /// Events: a piece of a pull's answer, or a push of another client.
    Events {
        /// Ascending.
        events: Rc<Vec<StoredEvent>>,
        /// The pull's id, or the push's.
        request_id: String,
        is_push: bool,
        /// Events of this answer that are still to come.
        remaining: u64,
    },
    PushAck {
        request_id: String,
    },
    /// The request failed and changed nothing.
    Error {
        request_id: String,
        message: String,
    },
    AdminInfo {
        request_id: String,
        object_id: String,
    },
    AdminReset {
        request_id: String,
    },
}

/// Effect of a step. Effects are carried out in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Sends to sockets. One to which the send fails is reported as closed, and does not affect the others.
    Send { conns: Vec<ConnKey>, notification: ChainNotification },
    /// Sends to a socket of version 0.4.
    Rpc { conn: ConnKey, notification: RpcNotification },
    /// The socket's own state changed.
    Save(ConnKey),
    Close {
        conn: ConnKey,
        /// Code of `core.md` 7.
        code: u16,
    },
}

/// Events that a socket has to get, one answer after the other.
#[derive(Clone, Debug)]
struct Job {
    request_id: String,
    is_push: bool,
    after: u64,
    until: u64,
    /// A push is one message of any size.
    is_whole: bool,
}

#[derive(Debug)]
struct Live {
    link: Link,
    jobs: VecDeque<Job>,
    /// Its close was ordered: it gets nothing any more, or it would have a gap.
    is_expelled: bool,
    frames: Counter,
    flood: Counter,
}

impl Live {
    /// Sends the socket the events after `after` without a request; from then on it receives everything.
    fn catch_up(&mut self, request_id: String, after: u64, until: u64) {
        self.link.held_until = None;
        if after < until {
            self.jobs.push_back(Job { request_id, is_push: true, after, until, is_whole: false });
            self.link.has_got = true;
        }
    }

    /// Refuses a socket with too many waiting answers: it has to come back later.
    fn is_overloaded(&mut self, conn: ConnKey, asks_for_more: bool, effects: &mut Vec<Effect>) -> bool {
        let pulls = || self.jobs.iter().filter(|job| !job.is_push).count();
        let has_too_many = asks_for_more && self.jobs.len() >= CHAIN_PULLS_MAX && pulls() >= CHAIN_PULLS_MAX;
        if self.jobs.len() < CHAIN_WAITING_MAX && !has_too_many {
            return false;
        }
        self.jobs.clear();
        self.is_expelled = true;
        effects.push(Effect::Close { conn, code: CloseCode::TryLater.code() });
        true
    }
}

#[derive(Debug, Default)]
pub struct Chain {
    pub(super) settings: Settings,
    /// Frames above which a socket is closed.
    pub(super) flood_rule: Rule,
    sockets: BTreeMap<ConnKey, Live>,
    /// Sockets of version 0.4.
    pub(super) rpc: RpcSockets,
    next_key: ConnKey,
    connects: Connects,
    /// Requests by HTTP, by address.
    pub(super) requests: Connects,
    /// The socket that had the last turn: the others are next.
    last_served: ConnKey,
    /// In the next turn the sockets of version 0.4 come first.
    is_rpc_first: bool,
}

impl Chain {
    /// A chain without sockets; its events are in the store.
    pub fn new(settings: Settings) -> Self {
        Self { flood_rule: settings.rules.frame.flood(), settings, ..Self::default() }
    }

    /// Counts a socket from `address`, or refuses to open it.
    pub fn admit(&mut self, address: &str, now: Millis) -> Result<(), Refusal> {
        self.connects.charge(&self.settings.rules.connect, address, now)
    }

    /// Handles a new socket, of `client` if the request names one.
    pub fn connect(
        &mut self,
        store: &impl ChainStore,
        now: Millis,
        place: &str,
        client: Option<&str>,
    ) -> Result<ConnKey, Fault> {
        let head = store.head()?;
        let sent = client.map(|client| store.sent(client)).transpose()?.flatten();
        let held_until = sent.filter(|sent| *sent < head).map(|_| now + CHAIN_HOLD_MS);
        let client = client.map(str::to_owned);
        let link = Link { place: place.to_owned(), head_at_connect: head, client, held_until, ..Link::default() };
        Ok(self.restore(link))
    }

    pub(super) fn new_key(&mut self) -> ConnKey {
        self.next_key += 1;
        self.next_key
    }

    /// Takes back a socket that outlived the object's sleep.
    pub fn restore(&mut self, link: Link) -> ConnKey {
        let conn = self.new_key();
        self.sockets.insert(
            conn,
            Live {
                link,
                jobs: VecDeque::new(),
                is_expelled: false,
                frames: Counter::default(),
                flood: Counter::default(),
            },
        );
        conn
    }

    /// Returns the state that is stored with a socket.
    pub fn link(&self, conn: ConnKey) -> Option<&Link> {
        self.sockets.get(&conn).map(|live| &live.link)
    }

    /// Removes a closed socket; nothing more is read for it.
    pub fn closed(&mut self, conn: ConnKey) {
        self.sockets.remove(&conn);
        self.rpc.remove(conn);
    }

    pub fn frame(
        &mut self,
        store: &mut impl ChainStore,
        now: Millis,
        conn: ConnKey,
        frame: Frame,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let Some(live) = self.sockets.get_mut(&conn).filter(|live| !live.is_expelled) else {
            return Ok(());
        };
        let mut send = |notification| effects.push(Effect::Send { conns: vec![conn], notification });
        let is_counted = !matches!(frame, Frame::Ping { .. });
        let is_flood = is_counted && live.flood.charge(&self.flood_rule, now).is_err();
        if is_counted && let Err(refusal) = live.frames.charge(&self.settings.rules.frame, now) {
            if is_flood {
                live.jobs.clear();
                live.is_expelled = true;
                effects.push(Effect::Close { conn, code: refusal.close_code() });
            } else if let Some(request_id) = frame.into_request_id() {
                // A push without an answer is waited for as long as the client lives (`livestore.md` 9.2).
                send(ChainNotification::Error { request_id, message: refusal.to_string() });
            }
            return Ok(());
        }
        match frame {
            Frame::Ping { request_id } => send(ChainNotification::Pong { request_id }),
            Frame::Pull { request_id, after } => self.pull(store, conn, request_id, after, effects)?,
            Frame::Push { request_id, batch } => self.push(store, now, conn, request_id, batch, effects)?,
            Frame::AdminInfo { request_id, secret } => {
                let object_id = self.settings.object_id.clone();
                let answer = ChainNotification::AdminInfo { request_id: request_id.clone(), object_id };
                send(if self.is_admin(&secret) { answer } else { wrong_secret(request_id) });
            }
            Frame::AdminReset { request_id, secret } => {
                if !self.is_admin(&secret) {
                    send(wrong_secret(request_id));
                    return Ok(());
                }
                store.clear()?;
                send(ChainNotification::AdminReset { request_id });
                self.begin_anew(conn, effects);
            }
            Frame::Unusable { request_id: Some(request_id), reason } => {
                send(ChainNotification::Error { request_id, message: reason.to_owned() });
            }
            Frame::Unusable { request_id: None, .. } => {}
            Frame::TooLarge => effects.push(Effect::Close { conn, code: CloseCode::TooLarge.code() }),
        }
        Ok(())
    }

    fn is_admin(&self, secret: &str) -> bool {
        is_secret(self.settings.admin_secret.as_deref(), secret)
    }

    /// Begins anew after a reset: the others have events of another chain, and their open requests are dropped.
    fn begin_anew(&mut self, admin: ConnKey, effects: &mut Vec<Effect>) {
        for (conn, live) in &mut self.sockets {
            live.jobs.clear();
            live.link.head_at_connect = 0;
            live.link.held_until = None;
            if *conn == admin {
                effects.push(Effect::Save(*conn));
            } else {
                live.is_expelled = true;
                effects.push(Effect::Close { conn: *conn, code: CloseCode::Restart.code() });
            }
        }
        self.rpc.expel_all(effects);
    }

    fn pull(
        &mut self,
        store: &impl ChainStore,
        conn: ConnKey,
        request_id: String,
        after: u64,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let Some(live) = self.sockets.get_mut(&conn) else {
            return Ok(());
        };
        if live.is_overloaded(conn, true, effects) {
            return Ok(());
        }
        let until = store.head()?;
        live.jobs.push_back(Job { request_id, is_push: false, after, until, is_whole: false });
        if !live.link.has_pulled {
            live.link.has_pulled = true;
            live.link.held_until = None;
            effects.push(Effect::Save(conn));
        }
        Ok(())
    }

    fn push(
        &mut self,
        store: &mut impl ChainStore,
        now: Millis,
        conn: ConnKey,
        request_id: String,
        batch: Vec<ChainEvent>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let bytes_max = store.event_bytes_max();
        let pushed = match push(store, batch, bytes_max, now)? {
            Ok(pushed) => pushed,
            Err(refusal) => {
                let notification =
                    ChainNotification::Error { request_id: request_id.clone(), message: refusal.to_string() };
                effects.push(Effect::Send { conns: vec![conn], notification });
                return self.heal(store, conn, &request_id, &refusal, effects);
            }
        };
        let notification = ChainNotification::PushAck { request_id: request_id.clone() };
        effects.push(Effect::Send { conns: vec![conn], notification });
        if !pushed.is_empty() {
            // It wrote on top of the head, so it has missed nothing.
            if let Some(live) = self.sockets.get_mut(&conn).filter(|live| live.link.held_until.is_some()) {
                live.link.held_until = None;
                effects.push(Effect::Save(conn));
            }
            self.broadcast(store, now, request_id, pushed, effects)?;
        }
        Ok(())
    }

    /// Sends a push to every socket, including the pusher: only this confirms its events. A socket that is receiving an answer gets it
    /// afterwards. Pulls of version 0.4 read it themselves.
    pub(super) fn broadcast(
        &mut self,
        store: &mut impl ChainStore,
        now: Millis,
        request_id: String,
        events: Vec<StoredEvent>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let head = store.head()?;
        let after = head - events.len() as u64;
        let mut at_once = Vec::new();
        let receives = |live: &Live| !live.is_expelled && live.link.held_until.is_none();
        for (conn, live) in self.sockets.iter_mut().filter(|(_, live)| receives(live)) {
            if live.jobs.is_empty() {
                at_once.push(*conn);
                if let Some(client) = &live.link.client {
                    store.set_sent(client, head, now)?;
                }
                if !live.link.has_got {
                    live.link.has_got = true;
                    effects.push(Effect::Save(*conn));
                }
            } else if !live.is_overloaded(*conn, false, effects) {
                let request_id = request_id.clone();
                live.jobs.push_back(Job { request_id, is_push: true, after, until: head, is_whole: true });
            }
        }
        if !at_once.is_empty() {
            let notification =
                ChainNotification::Events { events: Rc::new(events), request_id, is_push: true, remaining: 0 };
            effects.push(Effect::Send { conns: at_once, notification });
        }
        self.rpc.wake(head);
        Ok(())
    }

    /// Sends a client that reconnected its missed events after its conflict, because it does not pull (`livestore.md` 9.3 b).
    fn heal(
        &mut self,
        store: &impl ChainStore,
        conn: ConnKey,
        request_id: &str,
        refusal: &PushRefusal,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let (PushRefusal::Parent { received, .. }, Some(live)) = (refusal, self.sockets.get_mut(&conn)) else {
            return Ok(());
        };
        let Ok(after) = u64::try_from(*received) else {
            return Ok(());
        };
        let (link, head) = (&live.link, store.head()?);
        let is_resumed = !link.has_pulled && !link.has_got && after < link.head_at_connect;
        // A client that is held has not received new events, so its own position counts.
        let is_behind = is_resumed || (link.held_until.is_some() && after < head);
        if is_behind {
            live.catch_up(request_id.to_owned(), after, head);
            effects.push(Effect::Save(conn));
        }
        Ok(())
    }

    /// Sends missed events to clients that reconnected and did not pull, as far as they are known (`livestore.md` 9.3 c).
    pub fn tick(&mut self, store: &impl ChainStore, now: Millis, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        let head = store.head()?;
        let is_due = |live: &Live| live.link.held_until.is_some_and(|until| until <= now);
        for (conn, live) in self.sockets.iter_mut().filter(|(_, live)| is_due(live)) {
            let sent = live.link.client.as_deref().map(|client| store.sent(client)).transpose()?.flatten();
            live.catch_up("resume".to_owned(), sent.unwrap_or(head), head);
            effects.push(Effect::Save(*conn));
        }
        self.rpc.expel_silent(now, effects);
        Ok(())
    }

    /// When [`Chain::tick`] has something to do for clients that are held: a short time, for a timer in memory.
    pub fn timer_at(&self) -> Option<Millis> {
        self.sockets.values().filter_map(|live| live.link.held_until).min()
    }

    /// Returns `true` while some socket still has to get events. Call [`Chain::serve`] until it is `false`, with a turn of the event loop in between.
    pub fn has_work(&self) -> bool {
        self.rpc.has_work() || self.sockets.values().any(|live| !live.jobs.is_empty())
    }

    /// Sockets that are in the middle of an answer.
    pub fn busy(&self) -> Vec<ConnKey> {
        let answered = self.sockets.iter().filter(|(_, live)| !live.jobs.is_empty()).map(|(conn, _)| *conn);
        answered.chain(self.rpc.busy()).collect()
    }

    /// Hands over a bounded number of bytes, one message per socket in turn. Sockets of the two versions take the first place in turns.
    pub fn serve(&mut self, store: &mut impl ChainStore, now: Millis, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        self.is_rpc_first = !self.is_rpc_first;
        if self.is_rpc_first {
            let bytes = self.rpc.serve(store, CHAIN_TURN_BYTES_MAX, effects)?;
            self.serve_sockets(store, now, bytes, effects)?;
        } else {
            let bytes = self.serve_sockets(store, now, 0, effects)?;
            self.rpc.serve(store, CHAIN_TURN_BYTES_MAX.saturating_sub(bytes), effects)?;
        }
        Ok(())
    }

    /// Serves sockets of version 0.3.1 after so many bytes of this turn. Returns the bytes of the turn.
    fn serve_sockets(
        &mut self,
        store: &mut impl ChainStore,
        now: Millis,
        mut bytes: usize,
        effects: &mut Vec<Effect>,
    ) -> Result<usize, Fault> {
        while bytes < CHAIN_TURN_BYTES_MAX {
            let has_job = |(_, live): &(&ConnKey, &Live)| !live.jobs.is_empty();
            let later = self.sockets.range(self.last_served + 1..).find(has_job);
            let Some((&conn, _)) = later.or_else(|| self.sockets.iter().find(has_job)) else {
                break;
            };
            self.last_served = conn;
            bytes += self.serve_one(store, now, conn, effects)?;
        }
        Ok(bytes)
    }

    /// The next message of a socket's first job; its bytes.
    fn serve_one(
        &mut self,
        store: &mut impl ChainStore,
        now: Millis,
        conn: ConnKey,
        effects: &mut Vec<Effect>,
    ) -> Result<usize, Fault> {
        let Some(live) = self.sockets.get_mut(&conn) else { return Ok(0) };
        let Some(job) = live.jobs.front_mut() else { return Ok(0) };
        let (events_max, bytes_max) = if job.is_whole {
            // Events that came in one message leave in one.
            (CHAIN_PUSH_EVENTS_MAX as u32, usize::MAX)
        } else {
            (CHAIN_CHUNK_EVENTS_MAX, CHAIN_CHUNK_BYTES_MAX - CHAIN_CHUNK_AROUND_BYTES)
        };
        let wanted = u32::try_from(job.until.saturating_sub(job.after)).unwrap_or(u32::MAX).min(events_max);
        let events = if wanted == 0 { Vec::new() } else { store.read(job.after, wanted, bytes_max)? };
        let bytes = events.iter().map(|stored| stored.event.wire_bytes()).sum();
        job.after += events.len() as u64;
        // A chain has no gaps: what is left is known without reading it, and nothing ends with an empty message.
        let is_over = job.after >= job.until || events.is_empty();
        let remaining = if job.is_push || is_over { 0 } else { job.until - job.after };
        let (request_id, is_push) = (job.request_id.clone(), job.is_push);
        if let Some(client) = &live.link.client {
            // A cursor may be beyond the head.
            store.set_sent(client, job.after.min(job.until), now)?;
        }
        if is_over {
            live.jobs.pop_front();
        }
        if !live.link.has_got {
            live.link.has_got = true;
            effects.push(Effect::Save(conn));
        }
        if is_push && events.is_empty() {
            return Ok(0);
        }
        let notification = ChainNotification::Events { events: Rc::new(events), request_id, is_push, remaining };
        effects.push(Effect::Send { conns: vec![conn], notification });
        Ok(bytes)
    }
}

/// Answer to every caller who is no admin, whatever the reason.
pub const WRONG_SECRET: &str = "Invalid admin secret";

fn wrong_secret(request_id: String) -> ChainNotification {
    ChainNotification::Error { request_id, message: WRONG_SECRET.to_owned() }
}
