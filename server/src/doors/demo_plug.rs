//! The plug of a demo (`demo.md`): a route that says if there is one, and one that pulls it. `cargo xtask serve` holds its other end
//! (`xtask/serve.mjs`) and names its address in `PLUG_URL`; a deployment has none. The caller decides who may pull the plug.

use protocol::words::limits::{PLUG_ANSWER_BYTES_MAX, PLUG_MS_MAX};
use protocol::words::refusal::Refusal;

use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::runtime;

/// `GET /demo/plug`: says if there is a plug.
pub fn is_there(incoming: &Incoming) -> Reply {
    Reply::raw(format!("{{\"isThere\":{}}}", incoming.config.plug_url.is_some()))
}

/// Kills this very process. An answer arrives only if the process lives on for long enough, or if the kill fails.
pub async fn pull_plug(incoming: &Incoming) -> HandlerResult {
    let url = incoming.config.plug_url.as_deref().ok_or(Refusal::NotFound)?;
    match runtime::fetch_outside(url, "POST", &[], None, PLUG_MS_MAX, PLUG_ANSWER_BYTES_MAX).await {
        Ok(said) if said.status < 300 => Ok(Reply::empty()),
        // The address is out of date: its server has ended.
        _ => Err(Refusal::NotFound.into()),
    }
}
