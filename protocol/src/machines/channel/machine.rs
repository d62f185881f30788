//! The channel itself: sockets with filters, envelopes to those that match, answers back to the publisher
//! (`hopeflow.md` 3 to 5). Every function is one synchronous step over the store; no effect may be carried out before the
//! store has committed.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::filter::{Added, Filter, Filters};
use super::members::Members;
use super::rates::{ChannelRules, Rates};
use super::store::{ChannelMeta, ChannelStore, Envelope};
use super::waits::{Answer, Wait, Waits};
use crate::words::event::Millis;
use crate::words::limits::{CHANNEL_BYTES_MAX, CHANNEL_UNREAD_RETRY_MS};
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

/// A call that waits for its answer; the shell's own number.
pub type CallKey = u64;

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The log it means, if it says so.
    pub epoch: Option<u32>,
    /// The newest place it has.
    pub since: u64,
}

/// Kept envelopes that a socket still has to get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// It has everything up to here.
    pub after: u64,
    /// Head of the log when the replay began. Later envelopes came meanwhile, and were left to the socket's turn.
    pub head: u64,
    /// Heartbeats that are answered after it.
    pub pings: u32,
}

/// One socket, as it is kept with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Random id of the connection.
    pub id: String,
    /// Owner of the device; `None` for a connection from before this was kept.
    #[serde(default)]
    pub user: Option<String>,
    /// It speaks `hopeflow.v2` (`hopeflow.md` 6).
    pub is_v2: bool,
    /// Id of the device, if the device gives one.
    pub device: Option<String>,
    /// Where it stood when it connected; used by its first subscription.
    pub resume: Option<Resume>,
    /// Filters of the socket.
    pub filters: Filters,
    /// When it was let in.
    #[serde(default)]
    pub joined_at: Millis,
    /// Kept envelopes that it still has to get; until then it hears nothing else that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// Bytes of what is kept that it was sent since it last answered an envelope: nothing else shows that it reads.
    #[serde(default)]
    pub unanswered: usize,
}

/// Frame that a socket sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Are you there? Answered in its turn, so that it also says that everything before it took effect.
    Ping,
    /// More filters.
    Subscribe {
        /// Those that can be used.
        filters: Vec<Filter>,
        /// Where the socket stands.
        since: Option<u64>,
    },
    /// Fewer filters.
    Unsubscribe {
        /// Filters to remove.
        filters: Vec<Filter>,
    },
    /// An answer to an envelope.
    Ack {
        /// Id of the envelope.
        envelope_id: String,
        /// JSON text.
        result: String,
    },
    /// Nothing that is understood: no answer, no consequence.
    Ignored,
    /// More than a frame may be.
    TooLarge,
}

/// Request of a publisher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publish {
    /// Publisher: keys belong to it.
    pub publisher: String,
    /// Key of the write.
    pub key: Option<String>,
    /// Owner of the channel.
    pub user: String,
    /// Its `type`, trimmed.
    pub kind: String,
    /// JSON text.
    pub payload: Option<String>,
    /// Durable, for so long.
    pub ttl_ms: Option<Millis>,
}

impl Publish {
    /// Returns `true` when the publish changes what is stored.
    pub fn writes(&self) -> bool {
        self.key.is_some() || self.ttl_ms.is_some()
    }
}

/// Message to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Yes.
    Pong,
    /// First word to who speaks `hopeflow.v2`.
    Welcome {
        /// The log's epoch.
        epoch: u32,
        /// The log's head.
        head: u64,
        /// The connection's id.
        connection: String,
    },
    /// So many filters are in force.
    Subscribed {
        /// Number of filters.
        count: usize,
    },
    /// An envelope. Only `hopeflow.v2` shows its place.
    Envelope {
        /// It.
        envelope: Rc<Envelope>,
        /// Its place, if it is durable.
        seq: Option<u64>,
        /// It was kept for this socket.
        is_replay: bool,
    },
    /// Some filters had no room.
    FilterLimit,
}

