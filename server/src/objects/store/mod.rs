//! The Durable Object of a LiveStore store: a shell around `protocol::machines::chain::Chain` (`livestore.md` 5 to 9).
//!
//! A frame is one synchronous step: one transaction, and only after it what there is to say. Answers that are long leave in
//! portions, with a turn of the event loop in between. Everything that matters is in SQLite and with the sockets; this value
//! can be dropped at any moment. `rpc` has the frames of clients of version 0.4, and `requests` their requests by HTTP; `webhooks` hands
//! pushes to servers of the owner.

mod hooks;
mod requests;
mod rpc;
mod tables;
mod webhooks;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::{Rc, Weak};

use protocol::machines::chain::{
    Chain, ChainEvent, ChainNotification, ChainRules, ChainStore, Effect, Frame, Settings, StoredLink, WRONG_SECRET,
    admitted, is_secret,
};
use protocol::machines::webhook::Receivers;
use protocol::operation::series::{DROPPED_OVERLOAD, DROPPED_TOO_LARGE};
use protocol::wire::livestore::{PING, PONG, RpcWriter, frame_json, read_frame};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::limits::{CHAIN_BEHIND_BYTES_MAX, CHAIN_BEHIND_FRAMES_MAX, CHAIN_HELD_BYTES_MAX, LOG_SOCKETS_MAX};
use protocol::words::refusal::{Denied, Fault, Refusal};
use protocol::words::socket::ConnKey;
use serde::{Deserialize, Serialize};
use worker::{
    DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, WebSocketPair, durable_object,
};

use self::tables::StoreSql;
use super::store::hooks::Opener;
use crate::calls::hub::{FindAttempt, ListDeadLetters, RemoveDead, RetryDead, SettleAttempt};
use crate::calls::store::{OPEN, OPEN_HEADER, OpenCall, REQUEST};
use crate::calls::{flags, gate};
use crate::config::Config;
use crate::kit::attachments;
use crate::kit::call::{self, answer};
use crate::kit::counters::{self, Gauges, Metrics, MetricsSource};
use crate::kit::request::answers;
use crate::kit::shell::{Base, Shell, cut};
use crate::kit::socket_events::{PendingWork, SocketEvents, bind_socket_events};
use crate::outbound::dead_letters;
use crate::outbound::deliveries::{Deliveries, delivers_itself};
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Sockets, Timer};
use crate::telemetry;

/// The door in data points and labels.
const DOOR: &str = "livestore";
/// Bytes that each held push takes beside its id and its events.
const HELD_FRAME_BYTES: usize = 200;
const REQUESTS: &str = "cfm_store_requests_total{client=\"0.3.1\",transport=\"ws\"}";
/// Answer to a push that does not wait for the end of a maintenance.
const NOBODY_WRITES: &str = "Nobody can write at the moment.";
/// Time between two looks whether the maintenance that holds pushes has ended.
const HELD_MS: Millis = 1_000;
/// Time after which the alarm begins deliveries that the timer did not begin.
const DELIVERY_ALARM_MS: Millis = 5_000;
/// Time after which the alarm rings again if its tables could not be read.
const WAKE_RETRY_MS: Millis = 60_000;

#[durable_object(alarm)]
pub struct WebSocketServer(Rc<StoreObject>);

bind_socket_events!(WebSocketServer);

struct StoreObject {
    base: Base<StoreMemory>,
    env: Env,
    config: &'static Config,
    /// Goes on with answers that are under way.
    portions: Timer,
    is_answering: Cell<bool>,
    /// Tells those who came back what they missed.
    tick: Timer,
    metrics: Metrics,
    /// Pushes that came while nobody may write, with their bytes.
    held: RefCell<Vec<(WebSocket, usize, Frame)>>,
    held_timer: Timer,
    /// Sockets whose secret is being compared.
    pending_secrets: RefCell<Vec<PendingSecret>>,
    /// The runtime answers the pings of clients of version 0.4, and not those of the older ones.
    answers_rpc_pings: Cell<bool>,
    /// Deliveries to servers of the owner.
    deliveries: Deliveries,
}

/// A socket whose secret is being compared elsewhere, and what it has said since, with its bytes: nothing overtakes what the same
/// socket said before.
struct PendingSecret {
    socket: WebSocket,
    behind: VecDeque<(usize, Frame)>,
}

