//! Second socket of a person at a device: it only listens, counts the events, and reconnects with its last position, as every client does
//! (`messenger.md` 5.5). The times of its tries are those of every client's connection, and a session that is over ends them.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::task::spawn_local;
use protocol::client::{ConnectionState, Link, LinkEffect, frames_in};
use protocol::codec::json::Value;
use protocol::words::closing::CloseCode;

use super::page;
use crate::browser::ask::{DemoSession, number, text};
use crate::browser::socket::Socket;
use crate::browser::{CallError, SocketEvent, ask, clock, timer};
use crate::proof::ReceptionCounters;

/// Heartbeat of the connection's machine. The reader pings more often by itself, to measure.
const HEARTBEAT_MS: u64 = 30_000;
/// Close code of a connection that never came about.
const CODE_VANISHED: u16 = 1006;
/// Longest wait for the answer to a ping: after it the connection counts as lost.
const SILENT_MS_MAX: f64 = 5_000.0;
/// Longest wait for the room's welcome before the next try: a killed server may never answer.
const WELCOME_MS_MAX: u32 = 8_000;
/// Ping and pong of the socket itself, which wake no object.
const PING: &str = "ping";
const PONG: &str = "pong";

pub enum ReaderEvent {
    /// New event of the log.
    Event(Value),
    /// A participant has changed the status.
    Status(Value),
    /// A ping was answered after this many milliseconds.
    Pong(f64),
    Reset,
    /// The connection was lost.
    Closed,
    /// The session is over, so the reader asks no more.
    Ended,
}

/// Reader of the room's events, see the module's description.
pub struct StageReader {
    session: String,
    room: String,
    notify: Box<dyn Fn(ReaderEvent)>,
    link: RefCell<Link>,
    state: RefCell<ReaderState>,
}

#[derive(Default)]
struct ReaderState {
    socket: Option<Socket>,
    counters: ReceptionCounters,
    epoch: String,
    /// Participants, each as id and status.
    statuses: Vec<(String, String)>,
    is_welcome: bool,
    welcomes: u32,
    pinged_at: Option<f64>,
    /// Number of the current connection: events of earlier sockets are ignored.
    round: u32,
}

impl StageReader {
    /// Listens from now on.
    pub fn open(person: &DemoSession, notify: impl Fn(ReaderEvent) + 'static) -> Rc<Self> {
        let reader = Rc::new(Self {
            session: person.session_id.clone(),
            room: person.room_id.clone(),
            notify: Box::new(notify),
            link: RefCell::new(Link::new(HEARTBEAT_MS, clock::random_seed())),
            state: RefCell::default(),
        });
        let effects = reader.link.borrow_mut().open(clock::now_ms());
        reader.follow(&effects);
        reader
    }

    /// Gives `read` the counts of the reader.
    pub fn counters<T>(&self, read: impl FnOnce(&mut ReceptionCounters) -> T) -> T {
        read(&mut self.state.borrow_mut().counters)
    }

    /// Returns `true` if the room has welcomed the present socket.
    pub fn is_welcome(&self) -> bool {
        self.state.borrow().is_welcome
    }

    pub fn welcomes(&self) -> u32 {
        self.state.borrow().welcomes
    }

    /// Measures the round trip to the server, which wakes no object.
    pub fn ping(self: &Rc<Self>) {
        let mut state = self.state.borrow_mut();
        if !state.is_welcome {
            return;
        }
        match state.pinged_at {
            None => {
                state.pinged_at = Some(page::now());
                if let Some(socket) = &state.socket {
                    socket.send(PING);
                }
            }
            Some(at) if page::now() - at > SILENT_MS_MAX => {
                drop(state);
                self.lost(CloseCode::Silent.code(), "");
            }
            Some(_) => {}
        }
    }

