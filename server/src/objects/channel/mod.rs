//! The Durable Object of a person's channel on HopeFlow: a shell around `protocol::machines::channel::Channel` (`hopeflow.md` 3 to 6).
//!
//! A frame or a publish is one synchronous step: one transaction, and only after it what there is to say. A publish that waits
//! for answers is an open call, which keeps the object awake. What matters longer is in SQLite and with the sockets.

mod tables;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use protocol::machines::channel::{
    CallKey, Channel, ChannelNotification, ChannelRules, ChannelStore, Effect, Frame, Listener, Publish,
};
use protocol::operation::series::DROPPED_ENVELOPE;
use protocol::trust::sealing::is_about_keys;
use protocol::wire::hopeflow::{PROTOCOL_V2, answer_json, frame_json, read_frame};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::limits::{CHANNEL_FRAME_BYTES_MAX, LOG_SOCKETS_MAX, OUTBOX_RETRY_MS_MAX};
use protocol::words::refusal::{Denied, Fault, Refusal};
use protocol::words::socket::ConnKey;
use worker::{
    DurableObject, Env, Request, Response, ResponseBuilder, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    durable_object,
};

use self::tables::ChannelSql;
use crate::calls::channel::{BYTES_HEADER, LISTEN, LISTEN_HEADER, ListenCall, PUBLISH, PublishCall, REPLAY_HEADER};
use crate::config::Config;
use crate::kit::attachments;
use crate::kit::call::{self, answer};
use crate::kit::counters::{self, Gauges, Metrics, MetricsSource};
use crate::kit::oneshot::Oneshot;
use crate::kit::shell::{Base, Shell};
use crate::kit::socket_events::{PendingWork, SocketEvents, bind_socket_events};
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Sockets, Timer};
use crate::telemetry;

/// The door in data points and labels.
const DOOR: &str = "hopeflow";

#[durable_object(alarm)]
pub struct HopeFlowRealtime(Rc<ChannelObject>);

bind_socket_events!(HopeFlowRealtime);

struct ChannelObject {
    base: Base<ChannelMemory>,
    env: Env,
    config: &'static Config,
    /// Responses of the publishes that wait.
    calls: RefCell<BTreeMap<CallKey, Oneshot<PublishAnswer>>>,
    next_call: Cell<CallKey>,
    tick: Timer,
    /// More of what is kept is sent.
    portions: Timer,
    metrics: Metrics,
    /// To how many sockets the publish of the running step went.
    handed_to: Cell<usize>,
}

struct ChannelMemory {
    channel: Channel,
    store: ChannelSql,
}

/// The publisher's answer, and whether it was given before.
type PublishAnswer = (String, bool);