struct StoreMemory {
    chain: Chain,
    store: StoreSql,
    connections: BTreeMap<ConnKey, ChainConnection>,
    /// Id of the store, once a request has said it.
    store_id: Option<String>,
    receivers: Receivers,
}

impl StoreMemory {
    /// Does work that fits into this turn now, unless another client is waiting for its answer.
    fn serve_now(&mut self, is_answering: bool, now: Millis, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        if self.chain.has_work() && !is_answering {
            self.chain.serve(&mut self.store, now, effects)?;
        }
        Ok(())
    }
}

/// State that belongs to a socket and not to the chain.
#[derive(Clone, Serialize, Deserialize)]
struct ChainConnection {
    id: String,
    opener: Opener,
    /// Time at which its token ends.
    expires_at: Option<Millis>,
    #[serde(default)]
    joined_at: Millis,
}

/// Attachment of a socket: the state that outlives the object's sleep.
#[derive(Serialize, Deserialize)]
struct SocketAttachment {
    #[serde(rename = "line")]
    connection: ChainConnection,
    #[serde(flatten)]
    link: StoredLink,
}

impl DurableObject for WebSocketServer {
    fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new(PING, PONG) {
            state.set_websocket_auto_response(&pair);
        }
        let config = Config::of(&env);
        Self(Rc::new_cyclic(|object: &Weak<StoreObject>| StoreObject {
            base: Base::new(state),
            env,
            config,
            portions: runtime::timer(object, StoreObject::go_on),
            is_answering: Cell::new(false),
            tick: runtime::timer(object, StoreObject::time_passed),
            metrics: Metrics::of(DOOR, config),
            held: RefCell::default(),
            held_timer: runtime::timer(object, StoreObject::take_held),
            pending_secrets: RefCell::default(),
            answers_rpc_pings: Cell::new(false),
            deliveries: Deliveries::of(object),
        }))
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().trim_start_matches('/') {
            OPEN => self.0.open(&request),
            REQUEST => self.0.answer_request(request).await,
            _ => answers! { request:
                FindAttempt => |call| webhooks::find_attempt(&self.0, &call),
                SettleAttempt => |ended| webhooks::note_end(&self.0, &ended),
                ListDeadLetters => |call| dead_letters::list(&self.0, &call).await,
                RetryDead => |call| dead_letters::retry(&self.0, &call).await,
                RemoveDead => |call| dead_letters::remove(&self.0, &call).await,
            },
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.0.base.alarm.clear();
        let reported = match self.0.wake() {
            Ok(()) => {
                self.0.end_expired();
                self.0.end_silent();
                telemetry::logged("store_delivery", self.0.tend_receivers().await);
                counters::report(self.0.as_ref()).await
            }
            Err(fault) => {
                // Pushes may wait for receivers, and nobody else wakes a store.
                self.0.base.ring_by(runtime::now_ms() + WAKE_RETRY_MS);
                Err(fault)
            }
        };
        telemetry::logged("store_alarm", reported);
        let db = self.0.base.memory.borrow().as_ref().map(|memory| memory.store.db().clone());
        if let Some(db) = db {
            // The object does not know its name, and its own id names nobody.
            db.sweep_and_report(&self.0.env, format!("ls:{}", self.0.base.state.id()), "store_numbers").await;
        }
        self.0.arrange();
        Response::ok("")
    }
}

impl SocketEvents for WebSocketServer {
    fn on_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<PendingWork> {
        if let Err(fault) = self.0.wake() {
            telemetry::fault("store_wake", &fault);
            // A client waits for its answer without end; one whose socket is closed comes back and asks again.
            cut(&socket);
            return None;
        }
        let Some(conn) = Sockets::key(&socket) else {
            runtime::close_quietly(&socket, CloseCode::Policy.code(), "no session");
            return None;
        };
        if self.0.is_rpc(conn) {
            self.0.receive_rpc(&socket, conn, message);
            return None;
        }
        let WebSocketIncomingMessage::String(text) = message else { return None };
        let frame = read_frame(&text);
        let frame = self.0.not_behind(&socket, text.len(), frame)?;
        if !StoreObject::is_for_tools(&frame) {
            self.0.receive_from(&socket, conn, frame);
            return None;
        }
        // Nobody else waits; what this socket says meanwhile comes after it.
        let object = Rc::clone(&self.0);
        object.pending_secrets.borrow_mut().push(PendingSecret { socket: socket.clone(), behind: VecDeque::new() });
        Some(Box::pin(async move {
            let mut next = Some(frame);
            while let Some(frame) = next {
                let frame = object.check_secret(&socket, frame).await;
                object.receive_late(&socket, frame);
                next = object.next_behind(&socket);
            }
        }))
    }

