//! Demo without a network: a server in the page, in memory, with the same machines as the real one (`demo.md`).
//!
//! | File | Part |
//! |---|---|
//! | `world` | the server as a whole, with its requests |
//! | `cast` | people of the demo |
//! | `talk` | conversation: the room machine and its connections |
//! | `show` | the running scene |
//! | `acting` | acts of personas, in the scene and as reactions |
//! | `presence` | the presence socket, and the visitor's presence |
//! | `calls` | requests beside the sockets |
//! | `lines` | texts beside the scenes |

mod acting;
mod calls;
mod cast;
mod lines;
mod presence;
mod show;
mod talk;
#[cfg(test)]
mod tests;
mod world;

pub use show::{SPEEDS, ShowState};
pub use world::{GROUP, OfflineWorld};
