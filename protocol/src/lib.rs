//! Everything the messenger knows, touching nothing: no I/O, no clock, no randomness, no `async`.
//!
//! Time and random bytes arrive as arguments, what shall happen leaves as values. The Worker, the page, the bench and the
//! simulator all run this code; they differ only in how they carry out what it says.
//!
//! | Wing | Contents |
//! |---|---|
//! | [`codec`] | forms of bytes and texts that know nothing of the messenger: JSON, percent signs, checksums, short ids |
//! | [`words`] | names, numbers, records, ways to say no: ids, events, refusals, limits, rates, close codes, fixed casts |
//! | [`log`] | order, idempotency, replay (`core.md` 1–3) |
//! | [`content`] | kinds of events, content of messages: texts, links, emoticons, files, previews, search |
//! | [`trust`] | tokens, passkeys, sealed words, secrets, addresses that may be called |
//! | [`people`] | accounts and sessions, contacts and blocks, names, handles, invites, reports, drafts |
//! | [`machines`] | rooms, presence, channels, hubs, stores, demo rooms, programs, web push, webhooks |
//! | [`client`] | the other end: connect, resume, outbox (`messenger.md` 5.5) |
//! | [`wire`] | wire forms, one door each; they translate and decide nothing |
//! | [`operation`] | metrics, alarms, queues, what is written again |
//!
//! A wing uses those above it in this table, and never one below it (`xtask/src/tidy/arrows.rs`). What only the server and the tools need is built
//! with feature `doors`.

pub mod client;
pub mod codec;
pub mod content;
pub mod log;
pub mod machines;
pub mod operation;
pub mod people;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod trust;
pub mod wire;
pub mod words;