    fn on_close(&self, socket: &WebSocket, code: u16) {
        self.0.close_socket(socket, code);
    }
}

impl StoreObject {
    fn wake(&self) -> Result<(), Fault> {
        if self.base.memory.borrow().is_some() {
            return Ok(());
        }
        let mut store = StoreSql::open(&self.base.state, &self.config.content_keys)?;
        let settings = Settings {
            admin_secret: self.config.livestore.admin_secret.clone(),
            object_id: self.base.state.id().to_string(),
            rules: ChainRules {
                connect: self.config.rules.store_connect.clone(),
                frame: self.config.rules.store_frame.clone(),
            },
        };
        let (mut chain, mut connections) = (Chain::new(settings), BTreeMap::new());
        let living: Vec<WebSocket> = self.base.state.get_websockets().into_iter().filter(runtime::is_open).collect();
        attachments::forget_others(store.db(), &living)?;
        for socket in &living {
            let text = attachments::load(store.db(), socket)?;
            match text.and_then(|text| serde_json::from_str::<SocketAttachment>(&text).ok()) {
                Some(SocketAttachment { connection, link }) => {
                    let conn = chain.restore_stored(&store, link)?;
                    self.base.sockets.add(conn, socket);
                    connections.insert(conn, connection);
                }
                None => runtime::close_quietly(socket, CloseCode::Policy.code(), "no session"),
            }
        }
        let named = connections.values().next().map(|connection: &ChainConnection| connection.opener.store_id.clone());
        let store_id = store.id()?.or(named);
        let receivers = self.receivers_of(&mut store, store_id.as_deref())?;
        self.deliveries.free(store.db(), delivers_itself(&self.env, self.config))?;
        if receivers.waiting() > 0 {
            self.deliveries.begin();
        }
        *self.base.memory.borrow_mut() = Some(StoreMemory { chain, store, connections, store_id, receivers });
        self.metrics.wake(&self.base.state, "cfm_hibernation_wakes_total{object=\"store\"}", living.len())?;
        self.arrange();
        Ok(())
    }

    /// Lets a client in. Refusals are answers to the upgrade: a client that is accepted and closed comes back at once.
    fn open(self: &Rc<Self>, request: &Request) -> worker::Result<Response> {
        let call = call::header(request, OPEN_HEADER)?;
        let pair = WebSocketPair::new()?;
        if let Err(error) = self.let_in(call, &pair.server) {
            return answer(Err::<(), _>(error));
        }
        runtime::accepted(pair.client, None)
    }

    fn let_in(self: &Rc<Self>, call: OpenCall, socket: &WebSocket) -> Result<(), CallError> {
        self.wake()?;
        if self.base.memory.borrow().as_ref().is_some_and(|memory| memory.connections.len() >= LOG_SOCKETS_MAX) {
            return Err(Refusal::TooManySockets.into());
        }
        let OpenCall { store_id, payload, client, place, expires_at, is_rpc } = call;
        self.learn_id(&store_id)?;
        let admitted =
            self.base.memory.borrow_mut().as_mut().map(|memory| memory.chain.admit(&place, runtime::now_ms()));
        if let Some(Err(refusal)) = admitted {
            self.metrics.count("cfm_rate_limited_total{rule=\"store_connect\"}", 1);
            self.arrange_report();
            return Err(refusal.into());
        }
        let joined_at = runtime::now_ms();
        let connection =
            ChainConnection { id: runtime::new_uuid(), opener: Opener { store_id, payload }, expires_at, joined_at };
        self.metrics.opened(None, DOOR);
        self.base.state.accept_web_socket(socket);
        let entered = self.step(|memory, now, effects| {
            let conn = if is_rpc {
                memory.chain.connect_rpc(&memory.store, now)?
            } else {
                memory.chain.connect(&memory.store, now, &place, client.as_deref())?
            };
            self.base.sockets.add(conn, socket);
            memory.connections.insert(conn, connection.clone());
            effects.push(Effect::Save(conn));
            Ok(())
        });
        Ok(entered?)
    }

