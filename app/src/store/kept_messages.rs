//! Kept messages: their positions, as they are stored on this device.

/// Name of the note that stores the positions.
pub const NOTE: &str = "kept";
/// Largest number of kept messages; the oldest are removed.
pub const KEPT_MAX: usize = 50;

/// Position of a kept message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeptMessage {
    /// Room id.
    pub room: String,
    /// Id of the message.
    pub id: String,
    /// Position in the log.
    pub seq: u64,
}

protocol::record!(KeptMessage { room = "room", id = "id", seq = "seq" });
