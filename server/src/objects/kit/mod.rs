//! Parts that all objects share.
//!
//! | Module | Part |
//! |---|---|
//! | `runtime` | time, timers, transactions, many sockets: what the runtime offers |
//! | `sql`, `sealed` | values, rows and migration steps of an object's database; columns whose words are sealed |
//! | `turns`, `steps` | the end of a turn; the end of a step of a machine |
//! | `socket_events`, `attachments` | what sockets bring, as plain calls; what they carry through the sleep of their object |
//! | `call`, `reply` | calls between objects, with a typed body; the answer to a call that waits |
//! | `audit_log` | rows of who did what |
//! | `counters`, `refusals` | what an object counts, and how that reaches the directory and the data points |
//! | `backlog` | what the directory is told of an outbox that waits |

pub(super) mod attachments;
pub mod audit_log;
pub mod backfill;
pub(super) mod backlog;
pub mod call;
pub(super) mod counters;
pub mod counting;
pub mod namespace;
pub(super) mod refusals;
pub(super) mod reply;
pub mod runtime;
pub(super) mod sealed;
pub(super) mod socket_events;
pub mod sql;
pub(super) mod steps;
pub(super) mod turns;
