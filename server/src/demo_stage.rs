//! `/demo/stage` (`docs/protocol/demo.md`), which `app::pages::stage` renders. It is the same for everybody: what it shows of a room, the
//! browser asks for with sessions of its own.

use app::pages::stage::stage;
use protocol::session::csrf_token;
use worker::{Headers, Response};

use crate::admin::look;
use crate::answer;
use crate::incoming::Incoming;
use crate::objects::runtime;
use crate::page::policy;
use crate::route::Door;

/// Answers the page.
pub fn answer(incoming: &Incoming) -> worker::Result<Response> {
    let nonce = csrf_token(runtime::random_bytes());
    let headers = Headers::new();
    headers.set("content-type", "text/html; charset=utf-8")?;
    headers.set("content-security-policy", &policy(incoming, &nonce))?;
    headers.set("cache-control", "no-store")?;
    let page = stage(&look(incoming), &nonce);
    answer::respond(incoming, Door::App, 200, page, headers, &[])
}
