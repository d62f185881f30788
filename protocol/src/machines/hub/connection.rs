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

crate::record! {
    /// The state of one socket, small enough for its attachment.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HubConnection {
        pub id: String = "id",
        /// Principal of the socket; `None` for the anonymous.
        pub principal: Option<String> = "principal",
        /// Payer whose limits count its messages.
        pub payer: String = "payer",
        pub wire: HubWire = "wire",
        /// `true` where its token permits writing.
        pub may_write: bool = "mayWrite",
        /// Time when its token ends.
        pub expires_at: Option<Millis> = "expiresAt",
        pub joined_at: Millis = "joinedAt",
        /// Time of the last frame; heartbeats are counted by the runtime.
        pub last_frame_at: Millis = "heardAt" or 0,
        pub status: Status = "status",
        /// Newest `seq` the client reported to have; `None` for clients that never report.
        pub cursor: Option<u64> = "cursor",
        /// Live delivery is off until the client has replayed.
        pub lagging: bool = "lagging" or false,
        /// Newest message that a socket was sent which is behind; later ones wait in the log until it has them all.
        pub sent_to: Option<u64> = "told",
        /// Bytes of the log up to what it is known to have.
        pub read_bytes: Option<u64> = "readBytes",
        /// The newest of what it wrote itself while it was behind: it is not sent these.
        pub own: Vec<u64> = "own" or Vec::new(),
        pub head_at_join: u64 = "headAtJoin" or 0,
        /// Unusable frames of the last minute, as their counter writes itself down: a sleep forgives none of them.
        pub bad_frames: String = "badFrames" or String::new(),
    }
}