    /// The frame, unless it has to wait behind one of the same socket. Of what waits there is so much and no more.
    fn not_behind(&self, socket: &WebSocket, bytes: usize, frame: Frame) -> Option<Frame> {
        let mut pending_secrets = self.pending_secrets.borrow_mut();
        let waiting = pending_secrets.iter().flat_map(|one| &one.behind);
        let (frames, held_bytes) =
            waiting.fold((0, 0), |(frames, held_bytes), (bytes, _)| (frames + 1, held_bytes + bytes));
        let Some(own) = pending_secrets.iter_mut().find(|one| one.socket == *socket) else { return Some(frame) };
        if frames >= CHAIN_BEHIND_FRAMES_MAX || held_bytes + bytes > CHAIN_BEHIND_BYTES_MAX {
            own.behind.clear();
            runtime::close_quietly(socket, CloseCode::TryLater.code(), "too much waits");
            return None;
        }
        own.behind.push_back((bytes, frame));
        None
    }

    /// Returns the next frame that this socket sent while its secret was being compared; with nothing more its frames go on at once.
    fn next_behind(&self, socket: &WebSocket) -> Option<Frame> {
        let mut pending_secrets = self.pending_secrets.borrow_mut();
        let at = pending_secrets.iter().position(|one| one.socket == *socket)?;
        let next = pending_secrets[at].behind.pop_front().map(|(_, frame)| frame);
        if next.is_none() {
            pending_secrets.remove(at);
        }
        next
    }

    fn is_for_tools(frame: &Frame) -> bool {
        matches!(frame, Frame::AdminInfo { .. } | Frame::AdminReset { .. })
    }

    /// The frame, or what is left of it when too many wrong secrets came from this address (`livestore.md` 11). They are counted
    /// where all stores ask, and where they outlive this object's sleep.
    async fn check_secret(&self, socket: &WebSocket, frame: Frame) -> Frame {
        let (Frame::AdminInfo { request_id, secret } | Frame::AdminReset { request_id, secret }) = &frame else {
            return frame;
        };
        if self.config.livestore.admin_is_weak {
            return Frame::Unusable { request_id: Some(request_id.clone()), reason: Refusal::Misconfigured.code() };
        }
        let known = self.config.livestore.admin_secret.as_deref();
        if known.is_none() || self.wake().is_err() {
            return frame;
        }
        let place = Sockets::key(socket).and_then(|conn| {
            let memory = self.base.memory.borrow();
            memory.as_ref()?.chain.link(conn).map(|link| link.place.clone())
        });
        let (address, is_right) = (place.unwrap_or_default(), is_secret(known, secret));
        match gate::note_guess(&self.env, self.config, &address, is_right).await {
            Ok(()) => frame,
            Err(_) => {
                self.metrics.count("cfm_rate_limited_total{rule=\"guess\"}", 1);
                Frame::Unusable { request_id: Some(request_id.clone()), reason: WRONG_SECRET }
            }
        }
    }

    /// Handles a frame that a socket received a while ago: the memory may be another by now.
    fn receive_late(self: &Rc<Self>, socket: &WebSocket, frame: Frame) {
        if let Err(fault) = self.wake() {
            return telemetry::fault("store_wake", &fault);
        }
        match Sockets::key(socket) {
            Some(conn) => self.receive_from(socket, conn, frame),
            None => runtime::close_quietly(socket, CloseCode::Policy.code(), "no session"),
        }
    }

