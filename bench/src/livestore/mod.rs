//! Client of LiveStore, written by hand, so that all servers of one wire have the same one.

mod client;
mod wire;

pub use client::Client;
pub use wire::Wire;
