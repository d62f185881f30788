//! Everything the messenger knows, touching nothing: no I/O, no clock, no randomness, no `async`.
//!
//! Time and random bytes arrive as arguments, what shall happen leaves as values. The Worker, the page, the bench and the
//! simulator all run this code; they differ only in how they carry out what it says.
//!
//! | Module | What it knows |
//! |---|---|
//! | [`ids`], [`limits`], [`event`], [`principal`], [`refusal`], [`text`], [`iso`] | the words: names, numbers, records, ways to say no |
//! | [`log`] | order, idempotency, replay (`core.md` 1–3) |
//! | [`normal`] | normal forms of Unicode, which a wasm shell lends |
//! | [`unseen`], [`look_alikes`] | characters that draw nothing; names that look alike |
//! | [`checksum`] | CRC-32, of packets and of pictures |
//! | [`rate`] | sliding windows (`core.md` 6) |
//! | [`presence`] | many devices, one visible status (`presence.md` 2) |
//! | [`closing`] | how sockets end (`core.md` 7) |
//! | [`contacts`] | contacts, blocks, and what a person takes from others (`settings.md` 1) |
//! | [`jwt`] | tokens that other systems sign (`core.md` 4.1) |
//! | `assertion` | assertions of Cloudflare Access (`core.md` 4; feature `doors`) |
//! | [`account`] | e-mail addresses, passwords, remembered browsers (`sign-in.md` 1) |
//! | [`secret`] | how long secrets of the deployment have to be |
//! | [`session`] | how long a session lives, who may take over (`sign-in.md` 1) |
//! | [`room`] | a conversation: people on a log (`messenger.md` 5) |
//! | [`search`] | finding messages: words, questions, pages (`messenger.md` 3) |
//! | [`client`] | the other end: connect, resume, outbox (`messenger.md` 5.5) |
//! | `channel` | a person's own channel: filters, answers, durable envelopes (`hopeflow.md`; feature `doors`) |
//! | `chain` | a log whose writers propose the numbers (`livestore.md`; feature `doors`) |
//! | `hub` | a room of opaque messages, its readers and receivers (`messagehub.md`; feature `doors`) |
//! | `guard`, `webhook` | addresses that may be called; signed calls and when to repeat them (`messagehub.md` 7; feature `doors`) |
//! | `queue` | what queues could not deliver: when again, and how it is kept (feature `doors`) |
//! | `metrics`, `telemetry` | numbers of the deployment as text; people in lines and points (`messagehub.md` 9; feature `doors`) |
//! | `alarms` | what the owner is told of without asking (`docs/runbooks`; feature `doors`) |
//! | `handle` | exact names by which accounts are found (`people.md` 4; feature `doors`) |
//! | `invite` | codes by which people come to somebody or into a group (`people.md` 5; feature `doors`) |
//! | `qr` | QR codes of short texts (`people.md` 5; feature `doors`) |
//! | `passkey` | what browsers hand over of passkeys (`sign-in.md` 7; feature `doors`) |
//! | [`push`] | who is told by web push and when, and how it is sealed (`push.md`) |
//! | `packed` | many texts as one, on their way between the Worker and its runtime (feature `doors`) |
//! | `archive` | a ZIP archive, a piece at a time (`leaving.md` 1; feature `doors`) |
//! | `sealing` | words at rest under the keys of the deployment (`docs/decisions/0018-sealed-bodies.md`; feature `doors`) |
//! | [`files`] | files of messages: ids, names, pictures (`files.md` 1) |
//! | `preview` | what a page says of itself (`files.md` 2; feature `doors`) |
//! | [`doors`] | wire forms; translate and decide nothing |
//! | [`personas`], [`winks`], [`emoticons`] | fixed casts |
//! | [`bots`] | our programs: what calls them and what they say (`messenger.md` 7) |
//! | [`scene`] | what characters do by themselves while a presenter shows the product (`docs/scenes.md`) |
//! | [`named_id`] | ids that are derived from a name |
//! | [`own_emoticons`] | emoticons of one's own: codes, pictures, and those of a message |
//! | [`addresses`], [`emoji`] | where web addresses stand in a text; the one spelling of a reaction |
//! | [`spans`], [`mentions`] | message text as links, emoticons, code, quotes and plain text; who is called by name in it |

#![warn(missing_docs)]

pub mod account;
pub mod addresses;
#[cfg(feature = "doors")]
pub mod alarms;
#[cfg(feature = "doors")]
pub mod archive;
#[cfg(feature = "doors")]
pub mod assertion;
pub mod bot_cast;
pub mod bots;
#[cfg(feature = "doors")]
pub mod chain;
#[cfg(feature = "doors")]
pub mod channel;
pub mod checksum;
pub mod client;
pub mod closing;
pub mod contacts;
#[cfg(feature = "doors")]
pub mod cookies;
pub mod demo;
/// Wire forms, one door each. A door turns bytes into inputs and notices into bytes; it decides nothing and owns no state.
///
/// The page speaks through the messenger's door alone; the others are built where feature `doors` is on.
pub mod doors {
    #[cfg(feature = "doors")]
    pub mod hopeflow;
    #[cfg(feature = "doors")]
    pub mod livestore;
    #[cfg(feature = "doors")]
    pub mod messagehub;
    pub mod messenger;
    pub mod openapi;
    #[cfg(feature = "doors")]
    pub mod wasmchannel;
}
pub mod draft;
pub mod emoji;
pub mod emoticons;
pub mod event;
pub mod files;
#[cfg(feature = "doors")]
pub mod guard;
#[cfg(feature = "doors")]
pub mod handle;
#[cfg(feature = "doors")]
pub mod hub;
pub mod ids;
#[cfg(feature = "doors")]
pub mod invite;
pub mod iso;
pub mod json;
pub mod jwt;
pub mod language;
pub mod limits;
pub mod log;
pub mod look_alikes;
pub mod mentions;
#[cfg(feature = "doors")]
pub mod metrics;
pub mod named_id;
pub mod names;
pub mod normal;
pub mod own_emoticons;
#[cfg(feature = "doors")]
pub mod packed;
#[cfg(feature = "doors")]
pub mod passkey;
pub mod percent;
pub mod personas;
pub mod presence;
#[cfg(feature = "doors")]
pub mod preview;
pub mod principal;
pub mod push;
#[cfg(feature = "doors")]
pub mod qr;
#[cfg(feature = "doors")]
pub mod queue;
pub mod rate;
#[cfg(feature = "doors")]
pub mod raw_json;
pub mod rebuild;
pub mod refusal;
pub mod report;
pub mod retry;
pub mod room;
pub mod scene;
#[cfg(feature = "doors")]
pub mod sealing;
pub mod search;
pub mod secret;
pub mod session;
#[cfg(feature = "sim")]
pub mod sim;
pub mod socket;
pub mod sorted;
pub mod spans;
#[cfg(feature = "doors")]
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod text;
pub mod unseen;
#[cfg(feature = "doors")]
pub mod webhook;
pub mod winks;
