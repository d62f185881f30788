//! Frames of sockets of version 0.4 (`livestore-0.4.md` 2 to 4, 8, 9), and the pings that the runtime answers for the object.

use std::rc::Rc;

use protocol::machines::chain::{ChainEvent, HookResult, RpcFailure, RpcFrame, RpcNotification, admitted_rpc};
use protocol::wire::livestore::{PING, PONG, RPC_PING, RPC_PONG, read_rpc_frame, rpc_json};
use protocol::words::socket::ConnKey;
use worker::{WebSocket, WebSocketIncomingMessage};

use super::hooks::{self, Opener};
use super::{NOBODY_WRITES, StoreMemory, StoreObject};
use crate::calls::flags;
use crate::kit::shell::cut;
use crate::runtime;

/// Requests of clients of version 0.4 by sockets.
const REQUESTS: &str = "cfm_store_requests_total{client=\"0.4\",transport=\"ws\"}";
/// Text of an error of ours: no table, no statement.
pub(super) const INTERNAL: &str = "Internal error";

impl StoreObject {
    /// Returns `true` for a socket of version 0.4, of an object that is awake.
    pub(super) fn is_rpc(&self, conn: ConnKey) -> bool {
        self.base.memory.borrow().as_ref().is_some_and(|memory| memory.chain.rpc_link(conn).is_some())
    }

    /// Handles a message of a socket of version 0.4. Bytes are read as text.
    pub(super) fn receive_rpc(self: &Rc<Self>, socket: &WebSocket, conn: ConnKey, message: WebSocketIncomingMessage) {
        if self.has_ended(conn) {
            return self.end_expired();
        }
        let frame = match message {
            WebSocketIncomingMessage::String(text) => read_rpc_frame(&text),
            WebSocketIncomingMessage::Binary(bytes) => read_rpc_frame(&String::from_utf8_lossy(&bytes)),
        };
        if frame == RpcFrame::Ping {
            return runtime::send_quietly(socket, RPC_PONG);
        }
        self.receive_rpc_frame(socket, conn, self.admitted_rpc(conn, frame));
    }

    fn receive_rpc_frame(self: &Rc<Self>, socket: &WebSocket, conn: ConnKey, frame: RpcFrame) {
        let push = frame.pushes().map(str::to_owned);
        let pushed = pushed_bytes(&frame);
        if let RpcFrame::Pull { cursor: Some(cursor), .. } = &frame {
            self.count_pull(cursor.after);
        }
        self.metrics.count(REQUESTS, u64::from(frame.begins().is_some()));
        let (head, began_at) = (self.head(), runtime::now_ms());
        let mut frame = Some(frame);
        let result = self.step(|memory, now, effects| {
            let Some(frame) = frame.take() else { return Ok(()) };
            memory.chain.rpc_frame(&mut memory.store, now, conn, frame, effects)?;
            memory.serve_now(self.is_answering.get(), now, effects)
        });
        if pushed > 0 {
            self.count_push(self.head().saturating_sub(head), pushed, began_at);
        }
        match (result, push) {
            (Ok(()), _) => {}
            (Err(_), Some(request_id)) => {
                let failure = RpcFailure::unknown(INTERNAL);
                runtime::send_quietly(socket, &rpc_json(&RpcNotification::Failed { request_id, failure }));
            }
            // An error would end the client's pulling until its next start; a client whose socket is closed asks again.
            (Err(_), None) => cut(socket),
        }
    }

    fn admitted_rpc(&self, conn: ConnKey, frame: RpcFrame) -> RpcFrame {
        let memory = self.base.memory.borrow();
        match memory.as_ref().and_then(|memory| memory.connections.get(&conn)) {
            Some(connection) => self.admitted_by(&connection.opener, frame),
            None => frame,
        }
    }

    /// The frame, or what is left of it when a hook refuses, or nobody may write: this client pushes again by itself.
    pub(super) fn admitted_by(&self, opener: &Opener, frame: RpcFrame) -> RpcFrame {
        admitted_rpc(frame, |batch| self.may_push(batch, opener), |after| hooks::on_pull(after, opener))
    }

    /// Verdict on a push, which never waits for the end of a maintenance.
    fn may_push(&self, batch: &[ChainEvent], opener: &Opener) -> HookResult {
        if flags::is_maintained_now(&self.env) {
            return Err(NOBODY_WRITES);
        }
        hooks::on_push(batch, opener)
    }

    /// Closes sockets on which no request came (`livestore-0.4.md` 9).
    pub(super) fn end_silent(self: &Rc<Self>) {
        let now = runtime::now_ms();
        let is_due = |memory: &StoreMemory| memory.chain.request_by().is_some_and(|by| by <= now);
        if self.base.memory.borrow().as_ref().is_some_and(is_due) {
            self.time_passed();
        }
    }

    /// Lets the runtime answer the pings of one version without waking the object: it takes one pair of texts for all sockets. Clients of
    /// version 0.4 ping more often.
    pub(super) fn answer_pings(&self, of_rpc: bool) {
        if self.answers_rpc_pings.replace(of_rpc) == of_rpc {
            return;
        }
        let (ping, pong) = if of_rpc { (RPC_PING, RPC_PONG) } else { (PING, PONG) };
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new(ping, pong) {
            self.base.state.set_websocket_auto_response(&pair);
        }
    }
}

/// Bytes of the events that a frame pushes.
pub(super) fn pushed_bytes(frame: &RpcFrame) -> usize {
    match frame {
        RpcFrame::Push(push) => push.batch.iter().map(ChainEvent::bytes).sum(),
        _ => 0,
    }
}
