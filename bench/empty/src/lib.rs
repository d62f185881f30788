//! The least that a Worker in Rust can be, for `cargo xtask bench cold`.

use worker::{Context, Env, Request, Response, event};

/// Says that it is there.
#[event(fetch)]
async fn fetch(_request: Request, _env: Env, _context: Context) -> worker::Result<Response> {
    Response::ok("empty")
}
