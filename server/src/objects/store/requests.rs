//! Requests of clients of version 0.4 by HTTP (`livestore-0.4.md` 7): each is answered with one JSON array. A pull of more than a page is
//! written page by page, as its reader takes it.

use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use futures_util::Stream;
use protocol::machines::chain::{RpcCursor, RpcFailure, RpcFrame, RpcNotification, RpcPush, RpcReading};
use protocol::wire::livestore::{read_rpc_body, rpc_json};
use protocol::words::refusal::Fault;
use worker::{Request, Response};

use super::hooks::Opener;
use super::rpc::{INTERNAL, pushed_bytes};
use super::{StoreMemory, StoreObject};
use crate::calls::store::{OPEN_HEADER, OpenCall};
use crate::kit::call;
use crate::runtime;
use crate::runtime::call_error::CallError;
use crate::telemetry;

const REQUESTS: &str = "cfm_store_requests_total{client=\"0.4\",transport=\"http\"}";

impl StoreObject {
    pub(super) async fn answer_request(self: &Rc<Self>, mut request: Request) -> worker::Result<Response> {
        let call: OpenCall = call::header(&request, OPEN_HEADER)?;
        let body = request.text().await?;
        match self.answer_body(call, &body) {
            Ok(answered) => answered,
            Err(error) => call::refuse(error),
        }
    }

    fn answer_body(self: &Rc<Self>, call: OpenCall, body: &str) -> Result<worker::Result<Response>, CallError> {
        self.wake()?;
        let OpenCall { store_id, payload, place, .. } = call;
        self.learn_id(&store_id)?;
        let now = runtime::now_ms();
        let admitted = self.base.memory.borrow_mut().as_mut().map(|memory| memory.chain.admit_request(&place, now));
        if let Some(Err(refusal)) = admitted {
            self.metrics.count("cfm_rate_limited_total{rule=\"store_frame\"}", 1);
            self.arrange_report();
            return Err(refusal.into());
        }
        self.metrics.count(REQUESTS, 1);
        let notification = match self.admitted_by(&Opener { store_id, payload }, read_rpc_body(body)) {
            RpcFrame::Pull { request_id, cursor, .. } => return Ok(self.read_out(request_id, cursor.as_ref())),
            frame @ RpcFrame::Push(_) => self.push_by_request(frame),
            RpcFrame::Probe { request_id } => RpcNotification::Present { request_id },
            RpcFrame::Refused { request_id, reason, .. } => failed(request_id, RpcFailure::unknown(reason)),
            RpcFrame::Undecodable { request_id: Some(request_id), reason } => {
                RpcNotification::Died { request_id, reason }
            }
            RpcFrame::Undecodable { request_id: None, reason } => RpcNotification::Defect { reason },
            // The other frames are those of sockets, and no body is read as one.
            _ => RpcNotification::Defect { reason: INTERNAL },
        };
        self.arrange_report();
        Ok(Response::ok(format!("[{}]", rpc_json(&notification))))
    }

    fn push_by_request(self: &Rc<Self>, frame: RpcFrame) -> RpcNotification {
        let pushed = pushed_bytes(&frame);
        let RpcFrame::Push(push) = frame else { return RpcNotification::Defect { reason: INTERNAL } };
        let request_id = push.request_id.clone();
        let (head, began_at) = (self.head(), runtime::now_ms());
        let mut push: Option<RpcPush> = Some(push);
        let result = self.step(|memory, now, effects| {
            let Some(push) = push.take() else { return Ok(Ok(())) };
            let outcome = memory.chain.push_rpc(&mut memory.store, now, push, effects)?;
            memory.serve_now(self.is_answering.get(), now, effects)?;
            Ok(outcome)
        });
        self.count_push(self.head().saturating_sub(head), pushed, began_at);
        match result {
            Ok(Ok(())) => RpcNotification::Pushed { request_id },
            Ok(Err(failure)) => failed(request_id, failure),
            Err(_) => failed(request_id, RpcFailure::unknown(INTERNAL)),
        }
    }

    /// Answers a pull: one page at once, more of them as a stream.
    fn read_out(self: &Rc<Self>, request_id: String, cursor: Option<&RpcCursor>) -> worker::Result<Response> {
        if let Some(cursor) = cursor {
            self.count_pull(cursor.after);
        }
        self.arrange_report();
        let begun = self.read(|memory| RpcReading::begin(&memory.store, cursor));
        let mut body = PullBody { object: Rc::downgrade(self), request_id, reading: None, first: None };
        let reading = match begun {
            Ok(Ok(reading)) => reading,
            Ok(Err(failure)) => return Response::ok(format!("[{}]", body.failed(failure))),
            Err(fault) => return Response::ok(format!("[{}]", body.broken(&fault))),
        };
        body.reading = Some(reading);
        let first = format!("[{}", body.piece(self));
        if body.reading.is_none() {
            return Response::ok(first);
        }
        body.first = Some(first);
        Response::from_stream(body)
    }

    fn read<T>(&self, work: impl FnOnce(&StoreMemory) -> Result<T, Fault>) -> Result<T, Fault> {
        self.wake()?;
        let memory = self.base.memory.borrow();
        memory.as_ref().map_or_else(|| Err(Fault("no store lives here".into())), work)
    }
}

fn failed(request_id: String, failure: RpcFailure) -> RpcNotification {
    RpcNotification::Failed { request_id, failure }
}

/// The answer to a pull, a page each time that it is asked for more.
struct PullBody {
    object: Weak<StoreObject>,
    request_id: String,
    /// `None` when everything is written.
    reading: Option<RpcReading>,
    /// Text that is written already, but not taken.
    first: Option<String>,
}

impl PullBody {
    /// Returns the next part of the array; the last one ends it.
    fn piece(&mut self, object: &StoreObject) -> String {
        let Some(reading) = &mut self.reading else { return String::new() };
        let (notification, is_over) = match object.read(|memory| reading.read_next(&memory.store)) {
            Ok(Ok(Some(page))) => {
                let is_over = page.remaining == 0;
                let request_id = self.request_id.clone();
                (RpcNotification::Page { request_id, page: Rc::new(page) }, is_over)
            }
            Ok(Ok(None)) => return self.end(String::new()),
            Ok(Err(failure)) => {
                let failed = self.failed(failure);
                return self.end(failed);
            }
            Err(fault) => {
                let broken = self.broken(&fault);
                return self.end(broken);
            }
        };
        let page = rpc_json(&notification);
        if !is_over {
            return page;
        }
        let pulled = RpcNotification::Pulled { request_id: self.request_id.clone() };
        self.end(format!("{page},{}", rpc_json(&pulled)))
    }

    fn end(&mut self, last: String) -> String {
        self.reading = None;
        last + "]"
    }

    fn failed(&self, failure: RpcFailure) -> String {
        rpc_json(&failed(self.request_id.clone(), failure))
    }

    fn broken(&self, fault: &Fault) -> String {
        telemetry::fault("store_read", fault);
        self.failed(RpcFailure::unknown(INTERNAL))
    }
}

impl Stream for PullBody {
    type Item = Result<Vec<u8>, worker::Error>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let body = self.get_mut();
        if let Some(first) = body.first.take() {
            return Poll::Ready(Some(Ok(first.into_bytes())));
        }
        let Some(object) = body.object.upgrade().filter(|_| body.reading.is_some()) else { return Poll::Ready(None) };
        let piece = format!(",{}", body.piece(&object));
        Poll::Ready(Some(Ok(piece.into_bytes())))
    }
}