/// Effect of a step. Effects are carried out in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Tell sockets. One that cannot be told is closed with 1011 and reported as closed.
    Send {
        /// Sockets that get it.
        conns: Vec<ConnKey>,
        /// The message.
        notice: Notice,
    },
    /// The socket's own state changed: store it before its next frame is judged.
    Save(ConnKey),
    /// A call has its answer.
    Answer {
        /// The call.
        call: CallKey,
        /// The answer.
        answer: Answer,
        /// It was given before.
        is_replay: bool,
    },
    /// Close a socket that may not stay; it is gone already.
    Close {
        /// Socket to close.
        conn: ConnKey,
        /// Why; its code is that of `core.md` 7.
        refusal: Refusal,
    },
    /// An envelope had to go before its time.
    Dropped {
        /// Its place.
        seq: u64,
        /// Its id.
        envelope_id: String,
    },
}

/// A person's channel. See the module's description.
#[derive(Debug)]
pub struct Channel {
    pub(super) meta: ChannelMeta,
    pub(super) sockets: BTreeMap<ConnKey, Listener>,
    waits: Waits,
    /// Keys of publishes that are waited for, by envelope.
    open_keys: BTreeMap<String, Publish>,
    /// Envelopes that are done, but left to the turn of somebody who still gets what is kept.
    pub(super) later: Vec<u64>,
    /// Upper bound of the number of stored keys and of the bytes of their results, once they were counted.
    pub(super) keys: Option<(usize, usize)>,
    next_key: ConnKey,
    rates: Rates,
}

impl Channel {
    /// Opens the channel's log, which begins with `fresh_epoch` if it does not exist yet. Nothing is written: asking for a
    /// person who never was here creates nothing.
    pub fn open(store: &impl ChannelStore, fresh_epoch: u32) -> Result<Self, Fault> {
        let fresh = ChannelMeta { epoch: fresh_epoch, ..ChannelMeta::default() };
        let meta = store.meta()?.unwrap_or(fresh);
        let (sockets, waits, open_keys, later, rates) = Default::default();
        Ok(Self { meta, sockets, waits, open_keys, later, keys: None, next_key: 1, rates })
    }

    /// The same channel with limits; without them it has none.
    pub fn with_rules(self, rules: ChannelRules) -> Self {
        Self { rates: Rates::new(rules), ..self }
    }

    /// A socket opened. `hopeflow.v2` is greeted, everybody else hears nothing yet.
    pub fn connect(
        &mut self,
        store: &mut impl ChannelStore,
        now: Millis,
        listener: Listener,
        effects: &mut Vec<Effect>,
    ) -> Result<ConnKey, Fault> {
        if let Some(device) = &listener.device {
            Self::saw(store, device, now)?;
        }
        if listener.is_v2 {
            // The epoch was told: from here on it must stay.
            store.set_meta(&self.meta)?;
        }
        let (is_v2, connection) = (listener.is_v2, listener.id.clone());
        let conn = self.restore(listener);
        effects.push(Effect::Save(conn));
        if is_v2 {
            let notice = Notice::Welcome { epoch: self.meta.epoch, head: self.meta.head, connection };
            effects.push(Effect::Send { conns: vec![conn], notice });
        }
        Ok(conn)
    }

    /// Takes back a socket that outlived the object's sleep.
    pub fn restore(&mut self, listener: Listener) -> ConnKey {
        let conn = self.next_key;
        self.next_key += 1;
        self.sockets.insert(conn, listener);
        conn
    }

    /// Returns the state that is kept with a socket.
    pub fn listener(&self, conn: ConnKey) -> Option<&Listener> {
        self.sockets.get(&conn)
    }

    /// Place of the newest durable envelope.
    pub fn head(&self) -> u64 {
        self.meta.head
    }

    /// Returns the number of sockets.
    pub fn sockets(&self) -> usize {
        self.sockets.len()
    }

    /// Returns `true` while an answer of this socket is waited for: such frames are not counted by the limit (`hopeflow.md` 8).
    pub fn is_waiting_for(&self, conn: ConnKey, envelope_id: &str) -> bool {
        self.waits.is_pending(envelope_id, conn)
    }

    /// Returns `true` when a frame may change what is stored. Most channels store nothing, and every device answers every envelope.
    pub fn writes(&self, frame: &Frame) -> bool {
        let is_plain = matches!(frame, Frame::Ping | Frame::Unsubscribe { .. } | Frame::Ack { .. } | Frame::Ignored);
        !is_plain || self.meta.head > 0 || !self.open_keys.is_empty()
    }

