//! The Durable Object of a person (`core.md` 1.5): a shell around `protocol::machines::presence::Person`.
//!
//! All presence sockets of the person's devices end here, and changes go from here to watchers and rooms. A file uses those of the rows below
//! its own.
//!
//! | Module | Part |
//! |---|---|
//! | `handlers` | calls of the Worker, of rooms and of other people; deliveries to the inbox |
//! | `duties`, `schema` | the work of the alarm and its time; the steps of the tables |
//! | `sessions` | sessions, the sockets of devices, the upgrade to an account |
//! | `leaving` | the archive of the person's data, and the deletion of the person |
//! | `people`, `belongings` | contacts, groups, handles, invites, privacy; files, emoticons, drafts |
//! | `web_push` | notifications of browsers that are closed |
//! | `watching` | who sees whom: watchers, watched people, rooms |
//! | `object` | fields, memory, steps, frames and the alarm, as all subjects use them |
//! | `tables` | rows |

mod belongings;
mod duties;
mod handlers;
mod leaving;
mod object;
mod people;
mod schema;
mod sessions;
mod tables;
mod watching;
mod web_push;

use std::rc::{Rc, Weak};

use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

use self::duties::{KINDS, SUBJECTS};
use self::object::{PersonObject, Runs};
use self::sessions::devices;
use self::watching::notifications;
use crate::config::Config;
use crate::kit::alarm::ClockWatch;
use crate::kit::directory::BacklogReport;
use crate::kit::jobs::Jobs;
use crate::kit::refusals::Refusals;
use crate::kit::shell::Base;
use crate::kit::socket_events::{CUT, PendingWork, SocketEvents, begin, bind_socket_events};
use crate::runtime::timer;

#[durable_object(alarm)]
pub struct PresenceRoom(Rc<PersonObject>);

bind_socket_events!(PresenceRoom);

impl DurableObject for PresenceRoom {
    fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        let config = Config::of(&env);
        Self(Rc::new_cyclic(|object: &Weak<PersonObject>| PersonObject {
            base: Base::new(state),
            env,
            config,
            subjects: SUBJECTS,
            notify_timer: timer(object, notifications::spawn_notifying),
            parting: timer(object, devices::close_failed),
            runs: Runs::default(),
            backlog: BacklogReport::default(),
            refusals: Refusals::default(),
            clock: ClockWatch::default(),
            jobs: Rc::new(Jobs::of(KINDS)),
        }))
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        handlers::answer_request(&self.0, request).await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        duties::ring(&self.0).await;
        Response::ok("")
    }
}

impl SocketEvents for PresenceRoom {
    fn on_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<PendingWork> {
        let object = Rc::clone(&self.0);
        begin(async move { devices::received(&object, &socket, message).await })
    }

    fn on_close(&self, socket: &WebSocket, code: u16) {
        devices::close_socket(&self.0, socket, (code != CUT).then_some(code));
    }
}

#[cfg(test)]
mod inbox_tests;
#[cfg(test)]
mod migration_tests;
#[cfg(test)]
mod sealing_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod watching_tests;