    fn receive_from(self: &Rc<Self>, socket: &WebSocket, conn: ConnKey, frame: Frame) {
        if self.has_ended(conn) {
            return self.end_expired();
        }
        let Some(frame) = self.not_held(socket, conn, frame) else { return };
        let frame = self.admitted(conn, frame);
        let request_id = match &frame {
            Frame::Pull { request_id, .. } | Frame::Push { request_id, .. } => Some(request_id.clone()),
            _ => None,
        };
        let pushed = match &frame {
            Frame::Push { batch, .. } => batch.iter().map(ChainEvent::bytes).sum(),
            _ => 0,
        };
        if let Frame::Pull { after, .. } = &frame {
            self.count_pull(*after);
        }
        self.metrics.count(REQUESTS, u64::from(request_id.is_some()));
        let (head, began_at) = (self.head(), runtime::now_ms());
        let mut frame = Some(frame);
        let result = self.step(|memory, now, effects| {
            let Some(frame) = frame.take() else { return Ok(()) };
            memory.chain.frame(&mut memory.store, now, conn, frame, effects)?;
            memory.serve_now(self.is_answering.get(), now, effects)
        });
        if pushed > 0 {
            self.count_push(self.head().saturating_sub(head), pushed, began_at);
        }
        if let (Err(_), Some(request_id)) = (result, request_id) {
            let notification = ChainNotification::Error { request_id, message: "Internal error".into() };
            runtime::send_quietly(socket, &frame_json(&notification));
        }
    }

    /// The frame, unless it writes while nobody may: then it waits for its turn, because a client whose push is refused pushes
    /// nothing more until somebody else does (`livestore.md` 9.2). What is left of it where it cannot wait (14.2).
    fn not_held(&self, socket: &WebSocket, conn: ConnKey, frame: Frame) -> Option<Frame> {
        let Frame::Push { request_id, batch } = &frame else { return Some(frame) };
        if !flags::is_maintained_now(&self.env) {
            return Some(frame);
        }
        let mut held = self.held.borrow_mut();
        // That client pushes again only when it has its answer: what comes before it is somebody else's.
        let is_second = held.iter().any(|(before, ..)| Sockets::key(before) == Some(conn));
        let bytes = HELD_FRAME_BYTES + request_id.len() + batch.iter().map(ChainEvent::wire_bytes).sum::<usize>();
        let is_too_much = held.iter().map(|(_, bytes, _)| bytes).sum::<usize>() + bytes > CHAIN_HELD_BYTES_MAX;
        if is_second || is_too_much {
            return Some(Frame::Unusable { request_id: Some(request_id.clone()), reason: NOBODY_WRITES });
        }
        held.push((socket.clone(), bytes, frame));
        let now = runtime::now_ms();
        self.held_timer.arrange(now, now + HELD_MS);
        None
    }

    fn take_held(self: &Rc<Self>) {
        if flags::is_maintained_now(&self.env) {
            let now = runtime::now_ms();
            return self.held_timer.arrange(now, now + HELD_MS);
        }
        for (socket, _, frame) in self.held.take() {
            self.receive_late(&socket, frame);
        }
    }

    /// The frame, or what is left of it when a hook refuses.
    fn admitted(&self, conn: ConnKey, frame: Frame) -> Frame {
        let memory = self.base.memory.borrow();
        let Some(connection) = memory.as_ref().and_then(|memory| memory.connections.get(&conn)) else {
            return frame;
        };
        let opener = &connection.opener;
        admitted(frame, |batch| hooks::on_push(batch, opener), |after| hooks::on_pull(after, opener))
    }

    fn close_socket(self: &Rc<Self>, socket: &WebSocket, code: u16) {
        if self.wake().is_err() {
            return;
        }
        if let Some(conn) = Sockets::key(socket) {
            self.forget(conn, code);
            self.arrange();
        }
    }

    fn forget(&self, conn: ConnKey, code: u16) {
        let socket = self.base.sockets.remove(conn);
        self.held.borrow_mut().retain(|(socket, ..)| Sockets::key(socket) != Some(conn));
        if let Some(StoreMemory { chain, store, connections, .. }) = self.base.memory.borrow_mut().as_mut() {
            if let (Some(connection), Some(link)) = (connections.remove(&conn), chain.stored_link(conn)) {
                let events = store.head().unwrap_or(0).saturating_sub(link.head_at_connect());
                self.metrics.closed(None, DOOR, code, connection.joined_at, events);
            }
            chain.closed(conn);
            if let Some(Err(fault)) = socket.map(|socket| attachments::forget(store.db(), &socket)) {
                telemetry::fault("store_forget", &fault);
            }
        }
    }

    // ---- metrics

    fn head(&self) -> u64 {
        self.base.memory.borrow().as_ref().and_then(|memory| memory.store.head().ok()).unwrap_or(0)
    }

