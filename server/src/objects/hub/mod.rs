//! The Durable Object of a MessageHub room: a shell around `protocol::machines::hub::Hub` (`messagehub.md`; `core.md` 1.4, 5, 5.1).
//!
//! Frames of one turn of the event loop are one transaction. Everything that matters is in SQLite and in the sockets'
//! attachments; this value can be dropped at any moment.

mod archive;
mod archive_tables;
mod deliveries;
mod duties;
mod handlers;
mod metrics;
mod object;
mod readers;
mod streams;
mod tables;
mod traces;
mod turns;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

use self::archive::Archive;
use self::metrics::DOOR;
use self::object::{HubArrival, HubObject};
use self::readers::Readers;
use self::traces::Traces;
use crate::config::Config;
use crate::kit::counters::Metrics;
use crate::kit::gathering::Gathered;
use crate::kit::shell::Base;
use crate::kit::socket_events::{PendingWork, SocketEvents, bind_socket_events};
use crate::outbound::deliveries::Deliveries;
use crate::runtime::timer;

#[durable_object(alarm)]
pub struct HubRoom(Rc<HubObject>);

bind_socket_events!(HubRoom);

impl DurableObject for HubRoom {
    fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        let config = Config::of(&env);
        Self(Rc::new_cyclic(|object: &Weak<HubObject>| HubObject {
            base: Base::new(state),
            env,
            config,
            db: RefCell::default(),
            gathered: Gathered::of(object),
            readers: Readers::default(),
            portions: timer(object, HubObject::go_on),
            is_asking: Cell::new(false),
            stream_timer: timer(object, HubObject::stream_time),
            deliveries: Deliveries::of(object),
            keyless_until: Cell::new(0),
            metrics: Metrics::of(DOOR, config),
            traces: Traces::default(),
            archive: Archive::default(),
        }))
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        handlers::answer_request(&self.0, request).await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.0.base.alarm.clear();
        duties::ring(&self.0).await;
        Response::ok("")
    }
}

impl SocketEvents for HubRoom {
    fn on_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<PendingWork> {
        self.0.arrived(
            &socket,
            match message {
                WebSocketIncomingMessage::String(text) => HubArrival::Text(text),
                WebSocketIncomingMessage::Binary(bytes) => HubArrival::Bytes(bytes),
            },
        );
        None
    }

    fn on_close(&self, socket: &WebSocket, code: u16) {
        self.0.arrived(socket, HubArrival::Closed(code));
    }
}
