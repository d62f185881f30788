//! Sockets, as machines know them: by a number, and how one must end.

/// A connection's place in the room's memory. Means nothing after the room slept.
pub type ConnKey = u32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    pub conn: ConnKey,
    /// Code of `core.md` 7.
    pub code: u16,
    /// ASCII reason.
    pub reason: String,
}