    fn sockets_here(&self) -> usize {
        self.base.memory.borrow().as_ref().map_or(0, |memory| memory.connections.len())
    }

    /// So many events of one push were stored.
    fn count_push(self: &Rc<Self>, events: u64, bytes: usize, began_at: Millis) {
        if events == 0 {
            return;
        }
        self.metrics.count("cfm_messages_total{door=\"livestore\"}", events);
        self.metrics.count("cfm_bytes_total{door=\"livestore\"}", bytes as u64);
        self.metrics.sent(None, "store", DOOR, bytes, self.sockets_here().saturating_sub(1));
        counters::measure(self, began_at);
        self.arrange_report();
    }

    /// Counts a pull by a client that was here before and asks for what came since.
    fn count_pull(&self, after: u64) {
        let events = self.head().saturating_sub(after);
        if after > 0 && events > 0 {
            self.metrics.replayed(None, DOOR, "resume", events, runtime::now_ms());
        }
    }

    // ---- turns

    /// Runs `work` as one step. A push that it stores waits for receivers from then on.
    fn step<T>(
        self: &Rc<Self>,
        mut work: impl FnMut(&mut StoreMemory, Millis, &mut Vec<Effect>) -> Result<T, Fault>,
    ) -> Result<T, Denied> {
        let mut is_awaited = false;
        let done = self.run_step(true, |memory, now, effects| {
            let before = memory.store.head()?;
            let done = work(memory, now, effects)?;
            is_awaited = memory.note_pushed(before, now)?;
            Ok(done)
        });
        if is_awaited && done.is_ok() {
            self.deliveries.begin();
            // The timer ends with the process.
            self.base.ring_by(runtime::now_ms() + DELIVERY_ALARM_MS);
        }
        done
    }

    fn save(&self, conn: ConnKey) {
        let memory = self.base.memory.borrow();
        let Some(StoreMemory { chain, store, connections, .. }) = memory.as_ref() else { return };
        let (Some(connection), Some(link), Some(socket)) =
            (connections.get(&conn), chain.stored_link(conn), self.base.sockets.get(conn))
        else {
            return;
        };
        let attachment = SocketAttachment { connection: connection.clone(), link };
        let text = serde_json::to_string(&attachment).map_err(|error| Fault(error.to_string()));
        telemetry::logged(
            "store_save",
            text.and_then(|text| attachments::save(store.db(), &socket, &connection.id, &text)),
        );
    }

    // ---- time

    fn arrange(&self) {
        let memory = self.base.memory.borrow();
        let Some(StoreMemory { chain, connections, store, .. }) = memory.as_ref() else { return };
        let now = runtime::now_ms();
        let expiry = connections.values().filter_map(|connection| connection.expires_at);
        // Pings that the runtime answers do not wake the object: the alarm does.
        let due_at = expiry.chain(store.db().sweep_at(now)).chain(chain.request_by()).min();
        due_at.into_iter().for_each(|at| self.base.ring_by(at));
        self.is_answering.set(chain.has_work());
        if chain.has_work() {
            self.portions.arrange(now, now);
        }
        if let Some(at) = chain.timer_at() {
            self.tick.arrange(now, at);
        }
        self.answer_pings(chain.rpc_sockets() > 0);
        drop(memory);
        self.arrange_report();
    }

    fn arrange_report(&self) {
        let report_at = self.metrics.report_at(runtime::now_ms(), self.sockets_here());
        report_at.into_iter().for_each(|at| self.base.ring_by(at));
    }

    fn has_ended(&self, conn: ConnKey) -> bool {
        let memory = self.base.memory.borrow();
        let connection = memory.as_ref().and_then(|memory| memory.connections.get(&conn));
        connection.and_then(|connection| connection.expires_at).is_some_and(|at| at <= runtime::now_ms())
    }

    /// Sends those away whose token has ended (`core.md` 5, 7).
    fn end_expired(&self) {
        let now = runtime::now_ms();
        let ended: Vec<ConnKey> = {
            let memory = self.base.memory.borrow();
            let connections = memory.iter().flat_map(|memory| memory.connections.iter());
            connections
                .filter(|(_, connection)| connection.expires_at.is_some_and(|at| at <= now))
                .map(|(conn, _)| *conn)
                .collect()
        };
        for conn in ended {
            if let Some(socket) = self.base.sockets.get(conn) {
                runtime::close_quietly(&socket, CloseCode::Unauthenticated.code(), "token expired");
            }
            self.forget(conn, CloseCode::Unauthenticated.code());
        }
        self.arrange();
    }

