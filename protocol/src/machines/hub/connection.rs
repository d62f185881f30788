//! State of one socket of a hub room: enough to go on after the object slept (`core.md` 5).

use crate::words::event::Millis;
use crate::words::status::Status;

crate::words! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum HubWire {
        /// Bare bodies.
        Raw = "raw",
        /// `messagehub.v1`.
        Envelope = "v1",
        /// `messagehub.v1.batch`.
        Batch = "batch",
    }
}

/// The state of one socket, small enough for its attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubConnection {
    pub id: String,
    /// Principal of the socket; `None` for the anonymous.
    pub principal: Option<String>,
    /// Payer whose limits count its messages.
    pub payer: String,
    pub wire: HubWire,
    /// `true` where its token permits writing.
    pub may_write: bool,
    /// Time when its token ends.
    pub expires_at: Option<Millis>,
    pub joined_at: Millis,
    /// Time of the last frame; heartbeats are counted by the runtime.
    pub last_frame_at: Millis,
    pub status: Status,
    /// Newest `seq` the client reported to have; `None` for clients that never report.
    pub cursor: Option<u64>,
    /// Live delivery is off until the client has replayed.
    pub lagging: bool,
    /// Newest message that a socket was sent which is behind; later ones wait in the log until it has them all.
    pub sent_to: Option<u64>,
    /// Bytes of the log up to what it is known to have.
    pub read_bytes: Option<u64>,
    /// The newest of what it wrote itself while it was behind: it is not sent these.
    pub own: Vec<u64>,
    pub head_at_join: u64,
    /// Unusable frames of the last minute, as their counter writes itself down: a sleep forgives none of them.
    pub bad_frames: String,
}

crate::record!(HubConnection {
    id = "id",
    principal = "principal",
    payer = "payer",
    wire = "wire",
    may_write = "mayWrite",
    expires_at = "expiresAt",
    joined_at = "joinedAt",
    last_frame_at = "heardAt" or 0,
    status = "status",
    cursor = "cursor",
    lagging = "lagging" or false,
    sent_to = "told",
    read_bytes = "readBytes",
    own = "own" or Vec::new(),
    head_at_join = "headAtJoin" or 0,
    bad_frames = "badFrames" or String::new(),
});
