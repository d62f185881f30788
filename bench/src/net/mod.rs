//! Network code of the load client: as few instructions per frame as possible, and one time stamp per read.
//!
//! It supports only our own servers on this machine: no TLS, no compression, no redirects.

mod http;
mod socket;

pub use http::{Connection, request};
pub use socket::{Listener, Socket};
