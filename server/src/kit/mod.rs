//! Parts that objects share.
//!
//! | Module | Part |
//! |---|---|
//! | `sql`, `sealed` | values, rows and migration steps of an object's database; columns whose texts are sealed |
//! | `shell`, `gathering`, `turns` | the shell around a machine: its steps; turns of a crowd; when a turn ends |
//! | `alarm` | the one alarm of an object |
//! | `socket_events`, `attachments` | socket events as plain calls; texts that sockets keep while their object sleeps |
//! | `call`, `oneshot` | calls between objects, with a typed body; the response to a call that waits |
//! | `trace` | the origin of an act |
//! | `counters`, `refusals` | counters of an object, and their way to the directory and the data points |
//! | `worker_counts` | counters of the Worker itself |
//! | `directory` | the shard of the directory for a name, the metrics of a log for it, and the report of work that waits |
//! | `aged_copy` | the copy of another object's state in an isolate, for a few seconds |
//! | `hook_tables` | rows of the receivers of webhooks |
//! | `jobs` | work of an object that is tried until it is done |

pub mod aged_copy;
pub mod alarm;
pub mod attachments;
pub mod backfill;
pub mod body;
pub mod call;
pub mod counters;
pub mod directory;
pub mod gathering;
pub mod hook_tables;
pub mod jobs;
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
pub mod worker_counts;
