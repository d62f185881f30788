//! Parts that all objects share.
//!
//! | Module | Part |
//! |---|---|
//! | `sql`, `sealed` | values, rows and migration steps of an object's database; columns whose words are sealed |
//! | `shell`, `gathering`, `turns` | the shell around a machine: its steps; turns of a crowd; when a turn ends |
//! | `alarm` | the one alarm of an object |
//! | `socket_events`, `attachments` | what sockets bring, as plain calls; what they carry through the sleep of their object |
//! | `call`, `oneshot` | calls between objects, with a typed body; the response to a call that waits |
//! | `trace` | where an act came from |
//! | `counters`, `refusals` | what an object counts, and how that reaches the directory and the data points |
//! | `directory` | the shard of the directory for a name, and the metrics of a log for it |
//! | `backlog` | the report of an outbox that did not empty, to the directory |

pub mod alarm;
pub mod attachments;
pub mod backfill;
pub mod backlog;
pub mod body;
pub mod call;
pub mod counters;
pub mod directory;
pub mod gathering;
pub mod namespace;
pub mod oneshot;
pub mod refusals;
pub mod request;
pub mod sealed;
pub mod shell;
pub mod socket_events;
pub mod sql;
pub mod trace;
pub mod turns;
