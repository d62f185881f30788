//! The Durable Object of a person (`core.md` 1.5): a shell around `protocol::machines::presence::Person`.
//!
//! All presence sockets of the person's devices end here, and changes go from here to watchers and rooms. Each subject has a file, which
//! uses `person::object` and subjects below it. Above all of them are `person::schema`, `person::duties` (the alarm) and
//! `person::handlers` (calls).

mod asking;
mod contact_tables;
mod contacts;
mod daily_quota;
mod devices;
mod drafts;
mod duties;
mod emoticons;
mod export;
mod export_files;
mod files;
mod group_calls;
mod group_tables;
mod groups;
mod handlers;
mod handles;
mod hidden_from;
mod home;
mod invites;
mod leaving;
mod leaving_tables;
mod listing;
mod notifications;
mod object;
mod privacy;
mod push_tables;
mod reports;
mod returns;
mod rooms;
mod schema;
mod session_ends;
mod sessions;
mod strangers;
mod tables;
mod unread;
mod upgrade;
mod upgrade_tables;
mod web_push;

use std::rc::{Rc, Weak};

use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

use self::duties::{KINDS, SUBJECTS};
use self::object::{PersonObject, Runs};
use crate::config::Config;
use crate::kit::alarm::ClockWatch;
use crate::kit::backlog::BacklogReport;
use crate::kit::jobs::Jobs;
use crate::kit::refusals::Refusals;
use crate::kit::shell::Base;
use crate::kit::socket_events::{CUT, PendingWork, SocketEvents, begin, bind_socket_events};
use crate::runtime::timer;

/// See the module's description.
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