    /// A socket says something.
    pub fn frame(
        &mut self,
        store: &mut impl ChannelStore,
        now: Millis,
        conn: ConnKey,
        frame: Frame,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        if !self.sockets.contains_key(&conn) {
            return Ok(());
        }
        let is_awaited = matches!(&frame, Frame::Ack { envelope_id, .. } if self.is_waiting_for(conn, envelope_id));
        if let Err(refusal) = self.rates.frame(conn, &frame, is_awaited, now) {
            return self.expel(store, now, conn, refusal, effects);
        }
        match frame {
            Frame::Ping => match self.sockets.get_mut(&conn).and_then(|listener| listener.replay.as_mut()) {
                Some(replay) => replay.pings += 1,
                None => effects.push(Effect::Send { conns: vec![conn], notice: Notice::Pong }),
            },
            Frame::Subscribe { filters, since } => {
                let is_idle = !self.has_replays();
                self.subscribe(store, now, conn, filters, since, effects)?;
                // What fits into this turn need not wait for the next, unless somebody is waiting for theirs.
                if is_idle {
                    self.serve(store, now, effects)?;
                }
            }
            Frame::Unsubscribe { filters } => {
                if let Some(listener) = self.sockets.get_mut(&conn) {
                    filters.iter().for_each(|filter| listener.filters.remove(filter));
                    effects.push(Effect::Save(conn));
                }
            }
            Frame::Ack { envelope_id, result } => {
                let Some(device) = self.sockets.get(&conn).map(|listener| listener.device.clone()) else {
                    return Ok(());
                };
                let is_kept = self.done(store, &envelope_id, device.as_deref(), now)?;
                if is_kept || is_awaited {
                    self.reads(conn, effects);
                }
                if let Some(wait) = self.waits.ack(&envelope_id, conn, &result) {
                    self.settle(store, now, wait, effects)?;
                }
            }
            Frame::Ignored => {}
            Frame::TooLarge => self.expel(store, now, conn, Refusal::TooLarge, effects)?,
        }
        Ok(())
    }

    /// A socket has answered an envelope: it reads what it is sent.
    fn reads(&mut self, conn: ConnKey, effects: &mut Vec<Effect>) {
        if let Some(listener) = self.sockets.get_mut(&conn).filter(|listener| listener.unanswered > 0) {
            listener.unanswered = 0;
            effects.push(Effect::Save(conn));
        }
    }

    pub(super) fn expel(
        &mut self,
        store: &mut impl ChannelStore,
        now: Millis,
        conn: ConnKey,
        refusal: Refusal,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        effects.push(Effect::Close { conn, refusal });
        self.closed(store, now, conn, effects)
    }

    fn subscribe(
        &mut self,
        store: &mut impl ChannelStore,
        now: Millis,
        conn: ConnKey,
        filters: Vec<Filter>,
        since: Option<u64>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let Some(listener) = self.sockets.get_mut(&conn) else {
            return Ok(());
        };
        let mut is_full = false;
        for filter in filters {
            is_full |= listener.filters.add(filter) == Added::Full;
        }
        let resume = listener.resume.take();
        effects.push(Effect::Save(conn));
        if !listener.is_v2 {
            return Ok(());
        }
        if is_full {
            effects.push(Effect::Send { conns: vec![conn], notice: Notice::FilterLimit });
        }
        let count = listener.filters.len();
        effects.push(Effect::Send { conns: vec![conn], notice: Notice::Subscribed { count } });
        let (epoch, head) = (self.meta.epoch, self.meta.head);
        let is_ours = |resume: &Resume| resume.epoch.is_none_or(|known| known == epoch);
        let resumed = resume.map(|resume| if is_ours(&resume) { resume.since } else { 0 });
        let Some(since) = since.or(resumed) else {
            return Ok(());
        };
        if listener.unanswered > 2 * CHANNEL_BYTES_MAX {
            let refusal = Refusal::Overloaded { retry_after_ms: CHANNEL_UNREAD_RETRY_MS };
            return self.expel(store, now, conn, refusal, effects);
        }
        // A place that this log never had is another log's: from the beginning (`core.md` 1.3).
        let since = if since > head { 0 } else { since };
        let replay = listener.replay.get_or_insert(Replay { after: since, head, pings: 0 });
        if since < replay.after {
            (replay.after, replay.head) = (since, head);
        }
        Ok(())
    }