impl DurableObject for HopeFlowRealtime {
    fn new(state: State, env: Env) -> Self {
        // No automatic answer to `ping`: devices use it as a barrier, so it is answered in its turn (`core.md` 5).
        let config = Config::of(&env);
        Self(Rc::new_cyclic(|object: &Weak<ChannelObject>| ChannelObject {
            base: Base::new(state),
            env,
            config,
            calls: RefCell::default(),
            next_call: Cell::new(1),
            tick: runtime::timer(object, ChannelObject::time_passed),
            portions: runtime::timer(object, ChannelObject::go_on),
            metrics: Metrics::of(DOOR, config),
            handed_to: Cell::new(0),
        }))
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().trim_start_matches('/') {
            LISTEN => self.0.listen(&request),
            PUBLISH => {
                let call: PublishCall = call::posted(&mut request).await?;
                let takes_header = call.takes_header;
                match self.0.publish(call.publish).await {
                    Ok(answer) => publish_response(answer, takes_header),
                    Err(error) => answer(Err::<(), _>(error)),
                }
            }
            _ => Response::error("no such call", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.0.base.alarm.clear();
        if let Err(fault) = self.0.wake() {
            telemetry::fault("channel_alarm", &fault);
            self.0.base.ring_by(runtime::now_ms() + OUTBOX_RETRY_MS_MAX);
        }
        // A fault was logged where it was born.
        let _ = self.0.step(|channel, store, now, _| Ok(channel.sweep(store, now)?));
        telemetry::logged("channel_numbers", counters::report(self.0.as_ref()).await);
        let db = self.0.base.memory.borrow().as_ref().map(|memory| memory.store.db().clone());
        if let Some(db) = db {
            db.sweep_and_report(&self.0.env, self.0.name(), "channel_numbers").await;
        }
        self.0.arrange_alarm();
        Response::ok("")
    }
}

/// Returns the response of a publish. A body would be one more stream between object and Worker, so a short answer is in a header.
fn publish_response((json, is_replay): PublishAnswer, takes_header: bool) -> worker::Result<Response> {
    let mut response = ResponseBuilder::new();
    if is_replay {
        response = response.with_header(REPLAY_HEADER, "true")?;
    }
    if takes_header && call::fits_header(&json) {
        return Ok(response.with_header(runtime::ANSWER_HEADER, &json)?.empty());
    }
    Ok(response.with_header(BYTES_HEADER, &json.len().to_string())?.fixed(json.into_bytes()))
}

impl SocketEvents for HopeFlowRealtime {
    fn on_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<PendingWork> {
        let frame = match message {
            WebSocketIncomingMessage::String(text) => read_frame(&text),
            WebSocketIncomingMessage::Binary(bytes) if bytes.len() > CHANNEL_FRAME_BYTES_MAX => Frame::TooLarge,
            WebSocketIncomingMessage::Binary(_) => Frame::Ignored,
        };
        self.0.receive_frame(&socket, frame);
        None
    }

    fn on_close(&self, socket: &WebSocket, code: u16) {
        self.0.close_socket(socket, code);
    }
}

impl ChannelObject {
    /// Makes sure that the memory is there.
    fn wake(&self) -> Result<(), Fault> {
        if self.base.memory.borrow().is_some() {
            return Ok(());
        }
        let store = ChannelSql::open(&self.base.state, &self.config.content_keys)?;
        let rules = &self.config.rules;
        let rules = ChannelRules { publish: rules.publish.clone(), frame: rules.channel_frame.clone() };
        let mut channel = Channel::open(&store, u32::from_be_bytes(runtime::random_bytes()))?.with_rules(rules);
        let living: Vec<WebSocket> = self.base.state.get_websockets().into_iter().filter(runtime::is_open).collect();
        attachments::forget_others(store.db(), &living)?;
        for socket in &living {
            let text = match attachments::load(store.db(), socket) {
                Err(fault) if is_about_keys(&fault) => {
                    runtime::close_quietly(socket, CloseCode::Broken.code(), "storage failure");
                    continue;
                }
                text => text?,
            };
            match text.and_then(|text| serde_json::from_str::<Listener>(&text).ok()) {
                Some(listener) => self.base.sockets.add(channel.restore(listener), socket),
                None => runtime::close_quietly(socket, CloseCode::Policy.code(), "no session"),
            }
        }
        self.arrange_portions(&channel);
        *self.base.memory.borrow_mut() = Some(ChannelMemory { channel, store });
        self.metrics.wake(&self.base.state, "cfm_hibernation_wakes_total{object=\"channel\"}", living.len())?;
        self.arrange_alarm();
        Ok(())
    }

    fn listen(self: &Rc<Self>, request: &Request) -> worker::Result<Response> {
        let call: ListenCall = call::header(request, LISTEN_HEADER)?;
        let is_v2 = call.is_v2;
        let pair = WebSocketPair::new()?;
        if let Err(error) = self.let_in(call, &pair.server) {
            return answer(Err::<(), _>(error));
        }
        runtime::accepted(pair.client, is_v2.then_some(PROTOCOL_V2))
    }

    fn let_in(self: &Rc<Self>, call: ListenCall, socket: &WebSocket) -> Result<(), CallError> {
        self.wake()?;
        if self.base.memory.borrow().as_ref().is_some_and(|memory| memory.channel.sockets() >= LOG_SOCKETS_MAX) {
            return Err(Refusal::TooManySockets.into());
        }
        let ListenCall { user, is_v2, device, resume } = call;
        let (id, joined_at) = (runtime::new_uuid(), runtime::now_ms());
        let resumed = resume.as_ref().map(|resume| resume.since);
        let listener = Listener { id, user, is_v2, device, resume, joined_at, ..Listener::default() };
        self.base.state.accept_web_socket(socket);
        let entered = self.step(|channel, store, now, effects| {
            let conn = channel.connect(store, now, listener.clone(), effects)?;
            self.base.sockets.add(conn, socket);
            Ok(())
        });
        entered?;
        self.metrics.opened(listener.user.as_deref(), DOOR);
        if let (Some(since), Some(ChannelMemory { channel, .. })) = (resumed, self.base.memory.borrow().as_ref()) {
            let missed = channel.head().saturating_sub(since);
            self.metrics.replayed(listener.user.as_deref(), DOOR, "resume", missed, joined_at);
        }
        self.arrange_report();
        Ok(())
    }

    fn receive_frame(self: &Rc<Self>, socket: &WebSocket, frame: Frame) {
        if let Err(fault) = self.wake() {
            return telemetry::fault("channel_wake", &fault);
        }
        let Some(conn) = Sockets::key(socket) else {
            return runtime::close_quietly(socket, CloseCode::Policy.code(), "no session");
        };
        let writes = self.base.memory.borrow().as_ref().is_none_or(|memory| memory.channel.writes(&frame));
        let mut frame = Some(frame);
        let done = self.step_that(writes, |channel, store, now, effects| match frame.take() {
            Some(frame) => Ok(channel.frame(store, now, conn, frame, effects)?),
            None => Ok(()),
        });
        if matches!(&done, Err(Denied::Broken(fault)) if is_about_keys(fault)) {
            // The client gets no answer, so it has to connect again.
            runtime::close_quietly(socket, CloseCode::Broken.code(), "storage failure");
        }
    }

    fn close_socket(self: &Rc<Self>, socket: &WebSocket, code: u16) {
        if self.wake().is_ok()
            && let Some(conn) = Sockets::key(socket)
        {
            self.forget(conn, code);
        }
    }

    /// A socket is gone: nobody waits for it any more.
    fn forget(self: &Rc<Self>, conn: ConnKey, code: u16) {
        if let Some(ChannelMemory { channel, .. }) = self.base.memory.borrow().as_ref()
            && let Some(listener) = channel.listener(conn)
        {
            // Envelopes that nobody keeps have no place from which they could be counted.
            self.metrics.closed(listener.user.as_deref(), DOOR, code, listener.joined_at, 0);
        }
        self.drop_socket(conn);
        let _ = self.step_that(self.keeps_anything(), |channel, store, now, effects| {
            Ok(channel.closed(store, now, conn, effects)?)
        });
        self.arrange_report();
    }

    fn drop_socket(&self, conn: ConnKey) {
        let memory = self.base.memory.borrow();
        if let (Some(socket), Some(memory)) = (self.base.sockets.remove(conn), memory.as_ref())
            && let Err(fault) = attachments::forget(memory.store.db(), &socket)
        {
            telemetry::fault("channel_forget", &fault);
        }
    }

    /// Publishes, and waits until everybody answered whose answer can still come.
    async fn publish(self: &Rc<Self>, publish: Publish) -> Result<PublishAnswer, CallError> {
        self.wake()?;
        let key = self.next_call.get();
        self.next_call.set(key + 1);
        let response = Oneshot::default();
        self.calls.borrow_mut().insert(key, response.clone());
        let is_stored = publish.writes();
        let (publisher, bytes) = (publish.publisher.clone(), publish.payload.as_ref().map_or(0, String::len));
        let began_at = runtime::now_ms();
        let mut publish = Some(publish);
        let handed_out = self.step_that(is_stored, |channel, store, now, effects| match publish.take() {
            Some(publish) => channel.publish(store, now, key, publish, runtime::new_uuid(), effects),
            None => Ok(()),
        });
        if let Err(denied) = handed_out {
            self.calls.borrow_mut().remove(&key);
            if matches!(denied, Denied::Refused(Refusal::RateLimited { .. })) {
                self.metrics.count("cfm_rate_limited_total{rule=\"publish\"}", 1);
                self.arrange_report();
            }
            return Err(denied.into());
        }
        self.metrics.count("cfm_messages_total{door=\"hopeflow\"}", 1);
        self.metrics.count("cfm_bytes_total{door=\"hopeflow\"}", bytes as u64);
        self.metrics.sent(Some(&publisher), "user", DOOR, bytes, self.handed_to.take());
        counters::measure(self, began_at);
        if is_stored {
            self.arrange_alarm();
        }
        self.arrange_report();
        response.receive().await.ok_or_else(|| Fault("the channel broke during the wait".into()).into())
    }

    // ---- turns

    /// Runs `work` as one step that stores something.
    fn step<T>(
        self: &Rc<Self>,
        work: impl FnMut(&mut Channel, &mut ChannelSql, Millis, &mut Vec<Effect>) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        self.step_that(true, work)
    }

    fn step_that<T>(
        self: &Rc<Self>,
        is_stored: bool,
        mut work: impl FnMut(&mut Channel, &mut ChannelSql, Millis, &mut Vec<Effect>) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        self.run_step(is_stored, |ChannelMemory { channel, store }, now, effects| work(channel, store, now, effects))
    }

    fn keeps_anything(&self) -> bool {
        self.base.memory.borrow().as_ref().is_none_or(|memory| memory.channel.keeps_anything())
    }

    /// Sends a notification in the form that each socket speaks. Those that would not take it.
    fn send(&self, conns: &[ConnKey], notification: &ChannelNotification) -> Vec<ConnKey> {
        let memory = self.base.memory.borrow();
        let Some(ChannelMemory { channel, .. }) = memory.as_ref() else {
            return Vec::new();
        };
        let speaks_v2 = |conn: &ConnKey| channel.listener(*conn).is_some_and(|listener| listener.is_v2);
        let (newer, plain): (Vec<ConnKey>, Vec<ConnKey>) = conns.iter().partition(|conn| speaks_v2(conn));
        let mut failed = Vec::new();
        for (conns, is_v2) in [(newer, true), (plain, false)] {
            if !conns.is_empty() {
                failed.extend(self.base.sockets.send(&conns, &frame_json(notification, is_v2)));
            }
        }
        failed
    }

    fn save(&self, conn: ConnKey) {
        let memory = self.base.memory.borrow();
        let Some(ChannelMemory { channel, store }) = memory.as_ref() else { return };
        let (Some(listener), Some(socket)) = (channel.listener(conn), self.base.sockets.get(conn)) else { return };
        let text = serde_json::to_string(listener).map_err(|error| Fault(error.to_string()));
        let saved = text.and_then(|text| attachments::save(store.db(), &socket, &listener.id, &text));
        telemetry::logged("channel_save", saved);
    }

    // ---- time

    fn arrange_portions(&self, channel: &Channel) {
        if channel.has_replays() {
            let now = runtime::now_ms();
            self.portions.arrange(now, now);
        }
    }

    fn go_on(self: &Rc<Self>) {
        let _ = self.step(|channel, store, now, effects| Ok(channel.serve(store, now, effects)?));
    }

    fn time_passed(self: &Rc<Self>) {
        let keeps_anything = self.keeps_anything();
        let _ = self.step_that(keeps_anything, |channel, store, now, effects| Ok(channel.tick(store, now, effects)?));
    }

    /// Sets the alarm for what is stored and ends some time, and for what was counted.
    fn arrange_alarm(&self) {
        let memory = self.base.memory.borrow();
        let Some(ChannelMemory { store, .. }) = memory.as_ref() else { return };
        match store.next_end() {
            Ok(at) => at.into_iter().for_each(|at| self.ring_at(at)),
            Err(fault) => telemetry::fault("channel_alarm", &fault),
        }
        store.db().sweep_at(runtime::now_ms()).into_iter().for_each(|at| self.ring_at(at));
        drop(memory);
        self.arrange_report();
    }

    /// Under which `dir` knows it. The object does not know whose it is, and its own id names nobody.
    fn name(&self) -> String {
        format!("user:{}", self.base.state.id())
    }

    /// Sets the alarm for what was counted.
    fn arrange_report(&self) {
        let sockets = self.base.memory.borrow().as_ref().map(|memory| memory.channel.sockets());
        if let Some(at) = sockets.and_then(|sockets| self.metrics.report_at(runtime::now_ms(), sockets)) {
            self.ring_at(at);
        }
    }

    fn ring_at(&self, at: Millis) {
        self.base.ring_by(at);
    }

    /// A socket that may not stay is gone from the channel's memory; what was kept with it knows since when it was here.
    fn count_expelled(&self, conn: ConnKey, refusal: &Refusal) {
        if matches!(refusal, Refusal::RateLimited { .. }) {
            self.metrics.count("cfm_rate_limited_total{rule=\"channel_frame\"}", 1);
        }
        let memory = self.base.memory.borrow();
        let (Some(ChannelMemory { store, .. }), Some(socket)) = (memory.as_ref(), self.base.sockets.get(conn)) else {
            return;
        };
        let attachment = attachments::load(store.db(), &socket).ok().flatten();
        if let Some(listener) = attachment.and_then(|text| serde_json::from_str::<Listener>(&text).ok()) {
            self.metrics.closed(listener.user.as_deref(), DOOR, refusal.close_code(), listener.joined_at, 0);
        }
    }
}

impl Shell for ChannelObject {
    type Memory = ChannelMemory;
    type Out = Vec<Effect>;
    const SUBJECT: &'static str = "channel";

    fn base(&self) -> &Base<ChannelMemory> {
        &self.base
    }

    fn carry_out(self: &Rc<Self>, now: Millis, _is_stored: bool, effects: Vec<Effect>) {
        let mut failed = Vec::new();
        for effect in effects {
            match effect {
                Effect::Send { conns, notification } => {
                    if matches!(notification, ChannelNotification::Envelope { is_replay: false, .. }) {
                        self.handed_to.set(conns.len());
                    }
                    failed.extend(self.send(&conns, &notification));
                }
                Effect::Save(conn) => self.save(conn),
                Effect::Close { conn, refusal } => {
                    self.count_expelled(conn, &refusal);
                    if let Some(socket) = self.base.sockets.get(conn) {
                        let reason = match refusal.retry_after_ms() {
                            Some(retry_after_ms) => format!("retry-after={}", retry_after_ms.div_ceil(1_000)),
                            None => refusal.code().to_owned(),
                        };
                        runtime::close_quietly(&socket, refusal.close_code(), &reason);
                    }
                    self.drop_socket(conn);
                }
                Effect::Answer { call, answer, is_replay } => {
                    self.metrics.count("cfm_replayed_total", u64::from(is_replay));
                    if let Some(response) = self.calls.borrow_mut().remove(&call) {
                        response.send(Some((answer_json(&answer), is_replay)));
                    }
                }
                Effect::Dropped { seq, envelope_id } => {
                    self.metrics.count(DROPPED_ENVELOPE, 1);
                    let fields = serde_json::json!({ "seq": seq, "envelopeId": envelope_id });
                    telemetry::event("envelope_dropped", fields);
                }
            }
        }
        self.metrics.send_failed(failed.len());
        for conn in failed {
            let memory = self.base.memory.borrow();
            let listener = memory.as_ref().and_then(|memory| memory.channel.listener(conn));
            let connection = listener.map(|listener| listener.id.as_str());
            let fields = serde_json::json!({ "connection": connection, "reason": "send failed" });
            telemetry::event("delivery_failed", fields);
            drop(memory);
            if let Some(socket) = self.base.sockets.get(conn) {
                runtime::close_quietly(&socket, CloseCode::Broken.code(), "send failed");
            }
            self.forget(conn, CloseCode::Broken.code());
        }
        let memory = self.base.memory.borrow();
        let Some(ChannelMemory { channel, .. }) = memory.as_ref() else { return };
        if let Some(at) = channel.timer_at() {
            self.tick.arrange(now, at);
        }
        self.arrange_portions(channel);
    }

    /// Tells those who asked, and nobody else.
    fn undo(self: &Rc<Self>, fault: &Fault) {
        telemetry::fault(Self::SUBJECT, fault);
        let undone = match self.base.memory.borrow_mut().as_mut() {
            Some(ChannelMemory { channel, store }) => channel.undone(store),
            None => Ok(()),
        };
        if let Err(fault) = undone {
            self.break_down(&fault);
        }
    }

    fn drop_waiting(&self) {
        for response in self.calls.take().into_values() {
            response.send(None);
        }
    }
}

impl MetricsSource for ChannelObject {
    fn metered(&self) -> (&Metrics, &State, &Env) {
        (&self.metrics, &self.base.state, &self.env)
    }

    fn gauges(&self) -> Result<Option<Gauges>, Fault> {
        let sockets = self.base.memory.borrow().as_ref().map(|memory| memory.channel.sockets());
        let gauges = |sockets| vec![("cfm_sockets{door=\"hopeflow\"}", sockets as u64)];
        Ok(sockets.map(|sockets| Gauges { name: self.name(), sockets, gauges: gauges(sockets) }))
    }
}
