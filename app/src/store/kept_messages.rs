//! Kept messages: their positions, as they are stored on this device.

/// Name of the note that stores the positions.
pub const NOTE: &str = "kept";
/// Largest number of kept messages; the oldest are removed.
pub const KEPT_MAX: usize = 50;

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct KeptMessage {
        pub room: String = "room",
        pub id: String = "id",
        pub seq: u64 = "seq",
    }
}
