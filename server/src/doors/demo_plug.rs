//! The plug of a demo (`demo.md`): whether there is one, and pulling it. `cargo xtask serve` holds its other end (`xtask/serve.mjs`)
//! and names its address in `PLUG_URL`; a deployment has none. The caller decides who may pull the plug.

use protocol::words::limits::{PLUG_ANSWER_BYTES_MAX, PLUG_MS_MAX};
use protocol::words::refusal::Refusal;

use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::runtime;

/// `GET /demo/plug`: whether there is one.
pub fn is_there(incoming: &Incoming) -> Reply {
    Reply::raw(format!("{{\"isThere\":{}}}", incoming.config.plug_url.is_some()))
}

/// Kills this very process. There is an answer only where that takes longer than saying so, or where it fails.
pub async fn pull(incoming: &Incoming) -> HandlerResult {
    let url = incoming.config.plug_url.as_deref().ok_or(Refusal::NotFound)?;
    match runtime::fetch_outside(url, "POST", &[], None, PLUG_MS_MAX, PLUG_ANSWER_BYTES_MAX).await {
        Ok(said) if said.status < 300 => Ok(Reply::empty()),
        // The address is out of date: its server has ended.
        _ => Err(Refusal::NotFound.into()),
    }
}
