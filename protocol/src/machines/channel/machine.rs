//! The channel itself: sockets with filters, envelopes to those that match, answers back to the publisher
//! (`hopeflow.md` 3 to 5). Every function is one synchronous step over the store; no effect may be carried out before the
//! store has committed.

use std::rc::Rc;

use super::client_frame::Frame;
use super::effect::{ChannelNotification, Effect};
use super::filter::{Added, Filter};
use super::listener::{Listener, Replay, Resume};
use super::members::Members;
use super::publish::{Answer, CallKey, Publish};
use super::state::Channel;
use super::store::{ChannelStore, Envelope};
use super::waits::Wait;
use crate::trust::sealing::is_about_keys;
use crate::words::event::Millis;
use crate::words::limits::{CHANNEL_BYTES_MAX, CHANNEL_TURN_BYTES_MAX, CHANNEL_UNREAD_RETRY_MS};
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

/// Envelopes that are read at once: each may be as large as a publish.
const REPLAY_PAGE: u32 = 4;
/// Approximate bytes that a frame adds to its envelope.
const FRAME_BYTES: usize = 200;

impl Channel {
    /// Handles a new socket. `hopeflow.v2` receives a welcome, all others nothing yet.
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
            // The epoch was sent: from here on it must not change.
            store.set_meta(&self.meta)?;
        }
        let (is_v2, connection) = (listener.is_v2, listener.id.clone());
        let conn = self.restore(listener);
        effects.push(Effect::Save(conn));
        if is_v2 {
            let notification =
                ChannelNotification::Welcome { epoch: self.meta.epoch, head: self.meta.head, connection };
            effects.push(Effect::Send { conns: vec![conn], notification });
        }
        Ok(conn)
    }

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
                None => effects.push(Effect::Send { conns: vec![conn], notification: ChannelNotification::Pong }),
            },
            Frame::Subscribe { filters, since } => {
                let is_idle = !self.has_replays();
                self.subscribe(store, now, conn, filters, since, effects)?;
                // Envelopes that fit into this turn need not wait for the next, unless another socket waits for its own.
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
                let is_stored = self.done(store, &envelope_id, device.as_deref(), now)?;
                if is_stored || is_awaited {
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
            effects.push(Effect::Send { conns: vec![conn], notification: ChannelNotification::FilterLimit });
        }
        let count = listener.filters.len();
        effects.push(Effect::Send { conns: vec![conn], notification: ChannelNotification::Subscribed { count } });
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

    /// Publishes; `fresh_id` becomes the envelope's id. The answer of the call is one of the effects, now or later.
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
        // Only a key needs the published envelope later; a copy of every payload would be expensive.
        let keyed = publish.key.is_some().then(|| publish.clone());
        let Publish { kind, user, payload, ttl_ms, .. } = publish;
        let envelope = Rc::new(Envelope { id: fresh_id, kind, user, ts, payload });
        let seq = match ttl_ms {
            Some(ttl_ms) => Some(self.store_envelope(store, &envelope, ttl_ms, effects)?),
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
            // A socket that still receives stored envelopes gets this one in its turn.
            let receives = |conn: &ConnKey| self.sockets.get(conn).is_some_and(|listener| listener.replay.is_none());
            let conns: Vec<ConnKey> = targets.into_iter().filter(|conn| seq.is_none() || receives(conn)).collect();
            let notification = ChannelNotification::Envelope { envelope, seq, is_replay: false };
            effects.push(Effect::Send { conns, notification });
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
        // A payload may be large: it is only parsed if a filter needs it.
        let is_looked_at = self.sockets.values().any(|listener| listener.filters.looks_at_payload(&publish.kind));
        let members = Members::of(publish.payload.as_deref().filter(|_| is_looked_at));
        let wants = |(_, listener): &(&ConnKey, &Listener)| listener.filters.matches(&publish.kind, &members);
        self.sockets.iter().filter(wants).map(|(conn, _)| *conn).collect()
    }

    /// Handles a socket that has closed, on either side.
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

    pub fn tick(&mut self, store: &mut impl ChannelStore, now: Millis, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        self.waits.expire(now).into_iter().try_for_each(|wait| self.settle(store, now, wait, effects))
    }

    /// When [`Channel::tick`] has something to do: a short time, for a timer in memory.
    pub fn timer_at(&self) -> Option<Millis> {
        self.waits.ends_at()
    }

    /// Ends a wait: its callers receive the answers, and its key stores them.
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

    /// Sends a turn's worth of stored envelopes, in order, to the sockets that still need them. The portion limits memory, and other sockets
    /// have their turn in between.
    pub fn serve(
        &mut self,
        store: &mut impl ChannelStore,
        now: Millis,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let (mut left, mut keyless) = (CHANNEL_TURN_BYTES_MAX, Vec::new());
        for (conn, listener) in self.sockets.iter_mut().filter(|(_, listener)| listener.replay.is_some()) {
            let Some(replay) = listener.replay.as_mut().filter(|_| left > 0) else { break };
            let mut send = |notification| effects.push(Effect::Send { conns: vec![*conn], notification });
            let mut is_over = false;
            while left > 0 && !is_over {
                let page = match store.read(replay.after, REPLAY_PAGE) {
                    Err(fault) if is_about_keys(&fault) => {
                        keyless.push(*conn);
                        break;
                    }
                    page => page?,
                };
                is_over = page.is_empty();
                for stored in page {
                    if left == 0 {
                        break;
                    }
                    replay.after = stored.seq;
                    // Envelopes that do not match the filters are read too, so they count.
                    let bytes = stored.bytes() + FRAME_BYTES;
                    left = left.saturating_sub(bytes);
                    let Envelope { kind, payload, .. } = &stored.envelope;
                    let looks = listener.filters.looks_at_payload(kind);
                    let members = Members::of(payload.as_deref().filter(|_| looks));
                    let is_replay = stored.seq <= replay.head;
                    // A recipient that was counted at the publication receives the envelope even after its expiry.
                    let is_wanted = (stored.expires_at > now || !is_replay) && listener.filters.matches(kind, &members);
                    let has_it = match listener.device.as_ref().filter(|_| is_wanted) {
                        Some(device) => store.done_by(stored.seq)?.contains(device),
                        None => !is_wanted,
                    };
                    if !has_it {
                        let seq = Some(stored.seq);
                        listener.unanswered += bytes;
                        send(ChannelNotification::Envelope { envelope: Rc::new(stored.envelope), seq, is_replay });
                    }
                }
            }
            if is_over {
                (0..replay.pings).for_each(|_| send(ChannelNotification::Pong));
                listener.replay = None;
            }
            effects.push(Effect::Save(*conn));
        }
        // Without a key stored envelopes cannot be sent to these sockets: they reconnect, and others do not wait for them.
        for conn in keyless {
            self.expel(store, now, conn, Refusal::Misconfigured, effects)?;
        }
        self.let_go_later(store)
    }
}
