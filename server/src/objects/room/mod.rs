//! The Durable Object of a room: a shell around `protocol::machines::room::Room` (`core.md` 1.4, 5, 5.1).
//!
//! Frames that arrive in one turn of the event loop are answered together: one transaction, then one frame per socket.
//! Everything that matters is in SQLite and in the sockets' attachments; this value can be dropped at any moment. A file uses those of the
//! rows below its own.
//!
//! | Module | Part |
//! |---|---|
//! | `handlers` | calls of the Worker and of other objects; sockets that join |
//! | `duties`, `schema` | the work of the alarm, its time, and what follows from a step; the steps of the tables |
//! | `bots`, `demo` | bots and integrations; the demo room |
//! | `messages`, `reading` | changes, pins, files, held messages; pages, search, the database |
//! | `leaving` | the archive and the removal of a person |
//! | `people` | groups, privacy, and reports to the objects of people |
//! | `deliveries` | the outbox: inboxes, and the standing in a group |
//! | `metrics` | numbers |
//! | `object` | fields, memory, steps, sockets and the alarm, as all subjects use them |
//! | `tables` | rows |

mod bots;
mod deliveries;
mod demo;
mod duties;
mod handlers;
mod leaving;
mod messages;
mod metrics;
mod object;
mod people;
mod reading;
mod schema;
mod tables;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

use self::duties::{KINDS, SUBJECTS};
use self::object::{RoomArrival, RoomObject, Runs};
use self::people::presence;
use crate::config::Config;
use crate::kit::alarm::ClockWatch;
use crate::kit::counters::{MESSENGER, Metrics};
use crate::kit::directory::BacklogReport;
use crate::kit::gathering::Gathered;
use crate::kit::jobs::Jobs;
use crate::kit::shell::Base;
use crate::kit::socket_events::{PendingWork, SocketEvents, bind_socket_events};
use crate::runtime::timer;

#[durable_object(alarm)]
pub struct ChatRoom(Rc<RoomObject>);

bind_socket_events!(ChatRoom);

impl DurableObject for ChatRoom {
    fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        let config = Config::of(&env);
        Self(Rc::new_cyclic(|object: &Weak<RoomObject>| RoomObject {
            base: Base::new(state),
            env,
            config,
            subjects: SUBJECTS,
            gathered: Gathered::of(object),
            tick: timer(object, RoomObject::time_passed),
            uses: timer(object, presence::report_uses),
            reports: timer(object, presence::report_people),
            scenes: timer(object, demo::play),
            runs: Runs::default(),
            trace: RefCell::default(),
            metrics: Metrics::of(MESSENGER, config),
            backlog: BacklogReport::default(),
            clock: ClockWatch::default(),
            jobs: Rc::new(Jobs::of(KINDS)),
        }))
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        handlers::answer_request(&self.0, request).await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        duties::ring(&self.0, false).await;
        Response::ok("")
    }
}

impl SocketEvents for ChatRoom {
    fn on_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<PendingWork> {
        self.0.arrived(&socket, |wire| RoomArrival::read(wire, message));
        None
    }

    fn on_close(&self, socket: &WebSocket, code: u16) {
        self.0.arrived(socket, |_| RoomArrival::Closed(code));
    }
}

#[cfg(test)]
mod machine_tests;
#[cfg(test)]
mod migration_tests;
#[cfg(test)]
mod sealing_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twins_tests;
