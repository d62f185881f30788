//! Everything that touches the browser, and the only place that may (`ARCHITECTURE.md`, invariant 6). The server and native tests compile
//! the same code. `device::window` is `None` there (without the feature `hydrate`), and a call of a browser's function would end the
//! program. So a function here begins with the window, the document, or an element or event that only a browser makes; those of `dom`,
//! `sheet` and `steps` are called in effects and handlers, which do not run there. Modules that are cut into chunks have a version in
//! `ssr_stubs`.
//!
//! | Module | For |
//! |---|---|
//! | `clock` | time, local days, dates in words, ids |
//! | `keys` | filters of key presses |
//! | `letters` | lower case, comparable letters, graphemes |
//! | `numbers` | numbers in the format of a language |
//! | `address` | destination of an address |
//! | `dom` | focus, caret, clipboard |
//! | `delay` | steps that wait, of which a later one takes the place of an earlier one |
//! | `closing_animation` | closing animation of dialogs |
//! | `sheet` | place of the actions of a message, and of the message above them |
//! | `settings_search` | search in the settings |
//! | `toast_place` | height of the toasts |
//! | `files` | files that the person adds: pick, measure, shrink, send |
//! | `own_keys` | keys that the person has changed |
//! | `rows` | position of the contact list, its rows and their focus |
//! | `scroll` | scroll position of the log |
//! | `anchor` | anchors of cards and menus, long presses |
//! | `tree` | Tab stop of the contact list |
//! | `watch` | listeners and observers that end |
//! | `wink` | animation of a wink |
//! | `steps` | steps of the history: conversation, dialogs, pickers, pictures |
//! | `device` | attention, network, sleep, service worker, attributes of the root, navigation |
//! | `badge` | unread count in title and icon |
//! | `sound` | synthesized sounds |
//! | `tabs` | messages between the tabs of this browser |
//! | `translated` | text nodes that a translator has replaced |
//! | `tokens` | tokens of the style sheets, and values that are tried |
//! | `socket`, `timer`, `fetch` | connections to the server |
//! | `local`, `local_server` | server in the page, in the place of the network |
//! | `ask` | requests that name their session |
//! | `demo_credentials` | credentials of a demo session |
//! | `fetch_override` | overrides of `fetch` and `WebSocket` |
//! | `lock` | mutual exclusion between tabs, and the choice of one of them |
//! | `notify` | notifications of the system |
//! | `odd_events` | malformed key and pointer events |
//! | `passkeys` | creation of passkeys, reports about them |
//! | `push` | subscription to web push |
//! | `people_check` | Turnstile on an open page |
//! | `stage` | the stage of a demo |
//! | `demo_link` | impaired connections of a device on that stage |
//! | `cache`, `storage` | local persistence |
//! | `sent` | the document as the server sent it |

use protocol::words::event::Millis;

pub mod address;
pub mod anchor;
pub mod ask;
pub mod cache;
pub mod clock;
pub mod closing_animation;
pub mod delay;
pub mod demo_credentials;
pub mod demo_link;
pub mod device;
pub mod dom;
pub mod fetch;
pub mod fetch_override;
pub mod files;
pub mod keys;
pub mod letters;
pub mod local;
pub mod local_server;
pub mod lock;
pub mod notify;
pub mod numbers;
pub mod odd_events;
pub mod own_keys;
pub mod passkeys;
pub mod people_check;
pub mod push;
pub mod rows;
pub mod scroll;
pub mod settings_search;
pub mod sheet;
pub mod socket;
pub mod steps;
pub mod storage;
pub mod tabs;
pub mod timer;
pub mod toast_place;
pub mod tokens;
pub mod translated;
pub mod tree;
mod watch;
pub mod wink;

#[cfg(feature = "hydrate")]
pub mod badge;
#[cfg(feature = "hydrate")]
pub mod sent;
#[cfg(feature = "hydrate")]
pub mod sound;
#[cfg(feature = "hydrate")]
pub mod stage;

#[cfg(not(feature = "hydrate"))]
mod ssr_stubs;
#[cfg(not(feature = "hydrate"))]
pub use ssr_stubs::{badge, sound};

