//! Frames of sockets, as the channel understands them (`hopeflow.md` 3 and 4).

use super::filter::Filter;

/// Frame that a socket sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Ping. The answer comes in order, so it also confirms all earlier frames.
    Ping,
    /// More filters.
    Subscribe {
        /// The valid filters.
        filters: Vec<Filter>,
        /// Where the socket stands.
        since: Option<u64>,
    },
    /// Fewer filters.
    Unsubscribe {
        /// Filters to remove.
        filters: Vec<Filter>,
    },
    /// An answer to an envelope.
    Ack {
        /// Id of the envelope.
        envelope_id: String,
        /// JSON text.
        result: String,
    },
    /// Nothing that is understood: no answer, no consequence.
    Ignored,
    /// More than a frame may be.
    TooLarge,
}
