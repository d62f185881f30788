//! The WasmChannel door (`wasmchannel.md`): its own routes beside those of the messenger. Its sockets are rooms' sockets and begin in
//! `doors::messenger::sockets`; packets are parsed and written in `protocol`. The session routes are in `sessions`, `accounts`, `mail_links` and
//! `own_sessions`, which share `library`.

pub mod accounts;
pub mod history;
mod library;
pub mod mail_links;
pub mod own_sessions;
pub mod sessions;

use crate::http::cookie;
use crate::http::incoming::Incoming;

pub use history::{library_page, wants_library_shape};

/// Returns true if an upgrade at `/` is one of the original's page (`wasmchannel.md` 3.1): it has a session cookie and no subprotocol. The
/// clients of HopeFlow have a query or `Authorization`.
pub fn is_old_client(incoming: &Incoming) -> bool {
    incoming.is_upgrade()
        && incoming.subprotocols().is_empty()
        && incoming.header("authorization").is_none()
        && incoming.url.query().is_none_or(str::is_empty)
        && (cookie::SESSION.read(incoming).is_some() || cookie::read_library(incoming).is_some())
}
