//! Everything that touches the browser, and the only place that may (`ARCHITECTURE.md`, invariant 6). The feature `hydrate` compiles the
//! real code. Without it, `ssr_stubs` has the same names: the server renders with them, and their functions do nothing.
//!
//! | Module | For | Called by |
//! |---|---|---|
//! | `clock` | time, local days, dates in words, ids | session, components |
//! | `keys` | is this key press meant for us? | components |
//! | `letters` | text without case | stores |
//! | `numbers` | numbers as a language writes them | components |
//! | `address` | where an address leads | components |
//! | `dom` | focus, caret, clipboard | components |
//! | `closing_animation` | the animation of dialogs that close | components |
//! | `files` | files that the person brings: picked, looked at, made smaller, sent | components |
//! | `own_keys` | keys that mean something else for this person | components |
//! | `rows` | the contact list's position, its rows and their focus | components |
//! | `scroll` | the log's position | components |
//! | `anchor` | where the page is pointed at, a finger that holds | components |
//! | `tree` | the row of the contact list that Tab comes to | components |
//! | `wink` | a wink on its stage | components |
//! | `device` | attention, network, sleep, root attributes | session |
//! | `badge` | what waits, in title and icon | session |
//! | `sound` | sounds out of numbers | session |
//! | `tabs` | one noise for all tabs | session |
//! | `whose` | whose pages the tabs are | session |
//! | `translated` | words that a translator has replaced | session |
//! | `tokens` | values of the style sheets, and others that are tried | gallery |
//! | `socket`, `timer`, `fetch` | the way to the server | session |
//! | `local` | a server in the page, in the place of the network | the demo without it |
//! | `ask` | calls that name the session they show | `demo_credentials`, `stage` |
//! | `demo_credentials` | credentials of a demo session | the page of a device, `stage`, `demo_link` |
//! | `fetch_override` | overrides of `fetch` and `WebSocket` | `local`, `demo_credentials`, `demo_link`, `stage` |
//! | `lock` | one tab at a time | session, `push` |
//! | `notify` | notifications of the system | components |
//! | `odd_events` | events that are not what their names say | pages |
//! | `passkeys` | passkeys that the browser makes | session, components |
//! | `push` | the browser's subscription to web push | components |
//! | `people_check` | the check for people on an open page | session, components |
//! | `stage` | the stage of a demo | `frontend` |
//! | `demo_link` | impaired connections of a device on that stage | the page of a device |
//! | `cache`, `storage` | what outlives a reload | session |
//! | `sent` | the document as the server sent it | `frontend` |

use protocol::words::event::Millis;

pub mod closing_animation;
pub mod dom;
pub mod local_server;

#[cfg(feature = "hydrate")]
pub mod address;
#[cfg(not(feature = "hydrate"))]
#[path = "address_ssr.rs"]
pub mod address;

#[cfg(feature = "hydrate")]
pub mod anchor;
#[cfg(feature = "hydrate")]
mod ask;
#[cfg(feature = "hydrate")]
pub mod badge;
#[cfg(feature = "hydrate")]
pub mod cache;
#[cfg(feature = "hydrate")]
pub mod clock;
#[cfg(feature = "hydrate")]
pub mod demo_credentials;
#[cfg(feature = "hydrate")]
pub mod demo_link;
#[cfg(feature = "hydrate")]
pub mod device;
#[cfg(feature = "hydrate")]
pub mod fetch;
#[cfg(feature = "hydrate")]
mod fetch_override;
#[cfg(feature = "hydrate")]
pub mod files;
#[cfg(feature = "hydrate")]
pub mod keys;
#[cfg(feature = "hydrate")]
pub mod letters;
#[cfg(feature = "hydrate")]
pub mod local;
#[cfg(feature = "hydrate")]
pub mod lock;
#[cfg(feature = "hydrate")]
pub mod notify;
#[cfg(feature = "hydrate")]
pub mod numbers;
#[cfg(feature = "hydrate")]
pub mod odd_events;
#[cfg(feature = "hydrate")]
pub mod own_keys;
#[cfg(feature = "hydrate")]
pub mod passkeys;
#[cfg(feature = "hydrate")]
pub mod people_check;
#[cfg(feature = "hydrate")]
pub mod push;
#[cfg(feature = "hydrate")]
pub mod rows;
#[cfg(feature = "hydrate")]
pub mod scroll;
#[cfg(feature = "hydrate")]
pub mod sent;
#[cfg(feature = "hydrate")]
pub mod socket;
#[cfg(feature = "hydrate")]
pub mod sound;
#[cfg(feature = "hydrate")]
pub mod stage;
#[cfg(feature = "hydrate")]
pub mod storage;
#[cfg(feature = "hydrate")]
pub mod tabs;
#[cfg(feature = "hydrate")]
pub mod timer;
#[cfg(feature = "hydrate")]
pub mod tokens;
#[cfg(feature = "hydrate")]
pub mod translated;
#[cfg(feature = "hydrate")]
pub mod tree;
#[cfg(feature = "hydrate")]
pub mod whose;
#[cfg(feature = "hydrate")]
pub mod wink;