    fn go_on(self: &Rc<Self>) {
        // A fault was logged where it was born.
        let _ = self.step(|memory, now, effects| memory.chain.serve(&mut memory.store, now, effects));
    }

    fn time_passed(self: &Rc<Self>) {
        let _ = self.step(|memory, now, effects| memory.chain.tick(&memory.store, now, effects));
    }
}

impl Shell for StoreObject {
    type Memory = StoreMemory;
    type Out = Vec<Effect>;
    const SUBJECT: &'static str = "store";

    fn base(&self) -> &Base<StoreMemory> {
        &self.base
    }

    fn carry_out(self: &Rc<Self>, _now: Millis, _is_stored: bool, effects: Vec<Effect>) {
        let (mut failed, mut writer) = (Vec::new(), RpcWriter::default());
        for effect in effects {
            match effect {
                Effect::Send { conns, notification } => {
                    failed.extend(self.base.sockets.send(&conns, &frame_json(&notification)))
                }
                Effect::Rpc { conn, notification } => {
                    failed.extend(self.base.sockets.send(&[conn], &writer.json(&notification)));
                }
                Effect::Save(conn) => self.save(conn),
                Effect::Close { conn, code } => {
                    self.metrics.count(DROPPED_OVERLOAD, u64::from(code == CloseCode::TryLater.code()));
                    self.metrics.count(DROPPED_TOO_LARGE, u64::from(code == CloseCode::TooLarge.code()));
                    let mut reason = String::new();
                    if code == CloseCode::RateLimited.code() {
                        self.metrics.count("cfm_rate_limited_total{rule=\"store_frame\"}", 1);
                        reason = format!("retry-after={}", self.config.rules.store_frame.longest_ms() / 1_000);
                    }
                    if let Some(socket) = self.base.sockets.get(conn) {
                        runtime::close_quietly(&socket, code, &reason);
                    }
                }
            }
        }
        self.metrics.send_failed(failed.len());
        for conn in failed {
            if let Some(socket) = self.base.sockets.get(conn) {
                runtime::close_quietly(&socket, CloseCode::Broken.code(), "send failed");
            }
            self.forget(conn, CloseCode::Broken.code());
        }
        self.arrange();
    }

    fn undo(self: &Rc<Self>, fault: &Fault) {
        self.break_down(fault);
    }

    /// A step failed and left no trace in the tables. The memory is built again from them; only those who were in the middle of
    /// an answer cannot be told its rest and have to come back (`livestore.md` 10).
    fn break_down(&self, fault: &Fault) {
        telemetry::fault(Self::SUBJECT, fault);
        let Some(memory) = self.base.memory.borrow_mut().take() else { return };
        for conn in memory.chain.busy() {
            if let Some(socket) = self.base.sockets.remove(conn) {
                runtime::close_quietly(&socket, CloseCode::Broken.code(), "storage failure");
            }
        }
        self.base.sockets.clear();
        telemetry::logged("store_wake", self.wake());
    }
}

impl MetricsSource for StoreObject {
    fn metered(&self) -> (&Metrics, &State, &Env) {
        (&self.metrics, &self.base.state, &self.env)
    }

    fn gauges(&self) -> Result<Option<Gauges>, Fault> {
        let sockets = self.sockets_here();
        // The name of a store may name a person; the object's own id names nobody.
        let name = format!("ls:{}", self.base.state.id());
        let rpc_sockets = self.base.memory.borrow().as_ref().map_or(0, |memory| memory.chain.rpc_sockets());
        let mut gauges = vec![
            ("cfm_sockets{door=\"livestore\"}", sockets as u64),
            ("cfm_store_sockets{client=\"0.3.1\"}", sockets.saturating_sub(rpc_sockets) as u64),
            ("cfm_store_sockets{client=\"0.4\"}", rpc_sockets as u64),
        ];
        if let Some(memory) = self.base.memory.borrow().as_ref() {
            gauges.extend(memory.gauges_of_receivers()?);
        }
        Ok(Some(Gauges { name, sockets, gauges }))
    }
}
