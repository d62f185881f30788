//! The demo without network: a server of the page's own, in memory, on the same machines as the real one (`demo.md`).
//!
//! | File | Part |
//! |---|---|
//! | `world` | the server as a whole: what the page asks of it |
//! | `cast` | who is there |
//! | `talk` | a conversation: the room machine and who is connected |
//! | `show` | the scene that is played |
//! | `schedule` | what characters do later |
//! | `acting` | what characters do, in the scene and by themselves |
//! | `presence` | the presence socket, and how the visitor is seen |
//! | `calls` | what the page asks for beside its sockets |
//! | `lines` | what is said beside the scenes |

mod acting;
mod calls;
mod cast;
mod lines;
mod presence;
mod schedule;
mod show;
mod talk;
#[cfg(test)]
mod tests;
mod world;

pub use show::{SPEEDS, ShowState};
pub use world::{GROUP, OfflineWorld};