#[cfg(not(feature = "hydrate"))]
mod ssr_stubs;
#[cfg(not(feature = "hydrate"))]
pub use ssr_stubs::{
    anchor, badge, cache, clock, demo_credentials, device, fetch, files, keys, letters, local, lock, notify, numbers,
    odd_events, own_keys, passkeys, people_check, push, rows, scroll, socket, sound, storage, tabs, timer, tokens,
    translated, tree, whose, wink,
};

/// Event of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// It is open.
    Opened,
    /// A text message.
    Text(String),
    /// It is closed, or never opened.
    Closed {
        /// Close code; 1006 when there is none.
        code: u16,
        /// The server's reason.
        reason: String,
    },
}

/// Event around the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceEvent {
    /// The browser believes there is a network again.
    NetworkUp,
    /// The browser believes there is none.
    NetworkDown,
    /// The page came into view or focus, or left it.
    AttentionChanged,
    /// The device slept.
    Slept,
    /// The page may never run again.
    PageHides,
    /// The person pressed something.
    Gesture,
}

/// A wink that plays over the log now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WinkPlayback {
    /// Id of its row; a new value is a new play.
    pub row_id: String,
    /// Name in the catalogue.
    pub wink_id: String,
    /// Display name of the sender.
    pub sender_name: String,
    /// Name of the person it was sent to, which `Mixtape` writes.
    pub recipient_name: String,
    /// Time at which its timeline began or begins, in this device's clock.
    pub start_at: Millis,
}

/// A file that the person brought. What is in it stays in the browser; `files` knows it by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickedFile {
    /// Tells it from all others.
    pub key: u64,
    /// Name of the file.
    pub name: String,
    /// Its media type, by its name alone.
    pub media: String,
    /// Size in bytes.
    pub size: u64,
}

/// Part of a picture that is shown in a square: how much larger than necessary, in percent, and how much of what is left over lies before
/// it, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// 100 is as large a part as there is.
    pub zoom_percent: u32,
    /// 0 is the left edge, 100 the right one.
    pub across_percent: u32,
    /// 0 is the upper edge, 100 the lower one.
    pub down_percent: u32,
}

/// Measured heights of a section of the contact list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowHeights {
    /// Its head.
    pub head_px: f64,
    /// One row on average; `None` while none is in the document.
    pub row_px: Option<f64>,
}

/// Report of the log about its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScrollReport {
    /// The bottom came into view, or left it.
    Bottom {
        /// It is in view now.
        is_in_view: bool,
    },
    /// Rows in view, counted among those in the document that can be seen.
    Rows {
        /// The first.
        first: usize,
        /// The last; `None` at the bottom, where what comes is in view as well.
        last: Option<usize>,
        /// Something in the log is selected.
        is_held: bool,
    },
    /// The beginning of what is in the document is near.
    NearTop,
}

/// An object store of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheStore {
    /// Messages that the server has not stored yet.
    Outbox,
    /// The end of each log.
    Pages,
    /// Drafts: texts that are being written.
    Drafts,
    /// Cursors and small notes.
    Marks,
}

/// Why a call of the server did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// Code of `messenger.md` 1.1, or `NETWORK` when there was no usable answer.
    pub code: String,
    /// When it is worth another try.
    pub retry_after_ms: Option<u64>,
}

impl CallError {
    /// There was no usable answer.
    pub fn network() -> Self {
        Self { code: "NETWORK".to_owned(), retry_after_ms: None }
    }
}
