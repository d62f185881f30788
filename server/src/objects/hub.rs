//! The Durable Object of a MessageHub room (`messagehub.md`).

use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// See the module's description.
#[durable_object]
pub struct HubRoom {
    _state: State,
}

impl DurableObject for HubRoom {
    fn new(state: State, _env: Env) -> Self {
        Self { _state: state }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            "/health" => Response::ok("ok"),
            _ => Response::error("no such call", 404),
        }
    }
}