    /// Somebody publishes; `fresh_id` becomes the envelope's. The call's answer is one of the effects, now or later.
    pub fn publish(
        &mut self,
        store: &mut impl ChannelStore,
        now: Millis,
        call: CallKey,
        publish: Publish,
        fresh_id: String,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Denied> {
        if let Some(answer) = self.repeated(store, &publish, now)? {
            if !self.waits.join(&answer.envelope_id, call) {
                effects.push(Effect::Answer { call, answer, is_replay: true });
            }
            return Ok(());
        }
        self.rates.publish(store, &publish.publisher, publish.writes(), now)?;
        // The clock of a log never goes back (`core.md` 1.2).
        let ts = if publish.ttl_ms.is_some() { now.max(self.meta.ts) } else { now };
        let targets = self.targets(&publish);
        // Only a key has to know afterwards what was published: a payload may be large.
        let keyed = publish.key.is_some().then(|| publish.clone());
        let Publish { kind, user, payload, ttl_ms, .. } = publish;
        let envelope = Rc::new(Envelope { id: fresh_id, kind, user, ts, payload });
        let seq = match ttl_ms {
            Some(ttl_ms) => Some(self.keep(store, &envelope, ttl_ms, effects)?),
            None => None,
        };
        let (envelope_id, client_count) = (envelope.id.clone(), targets.len() as u64);
        let answer = Answer { envelope_id: envelope_id.clone(), seq, client_count, results: Vec::new() };
        if let Some(publish) = &keyed {
            self.remember(store, publish, &answer, now)?;
        }
        let is_alone = targets.is_empty();
        let over = self.waits.begin(answer, call, &targets, now);
        if !is_alone {
            // Who still gets what is kept gets this in its turn.
            let hears = |conn: &ConnKey| self.sockets.get(conn).is_some_and(|listener| listener.replay.is_none());
            let conns: Vec<ConnKey> = targets.into_iter().filter(|conn| seq.is_none() || hears(conn)).collect();
            let notice = Notice::Envelope { envelope, seq, is_replay: false };
            effects.push(Effect::Send { conns, notice });
            if let Some(publish) = keyed {
                self.open_keys.insert(envelope_id, publish);
            }
        }
        if let Some(wait) = over {
            self.settle(store, now, wait, effects)?;
        }
        Ok(())
    }

    fn targets(&self, publish: &Publish) -> Vec<ConnKey> {
        // A payload may be large: it is only taken apart when somebody's filter looks into it.
        let is_looked_at = self.sockets.values().any(|listener| listener.filters.looks_at_payload(&publish.kind));
        let members = Members::of(publish.payload.as_deref().filter(|_| is_looked_at));
        let wants = |(_, listener): &(&ConnKey, &Listener)| listener.filters.matches(&publish.kind, &members);
        self.sockets.iter().filter(wants).map(|(conn, _)| *conn).collect()
    }

    /// A socket is gone, whoever closed it.
    pub fn closed(
        &mut self,
        store: &mut impl ChannelStore,
        now: Millis,
        conn: ConnKey,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        self.sockets.remove(&conn);
        self.rates.closed(conn);
        self.let_go_later(store)?;
        self.waits.closed(conn).into_iter().try_for_each(|wait| self.settle(store, now, wait, effects))
    }

    /// Ends the waits whose time is over.
    pub fn tick(&mut self, store: &mut impl ChannelStore, now: Millis, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        self.waits.expire(now).into_iter().try_for_each(|wait| self.settle(store, now, wait, effects))
    }

    /// When [`Channel::tick`] has something to do: a short time, for a timer in memory.
    pub fn timer_at(&self) -> Option<Millis> {
        self.waits.ends_at()
    }

    /// A wait is over: its callers are told, its key learns what they were told.
    fn settle(
        &mut self,
        store: &mut impl ChannelStore,
        now: Millis,
        wait: Wait,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        if let Some(publish) = self.open_keys.remove(&wait.answer.envelope_id) {
            self.remember(store, &publish, &wait.answer, now)?;
        }
        let Wait { answer, calls, .. } = wait;
        let Some((first, others)) = calls.split_first() else { return Ok(()) };
        let again = others.iter().map(|call| Effect::Answer { call: *call, answer: answer.clone(), is_replay: true });
        let again: Vec<Effect> = again.collect();
        effects.push(Effect::Answer { call: *first, answer, is_replay: false });
        effects.extend(again);
        Ok(())
    }
}