/// Condition `--docked` of the style sheets: list and conversation stand side by side.
pub const DOCKED: &str = "(min-width: 600px) and (min-height: 480px)";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// The socket is open.
    Opened,
    /// A text message came.
    Text(String),
    /// The socket is closed. The code is 1006 when there is none.
    Closed { code: u16, reason: String },
}

/// Event around the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceEvent {
    NetworkUp,
    NetworkDown,
    /// The page became visible or focused, or the opposite.
    AttentionChanged,
    Slept,
    /// The page is being hidden and may never run again.
    PageHides,
    /// The person pressed a key or the pointer.
    Gesture,
}

/// Wink that plays over the log now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WinkPlayback {
    /// Id of its row; a new value is a new play.
    pub row_id: String,
    /// Name in the catalogue.
    pub wink_id: String,
    pub sender_name: String,
    /// Name of the recipient, which `Mixtape` writes.
    pub recipient_name: String,
    /// Start of its timeline, past or future, by this device's clock.
    pub start_at: Millis,
}

/// File that the person added. Its content stays in the browser; `files` finds it by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickedFile {
    pub key: u64,
    pub name: String,
    /// Media type, derived from its name.
    pub media: String,
    /// Number of bytes.
    pub size: u64,
}

/// Part of a picture that is shown in a square: the zoom in percent, and the share of the hidden rest that lies before the part, in
/// percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// 100 shows the largest possible part.
    pub zoom_percent: u32,
    /// 0 is the left edge, 100 the right one.
    pub across_percent: u32,
    /// 0 is the upper edge, 100 the lower one.
    pub down_percent: u32,
}

/// Measured heights of a section of the contact list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowHeights {
    pub head_px: f64,
    /// Average height of a row; `None` while the document has none of its rows.
    pub row_px: Option<f64>,
}

/// Report of the log about its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScrollReport {
    /// The bottom became visible or hidden.
    Bottom {
        /// The bottom is visible now.
        is_in_view: bool,
    },
    /// Visible rows, counted among the rows in the document that are not hidden.
    Rows {
        first: usize,
        /// The last visible row; `None` at the bottom, where new rows are visible as well.
        last: Option<usize>,
        /// A part of the log is selected.
        is_held: bool,
    },
    /// The reader is near the first row in the document.
    NearTop,
}

protocol::words! {
    /// Object store of the cache.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum CacheStore {
        /// Messages that the server has not stored yet.
        Outbox = "outbox",
        /// The end of each log.
        Pages = "pages",
        /// Drafts: texts that are being written.
        Drafts = "drafts",
        /// Cursors and small notes.
        Marks = "marks",
    }
}

/// All entries of the cache: key and text, sorted by key.
#[derive(Debug, Default)]
pub struct CacheEntries {
    pub outbox: Vec<(String, String)>,
    pub pages: Vec<(String, String)>,
    pub drafts: Vec<(String, String)>,
    pub marks: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// Code of `messenger.md` 1.1, or `NETWORK` when there was no usable answer.
    pub code: String,
    /// Refused member of the request, if the refusal names one.
    pub field: Option<String>,
    /// Time after which another try is useful.
    pub retry_after_ms: Option<u64>,
}

impl CallError {
    /// The server gave no usable answer.
    pub fn network() -> Self {
        Self::of("NETWORK")
    }

    /// Makes an error that has a code alone.
    pub fn of(code: &str) -> Self {
        Self { code: code.to_owned(), field: None, retry_after_ms: None }
    }

    /// Makes the error of a text with nothing that is visible, which the page finds itself.
    pub fn no_text() -> Self {
        Self::of("INVALID_TEXT")
    }

    /// Returns `true` if the value of this member is refused. A text that cannot be stored is refused without its member's name.
    pub fn is_about(&self, member: &str) -> bool {
        match self.code.as_str() {
            "VALIDATION" => self.field.as_deref() == Some(member),
            code => code == "INVALID_TEXT",
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_is_docked_where_its_style_sheets_say_so() {
        let sheet = include_str!("../../../style/media.css");
        assert!(sheet.contains(&format!("@custom-media --docked {};", super::DOCKED)));
    }
}
