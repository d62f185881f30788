//! Quick laws: of the log, the room, its groups and its doors, and snapshots of the wire.
//!
//! Laws that need thousands of runs are in `proofs`.
//!
//! | File | Subject |
//! |---|---|
//! | `room` | the log, the room and the limiter (`core.md` 2, 3, 6, 11) |
//! | `roster`, `changes`, `groups` | people of a room, changed messages, groups |
//! | `doors`, `livestore`, `livestore_rpc`, `messagehub` | the doors beside the messenger |
//! | `golden` | every frame of every door as a snapshot |
//! | `analytics` | queries of data points |
//! | `common_passwords` | the filter of common passwords (`account.md` 7) |
//! | `guessing` | guesses at a password by many networks (`sign-in.md` 5) |
//! | `home` | what an account arranges, on all of its devices (`home.md`) |
//! | `metrics` | names of metrics (`messagehub.md` 9), texts and runbooks of alarms |
//! | `kinds` | texts that name the kinds of events (`core.md` 1.2) |
//! | `limits`, `search` | texts that repeat limits, and filters of the search |
//! | `sentences` | sentences about sessions, other times and languages |
//! | `openapi` | the description of the routes |
//! | `packet_memory` | the memory that a packet takes |
//! | `stage`, `documents` | a room, and texts of the repository, for the other tests |

// A failed `unwrap` is a failed test.
#![allow(clippy::unwrap_used)]

mod analytics;
mod changes;
mod common_passwords;
mod documents;
mod doors;
mod golden;
mod groups;
mod guessing;
mod home;
mod kinds;
mod limits;
mod livestore;
mod livestore_rpc;
mod messagehub;
mod metrics;
mod openapi;
mod packet_memory;
mod room;
mod roster;
mod search;
mod sentences;
mod stage;
