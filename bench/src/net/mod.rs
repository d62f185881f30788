//! The load client's own network code: as few instructions per frame as possible, and one time stamp per read.
//!
//! Only for servers of ours on this machine: no TLS, no compression, no redirects.

mod framing;
mod http;
mod socket;

pub use http::{Connection, request};
pub use socket::{Listener, Socket};
