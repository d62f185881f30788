//! Frames of sockets, as the channel understands them (`hopeflow.md` 3 and 4).

use super::filter::Filter;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Ping. The answer comes in order, so it also confirms all earlier frames.
    Ping,
    Subscribe {
        /// Valid filters.
        filters: Vec<Filter>,
        /// Where the socket stands.
        since: Option<u64>,
    },
    Unsubscribe {
        filters: Vec<Filter>,
    },
    /// An answer to an envelope.
    Ack {
        envelope_id: String,
        /// JSON text.
        result: String,
    },
    /// Nothing that is understood: no answer, no consequence.
    Ignored,
    /// More than a frame may be.
    TooLarge,
}
