//! The minimal Worker in Rust, for `cargo xtask bench cold`.

use worker::{Context, Env, Request, Response, event};

/// Answers every request.
#[event(fetch)]
async fn fetch(_request: Request, _env: Env, _context: Context) -> worker::Result<Response> {
    Response::ok("empty")
}