    fn connect(self: &Rc<Self>) {
        let reader = Rc::clone(self);
        let round = {
            let mut state = reader.state.borrow_mut();
            state.round += 1;
            state.round
        };
        reader.end_unless_welcome(round);
        spawn_local(async move {
            let answer = ask::post("/api/auth/ws-ticket", &reader.session, "{}").await;
            if !reader.is_round(round) {
                return;
            }
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) => {
                    let (code, reason) = closing_of(&error);
                    return reader.lost(code, &reason);
                }
            };
            let path = {
                let state = reader.state.borrow();
                let since = state.counters.last().filter(|_| !state.epoch.is_empty());
                let since = since.map_or(String::new(), |last| format!("&since={last}&epoch={}", state.epoch));
                format!("/api/ws/room/{}?ticket={}{since}", reader.room, text(&answer, "ticket"))
            };
            let listener = Rc::clone(&reader);
            let socket = Socket::open(&path, move |event| listener.handle_event(round, event));
            if socket.is_none() {
                return reader.lost(CODE_VANISHED, "");
            }
            reader.state.borrow_mut().socket = socket;
        });
    }

    /// Ends a connection that gets no welcome in time.
    fn end_unless_welcome(self: &Rc<Self>, round: u32) {
        let reader = Rc::clone(self);
        spawn_local(async move {
            timer::wait(WELCOME_MS_MAX).await;
            if reader.is_round(round) && !reader.is_welcome() {
                reader.lost(CODE_VANISHED, "");
            }
        });
    }

    /// Connects now or after the pause that the connection's machine wants, unless there was another connection in between.
    fn follow(self: &Rc<Self>, effects: &[LinkEffect]) {
        if effects.contains(&LinkEffect::Connect) {
            return self.connect();
        }
        let connection = self.link.borrow().state();
        let ConnectionState::Waiting { until, .. } = connection else { return };
        let (reader, round) = (Rc::clone(self), self.state.borrow().round);
        spawn_local(async move {
            timer::wait(until.saturating_sub(clock::now_ms()) as u32).await;
            if reader.is_round(round) {
                let effects = reader.link.borrow_mut().time(clock::now_ms());
                reader.follow(&effects);
            }
        });
    }

    fn is_round(&self, round: u32) -> bool {
        self.state.borrow().round == round
    }

    fn handle_event(self: &Rc<Self>, round: u32, event: SocketEvent) {
        if !self.is_round(round) {
            return;
        }
        match event {
            SocketEvent::Opened => self.link.borrow_mut().opened(clock::now_ms()),
            SocketEvent::Closed { code, reason } => self.lost(code, &reason),
            SocketEvent::Text(said) if said == PONG => {
                let asked = self.state.borrow_mut().pinged_at.take();
                if let Some(asked) = asked {
                    (self.notify)(ReaderEvent::Pong(page::now() - asked));
                }
            }
            SocketEvent::Text(said) => frames_in(&said).into_iter().for_each(|frame| self.frame(frame)),
        }
    }

    fn frame(&self, frame: Value) {
        match frame.get("type").and_then(Value::as_str).unwrap_or_default() {
            "welcome" => {
                let mut state = self.state.borrow_mut();
                (state.epoch, state.is_welcome) = (text(&frame, "epoch"), true);
                state.welcomes += 1;
                self.link.borrow_mut().established(clock::now_ms());
            }
            "reset" => {
                let mut state = self.state.borrow_mut();
                state.epoch = text(&frame, "epoch");
                state.counters.forget();
                drop(state);
                (self.notify)(ReaderEvent::Reset);
            }
            "history" => {
                // Events from before the first visit are not new; missed events are.
                let is_live = self.state.borrow().counters.last().is_some();
                let events = frame.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
                events.into_iter().for_each(|event| self.event(event, is_live));
            }
            "participants" => self.participants(&frame),
            "ack" => {}
            _ if frame.get("seq").is_some() => self.event(frame, true),
            _ => {}
        }
    }

    /// Handles the list of participants, or its changes.
    fn participants(&self, frame: &Value) {
        let rows = |name| frame.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut changed = Vec::new();
        {
            let statuses = &mut self.state.borrow_mut().statuses;
            let left: Vec<&str> = rows("left").iter().filter_map(Value::as_str).collect();
            statuses.retain(|(id, _)| !left.contains(&id.as_str()));
            for row in rows("participants").iter().chain(rows("joined")) {
                let (id, status) = (text(row, "id"), text(row, "status"));
                match statuses.iter_mut().find(|(known, _)| *known == id) {
                    Some((_, known)) if *known == status => {}
                    Some((_, known)) => {
                        *known = status;
                        changed.push(row.clone());
                    }
                    None => statuses.push((id, status)),
                }
            }
        }
        changed.into_iter().for_each(|row| (self.notify)(ReaderEvent::Status(row)));
    }

    fn event(&self, event: Value, is_live: bool) {
        let id = event.get("id").and_then(Value::as_str).map(str::to_owned);
        self.state.borrow_mut().counters.note_received(number(&event, "seq"), id.as_deref());
        if is_live {
            (self.notify)(ReaderEvent::Event(event));
        }
    }

    /// Handles a lost connection: the reader reconnects, unless its code means the end.
    fn lost(self: &Rc<Self>, code: u16, reason: &str) {
        let was_welcome = {
            let mut state = self.state.borrow_mut();
            // This code may run inside a callback of the socket, which is dropped only when the next one replaces it.
            (state.round, state.pinged_at) = (state.round + 1, None);
            std::mem::take(&mut state.is_welcome)
        };
        let effects = self.link.borrow_mut().closed(clock::now_ms(), code, reason);
        let connection = self.link.borrow().state();
        if matches!(connection, ConnectionState::Ended(_)) {
            (self.notify)(ReaderEvent::Ended);
        } else if was_welcome {
            (self.notify)(ReaderEvent::Closed);
        }
        self.follow(&effects);
    }
}

/// Returns the close code that says the same as a refused ticket (`core.md` 7), and its reason.
fn closing_of(error: &CallError) -> (u16, String) {
    let code = match (&*error.code, error.retry_after_ms) {
        ("UNAUTHENTICATED", _) => CloseCode::Unauthenticated.code(),
        ("FORBIDDEN", _) => CloseCode::Forbidden.code(),
        ("NOT_FOUND", _) => CloseCode::Gone.code(),
        (_, Some(wait_ms)) => {
            return (CloseCode::RateLimited.code(), format!("retry-after={}", wait_ms.div_ceil(1_000)));
        }
        _ => CODE_VANISHED,
    };
    (code, String::new())
}
